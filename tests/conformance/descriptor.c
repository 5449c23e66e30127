/* SPDX-License-Identifier: GPL-2.0-only */
/* Duplicating and closing descriptors; fcntl(2) but for its locks; ioctl(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include "conform.h"

/* dup(2), dup2(2), dup3(2) */

CONFORM(dup, "the lowest free descriptor, one position for both")
{
	int fd = file_with("file", "0123456789");
	char byte;

	GIVES(4, CALL(dup, fd));
	GIVES(5, CALL(dup, fd));
	close(4);
	GIVES(4, CALL(dup, fd));
	GIVES(7, lseek(fd, 7, SEEK_SET));
	GIVES(1, read(4, &byte, 1));
	GIVES('7', byte);
	GIVES(8, lseek(fd, 0, SEEK_CUR));
	close(fd);
	GIVES(1, read(5, &byte, 1));
}

CONFORM(dup, "the copy is not closed on exec")
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	GIVES(0, CALL(fcntl, CALL(dup, fd), F_GETFD));
	GIVES(FD_CLOEXEC, CALL(fcntl, fd, F_GETFD));
}

CONFORM(dup, "EBADF, EMFILE")
{
	const unsigned long limit[2] = { 4, 4 };

	GIVES(-EBADF, CALL(dup, 99));
	GIVES(-EBADF, CALL(dup, -1));
	NEEDS(CALL(setrlimit, 7 /* RLIMIT_NOFILE */, limit) == 0);
	GIVES(3, CALL(dup, 0));
	GIVES(-EMFILE, CALL(dup, 0));
}

CONFORM(dup2, "in place of what is open; on itself nothing happens")
{
	int fd = file_with("file", "text");

	GIVES(77, CALL(dup2, fd, 77));
	GIVES(2, lseek(77, 2, SEEK_SET));
	GIVES(2, lseek(fd, 0, SEEK_CUR));
	GIVES(77, CALL(dup2, 0, 77));
	GIVES(0, lseek(77, 9, SEEK_SET));
	GIVES(fd, CALL(dup2, fd, fd));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	GIVES(fd, CALL(dup2, fd, fd));
	GIVES(FD_CLOEXEC, fcntl(fd, F_GETFD));
	GIVES(78, CALL(dup2, fd, 78));
	GIVES(0, fcntl(78, F_GETFD));
}

CONFORM(dup2, "EBADF: closed, negative, at the limit")
{
	GIVES(-EBADF, CALL(dup2, 99, 5));
	GIVES(-EBADF, CALL(dup2, 99, 99));
	GIVES(-EBADF, CALL(dup2, 0, -1));
	GIVES(-EBADF, CALL(dup2, 0, 1024));
	GIVES(-EBADF, CALL(dup2, 0, 1 << 20));
	GIVES(1023, CALL(dup2, 0, 1023));
}

CONFORM(dup3, "O_CLOEXEC; EINVAL: on itself, other flags")
{
	GIVES(5, CALL(dup3, 0, 5, O_CLOEXEC));
	GIVES(FD_CLOEXEC, fcntl(5, F_GETFD));
	GIVES(5, CALL(dup3, 0, 5, 0));
	GIVES(0, fcntl(5, F_GETFD));
	GIVES(-EINVAL, CALL(dup3, 0, 0, 0));
	GIVES(-EINVAL, CALL(dup3, 99, 99, 0));
	GIVES(-EINVAL, CALL(dup3, 0, 5, O_NONBLOCK));
	GIVES(-EBADF, CALL(dup3, 99, 5, 0));
	GIVES(-EBADF, CALL(dup3, 0, 1024, 0));
}

/* close_range(2) */

/* How many of descriptors 0 to 19 are open, and to be closed on exec. */
static int open_ones(void)
{
	int sum = 0;

	for (int fd = 0; fd < 20; fd++)
		sum += fcntl(fd, F_GETFD) >= 0;
	return sum;
}

static int marked_ones(void)
{
	int sum = 0;

	for (int fd = 0; fd < 20; fd++)
		sum += fcntl(fd, F_GETFD) == FD_CLOEXEC;
	return sum;
}

/* Descriptors up to LAST are open. */
static void fill_up_to(int last)
{
	while (dup(0) < last)
		;
}

CONFORM(close_range, "closes what is open from one to the other")
{
	fill_up_to(9);
	GIVES(0, CALL(close_range, 4, 6, 0));
	GIVES(7, open_ones());
	GIVES(4, CALL(dup, 0));
	GIVES(0, CALL(close_range, 5, 6, 0));
	GIVES(0, CALL(close_range, 8, 8, 0));
	GIVES(7, open_ones());
	GIVES(0, CALL(close_range, 3, -1, 0));
	GIVES(3, open_ones());
	GIVES(0, CALL(close_range, 100000, -1, 0));
	GIVES(0, CALL(close_range, 0, 1 << 30, 0));
	GIVES(0, open_ones());
}

CONFORM(close_range, "CLOSE_RANGE_CLOEXEC: on exec")
{
	fill_up_to(9);
	GIVES(0, CALL(close_range, 8, -1, CLOSE_RANGE_CLOEXEC));
	GIVES(0, CALL(close_range, 3, 4, CLOSE_RANGE_CLOEXEC));
	GIVES(10, open_ones());
	GIVES(4, marked_ones());
	GIVES(FD_CLOEXEC, fcntl(4, F_GETFD));
	GIVES(0, fcntl(5, F_GETFD));
}

CONFORM(close_range, "EINVAL: the last before the first, other flags")
{
	GIVES(-EINVAL, CALL(close_range, 5, 4, 0));
	GIVES(-EINVAL, CALL(close_range, -1, 0, 0));
	GIVES(-EINVAL, CALL(close_range, 5, 5, 1));
	GIVES(-EINVAL, CALL(close_range, 0, -1, 8));
	GIVES(3, open_ones());
}

CONFORM(close_range, "its arguments have 32 bits")
{
	fill_up_to(5);
	GIVES(0, CALL(close_range, 1ul << 32 | 4, 2ul << 32 | 4, 1ul << 32));
	GIVES(5, open_ones());
}

static char stack[65536] __attribute__((aligned(16)));

/* In a process that has our descriptors: leave their table, or not. */
static int close_some(void *flags)
{
	return (int)(100 + CALL(close_range, 3, 4, flags)) + open_ones();
}

static long in_process(int how, unsigned long flags)
{
	return ended(clone(close_some, stack + sizeof(stack), how | SIGCHLD,
			   (void *)flags));
}

CONFORM(close_range, "of those who share the descriptors all")
{
	fill_up_to(5);
	GIVES(104, in_process(CLONE_FILES, 0));
	GIVES(4, open_ones());
}

CONFORM(close_range, "CLOSE_RANGE_UNSHARE: only the caller's")
{
	fill_up_to(5);
	GIVES(104, in_process(CLONE_FILES, CLOSE_RANGE_UNSHARE));
	GIVES(6, open_ones());
	GIVES(104, in_process(CLONE_FILES | CLONE_VM, CLOSE_RANGE_UNSHARE));
	GIVES(6, open_ones());
	GIVES(106, in_process(CLONE_FILES, CLOSE_RANGE_UNSHARE |
			      CLOSE_RANGE_CLOEXEC));
	GIVES(0, marked_ones());
	GIVES(0, CALL(close_range, 5, 5, CLOSE_RANGE_UNSHARE));
	GIVES(5, open_ones());
}

static void *leave_table(void *unused)
{
	(void)unused;
	return (void *)CALL(close_range, 3, 3, CLOSE_RANGE_UNSHARE);
}

PARTIAL(close_range, "CLOSE_RANGE_UNSHARE of one of several threads",
	"ENOSYS 4")
{
	pthread_t thread;
	void *result;

	fill_up_to(3);
	NEEDS(!pthread_create(&thread, NULL, leave_table, NULL) &&
	      !pthread_join(thread, &result));
	GIVES(0, result);
	GIVES(4, open_ones());
}

/* fcntl(2) */

CONFORM(fcntl, "F_DUPFD, F_DUPFD_CLOEXEC: the lowest from a number on")
{
	GIVES(3, CALL(fcntl, 0, F_DUPFD, 0));
	GIVES(10, CALL(fcntl, 0, F_DUPFD, 10));
	GIVES(11, CALL(fcntl, 0, F_DUPFD_CLOEXEC, 10));
	GIVES(0, CALL(fcntl, 10, F_GETFD));
	GIVES(FD_CLOEXEC, CALL(fcntl, 11, F_GETFD));
	GIVES(-EINVAL, CALL(fcntl, 0, F_DUPFD, -1));
	GIVES(-EINVAL, CALL(fcntl, 0, F_DUPFD, 1024));
	GIVES(1023, CALL(fcntl, 0, F_DUPFD, 1023));
	GIVES(-EMFILE, CALL(fcntl, 0, F_DUPFD, 1023));
	GIVES(-EBADF, CALL(fcntl, 99, F_DUPFD, 0));
}

CONFORM(fcntl, "F_SETFD: FD_CLOEXEC alone")
{
	GIVES(0, CALL(fcntl, 0, F_GETFD));
	GIVES(0, CALL(fcntl, 0, F_SETFD, FD_CLOEXEC));
	GIVES(FD_CLOEXEC, CALL(fcntl, 0, F_GETFD));
	GIVES(0, CALL(fcntl, 0, F_SETFD, 6));
	GIVES(0, CALL(fcntl, 0, F_GETFD));
	GIVES(-EBADF, CALL(fcntl, 99, F_SETFD, 0));
	GIVES(-EBADF, CALL(fcntl, 99, F_GETFD));
}

CONFORM(fcntl, "F_SETFL: O_APPEND, O_NONBLOCK; not the access mode")
{
	int fd = file_with("file", "0123");

	GIVES(0, CALL(fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY));
	GIVES(O_RDWR | O_APPEND | O_NONBLOCK | 0100000,
	      CALL(fcntl, fd, F_GETFL));
	GIVES(1, write(fd, "x", 1));
	GIVES(5, lseek(fd, 0, SEEK_CUR));
	GIVES(0, CALL(fcntl, fd, F_SETFL, 0));
	GIVES(O_RDWR | 0100000, CALL(fcntl, fd, F_GETFL));
	GIVES(0, CALL(fcntl, fd, F_SETFL, O_CREAT | O_TRUNC | O_SYNC));
	GIVES(O_RDWR | 0100000, CALL(fcntl, fd, F_GETFL));
	GIVES(-EBADF, CALL(fcntl, 99, F_SETFL, 0));
	GIVES(-EBADF, CALL(fcntl, open("file", O_PATH), F_SETFL, 0));
}

CONFORM(fcntl, "F_SETFL: EPERM: O_NOATIME of a file of others")
{
	pid_t pid;

	close(file_with("file", ""));
	NEEDS(chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(fcntl, open("file", O_RDONLY), F_SETFL,
				   O_NOATIME));
	}
	ended(pid);
}

CONFORM(fcntl, "F_GETOWN, F_SETOWN: a process or, negative, a group")
{
	int ends[2];

	pipe_ends(ends);
	GIVES(0, CALL(fcntl, ends[0], F_GETOWN));
	GIVES(0, CALL(fcntl, ends[0], F_SETOWN, getpid()));
	HOLDS(CALL(fcntl, ends[0], F_GETOWN) == getpid());
	GIVES(0, CALL(fcntl, ends[0], F_SETOWN, -getpgrp()));
	GIVES(0, CALL(fcntl, ends[0], F_SETOWN, 0));
	GIVES(0, CALL(fcntl, ends[0], F_GETOWN));
	GIVES(-EBADF, CALL(fcntl, 99, F_GETOWN));
}

CONFORM(fcntl, "F_GETSIG, F_SETSIG; EINVAL: no signal")
{
	GIVES(0, CALL(fcntl, 0, F_GETSIG));
	GIVES(0, CALL(fcntl, 0, F_SETSIG, SIGUSR1));
	GIVES(SIGUSR1, CALL(fcntl, 0, F_GETSIG));
	GIVES(-EINVAL, CALL(fcntl, 0, F_SETSIG, 65));
	GIVES(-EINVAL, CALL(fcntl, 0, F_SETSIG, -1));
}

static volatile int signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

PARTIAL(fcntl, "SIGIO (O_ASYNC)", "0 0 yes 1 no")
{
	int ends[2];

	pipe_ends(ends);
	signal(SIGIO, count);
	GIVES(0, CALL(fcntl, ends[0], F_SETOWN, getpid()));
	GIVES(0, CALL(fcntl, ends[0], F_SETFL, O_ASYNC));
	HOLDS(CALL(fcntl, ends[0], F_GETFL) & O_ASYNC);
	GIVES(1, write(ends[1], "x", 1));
	HOLDS(SOON(signals > 0));
}

CONFORM(fcntl, "F_GETPIPE_SZ, F_SETPIPE_SZ: a power of two of pages")
{
	int ends[2];

	pipe_ends(ends);
	GIVES(65536, CALL(fcntl, ends[0], F_GETPIPE_SZ));
	GIVES(8192, CALL(fcntl, ends[1], F_SETPIPE_SZ, 5000));
	GIVES(8192, CALL(fcntl, ends[0], F_GETPIPE_SZ));
	GIVES(4096, CALL(fcntl, ends[0], F_SETPIPE_SZ, 1));
	GIVES(1 << 20, CALL(fcntl, ends[0], F_SETPIPE_SZ, 1 << 20));
	GIVES(-EBADF, CALL(fcntl, 0, F_GETPIPE_SZ));
	GIVES(-EBADF, CALL(fcntl, 0, F_SETPIPE_SZ, 4096));
	GIVES(-EINVAL, CALL(fcntl, ends[0], F_SETPIPE_SZ, -1));
}

CONFORM(fcntl, "F_SETPIPE_SZ: EBUSY: there is more in it already")
{
	static char much[20000];
	int ends[2];

	pipe_ends(ends);
	GIVES(20000, write(ends[1], much, 20000));
	GIVES(-EBUSY, CALL(fcntl, ends[0], F_SETPIPE_SZ, 4096));
	GIVES(32768, CALL(fcntl, ends[0], F_SETPIPE_SZ, 20000));
	GIVES(20000, read(ends[0], much, 20000));
}

CONFORM(fcntl, "EINVAL: no such command; EBADF: it is not open")
{
	GIVES(-EINVAL, CALL(fcntl, 0, 77, 0));
	GIVES(-EINVAL, CALL(fcntl, 0, -1, 0));
	GIVES(-EBADF, CALL(fcntl, 99, 77, 0));
	GIVES(-EBADF, CALL(fcntl, open(".", O_PATH), F_SETSIG, 0));
}

PARTIAL(fcntl, "leases (F_SETLEASE, F_GETLEASE)", "EINVAL EINVAL")
{
	close(file_with("file", ""));
	GIVES(0, CALL(fcntl, open("file", O_RDONLY), F_SETLEASE, F_RDLCK));
	GIVES(F_RDLCK, CALL(fcntl, 3, F_GETLEASE));
}

PARTIAL(fcntl, "news of folders (F_NOTIFY)", "EINVAL")
{
	GIVES(0, CALL(fcntl, open(".", O_RDONLY), F_NOTIFY, DN_CREATE));
}

CONFORM(fcntl, "seals (F_ADD_SEALS, F_GET_SEALS)")
{
	int fd = memfd_create("file", MFD_ALLOW_SEALING);

	NEEDS(write(fd, "abc", 3) == 3);
	GIVES(0, CALL(fcntl, fd, F_GET_SEALS));
	GIVES(0, CALL(fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK));
	GIVES(F_SEAL_SHRINK, CALL(fcntl, fd, F_GET_SEALS));
	GIVES(-EPERM, CALL(ftruncate, fd, 2));
	GIVES(0, CALL(ftruncate, fd, 4));
	GIVES(0, CALL(fcntl, fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_WRITE));
	GIVES(-EPERM, CALL(fcntl, fd, F_ADD_SEALS, F_SEAL_GROW));
	GIVES(-EPERM, CALL(write, fd, "x", 1));
	GIVES(-EINVAL, CALL(fcntl, open("/proc/self/maps", O_RDONLY),
			    F_GET_SEALS));
}

CONFORM(memfd_create, "a file without a name, closed on exec or not")
{
	int fd = CALL(memfd_create, "some", MFD_CLOEXEC);

	GIVES(FD_CLOEXEC, CALL(fcntl, fd, F_GETFD));
	GIVES(F_SEAL_SEAL, CALL(fcntl, fd, F_GET_SEALS));
	GIVES(3, CALL(write, fd, "abc", 3));
	GIVES(0, CALL(fcntl, memfd_create("", 0), F_GETFD));
	GIVES(-EINVAL, CALL(memfd_create, "x", 0x80));
	FAULTS(IN, p, CALL(memfd_create, p, 0));
}

/* ioctl(2) */

CONFORM(ioctl, "FIOCLEX, FIONCLEX, FIONBIO")
{
	int on = 1, off = 0, ends[2];

	pipe_ends(ends);
	GIVES(0, CALL(ioctl, ends[0], FIOCLEX));
	GIVES(FD_CLOEXEC, fcntl(ends[0], F_GETFD));
	GIVES(0, CALL(ioctl, ends[0], FIONCLEX));
	GIVES(0, fcntl(ends[0], F_GETFD));
	GIVES(0, CALL(ioctl, ends[0], FIONBIO, &on));
	HOLDS(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	GIVES(0, CALL(ioctl, ends[0], FIONBIO, &off));
	HOLDS(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
	FAULTS(IN, p, CALL(ioctl, ends[0], FIONBIO, p));
}

CONFORM(ioctl, "FIONREAD: what is left to read of a file, in a pipe")
{
	int ends[2], fd = file_with("file", "0123456789"), left = -1;

	pipe_ends(ends);
	lseek(fd, 3, SEEK_SET);
	GIVES(0, CALL(ioctl, fd, FIONREAD, &left));
	GIVES(7, left);
	GIVES(2, write(ends[1], "ab", 2));
	GIVES(0, CALL(ioctl, ends[0], FIONREAD, &left));
	GIVES(2, left);
	FAULTS(OUT, p, CALL(ioctl, fd, FIONREAD, p));
	FAULTS(OUT, p, CALL(ioctl, ends[0], FIONREAD, p));
}

CONFORM(ioctl, "ENOTTY: a terminal's requests, unknown ones; EBADF")
{
	int ends[2], fd = file_with("file", "");
	struct termios termios;

	pipe_ends(ends);
	GIVES(-ENOTTY, CALL(ioctl, fd, TCGETS, &termios));
	GIVES(-ENOTTY, CALL(ioctl, ends[0], TCGETS, &termios));
	GIVES(-ENOTTY, CALL(ioctl, 0, TCGETS, &termios));
	GIVES(-ENOTTY, CALL(ioctl, open(".", O_RDONLY), TIOCGWINSZ, &termios));
	GIVES(-ENOTTY, CALL(ioctl, fd, 0x12345678, 0));
	GIVES(-EBADF, CALL(ioctl, 99, TCGETS, &termios));
	GIVES(-EBADF, CALL(ioctl, open("file", O_PATH), FIONREAD, &fd));
}
