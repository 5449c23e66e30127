/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocking signals, and waiting for them. */
#define _GNU_SOURCE
#include <signal.h>
#include <time.h>
#include "conform.h"

#define BIT(signal)	(1ul << ((signal) - 1))

static volatile int signals, order[8];

static void count(int signal)
{
	order[signals++ & 7] = signal;
}

static void on(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static unsigned long mask(void)
{
	unsigned long set = 0;

	NEEDS(CALL(rt_sigprocmask, SIG_BLOCK, NULL, &set, 8) == 0);
	return set;
}

static void set_mask(unsigned long set)
{
	NEEDS(CALL(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8) == 0);
}

/* A child that sends SIGNAL after MS. */
static pid_t later(unsigned ms, int signal)
{
	pid_t pid, self = getpid();

	CHILD(pid) {
		nap(ms);
		kill(self, signal);
	}
	return pid;
}

/* rt_sigprocmask(2), rt_sigpending(2) */

CONFORM(rt_sigprocmask, "SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK")
{
	unsigned long a = BIT(SIGUSR1), b = BIT(SIGUSR2), old = 1;

	GIVES(0, CALL(rt_sigprocmask, SIG_BLOCK, &a, &old, 8));
	GIVES(0, old);
	GIVES(0, CALL(rt_sigprocmask, SIG_BLOCK, &b, &old, 8));
	HOLDS(old == a && mask() == (a | b));
	GIVES(0, CALL(rt_sigprocmask, SIG_UNBLOCK, &a, NULL, 8));
	HOLDS(mask() == b);
	GIVES(0, CALL(rt_sigprocmask, SIG_SETMASK, &a, NULL, 8));
	HOLDS(mask() == a);
	GIVES(0, CALL(rt_sigprocmask, 77, NULL, &old, 8));
}

CONFORM(rt_sigprocmask, "never SIGKILL and SIGSTOP")
{
	const unsigned long all = -1;

	set_mask(all);
	HOLDS(mask() == ~(BIT(SIGKILL) | BIT(SIGSTOP)));
}

CONFORM(rt_sigprocmask, "EINVAL: how, sizes; EFAULT")
{
	unsigned long set = 0;

	GIVES(-EINVAL, CALL(rt_sigprocmask, 3, &set, NULL, 8));
	GIVES(-EINVAL, CALL(rt_sigprocmask, -1, &set, NULL, 8));
	GIVES(-EINVAL, CALL(rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
	GIVES(-EINVAL, CALL(rt_sigprocmask, SIG_BLOCK, &set, NULL, 16));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(rt_sigprocmask, SIG_BLOCK, p, NULL, 8));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(rt_sigprocmask, SIG_BLOCK, NULL, p, 8));
}

CONFORM(rt_sigprocmask, "what was blocked comes at once, lowest first")
{
	on(SIGUSR1, 0);
	on(SIGHUP, 0);
	on(34, 0);
	set_mask(-1);
	raise(34);
	raise(SIGUSR1);
	raise(SIGHUP);
	raise(SIGUSR1);
	GIVES(0, signals);
	set_mask(0);
	GIVES(3, signals);
	/* Each one's handler is interrupted by the next. */
	GIVES(34, order[0]);
	GIVES(SIGUSR1, order[1]);
	GIVES(SIGHUP, order[2]);
}

CONFORM(rt_sigpending, "what is blocked and has come; EINVAL, EFAULT")
{
	unsigned long set = -1;

	GIVES(0, CALL(rt_sigpending, &set, 8));
	GIVES(0, set);
	set_mask(BIT(SIGUSR1) | BIT(SIGCHLD));
	raise(SIGUSR1);
	raise(SIGCHLD);
	GIVES(0, CALL(rt_sigpending, &set, 8));
	HOLDS(set == (BIT(SIGUSR1) | BIT(SIGCHLD)));
	GIVES(-EINVAL, CALL(rt_sigpending, &set, 9));
	FAULTS(OUT, p, CALL(rt_sigpending, p, 8));
}

/* rt_sigsuspend(2), pause(2) */

CONFORM(rt_sigsuspend, "its mask until a handler has run, then the old one")
{
	const unsigned long none = 0, usr1 = BIT(SIGUSR1);
	pid_t pid;

	on(SIGUSR1, 0);
	on(SIGUSR2, 0);
	set_mask(usr1);
	raise(SIGUSR1);
	GIVES(-EINTR, CALL(rt_sigsuspend, &none, 8));
	GIVES(1, signals);
	HOLDS(mask() == usr1);
	raise(SIGUSR1);
	pid = later(50, SIGUSR2);
	GIVES(-EINTR, CALL(rt_sigsuspend, &usr1, 8));
	GIVES(2, signals);
	GIVES(SIGUSR2, order[1]);
	ended(pid);
}

CONFORM(rt_sigsuspend, "EINVAL, EFAULT")
{
	const unsigned long none = 0;

	GIVES(-EINVAL, CALL(rt_sigsuspend, &none, 4));
	FAULTS(IN, p, CALL(rt_sigsuspend, p, 8));
}

CONFORM(pause, "EINTR: a handler has run, with SA_RESTART, too")
{
	on(SIGUSR1, 0);
	later(50, SIGUSR1);
	GIVES(-EINTR, CALL(pause));
	on(SIGUSR1, SA_RESTART);
	later(50, SIGUSR1);
	GIVES(-EINTR, CALL(pause));
	GIVES(2, signals);
}

/* rt_sigtimedwait(2) */

CONFORM(rt_sigtimedwait, "takes a signal that is pending, or comes")
{
	const unsigned long set = BIT(SIGUSR1) | BIT(SIGUSR2);
	siginfo_t info = { 0 };
	pid_t pid;

	set_mask(set);
	raise(SIGUSR2);
	GIVES(SIGUSR2, CALL(rt_sigtimedwait, &set, &info, NULL, 8));
	GIVES(SIGUSR2, info.si_signo);
	HOLDS(info.si_pid == getpid());
	pid = later(50, SIGUSR1);
	GIVES(SIGUSR1, CALL(rt_sigtimedwait, &set, NULL, NULL, 8));
	ended(pid);
	/* Also one that is ignored by default. */
	set_mask(BIT(SIGCHLD));
	raise(SIGCHLD);
	GIVES(SIGCHLD, CALL(rt_sigtimedwait, &(unsigned long){ BIT(SIGCHLD) },
			    NULL, NULL, 8));
}

CONFORM(rt_sigtimedwait, "EAGAIN: none in time; EINTR: another one's handler")
{
	const struct timespec zero = { 0, 0 }, soon = { 0, 10000000 };
	const unsigned long set = BIT(SIGUSR1);

	set_mask(set);
	on(SIGUSR2, SA_RESTART);
	GIVES(-EAGAIN, CALL(rt_sigtimedwait, &set, NULL, &zero, 8));
	GIVES(-EAGAIN, CALL(rt_sigtimedwait, &set, NULL, &soon, 8));
	later(50, SIGUSR2);
	GIVES(-EINTR, CALL(rt_sigtimedwait, &set, NULL, NULL, 8));
}

CONFORM(rt_sigtimedwait, "EINVAL: times, sizes; EFAULT")
{
	const struct timespec wrong = { 0, 1000000000 }, past = { -1, 0 };
	const struct timespec zero = { 0, 0 };
	const unsigned long set = BIT(SIGUSR1);

	set_mask(set);
	GIVES(-EINVAL, CALL(rt_sigtimedwait, &set, NULL, &wrong, 8));
	GIVES(-EINVAL, CALL(rt_sigtimedwait, &set, NULL, &past, 8));
	GIVES(-EINVAL, CALL(rt_sigtimedwait, &set, NULL, &zero, 4));
	FAULTS(IN, p, CALL(rt_sigtimedwait, p, NULL, &zero, 8));
	FAULTS(IN & ~FAULT_NULL, p, CALL(rt_sigtimedwait, &set, NULL, p, 8));
	raise(SIGUSR1);
	GIVES(-EFAULT, CALL(rt_sigtimedwait, &set, 8, &zero, 8));
}
