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

/* timer_create(2) and the others of POSIX */

static int posix_timer(int notify, int signal)
{
	struct sigevent event = {
		.sigev_notify = notify, .sigev_signo = signal,
		.sigev_value.sival_int = 42,
	};
	int id = -1;

	NEEDS(CALL(timer_create, CLOCK_MONOTONIC, &event, &id) == 0);
	return id;
}

CONFORM(timer_create, "clocks and notifications; EINVAL, EFAULT")
{
	struct sigevent wrong = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	int id;

	GIVES(0, CALL(timer_create, CLOCK_REALTIME, 0, &id));
	GIVES(0, CALL(timer_create, CLOCK_PROCESS_CPUTIME_ID, 0, &id));
	GIVES(-EINVAL, CALL(timer_create, CLOCK_MONOTONIC, &wrong, &id));
	wrong.sigev_notify = 99;
	GIVES(-EINVAL, CALL(timer_create, CLOCK_MONOTONIC, &wrong, &id));
	GIVES(-EINVAL, CALL(timer_create, 99, 0, &id));
	FAULTS(OUT, p, CALL(timer_create, CLOCK_MONOTONIC, 0, p));
	FAULTS(IN & ~FAULT_NULL, p, CALL(timer_create, CLOCK_MONOTONIC, p, &id));
}

CONFORM(timer_settime, "its signal, with its value; once, and at intervals")
{
	struct itimerspec once = { .it_value = { 0, 5000000 } }, old;
	struct itimerspec each = { { 0, 1000000 }, { 0, 1000000 } };
	int id = posix_timer(SIGEV_SIGNAL, SIGUSR1);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEEDS(!sigprocmask(SIG_BLOCK, &set, NULL));
	GIVES(0, CALL(timer_settime, id, 0, &once, &old));
	HOLDS(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
	GIVES(SIGUSR1, RESULT(sigwaitinfo(&set, &info)));
	HOLDS(info.si_code == SI_TIMER && info.si_value.sival_int == 42 &&
	      info.si_overrun == 0);
	GIVES(0, CALL(timer_settime, id, 0, &each, 0));
	for (int i = 0; i < 3; i++)
		GIVES(SIGUSR1, RESULT(sigwaitinfo(&set, &info)));
	once.it_value.tv_nsec = 1000000000;
	GIVES(-EINVAL, CALL(timer_settime, id, 0, &once, 0));
	GIVES(-EINVAL, CALL(timer_settime, 99, 0, &each, 0));
	GIVES(-EINVAL, CALL(timer_settime, id, 0, 0, 0));
}

CONFORM(timer_settime, "TIMER_ABSTIME: a time that is over is now")
{
	struct itimerspec past = { .it_value = { 0, 1 } };
	int id = posix_timer(SIGEV_SIGNAL, SIGUSR1);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEEDS(!sigprocmask(SIG_BLOCK, &set, NULL));
	GIVES(0, CALL(timer_settime, id, TIMER_ABSTIME, &past, 0));
	GIVES(SIGUSR1, RESULT(sigwaitinfo(&set, NULL)));
}

CONFORM(timer_gettime, "what is left")
{
	struct itimerspec set = { { 3, 0 }, { 100, 0 } }, got;
	int id = posix_timer(SIGEV_NONE, 0);

	GIVES(0, CALL(timer_gettime, id, &got));
	HOLDS(got.it_value.tv_sec == 0 && got.it_value.tv_nsec == 0);
	NEEDS(!CALL(timer_settime, id, 0, &set, 0));
	GIVES(0, CALL(timer_gettime, id, &got));
	HOLDS(got.it_value.tv_sec == 99 && got.it_interval.tv_sec == 3);
	GIVES(-EINVAL, CALL(timer_gettime, 99, &got));
	FAULTS(OUT, p, CALL(timer_gettime, id, p));
}

CONFORM(timer_getoverrun, "how often a signal that waited would have come")
{
	struct itimerspec each = { { 0, 1000000 }, { 0, 1000000 } };
	int id = posix_timer(SIGEV_SIGNAL, SIGUSR1);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEEDS(!sigprocmask(SIG_BLOCK, &set, NULL));
	GIVES(0, CALL(timer_getoverrun, id));
	NEEDS(!CALL(timer_settime, id, 0, &each, 0));
	nap(20);
	GIVES(SIGUSR1, RESULT(sigwaitinfo(&set, NULL)));
	HOLDS(CALL(timer_getoverrun, id) >= 10);
	GIVES(-EINVAL, CALL(timer_getoverrun, 99));
}

CONFORM(timer_delete, "once; its signal does not come any more")
{
	struct itimerspec soon = { .it_value = { 0, 50000000 } };
	int id = posix_timer(SIGEV_SIGNAL, SIGUSR1);

	on(SIGUSR1, 0);
	NEEDS(!CALL(timer_settime, id, 0, &soon, 0));
	GIVES(0, CALL(timer_delete, id));
	nap(80);
	GIVES(0, signals);
	GIVES(-EINVAL, CALL(timer_delete, id));
	GIVES(-EINVAL, CALL(timer_delete, 99));
}
