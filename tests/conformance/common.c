/* SPDX-License-Identifier: GPL-2.0-only */
/* What processes have in common, and taking it: kcmp(2), pidfd_getfd(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include "conform.h"

static pid_t parent;

static long same(pid_t other, int type)
{
	return CALL(kcmp, getpid(), other, type, 0, 0);
}

/* The order is any, but for what is the same. */
static long compare(pid_t a, pid_t b, int type, long first, long second)
{
	long result = CALL(kcmp, a, b, type, first, second);

	return result == 2 ? 1 : result;
}

/* A bit for each of KCMP_VM, _FILES, _FS, _SIGHAND that is the parent's. */
static int kinds(void *unused)
{
	int bits = 0;

	(void)unused;
	for (int type = KCMP_VM; type <= KCMP_SIGHAND; type++)
		bits |= (same(parent, type) == 0) << (type - KCMP_VM);
	return bits;
}

static long kinds_with(int flags)
{
	static char stack[65536] __attribute__((aligned(16)));

	parent = getpid();
	return ended(clone(kinds, stack + sizeof(stack), flags | SIGCHLD,
			   NULL));
}

CONFORM(kcmp, "what clone has made common, and nothing else")
{
	GIVES(0, kinds_with(0));
	GIVES(1, kinds_with(CLONE_VM));
	GIVES(2, kinds_with(CLONE_FILES));
	GIVES(4, kinds_with(CLONE_FS));
	GIVES(9, kinds_with(CLONE_VM | CLONE_SIGHAND));
	for (int type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
		GIVES(0, same(getpid(), type));
}

CONFORM(kcmp, "KCMP_FILE: an open file that is the same")
{
	const int self = getpid();
	int fd = file_with("file", ""), copy = dup(fd);
	int other = open("file", O_RDWR), handle = open("file", O_PATH);
	pid_t pid;

	GIVES(0, compare(self, self, KCMP_FILE, fd, copy));
	GIVES(1, compare(self, self, KCMP_FILE, fd, other));
	GIVES(0, compare(self, self, KCMP_FILE, handle, handle));
	HOLDS(CALL(kcmp, self, self, KCMP_FILE, fd, other) +
	      CALL(kcmp, self, self, KCMP_FILE, other, fd) == 3);
	CHILD(pid) {
		close(other);
		GIVES(0, compare(getpid(), self, KCMP_FILE, copy, fd));
		GIVES(1, compare(getpid(), self, KCMP_FILE, copy, other));
		GIVES(-EBADF, compare(getpid(), self, KCMP_FILE, other, fd));
		GIVES(other, open("file", O_RDWR));
		GIVES(1, compare(getpid(), self, KCMP_FILE, other, other));
	}
	GIVES(0, ended(pid));
	GIVES(-EBADF, compare(self, self, KCMP_FILE, fd, 99));
	GIVES(-EBADF, compare(self, self, KCMP_FILE, -1, fd));
}

CONFORM(kcmp, "KCMP_EPOLL_TFD: what an epoll watches; ENOENT, EINVAL, EBADF")
{
	struct epoll_event event = { .events = EPOLLIN };
	struct kcmp_epoll_slot slot = { 0 };
	const int self = getpid();
	int ends[2], epoll = epoll_create1(0);

	pipe_ends(ends);
	NEEDS(!epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	slot.efd = epoll;
	slot.tfd = ends[0];
	GIVES(0, compare(self, self, KCMP_EPOLL_TFD, ends[0], (long)&slot));
	GIVES(1, compare(self, self, KCMP_EPOLL_TFD, ends[1], (long)&slot));
	GIVES(-EBADF, compare(self, self, KCMP_EPOLL_TFD, 99, (long)&slot));
	slot.toff = 1;
	GIVES(-ENOENT, compare(self, self, KCMP_EPOLL_TFD, 0, (long)&slot));
	slot = (struct kcmp_epoll_slot){ epoll, ends[1], 0 };
	GIVES(-ENOENT, compare(self, self, KCMP_EPOLL_TFD, 0, (long)&slot));
	slot.efd = ends[0];
	GIVES(-EINVAL, compare(self, self, KCMP_EPOLL_TFD, 0, (long)&slot));
	slot.efd = 99;
	GIVES(-EBADF, compare(self, self, KCMP_EPOLL_TFD, 0, (long)&slot));
	FAULTS(IN, p, compare(self, self, KCMP_EPOLL_TFD, 0, (long)p));
}

CONFORM(kcmp, "EINVAL: what to compare; ESRCH; EPERM: of others")
{
	const int self = getpid();
	pid_t pid;

	GIVES(-EINVAL, compare(self, self, KCMP_TYPES, 0, 0));
	GIVES(-EINVAL, compare(self, self, -1, 0, 0));
	GIVES(-ESRCH, compare(self, 1 << 30, KCMP_VM, 0, 0));
	GIVES(-ESRCH, compare(1 << 30, self, KCMP_VM, 0, 0));
	GIVES(-ESRCH, compare(0, self, KCMP_VM, 0, 0));
	GIVES(-ESRCH, compare(1 << 30, self, KCMP_TYPES, 0, 0));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, compare(getpid(), self, KCMP_VM, 0, 0));
		GIVES(-EPERM, compare(self, getpid(), KCMP_TYPES, 0, 0));
		GIVES(0, compare(getpid(), getpid(), KCMP_VM, 0, 0));
	}
	GIVES(0, ended(pid));
}

/* pidfd_getfd(2) */

static int pidfd_of(pid_t pid)
{
	int fd = (int)CALL(pidfd_open, pid, 0);

	NEEDS(fd >= 0);
	return fd;
}

/* A child that has opened "file" as descriptor 9 and waits. */
static pid_t opener(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	pipe_ends(ready);
	close(file_with("file", "0123456789"));
	pid = conform_fork();
	if (pid == 0) {
		NEEDS(dup2(open("file", O_RDONLY), 9) == 9);
		NEEDS(lseek(9, 4, SEEK_SET) == 4);
		NEEDS(write(ready[1], "x", 1) == 1);
		pause();
	}
	NEEDS(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

CONFORM(pidfd_getfd, "what another has open, with its position")
{
	const pid_t pid = opener();
	int pidfd = pidfd_of(pid);
	char byte;

	GIVES(4, CALL(pidfd_getfd, pidfd, 9, 0));
	GIVES(FD_CLOEXEC, fcntl(4, F_GETFD));
	GIVES(0, compare(getpid(), pid, KCMP_FILE, 4, 9));
	GIVES(1, read(4, &byte, 1));
	GIVES('4', byte);
	GIVES(5, CALL(pidfd_getfd, pidfd, 9, 0));
	GIVES(1, read(5, &byte, 1));
	GIVES('5', byte);
	GIVES(6, CALL(pidfd_getfd, pidfd_of(getpid()), 4, 0) - 1);
}

CONFORM(pidfd_getfd, "EBADF, EINVAL, ESRCH, EMFILE")
{
	const unsigned long limit[2] = { 5, 4096 };
	int pidfd = pidfd_of(opener());
	pid_t pid;

	GIVES(-EBADF, CALL(pidfd_getfd, pidfd, 77, 0));
	GIVES(-EBADF, CALL(pidfd_getfd, pidfd, -1, 0));
	GIVES(-EBADF, CALL(pidfd_getfd, 99, 9, 0));
	GIVES(-EBADF, CALL(pidfd_getfd, 0, 9, 0));
	GIVES(-EBADF, CALL(pidfd_getfd, open("/proc/self", O_RDONLY), 0, 0));
	close(4);
	GIVES(-EINVAL, CALL(pidfd_getfd, pidfd, 9, 1));
	CHILD(pid)
		;
	GIVES(4, pidfd_of(pid));
	GIVES(0, ended(pid));
	GIVES(-ESRCH, CALL(pidfd_getfd, 4, 0, 0));
	NEEDS(CALL(setrlimit, 7 /* RLIMIT_NOFILE */, limit) == 0);
	GIVES(-EMFILE, CALL(pidfd_getfd, pidfd, 9, 0));
}

CONFORM(pidfd_getfd, "EPERM: of others")
{
	int pidfd = pidfd_of(opener());
	pid_t pid;

	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(pidfd_getfd, pidfd, 9, 0));
		GIVES(-EPERM, CALL(pidfd_getfd, pidfd, 77, 0));
		GIVES(5, CALL(pidfd_getfd, pidfd_of(getpid()), 0, 0));
	}
	GIVES(0, ended(pid));
}
