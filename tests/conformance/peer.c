/* SPDX-License-Identifier: GPL-2.0-only */
/* Reaching into other processes: their memory. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "conform.h"

#define PAGE	4096

static char theirs[64] = "them, before";

static int tell;

/* A child that waits for go_on(), and then runs what follows. */
#define WAITS(pid)	for ((pid) = fork_waiting(); (pid) == 0; _exit(0))
static pid_t fork_waiting(void)
{
	int ends[2], ready[2];
	char byte;
	pid_t pid;

	pipe_ends(ends);
	pipe_ends(ready);
	pid = conform_fork();
	if (pid == 0) {
		strcpy(theirs, "them, after");
		NEEDS(write(ready[1], "x", 1) == 1);
		NEEDS(read(ends[0], &byte, 1) == 1);
	} else {
		NEEDS(read(ready[0], &byte, 1) == 1);
	}
	tell = ends[1];
	return pid;
}

static long go_on(pid_t pid)
{
	NEEDS(write(tell, "x", 1) == 1);
	return ended(pid);
}

/* One piece on either side. */
static long fetch(pid_t pid, void *to, const void *from, size_t n)
{
	const struct iovec ours = { to, n }, other = { (void *)from, n };

	return CALL(process_vm_readv, pid, &ours, 1, &other, 1, 0);
}

static long store(pid_t pid, const void *from, void *to, size_t n)
{
	const struct iovec ours = { (void *)from, n }, other = { to, n };

	return CALL(process_vm_writev, pid, &ours, 1, &other, 1, 0);
}

static char *map(size_t size, int prot, int flags, int fd)
{
	char *memory = mmap(NULL, size, prot, flags, fd, 0);

	NEEDS(memory != MAP_FAILED);
	return memory;
}

CONFORM(process_vm_readv, "gives another process' memory")
{
	char text[64] = "";
	pid_t pid;

	WAITS(pid)
		;
	GIVES(64, fetch(pid, text, theirs, 64));
	HOLDS(!strcmp(text, "them, after"));
	HOLDS(!strcmp(theirs, "them, before"));
	GIVES(0, go_on(pid));
}

CONFORM(process_vm_readv, "pieces on either side need not be alike")
{
	char a[3], b[64] = "", c[1];
	const struct iovec ours[] = { { a, 3 }, { b, 0 }, { b, 5 }, { c, 1 } };
	const struct iovec others[] = {
		{ theirs, 1 }, { NULL, 0 }, { theirs + 6, 5 }, { theirs, 60 },
	};
	pid_t pid;

	WAITS(pid)
		;
	GIVES(9, CALL(process_vm_readv, pid, ours, 4, others, 4, 0));
	HOLDS(!memcmp(a, "taf", 3) && !memcmp(b, "terth", 6) && *c == 'e');
	GIVES(9, CALL(process_vm_readv, pid, ours, 4, others + 3, 1, 0));
	GIVES(6, CALL(process_vm_readv, pid, ours, 4, others, 3, 0));
	GIVES(0, go_on(pid));
}

CONFORM(process_vm_readv, "of itself")
{
	char text[64];

	GIVES(64, fetch(getpid(), text, theirs, 64));
	HOLDS(!strcmp(text, "them, before"));
}

CONFORM(process_vm_writev, "is seen there, and nowhere else")
{
	pid_t pid;

	WAITS(pid)
		_exit(!strcmp(theirs, "THEM, after"));
	GIVES(4, store(pid, "THEM", theirs, 4));
	HOLDS(!strcmp(theirs, "them, before"));
	GIVES(1, go_on(pid));
}

CONFORM(process_vm_writev, "memory that fork has left common is not any more")
{
	char *common = map(PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pid_t first, second;

	strcpy(common, "common");
	WAITS(first)
		_exit(!strcmp(common, "COMMON"));
	GIVES(6, store(first, "COMMON", common, 6));
	HOLDS(!strcmp(common, "common"));
	GIVES(1, go_on(first));
	WAITS(second)
		_exit(!strcmp(common, "common"));
	GIVES(6, store(getpid(), "nommoc", common, 6));
	HOLDS(!strcmp(common, "nommoc"));
	GIVES(1, go_on(second));
}

CONFORM(process_vm_writev, "of a shared mapping: for all who have it")
{
	char *word = map(PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1);
	pid_t pid;

	WAITS(pid)
		_exit(word[0]);
	GIVES(1, store(pid, "x", word, 1));
	GIVES('x', word[0]);
	GIVES('x', go_on(pid));
}

CONFORM(process_vm_writev, "EFAULT: what the other may not write to")
{
	char *memory = map(PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *shared = map(PAGE, PROT_READ, MAP_SHARED,
			   (ftruncate(file_with("file", ""), PAGE), 3));
	pid_t pid;

	WAITS(pid)
		_exit(memory[0] || shared[0]);
	/* Who calls may, but that does not matter. */
	NEEDS(!mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
	GIVES(-EFAULT, store(pid, "x", memory, 1));
	GIVES(-EFAULT, store(pid, "x", shared, 1));
	GIVES(-EFAULT, store(pid, "x", (void *)8, 1));
	GIVES(-EFAULT, store(pid, "x", (void *)-1ul, 1));
	GIVES(-EFAULT, store(pid, "x", (void *)(1ul << 47), 1));
	GIVES(0, go_on(pid));
}

CONFORM(process_vm_readv, "EFAULT: what the other may not read")
{
	char *none = map(PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *only = map(PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *file = map(2 * PAGE, PROT_READ, MAP_SHARED,
			 file_with("file", "text"));
	char text[8];

	GIVES(-EFAULT, fetch(getpid(), text, none, 1));
	GIVES(-EFAULT, fetch(getpid(), text, only, 1));
	GIVES(4, fetch(getpid(), text, file, 4));
	GIVES(-EFAULT, fetch(getpid(), text, file + PAGE, 1));
	GIVES(-EFAULT, fetch(getpid(), text, (void *)8, 1));
	GIVES(-EFAULT, fetch(getpid(), text, (void *)-4096ul, 8));
}

CONFORM(process_vm_readv, "what comes on touch comes: zeroes, a file's text")
{
	char *lazy = map(4 << 20, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	char *file = map(PAGE, PROT_READ, MAP_PRIVATE,
			 file_with("file", "text"));
	char text[8] = "xxxxxxx";
	pid_t pid;

	WAITS(pid)
		_exit(lazy[1 << 20] == 'x');
	GIVES(8, fetch(pid, text, lazy + PAGE, 8));
	HOLDS(!memcmp(text, "\0\0\0\0\0\0\0\0", 8));
	GIVES(4, fetch(pid, text, file, 4));
	HOLDS(!memcmp(text, "text", 4));
	GIVES(1, store(pid, "x", lazy + (1 << 20), 1));
	GIVES(1, go_on(pid));
	GIVES(0, lazy[1 << 20]);
}

CONFORM(process_vm_readv, "much at once, into memory that comes on touch")
{
	const size_t size = 5 << 20;
	char *from = map(size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *to = map(size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	pid_t pid;

	for (size_t i = 0; i < size; i++)
		from[i] = (char)(i * 2654435761u >> 20 | 1);
	WAITS(pid)
		;
	GIVES(size - 7, fetch(pid, to, from + 7, size - 7));
	HOLDS(!memcmp(to, from + 7, size - 7));
	memset(to, 0, size);
	GIVES(size - 7, store(pid, to, from + 7, size - 7));
	HOLDS(from[7] && from[size / 2] && from[size - 1]);
	GIVES(size, fetch(pid, to, from, size));
	HOLDS(to[6] == from[6] && !to[7] && !to[size - 1]);
	GIVES(0, go_on(pid));
}

CONFORM(process_vm_readv, "up to what cannot be reached, on either side")
{
	char *end = edge(100), text[200];
	const struct iovec ours[] = { { text, 8 }, { (void *)8, 8 } };
	const struct iovec others[] = { { theirs, 4 }, { (void *)8, 4 } };
	const struct iovec all = { theirs, 64 };

	GIVES(100, fetch(getpid(), text, end, 200));
	GIVES(100, fetch(getpid(), end, text, 200));
	GIVES(4, CALL(process_vm_readv, getpid(), ours, 1, others, 2, 0));
	GIVES(8, CALL(process_vm_readv, getpid(), ours, 2, &all, 1, 0));
	GIVES(-EFAULT, CALL(process_vm_readv, getpid(), ours + 1, 1, &all, 1,
			    0));
	GIVES(-EFAULT, CALL(process_vm_readv, getpid(), ours, 1, others + 1, 1,
			    0));
}

CONFORM(process_vm_writev, "up to what cannot be reached, on either side")
{
	char *end = edge(100), text[200];

	GIVES(100, store(getpid(), text, end, 200));
	GIVES(100, store(getpid(), end, text, 200));
}

CONFORM(process_vm_readv, "nothing to do is 0, whoever the other is")
{
	const struct iovec none = { NULL, 0 }, some = { theirs, 1 };

	GIVES(0, CALL(process_vm_readv, -1, NULL, 0, &some, 1, 0));
	GIVES(0, CALL(process_vm_readv, -1, &none, 1, (void *)8, 1, 0));
	GIVES(0, CALL(process_vm_readv, -1, &some, 1, NULL, 0, 0));
	GIVES(0, CALL(process_vm_readv, -1, &some, 1, &none, 1, 0));
	GIVES(-ESRCH, CALL(process_vm_readv, -1, &some, 1, &some, 1, 0));
}

CONFORM(process_vm_readv, "ESRCH: no process, one that has ended")
{
	char byte;
	pid_t pid;

	GIVES(-ESRCH, fetch(0, &byte, theirs, 1));
	GIVES(-ESRCH, fetch(-1, &byte, theirs, 1));
	GIVES(-ESRCH, fetch(1 << 30, &byte, theirs, 1));
	CHILD(pid)
		;
	NEEDS(!waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT));
	GIVES(-ESRCH, fetch(pid, &byte, theirs, 1));
	GIVES(-ESRCH, store(pid, &byte, theirs, 1));
	GIVES(0, ended(pid));
}

CONFORM(process_vm_readv, "EINVAL: flags, more than 1024 pieces, a length")
{
	static struct iovec many[1025];
	const struct iovec some = { theirs, 1 }, odd = { theirs, -1ul };
	int self = getpid();

	many[0] = many[1023] = some;
	GIVES(-EINVAL, CALL(process_vm_readv, self, &some, 1, &some, 1, 1));
	GIVES(-EINVAL, CALL(process_vm_readv, self, many, 1025, &some, 1, 0));
	GIVES(-EINVAL, CALL(process_vm_readv, self, &some, 1, many, 1025, 0));
	GIVES(2, CALL(process_vm_readv, self, many, 1024, many, 1024, 0));
	GIVES(-EINVAL, CALL(process_vm_readv, self, &odd, 1, &some, 1, 0));
	GIVES(-EINVAL, CALL(process_vm_readv, self, &some, 1, &odd, 1, 0));
}

CONFORM(process_vm_readv, "EFAULT: the lists of pieces")
{
	const struct iovec some = { theirs, 1 };
	const struct iovec far = { (void *)(1ul << 63), 1 };
	int self = getpid();

	FAULTS(IN, p, CALL(process_vm_readv, self, p, 1, &some, 1, 0));
	FAULTS(IN, p, CALL(process_vm_readv, self, &some, 1, p, 1, 0));
	FAULTS(IN, p, CALL(process_vm_writev, self, &some, 1, p, 1, 0));
	GIVES(-EFAULT, CALL(process_vm_readv, self, &far, 1, &some, 1, 0));
}

/* The other becomes that user, and dumpable again or not. */
static pid_t waiting_user(unsigned id, bool dumpable)
{
	int ready[2];
	char byte;
	pid_t pid;

	pipe_ends(ready);
	pid = conform_fork();
	if (pid == 0) {
		become(id);
		NEEDS(!prctl(PR_SET_DUMPABLE, dumpable));
		NEEDS(write(ready[1], "x", 1) == 1);
		pause();
	}
	NEEDS(read(ready[0], &byte, 1) == 1);
	return pid;
}

CONFORM(process_vm_readv, "EPERM: another user's, one that leaves no core")
{
	const pid_t open = waiting_user(NOBODY, true);
	const pid_t closed = waiting_user(NOBODY, false);
	const pid_t other = waiting_user(77, true);
	const int parent = getpid();
	char byte;
	pid_t pid;

	CHILD(pid) {
		become(NOBODY);
		GIVES(1, fetch(open, &byte, theirs, 1));
		GIVES(-EPERM, fetch(closed, &byte, theirs, 1));
		GIVES(-EPERM, fetch(other, &byte, theirs, 1));
		GIVES(-EPERM, fetch(parent, &byte, theirs, 1));
		GIVES(-EPERM, store(parent, &byte, theirs, 1));
		GIVES(1, fetch(getpid(), &byte, theirs, 1));
	}
	GIVES(0, ended(pid));
	GIVES(1, fetch(closed, &byte, theirs, 1));
	GIVES(1, store(other, &byte, theirs, 1));
}

static void *read_by_number(void *tid)
{
	char byte;

	*(pid_t *)tid = gettid();
	return (void *)fetch(gettid(), &byte, theirs, 1);
}

CONFORM(process_vm_readv, "a thread's number means its process")
{
	pthread_t thread;
	void *result;
	pid_t tid;

	NEEDS(!pthread_create(&thread, NULL, read_by_number, &tid) &&
	      !pthread_join(thread, &result));
	HOLDS(tid != getpid());
	GIVES(1, result);
}
