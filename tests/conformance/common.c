/* SPDX-License-Identifier: GPL-2.0-only */
/* What processes have in common: kcmp(2). */
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
