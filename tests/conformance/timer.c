/* SPDX-License-Identifier: GPL-2.0-only */
/* The interval timers of a process. */
#define _GNU_SOURCE
#include <signal.h>
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

/* Until all of it has used that much, in ms. */
static void use_cpu(unsigned ms)
{
	while (clock() < (long)ms * (CLOCKS_PER_SEC / 1000))
		;
}

CONFORM(alarm, "SIGALRM after seconds; gives what was left; 0 cancels")
{
	on(SIGALRM, 0);
	GIVES(0, CALL(alarm, 100));
	GIVES(100, CALL(alarm, 50));
	GIVES(50, CALL(alarm, 0));
	GIVES(0, CALL(alarm, 1));
	GIVES(-EINTR, CALL(pause));
	GIVES(1, signals);
	GIVES(0, CALL(alarm, 0));
	GIVES(0, CALL(alarm, 0xffffffff));
	HOLDS(CALL(alarm, 0) > 1000000000);
}

CONFORM(setitimer, "ITIMER_REAL: once, or again and again; the old value")
{
	const struct itimerval once = { { 0, 0 }, { 0, 10000 } };
	const struct itimerval again = { { 0, 5000 }, { 0, 10000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct itimerval old;

	on(SIGALRM, 0);
	GIVES(0, CALL(setitimer, ITIMER_REAL, &once, NULL));
	GIVES(-EINTR, CALL(pause));
	GIVES(0, CALL(getitimer, ITIMER_REAL, &old));
	HOLDS(!old.it_value.tv_sec && !old.it_value.tv_usec);
	GIVES(0, CALL(setitimer, ITIMER_REAL, &again, NULL));
	HOLDS(SOON(signals >= 4));
	GIVES(0, CALL(setitimer, ITIMER_REAL, &never, &old));
	GIVES(5000, old.it_interval.tv_usec);
	HOLDS(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0);
}

CONFORM(setitimer, "one timer with alarm")
{
	const struct itimerval value = { { 0, 0 }, { 77, 0 } };

	GIVES(0, CALL(setitimer, ITIMER_REAL, &value, NULL));
	GIVES(77, CALL(alarm, 0));
}

CONFORM(setitimer, "EINVAL: which, times; EFAULT; NULL: stop")
{
	struct itimerval value = { { 0, 0 }, { 0, 1000000 } };

	GIVES(-EINVAL, CALL(setitimer, 3, &value, NULL));
	GIVES(-EINVAL, CALL(setitimer, -1, &value, NULL));
	GIVES(-EINVAL, CALL(setitimer, ITIMER_REAL, &value, NULL));
	value.it_value.tv_usec = -1;
	GIVES(-EINVAL, CALL(setitimer, ITIMER_REAL, &value, NULL));
	value.it_value = (struct timeval){ -1, 0 };
	GIVES(-EINVAL, CALL(setitimer, ITIMER_REAL, &value, NULL));
	value = (struct itimerval){ { 0, -1 }, { 0, 0 } };
	GIVES(-EINVAL, CALL(setitimer, ITIMER_REAL, &value, NULL));
	FAULTS(IN & ~FAULT_NULL, p, CALL(setitimer, ITIMER_REAL, p, NULL));
	GIVES(0, CALL(setitimer, ITIMER_REAL, NULL, NULL));
}

CONFORM(setitimer, "ITIMER_VIRTUAL, ITIMER_PROF: of CPU time")
{
	const struct itimerval value = { { 0, 0 }, { 0, 10000 } };

	on(SIGVTALRM, 0);
	on(SIGPROF, 0);
	GIVES(0, CALL(setitimer, ITIMER_VIRTUAL, &value, NULL));
	GIVES(0, CALL(setitimer, ITIMER_PROF, &value, NULL));
	for (unsigned i = 10; signals < 2 && i < 10000; i += 10)
		use_cpu(i);
	GIVES(2, signals);
}

CONFORM(getitimer, "what is left; EINVAL, EFAULT")
{
	struct itimerval value = { { 3, 4 }, { 100, 0 } };

	NEEDS(CALL(setitimer, ITIMER_REAL, &value, NULL) == 0);
	GIVES(0, CALL(getitimer, ITIMER_REAL, &value));
	HOLDS(value.it_value.tv_sec == 99 || value.it_value.tv_sec == 100);
	GIVES(3, value.it_interval.tv_sec);
	GIVES(4, value.it_interval.tv_usec);
	GIVES(-EINVAL, CALL(getitimer, 3, &value));
	FAULTS(OUT, p, CALL(getitimer, ITIMER_REAL, p));
}
