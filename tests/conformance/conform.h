/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance items: what each Linux system call does, one small program each.
 *
 *	CONFORM(dup2, "EBADF: a descriptor beyond the limit")
 *	{
 *		GIVES(-EBADF, CALL(dup2, 0, 1 << 20));
 *	}
 *
 * An item runs in a process and an empty folder of its own, with /dev/null as
 * descriptors 0 to 2 and no others, as root; the runner (conform.c) ends it and
 * the processes it leaves.  What it sees becomes a line
 *	CALL: WHAT: RESULTS
 * which must be the same whenever it runs, on Linux and in an enclave: so no
 * addresses, times or process numbers.  What a man page says is also asserted.
 *
 * PARTIAL(call, "what is missing", "results") is an item that an enclave is
 * known to fail, with the results that it has there; it fails as soon as it has
 * others.  docs/system-calls.md is made of both.
 *
 * Calls are made as they are: CALL() gives the result or -errno.
 */
#ifndef CONFORM_H
#define CONFORM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct item {
	const char *call, *what;
	const char *enclave;	/* PARTIAL: its results there; else NULL */
	const char *source;	/* the file's name is that of the family */
	void (*run)(void);
};

/* The linker gathers the pointers to all items in the order of their files. */
#define ITEM(call, what, enclave, n)	ITEM_(call, what, enclave, n)
#define ITEM_(call, what, enclave, n)					\
	static void run_##n(void);					\
	static const struct item item_##n = {				\
		call, what, enclave, __FILE__, run_##n,			\
	};								\
	static const struct item *const pointer_##n			\
	__attribute__((used, no_reorder, section("items"))) =		\
		&item_##n;						\
	static void run_##n(void)
#define CONFORM(call, what)	ITEM(#call, what, NULL, __COUNTER__)
#define PARTIAL(call, what, enclave)					\
	ITEM(#call, what, enclave, __COUNTER__)

/* System calls. */

#define LONGS0()			0
#define LONGS1(a)			(long)(a)
#define LONGS2(a, ...)			(long)(a), LONGS1(__VA_ARGS__)
#define LONGS3(a, ...)			(long)(a), LONGS2(__VA_ARGS__)
#define LONGS4(a, ...)			(long)(a), LONGS3(__VA_ARGS__)
#define LONGS5(a, ...)			(long)(a), LONGS4(__VA_ARGS__)
#define LONGS6(a, ...)			(long)(a), LONGS5(__VA_ARGS__)
#define LONGS(z, a, b, c, d, e, f, n, ...)	LONGS##n
#define CALL(name, ...)							\
	conform_call(SYS_##name, (const long[6]){			\
		LONGS(0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__) \
	})

long conform_call(long number, const long arguments[6]);

/* Of a C library's function: what it returns, or -errno. */
#define RESULT(expression)						\
	({								\
		long result_ = (long)(expression);			\
		result_ == -1 ? -errno : result_;			\
	})

/* Results.  A negative errno is shown by its name. */

/* ACTUAL, which must be EXPECTED. */
#define GIVES(expected, actual)						\
	conform_gives((long)(expected), (long)(actual), __LINE__)
/* ACTUAL, which no man page fixes. */
#define SHOWS(actual)		conform_shows((long)(actual))
/* Something that must be true. */
#define HOLDS(condition)						\
	conform_holds(!!(condition), #condition, __LINE__)
/* The item cannot go on. */
#define NEEDS(condition)						\
	do {								\
		if (!(condition))					\
			conform_stop(#condition, __LINE__);		\
	} while (0)

void conform_gives(long expected, long actual, int line);
void conform_shows(long actual);
void conform_holds(bool holds, const char *condition, int line);
void conform_stop(const char *condition, int line)
	__attribute__((noreturn));

/*
 * All kinds of pointers that a call must refuse with EFAULT:
 *	FAULTS(OUT, p, CALL(uname, p));
 * IN: for what it reads, OUT: for what it writes; both may be without some.
 */
#define FAULT_NULL	1	/* NULL */
#define FAULT_WILD	2	/* where no memory is, or never can be */
#define FAULT_EDGE	4	/* one byte before such a place */
#define FAULT_CONST	8	/* memory that may only be read */
#define IN		(FAULT_NULL | FAULT_WILD | FAULT_EDGE)
#define OUT		(IN | FAULT_CONST)
#define FAULTS(kinds_, pointer, expression)				\
	do {								\
		struct faults faults_ = { .kinds = (kinds_) };		\
		void *pointer;						\
									\
		while ((faults_next(&faults_, &pointer)))		\
			faults_add(&faults_, (long)(expression));	\
		faults_end(&faults_, __LINE__);				\
	} while (0)

struct faults {
	int kinds;
	unsigned next;
	const char *name;
	bool other;		/* than EFAULT was seen */
};

bool faults_next(struct faults *faults, void **pointer);
void faults_add(struct faults *faults, long result);
void faults_end(struct faults *faults, int line);

/* What items begin with; whatever fails there stops them. */

/* A new file with that text, open for both, at its beginning. */
int file_with(const char *name, const char *text);
/* SIZE bytes, zeroed, readable and writable. */
void *memory(size_t size);
/* The last SIZE bytes before memory that is not there. */
void *edge(size_t size);
/* The ends of a pipe. */
void pipe_ends(int ends[2]);

/* A child that runs the block that follows and then ends with status 0. */
#define CHILD(pid)	for ((pid) = conform_fork(); (pid) == 0; _exit(0))
pid_t conform_fork(void);
/* Waits for the child: its exit status, or 128 and the signal's number. */
long ended(pid_t pid);
/* Lose root's rights: become user and group ID, for good. */
void become(unsigned id);
#define NOBODY	65534

void nap(unsigned milliseconds);

/* exec.c: does not return if an item has executed this program. */
void conform_executed(int argc, char **argv);
/* Wait some seconds for the condition to hold; does it? */
#define SOON(condition)							\
	({								\
		int tries_ = 0;						\
		while (!(condition) && tries_++ < 500)			\
			nap(10);					\
		tries_ < 500;						\
	})

#endif
