/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors for events: epoll(7), eventfd(2), signalfd(2), timerfd_create(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include "conform.h"

/* epoll(7) */

CONFORM(epoll_create, "a size above 0, and none that matters")
{
	GIVES(3, CALL(epoll_create, 1));
	GIVES(0, CALL(fcntl, 3, F_GETFD));
	GIVES(-EINVAL, CALL(epoll_create, 0));
	GIVES(-EINVAL, CALL(epoll_create, -1));
}

CONFORM(epoll_create1, "EPOLL_CLOEXEC, nothing else; cannot be read")
{
	char byte;

	GIVES(3, CALL(epoll_create1, EPOLL_CLOEXEC));
	GIVES(FD_CLOEXEC, CALL(fcntl, 3, F_GETFD));
	GIVES(-EINVAL, CALL(epoll_create1, 1));
	GIVES(-EINVAL, CALL(read, 3, &byte, 1));
}

CONFORM(epoll_ctl, "adding, changing, removing")
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 };
	int ends[2], epoll = epoll_create1(0);

	pipe_ends(ends);
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], &event));
	GIVES(-EEXIST, CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], &event));
	GIVES(-ENOENT, CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, ends[1], &event));
	GIVES(-ENOENT, CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, ends[1], 0));
	event.events = EPOLLIN | EPOLLET;
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, ends[0], &event));
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, ends[0], 0));
	GIVES(-ENOENT, CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, ends[0], 0));
}

CONFORM(epoll_ctl, "EBADF, EINVAL, EPERM, EFAULT, ELOOP")
{
	struct epoll_event event = { .events = EPOLLIN };
	int first = epoll_create1(0), second = epoll_create1(0);
	int file = file_with("file", ""), ends[2];

	pipe_ends(ends);
	GIVES(-EBADF, CALL(epoll_ctl, 99, EPOLL_CTL_ADD, ends[0], &event));
	GIVES(-EBADF, CALL(epoll_ctl, first, EPOLL_CTL_ADD, 99, &event));
	GIVES(-EINVAL, CALL(epoll_ctl, ends[0], EPOLL_CTL_ADD, ends[1],
			    &event));
	GIVES(-EINVAL, CALL(epoll_ctl, first, EPOLL_CTL_ADD, first, &event));
	GIVES(-EINVAL, CALL(epoll_ctl, first, 9, ends[0], &event));
	GIVES(-EPERM, CALL(epoll_ctl, first, EPOLL_CTL_ADD, file, &event));
	GIVES(0, CALL(epoll_ctl, first, EPOLL_CTL_ADD, second, &event));
	GIVES(-ELOOP, CALL(epoll_ctl, second, EPOLL_CTL_ADD, first, &event));
	FAULTS(IN, p, CALL(epoll_ctl, first, EPOLL_CTL_ADD, ends[0], p));
}

CONFORM(epoll_wait, "levels, edges, once, what is closed")
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 }, got[4];
	int level[2], edge[2], once[2], epoll = epoll_create1(0);

	pipe_ends(level);
	pipe_ends(edge);
	pipe_ends(once);
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, level[0], &event));
	GIVES(0, CALL(epoll_wait, epoll, got, 4, 0));
	NEEDS(write(level[1], "x", 1) == 1);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, -1));
	HOLDS(got[0].events == EPOLLIN && got[0].data.u64 == 7);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, 0));
	NEEDS(close(level[0]) == 0);
	GIVES(0, CALL(epoll_wait, epoll, got, 4, 0));
	event.events = EPOLLIN | EPOLLET;
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, edge[0], &event));
	NEEDS(write(edge[1], "x", 1) == 1);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, 0));
	GIVES(0, CALL(epoll_wait, epoll, got, 4, 0));
	NEEDS(write(edge[1], "x", 1) == 1);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, 0));
	event.events = EPOLLIN | EPOLLONESHOT;
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, once[0], &event));
	NEEDS(write(once[1], "x", 1) == 1);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, 0));
	NEEDS(write(once[1], "x", 1) == 1);
	GIVES(0, CALL(epoll_wait, epoll, got, 4, 0));
	GIVES(0, CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, once[0], &event));
	NEEDS(close(once[1]) == 0);
	GIVES(1, CALL(epoll_wait, epoll, got, 4, 0));
	HOLDS(got[0].events == (EPOLLIN | EPOLLHUP));
}

CONFORM(epoll_wait, "a time; EINVAL, EBADF, EFAULT")
{
	struct epoll_event got[1], event = { .events = EPOLLOUT };
	int epoll = epoll_create1(0), ends[2];

	GIVES(0, CALL(epoll_wait, epoll, got, 1, 20));
	GIVES(-EINVAL, CALL(epoll_wait, epoll, got, 0, 0));
	GIVES(-EINVAL, CALL(epoll_wait, epoll, got, -1, 0));
	GIVES(-EINVAL, CALL(epoll_wait, 0, got, 1, 0));
	GIVES(-EBADF, CALL(epoll_wait, 99, got, 1, 0));
	pipe_ends(ends);
	NEEDS(!epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event));
	FAULTS(OUT, p, CALL(epoll_wait, epoll, p, 1, 0));
}

static void nothing(int signal)
{
	(void)signal;
}

/* SIGUSR1 waits, blocked, and has a handler. */
static void signal_waits(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEEDS(signal(SIGUSR1, nothing) == SIG_DFL &&
	      !sigprocmask(SIG_BLOCK, &set, NULL) && !raise(SIGUSR1));
}

CONFORM(epoll_pwait, "with other signals blocked meanwhile")
{
	struct epoll_event got[1];
	int epoll = epoll_create1(0);
	uint64_t none = 0;

	signal_waits();
	GIVES(0, CALL(epoll_pwait, epoll, got, 1, 10, 0, 8));
	GIVES(-EINTR, CALL(epoll_pwait, epoll, got, 1, -1, &none, 8));
	GIVES(0, CALL(epoll_pwait, epoll, got, 1, 10, &none, 8));
	GIVES(-EINVAL, CALL(epoll_pwait, epoll, got, 1, 0, &none, 4));
}

CONFORM(epoll_pwait2, "a time in nanoseconds")
{
	const struct timespec time = { 0, 1000000 }, wrong = { 0, 1000000000 };
	struct epoll_event got[1];
	int epoll = epoll_create1(0);
	uint64_t none = 0;

	GIVES(0, CALL(epoll_pwait2, epoll, got, 1, &time, 0, 8));
	GIVES(-EINVAL, CALL(epoll_pwait2, epoll, got, 1, &wrong, 0, 8));
	signal_waits();
	GIVES(-EINTR, CALL(epoll_pwait2, epoll, got, 1, 0, &none, 8));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(epoll_pwait2, epoll, got, 1, p, 0, 8));
}

/* eventfd(2) */

CONFORM(eventfd, "what was written in sum")
{
	uint64_t value = 5, got = 0;

	GIVES(3, CALL(eventfd, 2));
	GIVES(8, CALL(write, 3, &value, 8));
	GIVES(8, CALL(read, 3, &got, 8));
	HOLDS(got == 7);
}

CONFORM(eventfd2, "EFD_SEMAPHORE, EFD_NONBLOCK, EFD_CLOEXEC; limits")
{
	uint64_t value = UINT64_MAX - 1, got = 0;

	GIVES(3, CALL(eventfd2, 2, EFD_SEMAPHORE | EFD_NONBLOCK));
	GIVES(8, CALL(read, 3, &got, 8));
	HOLDS(got == 1);
	GIVES(8, CALL(read, 3, &got, 8));
	GIVES(-EAGAIN, CALL(read, 3, &got, 8));
	GIVES(8, CALL(write, 3, &value, 8));
	value = 1;
	GIVES(-EAGAIN, CALL(write, 3, &value, 8));
	value = UINT64_MAX;
	GIVES(-EINVAL, CALL(write, 3, &value, 8));
	GIVES(-EINVAL, CALL(read, 3, &got, 7));
	GIVES(-EINVAL, CALL(write, 3, &value, 7));
	GIVES(4, CALL(eventfd2, 0, EFD_CLOEXEC));
	GIVES(FD_CLOEXEC, CALL(fcntl, 4, F_GETFD));
	GIVES(-EINVAL, CALL(eventfd2, 0, 4));
}

/* signalfd(2) */

CONFORM(signalfd4, "signals are read one by one")
{
	struct signalfd_siginfo got[3];
	uint64_t set = 1ull << (SIGUSR1 - 1) | 1ull << (SIGUSR2 - 1);
	union sigval value = { .sival_int = 42 };
	sigset_t all;

	sigfillset(&all);
	NEEDS(!sigprocmask(SIG_BLOCK, &all, NULL));
	GIVES(3, CALL(signalfd4, -1, &set, 8, SFD_NONBLOCK | SFD_CLOEXEC));
	GIVES(-EAGAIN, CALL(read, 3, got, sizeof(got)));
	NEEDS(!sigqueue(getpid(), SIGUSR2, value) && !raise(SIGUSR1));
	GIVES(2 * sizeof(*got), CALL(read, 3, got, sizeof(got)));
	HOLDS(got[0].ssi_signo == SIGUSR1 && got[1].ssi_signo == SIGUSR2);
	HOLDS(got[1].ssi_int == 42 && got[1].ssi_code == SI_QUEUE &&
	      got[1].ssi_pid == (uint32_t)getpid());
	set = 1ull << (SIGUSR2 - 1);
	GIVES(3, CALL(signalfd4, 3, &set, 8, 0));
	NEEDS(!raise(SIGUSR1));
	GIVES(-EAGAIN, CALL(read, 3, got, sizeof(got)));
	GIVES(-EINVAL, CALL(read, 3, got, sizeof(*got) - 1));
	GIVES(-EINVAL, CALL(signalfd4, 0, &set, 8, 0));
	GIVES(-EBADF, CALL(signalfd4, 99, &set, 8, 0));
	GIVES(-EINVAL, CALL(signalfd4, -1, &set, 4, 0));
	GIVES(-EINVAL, CALL(signalfd4, -1, &set, 8, 1));
	FAULTS(IN, p, CALL(signalfd4, -1, p, 8, 0));
}

CONFORM(signalfd, "as signalfd4 without flags; a child's end wakes it")
{
	struct pollfd polled = { .fd = 3, .events = POLLIN };
	uint64_t set = 1ull << (SIGCHLD - 1);
	sigset_t all;

	sigfillset(&all);
	NEEDS(!sigprocmask(SIG_BLOCK, &all, NULL));
	GIVES(3, CALL(signalfd, -1, &set, 8));
	GIVES(0, CALL(fcntl, 3, F_GETFD));
	GIVES(0, CALL(poll, &polled, 1, 0));
	if (fork() == 0)
		_exit(0);
	GIVES(1, CALL(poll, &polled, 1, -1));
}

CONFORM(signalfd, "a timer's signal wakes it")
{
	const struct itimerspec soon = { .it_value = { 0, 20000000 } };
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN,
	};
	struct pollfd polled = { .fd = 3, .events = POLLIN };
	uint64_t set = 1ull << (SIGRTMIN - 1);
	struct signalfd_siginfo got;
	sigset_t all;
	int timer;

	sigfillset(&all);
	NEEDS(!sigprocmask(SIG_BLOCK, &all, NULL));
	GIVES(3, CALL(signalfd, -1, &set, 8));
	NEEDS(!CALL(timer_create, CLOCK_MONOTONIC, &event, &timer));
	GIVES(0, CALL(timer_settime, timer, 0, &soon, NULL));
	GIVES(1, CALL(poll, &polled, 1, 10000));
	GIVES(sizeof(got), CALL(read, 3, &got, sizeof(got)));
	HOLDS(got.ssi_code == SI_TIMER);
}

/* timerfd_create(2) */

#define MS	1000000

CONFORM(timerfd_create, "clocks, flags")
{
	GIVES(3, CALL(timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC));
	GIVES(FD_CLOEXEC, CALL(fcntl, 3, F_GETFD));
	GIVES(4, CALL(timerfd_create, CLOCK_REALTIME, 0));
	GIVES(5, CALL(timerfd_create, CLOCK_BOOTTIME, TFD_NONBLOCK));
	GIVES(-EINVAL, CALL(timerfd_create, CLOCK_THREAD_CPUTIME_ID, 0));
	GIVES(-EINVAL, CALL(timerfd_create, 99, 0));
	GIVES(-EINVAL, CALL(timerfd_create, CLOCK_MONOTONIC, 1));
}

CONFORM(timerfd_settime, "once, at intervals, at a time, not at all")
{
	struct itimerspec once = { .it_value = { 0, 5 * MS } }, old;
	struct itimerspec each = { { 0, MS }, { 0, MS } }, none = { 0 };
	struct timespec now;
	uint64_t n = 0;

	NEEDS(timerfd_create(CLOCK_MONOTONIC, 0) == 3);
	GIVES(0, CALL(timerfd_settime, 3, 0, &once, &old));
	HOLDS(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
	GIVES(8, CALL(read, 3, &n, 8));
	HOLDS(n == 1);
	GIVES(0, CALL(timerfd_settime, 3, 0, &each, 0));
	GIVES(8, CALL(read, 3, &n, 8));
	HOLDS(n >= 1);
	GIVES(0, CALL(timerfd_settime, 3, 0, &none, &old));
	HOLDS(old.it_interval.tv_nsec == MS);
	NEEDS(fcntl(3, F_SETFL, O_NONBLOCK) == 0);
	GIVES(-EAGAIN, CALL(read, 3, &n, 8));
	NEEDS(!clock_gettime(CLOCK_MONOTONIC, &now));
	once.it_value = now;
	NEEDS(fcntl(3, F_SETFL, 0) == 0);
	GIVES(0, CALL(timerfd_settime, 3, TFD_TIMER_ABSTIME, &once, 0));
	GIVES(8, CALL(read, 3, &n, 8));
	GIVES(-EINVAL, CALL(read, 3, &n, 7));
}

CONFORM(timerfd_settime, "EINVAL, EBADF, EFAULT")
{
	struct itimerspec wrong = { .it_value = { 0, 1000000000 } };
	struct itimerspec fine = { .it_value = { 1, 0 } };

	NEEDS(timerfd_create(CLOCK_MONOTONIC, 0) == 3);
	GIVES(-EINVAL, CALL(timerfd_settime, 3, 0, &wrong, 0));
	GIVES(-EINVAL, CALL(timerfd_settime, 3, 8, &fine, 0));
	GIVES(-EINVAL, CALL(timerfd_settime, 0, 0, &fine, 0));
	GIVES(-EBADF, CALL(timerfd_settime, 99, 0, &fine, 0));
	FAULTS(IN, p, CALL(timerfd_settime, 3, 0, p, 0));
}

CONFORM(timerfd_gettime, "what is left")
{
	struct itimerspec set = { { 3, 0 }, { 100, 0 } }, got;

	NEEDS(timerfd_create(CLOCK_MONOTONIC, 0) == 3);
	GIVES(0, CALL(timerfd_gettime, 3, &got));
	HOLDS(got.it_value.tv_sec == 0 && got.it_value.tv_nsec == 0);
	NEEDS(!timerfd_settime(3, 0, &set, NULL));
	GIVES(0, CALL(timerfd_gettime, 3, &got));
	HOLDS(got.it_value.tv_sec == 99 && got.it_interval.tv_sec == 3);
	GIVES(-EINVAL, CALL(timerfd_gettime, 0, &got));
	GIVES(-EBADF, CALL(timerfd_gettime, 99, &got));
	FAULTS(OUT, p, CALL(timerfd_gettime, 3, p));
}
