/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For programs that check many things and print only what is wrong, and at the
 * end how many they were.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int checks, failures;

#define CHECK(condition) \
	check((condition) != 0, #condition, __FILE__, __LINE__)
/* CALL returns -1 and says WHY. */
#define FAILS(call, why) \
	check((errno = 0, (long)(call) == -1 && errno == (why)), \
	      #call " fails with " #why, __FILE__, __LINE__)

static inline void check(int fine, const char *what, const char *file, int line)
{
	checks++;
	if (fine)
		return;
	failures++;
	printf("%s:%d: %s: wrong (errno %d: %s)\n", file, line, what, errno,
	       strerror(errno));
	fflush(stdout);
}

/* A child that runs FUNCTION and ends with its own number of failures. */
static inline pid_t child(void (*function)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		failures = 0;
		function();
		fflush(stdout);
		_exit(failures > 99 ? 99 : failures);
	}
	return pid;
}

/* It ended by itself and found nothing wrong. */
static inline int ended_well(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

/* The same as another user, without rights. */
static inline int well_as_nobody(void (*function)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		failures = 0;
		if (setgid(65534) || setuid(65534))
			_exit(99);
		function();
		fflush(stdout);
		_exit(failures > 98 ? 98 : failures);
	}
	return ended_well(pid);
}

/* Look again and again, at most for some seconds, until CONDITION holds. */
#define WAIT_FOR(condition)						\
	do {								\
		int tries_ = 0;						\
		while (!(condition) && tries_++ < 5000)			\
			usleep(1000);					\
		CHECK(condition);					\
	} while (0)

static inline int conclude(const char *name)
{
	printf("%s: %d checks, %d failures\n", name, checks, failures);
	return failures != 0;
}

#endif
