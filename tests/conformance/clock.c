/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks and sleeping. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include "conform.h"

/* What a process of PID has used. */
#define CPU_CLOCK(pid)	((int)(~(unsigned)(pid) << 3 | 2))

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

static long now(int clock)
{
	struct timespec time = { 0, 0 };

	NEEDS(CALL(clock_gettime, clock, &time) == 0);
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

static pid_t signal_after(unsigned ms, int signal)
{
	pid_t pid, self = getpid();

	CHILD(pid) {
		nap(ms);
		kill(self, signal);
	}
	return pid;
}

static void use_cpu(unsigned ms)
{
	long end = now(CLOCK_PROCESS_CPUTIME_ID) + ms * 1000000l;

	while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
		;
}

/* clock_gettime(2) and its relatives */

CONFORM(clock_gettime, "every clock; those that go on do not go back")
{
	const int clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
		CLOCK_TAI,
	};
	struct timespec time;

	for (unsigned i = 0; i < 9; i++) {
		long before = now(clocks[i]);

		GIVES(0, CALL(clock_gettime, clocks[i], &time));
		HOLDS(time.tv_nsec >= 0 && time.tv_nsec < 1000000000 &&
		      now(clocks[i]) >= before);
	}
}

CONFORM(clock_gettime, "the clocks of CPU time count what is used")
{
	long process = now(CLOCK_PROCESS_CPUTIME_ID);
	long thread = now(CLOCK_THREAD_CPUTIME_ID), used;

	nap(100);
	HOLDS(now(CLOCK_PROCESS_CPUTIME_ID) - process < 90000000);
	use_cpu(20);
	used = now(CLOCK_THREAD_CPUTIME_ID) - thread;
	HOLDS(used >= 19000000);
	HOLDS(now(CPU_CLOCK(getpid())) >= process + 20000000);
	HOLDS(now(CPU_CLOCK(0)) >= process + 20000000);
}

CONFORM(clock_gettime, "EINVAL: no such clock; EFAULT")
{
	struct timespec time;

	GIVES(-EINVAL, CALL(clock_gettime, 77, &time));
	GIVES(-EINVAL, CALL(clock_gettime, 16, &time));
	GIVES(-EINVAL, CALL(clock_gettime, CPU_CLOCK(1 << 27), &time));
	GIVES(-EINVAL, CALL(clock_gettime, -1, &time));
	FAULTS(OUT, p, CALL(clock_gettime, CLOCK_MONOTONIC, p));
	FAULTS(OUT, p, CALL(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, p));
}

CONFORM(clock_getres, "a nanosecond, of coarse clocks more; EINVAL, EFAULT")
{
	struct timespec time = { -1, -1 };

	GIVES(0, CALL(clock_getres, CLOCK_MONOTONIC, &time));
	GIVES(0, time.tv_sec);
	GIVES(1, time.tv_nsec);
	GIVES(0, CALL(clock_getres, CLOCK_PROCESS_CPUTIME_ID, &time));
	GIVES(1, time.tv_nsec);
	GIVES(0, CALL(clock_getres, CLOCK_REALTIME, NULL));
	GIVES(0, CALL(clock_getres, CLOCK_REALTIME_COARSE, &time));
	HOLDS(time.tv_sec == 0 && time.tv_nsec >= 1);
	GIVES(-EINVAL, CALL(clock_getres, 77, &time));
	GIVES(-EINVAL, CALL(clock_getres, 77, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(clock_getres, CLOCK_MONOTONIC, p));
}

CONFORM(clock_settime, "EPERM: but for root; EINVAL, EFAULT")
{
	struct timespec time = { 0, 1000000000 };

	GIVES(-EINVAL, CALL(clock_settime, CLOCK_REALTIME, &time));
	time.tv_nsec = 0;
	GIVES(-EINVAL, CALL(clock_settime, CLOCK_MONOTONIC, &time));
	GIVES(-EINVAL, CALL(clock_settime, 77, &time));
	FAULTS(IN, p, CALL(clock_settime, CLOCK_REALTIME, p));
	become(NOBODY);
	GIVES(-EPERM, CALL(clock_settime, CLOCK_REALTIME, &time));
}

PARTIAL(clock_settime, "setting the clock: it is Linux's", "EPERM")
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	GIVES(0, CALL(clock_settime, CLOCK_REALTIME, &time));
}

CONFORM(gettimeofday, "the real time, in microseconds; EFAULT")
{
	struct timeval time;
	struct timezone zone = { 1, 1 };

	GIVES(0, CALL(gettimeofday, &time, &zone));
	HOLDS(now(CLOCK_REALTIME) / 1000000000 - time.tv_sec <= 5);
	HOLDS(time.tv_usec >= 0 && time.tv_usec < 1000000);
	GIVES(0, zone.tz_minuteswest);
	GIVES(0, CALL(gettimeofday, NULL, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(gettimeofday, p, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(gettimeofday, NULL, p));
}

CONFORM(settimeofday, "EPERM: but for root; EINVAL, EFAULT")
{
	struct timeval time = { 0, 1000000 };

	GIVES(-EINVAL, CALL(settimeofday, &time, NULL));
	FAULTS(IN & ~FAULT_NULL, p, CALL(settimeofday, p, NULL));
	time.tv_usec = 0;
	become(NOBODY);
	GIVES(-EPERM, CALL(settimeofday, &time, NULL));
}

PARTIAL(settimeofday, "setting the clock: it is Linux's", "EPERM")
{
	GIVES(0, CALL(settimeofday, NULL, NULL));
}

CONFORM(time, "the real time, in seconds; EFAULT")
{
	long seconds = -1, result = CALL(time, &seconds);

	HOLDS(result == seconds);
	HOLDS(now(CLOCK_REALTIME) / 1000000000 - result <= 5);
	HOLDS(CALL(time, NULL) >= result);
	FAULTS(OUT & ~FAULT_NULL, p, CALL(time, p));
}

CONFORM(times, "clock ticks, of the process and its children; EFAULT")
{
	struct tms times = { -1, -1, -1, -1 };
	long before = CALL(times, &times);
	pid_t pid;

	GIVES(0, times.tms_cutime + times.tms_cstime);
	use_cpu(50);
	HOLDS(CALL(times, &times) >= before + 4);
	HOLDS(times.tms_utime + times.tms_stime >= 1);
	CHILD(pid)
		use_cpu(50);
	ended(pid);
	CALL(times, &times);
	HOLDS(times.tms_cutime + times.tms_cstime >= 1);
	HOLDS(CALL(times, NULL) > 0);
	FAULTS(OUT & ~FAULT_NULL, p, CALL(times, p));
}

/* nanosleep(2), clock_nanosleep(2) */

CONFORM(nanosleep, "at least as long as it says")
{
	const struct timespec time = { 0, 20000000 }, zero = { 0, 0 };
	long before = now(CLOCK_MONOTONIC);

	GIVES(0, CALL(nanosleep, &time, NULL));
	HOLDS(now(CLOCK_MONOTONIC) - before >= 20000000);
	GIVES(0, CALL(nanosleep, &zero, NULL));
}

CONFORM(nanosleep, "EINTR and what is left, also with SA_RESTART")
{
	const struct timespec time = { 100, 0 };
	struct timespec left = { 0, 0 };

	on(SIGUSR1, SA_RESTART);
	signal_after(50, SIGUSR1);
	GIVES(-EINTR, CALL(nanosleep, &time, &left));
	HOLDS(left.tv_sec == 99 && left.tv_nsec > 0);
	signal_after(50, SIGUSR1);
	GIVES(-EINTR, CALL(nanosleep, &time, NULL));
}

CONFORM(nanosleep, "signals without a handler do not make it longer")
{
	const struct timespec time = { 0, 200000000 };
	long before = now(CLOCK_MONOTONIC);
	pid_t self = getpid(), other;

	CHILD(other) {
		nap(50);
		kill(self, SIGSTOP);
		nap(50);
		kill(self, SIGCONT);
	}
	GIVES(0, CALL(nanosleep, &time, NULL));
	HOLDS(now(CLOCK_MONOTONIC) - before >= 200000000);
	ended(other);
}

CONFORM(nanosleep, "EINVAL: times; EFAULT")
{
	const struct timespec wrong = { 0, 1000000000 }, past = { -1, 0 };
	const struct timespec negative = { 0, -1 };

	GIVES(-EINVAL, CALL(nanosleep, &wrong, NULL));
	GIVES(-EINVAL, CALL(nanosleep, &past, NULL));
	GIVES(-EINVAL, CALL(nanosleep, &negative, NULL));
	FAULTS(IN, p, CALL(nanosleep, p, NULL));
}

CONFORM(clock_nanosleep, "TIMER_ABSTIME: until a point in time")
{
	struct timespec time;
	long end = now(CLOCK_MONOTONIC) + 20000000;

	time.tv_sec = end / 1000000000;
	time.tv_nsec = end % 1000000000;
	GIVES(0, CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time,
		      NULL));
	HOLDS(now(CLOCK_MONOTONIC) >= end);
	GIVES(0, CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time,
		      NULL));
	end = now(CLOCK_REALTIME) + 20000000;
	time.tv_sec = end / 1000000000;
	time.tv_nsec = end % 1000000000;
	GIVES(0, CALL(clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &time,
		      NULL));
	HOLDS(now(CLOCK_REALTIME) >= end);
}

CONFORM(clock_nanosleep, "EINTR: what is left, but of TIMER_ABSTIME")
{
	struct timespec time = { 100, 0 }, left = { 7, 7 };

	on(SIGUSR1, 0);
	signal_after(50, SIGUSR1);
	GIVES(-EINTR, CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &time, &left));
	GIVES(99, left.tv_sec);
	left.tv_sec = 7;
	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += 100;
	signal_after(50, SIGUSR1);
	GIVES(-EINTR, CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME,
			   &time, &left));
	GIVES(7, left.tv_sec);
}

CONFORM(clock_nanosleep, "CLOCK_BOOTTIME, CLOCK_TAI; EOPNOTSUPP, EINVAL")
{
	struct timespec time = { 0, 1000000 };

	GIVES(0, CALL(clock_nanosleep, CLOCK_BOOTTIME, 0, &time, NULL));
	GIVES(0, CALL(clock_nanosleep, CLOCK_TAI, 0, &time, NULL));
	GIVES(-EOPNOTSUPP, CALL(clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &time,
				NULL));
	GIVES(-EOPNOTSUPP, CALL(clock_nanosleep, CLOCK_REALTIME_COARSE, 0,
				&time, NULL));
	SHOWS(CALL(clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
	GIVES(-EINVAL, CALL(clock_nanosleep, 77, 0, &time, NULL));
	time.tv_nsec = 1000000000;
	GIVES(-EINVAL, CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL));
	FAULTS(IN, p, CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL));
}

CONFORM(clock_nanosleep, "CLOCK_PROCESS_CPUTIME_ID: of the past at once")
{
	struct timespec time = { 0, 0 };

	GIVES(0, CALL(clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME,
		      &time, NULL));
}
