/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks on files: of parts of them, fcntl(2), and of the whole, flock(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "conform.h"

static struct flock part(int type, int whence, long start, long length)
{
	return (struct flock){
		.l_type = (short)type, .l_whence = (short)whence,
		.l_start = start, .l_len = length,
	};
}

static long lock(int fd, int command, int type, long start, long length)
{
	struct flock flock = part(type, SEEK_SET, start, length);

	return CALL(fcntl, fd, command, &flock);
}

static void nothing(int signal)
{
	(void)signal;
}

/* fcntl(2) */

CONFORM(fcntl, "F_SETLK: EAGAIN: another process has a part of it")
{
	int fd = file_with("file", "0123456789");
	pid_t pid;

	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 2, 3));
	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 0));
	GIVES(0, lock(fd, F_SETLK, F_UNLCK, 5, 0));
	CHILD(pid) {
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 4, 1));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_RDLCK, 0, 1));
		GIVES(0, lock(fd, F_SETLK, F_WRLCK, 5, 1));
		GIVES(0, lock(fd, F_SETLK, F_UNLCK, 0, 0));
	}
	ended(pid);
}

CONFORM(fcntl, "F_SETLK: readers share, writers do not")
{
	int fd = file_with("file", "0123456789");
	pid_t pid;

	GIVES(0, lock(fd, F_SETLK, F_RDLCK, 0, 10));
	CHILD(pid) {
		GIVES(0, lock(fd, F_SETLK, F_RDLCK, 0, 10));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 0, 10));
	}
	ended(pid);
	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 10));
}

CONFORM(fcntl, "F_GETLK: the lock that is in the way, or F_UNLCK")
{
	int fd = file_with("file", "0123456789");
	pid_t pid, self = getpid();

	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 2, 3));
	CHILD(pid) {
		struct flock flock = part(F_RDLCK, SEEK_SET, 0, 0);

		GIVES(0, CALL(fcntl, fd, F_GETLK, &flock));
		GIVES(F_WRLCK, flock.l_type);
		GIVES(SEEK_SET, flock.l_whence);
		GIVES(2, flock.l_start);
		GIVES(3, flock.l_len);
		HOLDS(flock.l_pid == self);
		flock = part(F_WRLCK, SEEK_SET, 5, 2);
		GIVES(0, CALL(fcntl, fd, F_GETLK, &flock));
		GIVES(F_UNLCK, flock.l_type);
		GIVES(5, flock.l_start);
	}
	ended(pid);
}

CONFORM(fcntl, "locks: SEEK_CUR, SEEK_END, negative lengths")
{
	int fd = file_with("file", "0123456789");
	struct flock flock = part(F_WRLCK, SEEK_END, -2, -3);
	pid_t pid;

	GIVES(0, CALL(fcntl, fd, F_SETLK, &flock));
	CHILD(pid) {
		GIVES(0, lock(fd, F_SETLK, F_WRLCK, 4, 1));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 5, 1));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 7, 1));
		GIVES(0, lock(fd, F_SETLK, F_WRLCK, 8, 1));
	}
	ended(pid);
	lseek(fd, 5, SEEK_SET);
	flock = part(F_UNLCK, SEEK_CUR, 1, 1);
	GIVES(0, CALL(fcntl, fd, F_SETLK, &flock));
	CHILD(pid) {
		GIVES(0, lock(fd, F_SETLK, F_WRLCK, 6, 1));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 5, 1));
		GIVES(-EAGAIN, lock(fd, F_SETLK, F_WRLCK, 7, 1));
	}
	ended(pid);
}

CONFORM(fcntl, "locks: a process gives all up with any descriptor it closes")
{
	int fd = file_with("file", "");
	pid_t pid;

	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 0));
	close(open("file", O_RDONLY));
	CHILD(pid)
		GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 0));
	ended(pid);
	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 0));
}

CONFORM(fcntl, "locks: EBADF by access mode, EINVAL, EOVERFLOW, EFAULT")
{
	int fd = file_with("file", "");
	struct flock flock = part(F_WRLCK, 9, 0, 0);

	GIVES(-EBADF, lock(open("file", O_RDONLY), F_SETLK, F_WRLCK, 0, 0));
	GIVES(-EBADF, lock(open("file", O_WRONLY), F_SETLK, F_RDLCK, 0, 0));
	GIVES(0, lock(open("file", O_RDONLY), F_GETLK, F_WRLCK, 0, 0));
	GIVES(-EBADF, lock(99, F_SETLK, F_WRLCK, 0, 0));
	GIVES(-EBADF, lock(open("file", O_PATH), F_SETLK, F_RDLCK, 0, 0));
	GIVES(-EINVAL, CALL(fcntl, fd, F_SETLK, &flock));
	GIVES(-EINVAL, lock(fd, F_SETLK, 77, 0, 0));
	GIVES(-EINVAL, lock(fd, F_SETLK, F_WRLCK, -1, 0));
	GIVES(-EINVAL, lock(fd, F_SETLK, F_WRLCK, 5, -6));
	GIVES(-EOVERFLOW, lock(fd, F_SETLK, F_WRLCK, 2, (1ul << 63) - 1));
	FAULTS(IN, p, CALL(fcntl, fd, F_SETLK, p));
	FAULTS(IN, p, CALL(fcntl, fd, F_SETLKW, p));
	FAULTS(IN, p, CALL(fcntl, fd, F_GETLK, p));
}

CONFORM(fcntl, "F_SETLKW: waits for the lock")
{
	int fd = file_with("file", ""), ends[2];
	pid_t pid;
	char byte;

	pipe_ends(ends);
	CHILD(pid) {
		lock(fd, F_SETLK, F_WRLCK, 0, 0);
		write(ends[1], "x", 1);
		nap(50);
		pwrite(fd, "done", 4, 0);
	}
	GIVES(1, read(ends[0], &byte, 1));
	GIVES(0, lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	HOLDS(pread(fd, &byte, 1, 0) == 1 && byte == 'd');
	GIVES(0, ended(pid));
}

CONFORM(fcntl, "F_SETLKW: EINTR: a signal's handler, without SA_RESTART")
{
	int fd = file_with("file", ""), ends[2];
	struct sigaction action = { .sa_handler = nothing };
	pid_t pid;
	char byte;

	pipe_ends(ends);
	CHILD(pid) {
		pid_t parent = getppid();

		lock(fd, F_SETLK, F_WRLCK, 0, 0);
		write(ends[1], "x", 1);
		nap(50);
		kill(parent, SIGUSR1);
		nap(60000);
	}
	sigaction(SIGUSR1, &action, NULL);
	GIVES(1, read(ends[0], &byte, 1));
	GIVES(-EINTR, lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	kill(pid, SIGKILL);
	ended(pid);
	GIVES(0, lock(fd, F_SETLKW, F_WRLCK, 0, 0));
}

CONFORM(fcntl, "F_SETLKW: EDEADLK: each waits for the other")
{
	int fd = file_with("file", "01"), there[2], back[2];
	pid_t pid;
	char byte;

	pipe_ends(there);
	pipe_ends(back);
	GIVES(0, lock(fd, F_SETLK, F_WRLCK, 0, 1));
	CHILD(pid) {
		lock(fd, F_SETLK, F_WRLCK, 1, 1);
		write(back[1], "x", 1);
		lock(fd, F_SETLKW, F_WRLCK, 0, 1);
	}
	read(back[0], &byte, 1);
	nap(100);
	GIVES(-EDEADLK, lock(fd, F_SETLKW, F_WRLCK, 1, 1));
	GIVES(0, lock(fd, F_SETLK, F_UNLCK, 0, 0));
	GIVES(0, ended(pid));
}

CONFORM(fcntl, "F_SETLKW: EBADF: closed meanwhile, and then without the lock")
{
	int fd = file_with("file", ""), has[2], closed[2];
	pid_t holder, closer, pid;
	char byte;

	pipe_ends(has);
	pipe_ends(closed);
	CHILD(holder) {
		NEEDS(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
		NEEDS(write(has[1], "x", 1) == 1 &&
		      read(closed[0], &byte, 1) == 1);
	}
	NEEDS(read(has[0], &byte, 1) == 1);
	closer = (pid_t)CALL(clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (closer == 0) {
		nap(200);
		close(fd);
		_exit(write(closed[1], "x", 1) == 1 ? 0 : 1);
	}
	GIVES(-EBADF, lock(fd, F_SETLKW, F_WRLCK, 0, 0));
	GIVES(0, ended(closer));
	GIVES(0, ended(holder));
	CHILD(pid)
		GIVES(0, lock(open("file", O_RDWR), F_SETLK, F_WRLCK, 0, 0));
	GIVES(0, ended(pid));
}

CONFORM(fcntl, "F_OFD_SETLK: of the open file, not of the process")
{
	int fd = file_with("file", "0123456789"), other;
	struct flock flock;

	other = open("file", O_RDWR);
	GIVES(0, lock(fd, F_OFD_SETLK, F_WRLCK, 0, 5));
	GIVES(-EAGAIN, lock(other, F_OFD_SETLK, F_WRLCK, 4, 1));
	GIVES(-EAGAIN, lock(other, F_SETLK, F_RDLCK, 4, 1));
	GIVES(0, lock(other, F_OFD_SETLK, F_WRLCK, 5, 1));
	flock = part(F_WRLCK, SEEK_SET, 0, 0);
	GIVES(0, CALL(fcntl, other, F_OFD_GETLK, &flock));
	GIVES(F_WRLCK, flock.l_type);
	HOLDS(flock.l_pid == -1);
	close(open("file", O_RDONLY));
	GIVES(0, lock(other, F_OFD_SETLKW, F_WRLCK, 9, 0));
	GIVES(-EAGAIN, lock(other, F_OFD_SETLK, F_WRLCK, 0, 0));
	close(fd);
	GIVES(0, lock(other, F_OFD_SETLK, F_WRLCK, 0, 0));
	flock.l_pid = 1;
	GIVES(-EINVAL, CALL(fcntl, other, F_OFD_SETLK, &flock));
}

/* flock(2) */

CONFORM(flock, "LOCK_EX, LOCK_SH, LOCK_UN between open files")
{
	int a = file_with("file", ""), b = open("file", O_RDONLY);

	GIVES(0, CALL(flock, a, LOCK_EX));
	GIVES(-EAGAIN, CALL(flock, b, LOCK_EX | LOCK_NB));
	GIVES(-EAGAIN, CALL(flock, b, LOCK_SH | LOCK_NB));
	GIVES(0, CALL(flock, a, LOCK_SH));
	GIVES(0, CALL(flock, b, LOCK_SH | LOCK_NB));
	GIVES(-EAGAIN, CALL(flock, a, LOCK_EX | LOCK_NB));
	GIVES(0, CALL(flock, b, LOCK_UN));
	GIVES(0, CALL(flock, a, LOCK_EX | LOCK_NB));
	GIVES(0, CALL(flock, b, LOCK_UN));
}

CONFORM(flock, "a failed conversion gives the old lock up")
{
	int a = file_with("file", ""), b = open("file", O_RDONLY);
	int c = open("file", O_RDONLY);

	GIVES(0, CALL(flock, a, LOCK_SH));
	GIVES(0, CALL(flock, b, LOCK_SH));
	GIVES(-EAGAIN, CALL(flock, a, LOCK_EX | LOCK_NB));
	GIVES(0, CALL(flock, b, LOCK_UN));
	GIVES(0, CALL(flock, c, LOCK_EX | LOCK_NB));
}

CONFORM(flock, "belongs to the open file: copies and children share it")
{
	int a = file_with("file", ""), b = open("file", O_RDONLY), copy;
	pid_t pid;

	copy = dup(a);
	GIVES(0, CALL(flock, a, LOCK_EX));
	GIVES(0, CALL(flock, copy, LOCK_EX | LOCK_NB));
	close(a);
	GIVES(-EAGAIN, CALL(flock, b, LOCK_EX | LOCK_NB));
	CHILD(pid)
		GIVES(0, CALL(flock, copy, LOCK_UN));
	ended(pid);
	GIVES(0, CALL(flock, b, LOCK_EX | LOCK_NB));
	GIVES(-EAGAIN, CALL(flock, copy, LOCK_SH | LOCK_NB));
	close(b);
	GIVES(0, CALL(flock, copy, LOCK_EX | LOCK_NB));
}

CONFORM(flock, "waits; locks of parts are another matter")
{
	int a = file_with("file", ""), b = open("file", O_RDWR);
	pid_t pid;
	char byte;

	GIVES(0, CALL(flock, a, LOCK_EX));
	GIVES(0, lock(b, F_SETLK, F_WRLCK, 0, 0));
	CHILD(pid) {
		nap(50);
		write(a, "x", 1);
		CALL(flock, a, LOCK_UN);
	}
	GIVES(0, CALL(flock, b, LOCK_EX));
	GIVES(1, read(b, &byte, 1));
	GIVES(0, ended(pid));
}

CONFORM(flock, "EBADF, EINVAL; folders and devices can be locked")
{
	int fd = file_with("file", "");

	GIVES(-EBADF, CALL(flock, 99, LOCK_EX));
	GIVES(-EBADF, CALL(flock, open("file", O_PATH), LOCK_EX));
	GIVES(-EINVAL, CALL(flock, fd, 0));
	GIVES(-EINVAL, CALL(flock, fd, LOCK_NB));
	GIVES(-EINVAL, CALL(flock, fd, LOCK_SH | LOCK_EX));
	GIVES(0, CALL(flock, open(".", O_RDONLY), LOCK_EX | LOCK_NB));
	GIVES(0, CALL(flock, open("/dev/zero", O_RDONLY), LOCK_EX | LOCK_NB));
}
