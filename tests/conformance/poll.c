/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for several files at once. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include "conform.h"

static volatile int signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void on(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Send the caller SIGUSR1 after MS. */
static pid_t signal_after(unsigned ms)
{
	pid_t pid, self = getpid();

	CHILD(pid) {
		nap(ms);
		kill(self, SIGUSR1);
	}
	return pid;
}

/* The kernel's set of one signal. */
static unsigned long set_of(int signal)
{
	return 1ul << (signal - 1);
}

/* poll(2) */

CONFORM(poll, "a pipe: POLLIN, POLLOUT, POLLHUP, POLLERR")
{
	struct pollfd fds[2];
	int ends[2];

	pipe_ends(ends);
	fds[0] = (struct pollfd){ ends[0], POLLIN | POLLRDNORM, -1 };
	fds[1] = (struct pollfd){ ends[1], POLLOUT | POLLWRNORM, -1 };
	GIVES(1, CALL(poll, fds, 2, 0));
	GIVES(0, fds[0].revents);
	GIVES(POLLOUT | POLLWRNORM, fds[1].revents);
	write(ends[1], "x", 1);
	GIVES(2, CALL(poll, fds, 2, 0));
	GIVES(POLLIN | POLLRDNORM, fds[0].revents);
	close(ends[1]);
	GIVES(1, CALL(poll, fds, 1, 0));
	GIVES(POLLIN | POLLRDNORM | POLLHUP, fds[0].revents);
	pipe_ends(ends);
	close(ends[0]);
	fds[1].fd = ends[1];
	GIVES(1, CALL(poll, fds + 1, 1, 0));
	GIVES(POLLOUT | POLLWRNORM | POLLERR, fds[1].revents);
}

CONFORM(poll, "a FIFO: POLLHUP when writers have gone, not before there were any")
{
	struct pollfd fds[3];
	int writer;

	NEEDS(mkfifo("fifo", 0600) == 0);
	for (int i = 0; i < 3; i++) {
		fds[i].fd = open("fifo", O_RDONLY | O_NONBLOCK);
		fds[i].events = POLLIN;
		GIVES(0, CALL(poll, &fds[i], 1, 0));
		if (i == 0)
			writer = open("fifo", O_WRONLY);
		if (i == 1)
			close(writer);
	}
	GIVES(2, CALL(poll, fds, 3, 0));
	GIVES(POLLHUP, fds[0].revents);
	GIVES(POLLHUP, fds[1].revents);
	GIVES(0, fds[2].revents);
}

CONFORM(poll, "a full pipe is not ready for writing")
{
	static char much[65536];
	struct pollfd fd;
	int ends[2];

	pipe_ends(ends);
	write(ends[1], much, 65536);
	fd = (struct pollfd){ ends[1], POLLOUT, -1 };
	GIVES(0, CALL(poll, &fd, 1, 0));
	GIVES(0, fd.revents);
	read(ends[0], much, 4096);
	GIVES(1, CALL(poll, &fd, 1, 0));
}

CONFORM(poll, "files and folders are always ready; POLLNVAL; negative ones")
{
	struct pollfd fds[] = {
		{ file_with("file", ""), POLLIN | POLLOUT | POLLPRI, -1 },
		{ open(".", O_RDONLY), POLLIN, -1 },
		{ 0, POLLIN | POLLOUT, -1 },
		{ 99, POLLIN, -1 },
		{ -5, POLLIN, -1 },
		{ 3, 0, -1 },
	};

	GIVES(4, CALL(poll, fds, 6, -1));
	GIVES(POLLIN | POLLOUT, fds[0].revents);
	GIVES(POLLIN, fds[1].revents);
	GIVES(POLLIN | POLLOUT, fds[2].revents);
	GIVES(POLLNVAL, fds[3].revents);
	GIVES(0, fds[4].revents);
	GIVES(0, fds[5].revents);
}

CONFORM(poll, "waits as long as it says, and for what happens meanwhile")
{
	struct pollfd fd;
	int ends[2];
	long start = milliseconds();
	pid_t pid;

	pipe_ends(ends);
	GIVES(0, CALL(poll, NULL, 0, 20));
	HOLDS(milliseconds() - start >= 20);
	fd = (struct pollfd){ ends[0], POLLIN, 0 };
	GIVES(0, CALL(poll, &fd, 1, 20));
	CHILD(pid) {
		nap(30);
		write(ends[1], "x", 1);
	}
	GIVES(1, CALL(poll, &fd, 1, -1));
	GIVES(POLLIN, fd.revents);
	ended(pid);
}

CONFORM(poll, "EINTR: also with SA_RESTART; not without a handler")
{
	struct pollfd fd;
	int ends[2];

	pipe_ends(ends);
	fd = (struct pollfd){ ends[0], POLLIN, 0 };
	on(SIGUSR1, SA_RESTART);
	signal_after(30);
	GIVES(-EINTR, CALL(poll, &fd, 1, -1));
	GIVES(1, signals);
	signal(SIGUSR1, SIG_IGN);
	signal_after(30);
	GIVES(0, CALL(poll, &fd, 1, 80));
}

CONFORM(poll, "stopped and continued, no longer than it was to wait")
{
	long start = milliseconds();
	pid_t pid, self = getpid();

	CHILD(pid) {
		nap(2000);
		kill(self, SIGSTOP);
		nap(100);
		kill(self, SIGCONT);
	}
	GIVES(0, CALL(poll, NULL, 0, 2500));
	HOLDS(milliseconds() - start >= 2500);
	HOLDS(milliseconds() - start < 4000);
	ended(pid);
}

CONFORM(poll, "EINVAL: more than RLIMIT_NOFILE; EFAULT")
{
	static struct pollfd fds[1025];

	for (int i = 0; i < 1025; i++)
		fds[i].fd = -1;
	GIVES(0, CALL(poll, fds, 1024, 0));
	GIVES(-EINVAL, CALL(poll, fds, 1025, 0));
	GIVES(-EINVAL, CALL(poll, fds, -1, 0));
	FAULTS(IN, p, CALL(poll, p, 1, 0));
	GIVES(0, CALL(poll, NULL, 0, 0));
}

CONFORM(ppoll, "the time that is left is written back")
{
	struct timespec time = { 0, 20000000 };
	struct pollfd fd;
	int ends[2];

	pipe_ends(ends);
	fd = (struct pollfd){ ends[0], POLLIN, 0 };
	GIVES(0, CALL(ppoll, &fd, 1, &time, NULL, 0));
	HOLDS(time.tv_sec == 0 && time.tv_nsec == 0);
	write(ends[1], "x", 1);
	time.tv_sec = 100;
	GIVES(1, CALL(ppoll, &fd, 1, &time, NULL, 0));
	HOLDS(time.tv_sec == 99 || time.tv_sec == 100);
}

CONFORM(ppoll, "its mask holds while it waits, and no longer")
{
	const unsigned long none = 0, usr1 = set_of(SIGUSR1);
	struct timespec time = { 0, 20000000 };
	sigset_t set;

	on(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	GIVES(0, CALL(ppoll, NULL, 0, &time, &usr1, 8));
	GIVES(0, signals);
	GIVES(-EINTR, CALL(ppoll, NULL, 0, NULL, &none, 8));
	GIVES(1, signals);
	raise(SIGUSR1);
	GIVES(1, signals);
	sigprocmask(SIG_BLOCK, NULL, &set);
	GIVES(1, sigismember(&set, SIGUSR1));
}

CONFORM(ppoll, "EINVAL: the time, the mask's size; EFAULT")
{
	const struct timespec wrong = { 0, 1000000000 }, past = { -1, 0 };
	struct timespec zero = { 0, 0 };
	const unsigned long mask = 0;

	GIVES(-EINVAL, CALL(ppoll, NULL, 0, &wrong, NULL, 0));
	GIVES(-EINVAL, CALL(ppoll, NULL, 0, &past, NULL, 0));
	GIVES(-EINVAL, CALL(ppoll, NULL, 0, &zero, &mask, 4));
	FAULTS(IN, p, CALL(ppoll, p, 1, &zero, NULL, 0));
	FAULTS(IN & ~FAULT_NULL, p, CALL(ppoll, NULL, 0, p, NULL, 0));
	FAULTS(IN & ~FAULT_NULL, p, CALL(ppoll, NULL, 0, &zero, p, 8));
}

/* select(2) */

CONFORM(select, "what is ready stays in the sets; the count is of all three")
{
	struct timeval time = { 0, 0 };
	fd_set in, out, except;
	int ends[2];

	pipe_ends(ends);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	FD_SET(ends[0], &in);
	FD_SET(0, &in);
	FD_SET(ends[1], &out);
	FD_SET(ends[1], &except);
	GIVES(2, CALL(select, ends[1] + 1, &in, &out, &except, &time));
	HOLDS(!FD_ISSET(ends[0], &in) && FD_ISSET(0, &in));
	HOLDS(FD_ISSET(ends[1], &out) && !FD_ISSET(ends[1], &except));
	close(ends[1]);
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	GIVES(1, CALL(select, ends[0] + 1, &in, NULL, NULL, &time));
}

CONFORM(select, "descriptors from the first argument on are not looked at")
{
	struct timeval time = { 0, 0 };
	fd_set in;

	FD_ZERO(&in);
	FD_SET(0, &in);
	FD_SET(99, &in);
	GIVES(1, CALL(select, 64, &in, NULL, NULL, &time));
	HOLDS(FD_ISSET(0, &in));
}

CONFORM(select, "waits; the time that is left is written back")
{
	struct timeval time = { 0, 20000 };
	long start = milliseconds();
	fd_set in;
	int ends[2];
	pid_t pid;

	pipe_ends(ends);
	GIVES(0, CALL(select, 0, NULL, NULL, NULL, &time));
	HOLDS(milliseconds() - start >= 20);
	HOLDS(time.tv_sec == 0 && time.tv_usec == 0);
	CHILD(pid) {
		nap(30);
		write(ends[1], "x", 1);
	}
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	time.tv_sec = 100;
	GIVES(1, CALL(select, ends[0] + 1, &in, NULL, NULL, &time));
	HOLDS(time.tv_sec < 100 && time.tv_sec > 50);
	FD_SET(ends[0], &in);
	GIVES(1, CALL(select, ends[0] + 1, &in, NULL, NULL, NULL));
	ended(pid);
}

CONFORM(select, "EINTR: also with SA_RESTART")
{
	struct timeval time = { 100, 0 };

	on(SIGUSR1, SA_RESTART);
	signal_after(30);
	GIVES(-EINTR, CALL(select, 0, NULL, NULL, NULL, NULL));
	signal_after(30);
	GIVES(-EINTR, CALL(select, 0, NULL, NULL, NULL, &time));
	HOLDS(time.tv_sec < 100 && time.tv_sec > 50);
}

CONFORM(select, "EINVAL, EBADF, EFAULT")
{
	struct timeval time = { 0, 0 }, past = { -1, 0 }, wrong = { 0, -1 };
	fd_set in;

	FD_ZERO(&in);
	FD_SET(50, &in);
	GIVES(-EINVAL, CALL(select, -1, NULL, NULL, NULL, &time));
	GIVES(-EINVAL, CALL(select, 0, NULL, NULL, NULL, &past));
	GIVES(-EINVAL, CALL(select, 0, NULL, NULL, NULL, &wrong));
	GIVES(-EBADF, CALL(select, 64, &in, NULL, NULL, &time));
	FAULTS(IN & ~FAULT_NULL, p, CALL(select, 64, p, NULL, NULL, &time));
	FAULTS(IN & ~FAULT_NULL, p, CALL(select, 64, NULL, p, NULL, &time));
	FAULTS(IN & ~FAULT_NULL, p, CALL(select, 64, NULL, NULL, p, &time));
	FAULTS(IN & ~FAULT_NULL, p, CALL(select, 0, NULL, NULL, NULL, p));
}

CONFORM(select, "a high count, with RLIMIT_NOFILE descriptors and no more")
{
	static fd_set in[2];
	struct timeval time = { 0, 0 };

	memset(in, 0, sizeof(in));
	GIVES(0, CALL(select, 1 << 30, in, NULL, NULL, &time));
}

CONFORM(select, "descriptors beyond FD_SETSIZE, in sets that are as large")
{
	const struct rlimit limit = { 4096, 4096 };
	static fd_set in[4];
	struct timeval time = { 0, 0 };
	int ends[2];

	pipe_ends(ends);
	NEEDS(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	NEEDS(dup2(ends[0], 1500) == 1500);
	memset(in, 0, sizeof(in));
	((unsigned long *)in)[1500 / 64] = 1ul << 1500 % 64;
	GIVES(0, CALL(select, 1501, in, NULL, NULL, &time));
	write(ends[1], "x", 1);
	((unsigned long *)in)[1500 / 64] = 1ul << 1500 % 64;
	GIVES(1, CALL(select, 1501, in, NULL, NULL, &time));
	HOLDS(((unsigned long *)in)[1500 / 64] == 1ul << 1500 % 64);
}

CONFORM(pselect6, "nanoseconds, written back; its mask")
{
	const unsigned long none = 0, usr1 = set_of(SIGUSR1);
	const struct { const unsigned long *set; unsigned long size; }
		open = { &none, 8 }, closed = { &usr1, 8 };
	struct timespec time = { 0, 20000000 };
	sigset_t set;

	on(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	GIVES(0, CALL(pselect6, 0, NULL, NULL, NULL, &time, &closed));
	HOLDS(time.tv_sec == 0 && time.tv_nsec == 0);
	GIVES(0, signals);
	GIVES(-EINTR, CALL(pselect6, 0, NULL, NULL, NULL, NULL, &open));
	GIVES(1, signals);
	sigprocmask(SIG_BLOCK, NULL, &set);
	GIVES(1, sigismember(&set, SIGUSR1));
}

CONFORM(pselect6, "EINVAL, EFAULT")
{
	const unsigned long mask = 0;
	const struct { const void *set; unsigned long size; }
		wrong = { &mask, 4 }, far = { (void *)8, 8 };
	const struct timespec past = { 0, -1 };
	struct timespec time = { 0, 0 };

	GIVES(-EINVAL, CALL(pselect6, -1, NULL, NULL, NULL, &time, NULL));
	GIVES(-EINVAL, CALL(pselect6, 0, NULL, NULL, NULL, &past, NULL));
	GIVES(-EINVAL, CALL(pselect6, 0, NULL, NULL, NULL, &time, &wrong));
	GIVES(-EFAULT, CALL(pselect6, 0, NULL, NULL, NULL, &time, &far));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(pselect6, 0, NULL, NULL, NULL, &time, p));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(pselect6, 64, p, NULL, NULL, &time, NULL));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(pselect6, 0, NULL, NULL, NULL, p, NULL));
}
