/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timers [profile]: timer_create(2) and setitimer(2), clocks of CPU time, what
 * is told of it elsewhere, limits of it. Says "ok" of each thing that is as the
 * manual has it. The system calls are bare where C libraries have timers of
 * their own. "profile": only says how often a timer of 20 ms of CPU time has
 * expired while it computed for a second, and computes for another without it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS	1000000ll
#define SECOND	1000000000ll
#ifndef SIGEV_THREAD_ID
#define SIGEV_THREAD_ID	4
#endif

static int wrong;

static void check(bool good, const char *what)
{
	printf("%s %s\n", good ? "ok" : "WRONG", what);
	fflush(stdout);
	wrong += !good;
}

/* The bare calls; -errno. */

struct event {
	union sigval value;
	int signal, notify, thread, rest[11];
};

static long bare(long number, long a, long b, long c, long d)
{
	long result = syscall(number, a, b, c, d);

	return result < 0 ? -errno : result;
}

static long create(int clock, const struct event *event, int *id)
{
	return bare(SYS_timer_create, clock, (long)event, (long)id, 0);
}

static struct itimerspec spec(long long value, long long interval)
{
	return (struct itimerspec){
		.it_value = { value / SECOND, value % SECOND },
		.it_interval = { interval / SECOND, interval % SECOND },
	};
}

static long set(int id, int flags, long long value, long long interval)
{
	struct itimerspec new = spec(value, interval);

	return bare(SYS_timer_settime, id, flags, (long)&new, 0);
}

static long long ns_of(struct timespec time)
{
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* What is left; -1 if the timer is not there. */
static long long left(int id, long long *interval)
{
	struct itimerspec now;

	if (bare(SYS_timer_gettime, id, (long)&now, 0, 0))
		return -1;
	if (interval)
		*interval = ns_of(now.it_interval);
	return ns_of(now.it_value);
}

static long delete(int id)
{
	return bare(SYS_timer_delete, id, 0, 0, 0);
}

static long overrun(int id)
{
	return bare(SYS_timer_getoverrun, id, 0, 0, 0);
}

static long long show(clockid_t clock)
{
	struct timespec time = { -1, 0 };

	clock_gettime(clock, &time);
	return ns_of(time);
}

/* The clock of a process' CPU time, by its number, 0: ours, or a thread's. */
static clockid_t encoded(int pid, int kind)
{
	return (clockid_t)(~(unsigned)pid << 3 | (unsigned)kind);
}

static long sleep_by(clockid_t clock, int flags, long long ns,
		     struct timespec *rest)
{
	struct timespec time = { ns / SECOND, ns % SECOND };

	return bare(SYS_clock_nanosleep, clock, flags, (long)&time, (long)rest);
}

static void pause_ms(long long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * MS };

	while (nanosleep(&time, &time))
		;
}

static volatile unsigned long sink;

/* Compute until CLOCK shows END. */
static void burn_until(clockid_t clock, long long end)
{
	while (show(clock) < end)
		for (int i = 0; i < 50000; i++)
			sink += i;
}

static void burn(long long ns)
{
	burn_until(CLOCK_THREAD_CPUTIME_ID, show(CLOCK_THREAD_CPUTIME_ID) + ns);
}

static sigset_t one(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

/* Wait for a blocked signal for at most 10 seconds. */
static int take(int signal, siginfo_t *info, long long ns)
{
	struct timespec limit = { ns / SECOND, ns % SECOND };
	sigset_t set = one(signal);

	return sigtimedwait(&set, info, &limit);
}

static void block(int signal)
{
	sigset_t set = one(signal);

	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Timers. */

static const struct event usr1 = {
	.signal = SIGUSR1, .notify = SIGEV_SIGNAL, .value.sival_int = 4711,
};

static void once(void)
{
	siginfo_t info;
	int id = -1, other = -1;
	long long start = show(CLOCK_MONOTONIC), interval;

	check(create(CLOCK_MONOTONIC, NULL, &id) == 0 && id >= 0, "create");
	block(SIGALRM);
	check(left(id, NULL) == 0, "a new timer is not set");
	check(set(id, 0, 30 * MS, 0) == 0, "set");
	check(left(id, &interval) > 0 && left(id, NULL) <= 30 * MS &&
	      interval == 0, "what is left");
	check(take(SIGALRM, &info, 10 * SECOND) == SIGALRM, "it expires");
	check(show(CLOCK_MONOTONIC) - start >= 30 * MS, "not too early");
	check(info.si_code == SI_TIMER && info.si_timerid == id &&
	      info.si_overrun == 0 && info.si_value.sival_int == id,
	      "by default it is SIGALRM with its number");
	check(left(id, NULL) == 0, "then it is over");
	check(create(CLOCK_REALTIME, &usr1, &other) == 0 && other != id,
	      "another has another number");
	check(delete(id) == 0 && delete(id) == -EINVAL, "deleted once");
	check(left(id, NULL) == -1 && overrun(id) == -EINVAL &&
	      set(id, 0, MS, 0) == -EINVAL, "and is gone");
	delete(other);
}

static void periods(void)
{
	siginfo_t info;
	int id;
	long long interval;

	block(SIGUSR1);
	create(CLOCK_MONOTONIC, &usr1, &id);
	set(id, 0, 20 * MS, 20 * MS);
	pause_ms(130);
	check(take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1, "a periodic one");
	check(info.si_value.sival_int == 4711, "its value");
	check(info.si_overrun >= 4 && overrun(id) == info.si_overrun,
	      "the periods missed");
	check(left(id, &interval) > 0 && left(id, NULL) <= 20 * MS &&
	      interval == 20 * MS, "the next period");
	check(take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1, "comes too");
	set(id, 0, 0, 0);
	take(SIGUSR1, &info, 0);
	check(take(SIGUSR1, &info, 50 * MS) == -1 && errno == EAGAIN &&
	      left(id, NULL) == 0, "set to 0 it stops");
	delete(id);
}

static void absolute(void)
{
	siginfo_t info;
	int id;
	long long end;

	for (int clock = CLOCK_REALTIME; clock <= CLOCK_MONOTONIC; clock++) {
		create(clock, &usr1, &id);
		end = show(clock) + 40 * MS;
		check(set(id, TIMER_ABSTIME, end, 0) == 0 &&
		      take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1 &&
		      show(clock) >= end, "at a point in time");
		check(set(id, TIMER_ABSTIME, MS, 0) == 0 &&
		      take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1,
		      "one that has passed");
		delete(id);
	}
	for (int clock = CLOCK_BOOTTIME; clock <= 11; clock += 4) {
		check(create(clock, &usr1, &id) == 0 &&
		      set(id, 0, MS, 0) == 0 &&
		      take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1,
		      "of CLOCK_BOOTTIME and CLOCK_TAI");
		delete(id);
	}
}

static void silent(void)
{
	struct event none = { .notify = SIGEV_NONE };
	int id;

	check(create(CLOCK_MONOTONIC, &none, &id) == 0, "SIGEV_NONE");
	set(id, 0, 20 * MS, 0);
	check(left(id, NULL) > 0, "runs");
	pause_ms(30);
	check(left(id, NULL) == 0, "and is over");
	set(id, 0, 20 * MS, 40 * MS);
	pause_ms(30);
	check(left(id, NULL) > 0 && left(id, NULL) <= 40 * MS, "periodic too");
	check(overrun(id) == 0, "without overruns");
	delete(id);
}

static void old_setting(void)
{
	struct itimerspec new = spec(5 * SECOND, 7 * SECOND), old;
	int id;

	create(CLOCK_MONOTONIC, &usr1, &id);
	check(bare(SYS_timer_settime, id, 0, (long)&new, (long)&old) == 0 &&
	      ns_of(old.it_value) == 0 && ns_of(old.it_interval) == 0,
	      "the setting before the first");
	new = spec(0, 3 * SECOND);
	check(bare(SYS_timer_settime, id, 0, (long)&new, (long)&old) == 0 &&
	      ns_of(old.it_value) > 4 * SECOND &&
	      ns_of(old.it_value) <= 5 * SECOND &&
	      ns_of(old.it_interval) == 7 * SECOND, "the one before");
	delete(id);
}

static volatile int signalled;		/* the thread that was */
static int ready[2];

static int my_tid(void)
{
	return (int)syscall(SYS_gettid);
}

static void *be_signalled(void *waited)
{
	int tid = my_tid();
	siginfo_t info;

	if (write(ready[1], &tid, sizeof(tid)) < 0)
		return NULL;
	if (take(SIGUSR2, &info, 10 * SECOND) == SIGUSR2)
		signalled = tid;
	(void)waited;
	return NULL;
}

static void threads_timer(void)
{
	struct event event = {
		.signal = SIGUSR2, .notify = SIGEV_THREAD_ID,
	};
	pthread_t thread;
	int id, tid = 0;

	block(SIGUSR2);
	if (pipe(ready) || pthread_create(&thread, NULL, be_signalled, NULL))
		return;
	if (read(ready[0], &tid, sizeof(tid)) < 0)
		return;
	event.thread = tid;
	check(create(CLOCK_MONOTONIC, &event, &id) == 0, "SIGEV_THREAD_ID");
	set(id, 0, 10 * MS, 0);
	pthread_join(thread, NULL);
	check(signalled == tid, "tells that thread");
	check(set(id, 0, MS, MS) == 0, "a timer outlives it");
	pause_ms(20);
	delete(id);
	check(create(CLOCK_MONOTONIC, &event, &id) == -EINVAL, "not a new one");
	event.thread = getppid();
	check(create(CLOCK_MONOTONIC, &event, &id) == -EINVAL,
	      "nor for another process");
}

static void mistakes(void)
{
	struct event event = usr1;
	struct itimerspec bad = spec(1, 1);
	char *nowhere = (char *)8;
	int id;

	check(create(CLOCK_MONOTONIC_RAW, &event, &id) == -EOPNOTSUPP &&
	      create(CLOCK_REALTIME_COARSE, &event, &id) == -EOPNOTSUPP,
	      "clocks without timers");
	check(create(10, &event, &id) == -EINVAL &&
	      create(77, &event, &id) == -EINVAL, "no such clock");
	check(create(CLOCK_MONOTONIC, (void *)nowhere, &id) == -EFAULT &&
	      create(CLOCK_MONOTONIC, &event, (void *)nowhere) == -EFAULT &&
	      create(CLOCK_MONOTONIC, &event, NULL) == -EFAULT,
	      "bad addresses");
	event.notify = 3;
	check(create(CLOCK_MONOTONIC, &event, &id) == -EINVAL, "bad notify");
	event.notify = SIGEV_SIGNAL;
	event.signal = 0;
	check(create(CLOCK_MONOTONIC, &event, &id) == -EINVAL, "signal 0");
	event.signal = 65;
	check(create(CLOCK_MONOTONIC, &event, &id) == -EINVAL, "signal 65");
	create(CLOCK_MONOTONIC, &usr1, &id);
	bad.it_value.tv_nsec = SECOND;
	check(bare(SYS_timer_settime, id, 0, (long)&bad, 0) == -EINVAL,
	      "too many ns");
	bad.it_value.tv_nsec = 1;
	bad.it_interval.tv_sec = -1;
	check(bare(SYS_timer_settime, id, 0, (long)&bad, 0) == -EINVAL,
	      "negative");
	check(bare(SYS_timer_settime, id, 0, 0, 0) == -EINVAL &&
	      bare(SYS_timer_settime, id, 0, (long)nowhere, 0) == -EFAULT &&
	      bare(SYS_timer_gettime, id, (long)nowhere, 0, 0) == -EFAULT &&
	      bare(SYS_timer_gettime, -1, (long)&bad, 0, 0) == -EINVAL,
	      "other bad arguments");
	delete(id);
}

/* The child of a fork(2), then of an execve(2), with timer ID of its parent. */
static void inherited(char *self)
{
	struct itimerval real = { .it_value = { .tv_sec = 1000 } };
	char number[16];
	int id, status, after;
	pid_t pid;

	create(CLOCK_MONOTONIC, &usr1, &id);
	set(id, 0, 1000 * SECOND, 0);
	setitimer(ITIMER_REAL, &real, NULL);
	pid = fork();
	if (pid == 0) {
		check(left(id, NULL) == -1, "fork: the child has no timers");
		check(getitimer(ITIMER_REAL, &real) == 0 &&
		      real.it_value.tv_sec == 0, "nor interval timers");
		real.it_value.tv_sec = 1000;
		setitimer(ITIMER_REAL, &real, NULL);
		kill(getpid(), SIGUSR2);
		create(CLOCK_MONOTONIC, &usr1, &after);
		set(after, 0, MS, 0);
		pause_ms(20);
		snprintf(number, sizeof(number), "%d", after);
		execl(self, self, "after-exec", number, NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	check(status == 0, "the child ended well");
	real.it_value.tv_sec = 0;
	setitimer(ITIMER_REAL, &real, NULL);
	delete(id);
}

static int after_exec(int id)
{
	struct itimerval real;
	sigset_t pending;

	check(left(id, NULL) == -1, "execve: no timers are left");
	sigpending(&pending);
	check(!sigismember(&pending, SIGUSR1), "nor their signals");
	check(sigismember(&pending, SIGUSR2), "other signals are");
	check(getitimer(ITIMER_REAL, &real) == 0 && real.it_value.tv_sec > 900,
	      "and interval timers");
	return wrong;
}

/* As another user, who has nothing waiting yet. */
static void limited(void)
{
	struct rlimit limit = { 3, 3 };
	union sigval value = { .sival_int = 1 };
	int id[4], status;

	if (fork() == 0) {
		if (setuid(54321) || setrlimit(RLIMIT_SIGPENDING, &limit))
			_exit(1);
		check(create(CLOCK_MONOTONIC, &usr1, &id[0]) == 0 &&
		      create(CLOCK_MONOTONIC, &usr1, &id[1]) == 0 &&
		      create(CLOCK_MONOTONIC, &usr1, &id[2]) == 0,
		      "as many timers as RLIMIT_SIGPENDING");
		check(create(CLOCK_MONOTONIC, &usr1, &id[3]) == -EAGAIN,
		      "and no more");
		block(SIGRTMIN + 3);
		check(sigqueue(getpid(), SIGRTMIN + 3, value) == -1 &&
		      errno == EAGAIN, "nor signals");
		delete(id[1]);
		check(sigqueue(getpid(), SIGRTMIN + 3, value) == 0,
		      "but one in place of a timer");
		check(create(CLOCK_MONOTONIC, &usr1, &id[3]) == -EAGAIN,
		      "which counts");
		_exit(wrong);
	}
	wait(&status);
	check(status == 0, "limits");
}

/* CPU time. */

static volatile sig_atomic_t fired;
static volatile long long fired_at;
static clockid_t fired_by;

static void on_signal(int signal)
{
	(void)signal;
	if (fired++ == 0)
		fired_at = show(fired_by);
}

static void handle(int signal, void (*handler)(int))
{
	struct sigaction action = {
		.sa_handler = handler, .sa_flags = SA_RESTART,
	};
	sigset_t set = one(signal);

	sigaction(signal, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Where others use the CPU too, one of some attempts has to be good. */
static bool in_time(bool (*attempt)(int id), int id)
{
	for (int i = 0; i < 20; i++) {
		fired = 0;
		if (attempt(id))
			return true;
	}
	return false;
}

/* Linux looks at its ticks, which may be 10 ms. */
static bool expires_soon(int id)
{
	long long start = show(fired_by);

	set(id, 0, 50 * MS, 0);
	burn(90 * MS);
	return fired == 1 && fired_at - start >= 50 * MS &&
		fired_at - start < 63 * MS;
}

static bool expires_often(int id)
{
	set(id, 0, 20 * MS, 20 * MS);
	burn(210 * MS);
	return fired >= 7 && fired <= 10;
}

/* A timer of CLOCK, which the calling thread moves. */
static void cpu_timer(clockid_t clock, const char *what)
{
	struct event event = { .signal = SIGUSR1, .notify = SIGEV_SIGNAL };
	long long interval;
	int id = -1;

	fired_by = clock;
	fired = 0;
	handle(SIGUSR1, on_signal);
	check(create(clock, &event, &id) == 0 && set(id, 0, 60 * MS, 0) == 0,
	      what);
	check(left(id, NULL) > 0 && left(id, NULL) <= 60 * MS,
	      "what is left of it");
	pause_ms(100);
	check(!fired, "does not expire while nobody computes");
	check(in_time(expires_soon, id), "but then, in time");
	check(left(id, NULL) == 0, "and is over");
	fired = 0;
	check(set(id, TIMER_ABSTIME, 1, 0) == 0, "in the past");
	burn(20 * MS);
	check(fired == 1, "it expires at once");
	check(in_time(expires_often, id), "as often as it should");
	check(left(id, &interval) > 0 && interval == 20 * MS, "its period");
	delete(id);
	fired = 0;
	burn(50 * MS);
	check(!fired, "deleted");
	block(SIGUSR1);
}

static volatile int stop_burning;
static clockid_t others_clock;

static void *burn_on(void *clock)
{
	pthread_getcpuclockid(pthread_self(), clock);
	if (write(ready[1], "", 1) < 0)
		return NULL;
	while (!stop_burning)
		burn(MS);
	return NULL;
}

/* It has computed, and we have not. */
static bool expires_by_other(int id)
{
	long long before = show(others_clock);
	long long mine = show(CLOCK_THREAD_CPUTIME_ID);
	siginfo_t info;

	return set(id, 0, 60 * MS, 0) == 0 &&
		take(SIGUSR1, &info, 10 * SECOND) == SIGUSR1 &&
		show(others_clock) - before >= 60 * MS &&
		show(CLOCK_THREAD_CPUTIME_ID) - mine < 40 * MS;
}

static void other_threads_timer(void)
{
	struct event event = { .signal = SIGUSR1, .notify = SIGEV_SIGNAL };
	clockid_t clock = 0;
	pthread_t thread;
	long long before;
	int id = -1;
	char c;

	if (pthread_create(&thread, NULL, burn_on, &clock) ||
	    read(ready[0], &c, 1) != 1)
		return;
	others_clock = clock;
	check(create(clock, &event, &id) == 0, "another thread's time");
	check(in_time(expires_by_other, id), "a timer of it");
	before = show(clock);
	check(sleep_by(clock, 0, 50 * MS, NULL) == 0 &&
	      show(clock) - before >= 50 * MS, "sleep by its time");
	before = show(CLOCK_PROCESS_CPUTIME_ID);
	check(sleep_by(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME,
		       before + 50 * MS, NULL) == 0 &&
	      show(CLOCK_PROCESS_CPUTIME_ID) - before >= 50 * MS,
	      "sleep by the process' time");
	stop_burning = 1;
	pthread_join(thread, NULL);
	pause_ms(20);
	check(clock_gettime(clock, &(struct timespec){ 0 }) == -1 &&
	      errno == EINVAL, "the clock ends with its thread");
	check(set(id, 0, MS, 0) == -ESRCH, "and its timer");
	delete(id);
}

/* By the clock that counts: Linux measures what these use by its ticks. */
static bool interval_expires_often(int which)
{
	clockid_t clock = which == ITIMER_REAL ? CLOCK_MONOTONIC :
		encoded(0, which == ITIMER_VIRTUAL ? 1 : 0);

	burn_until(clock, show(clock) + 210 * MS);
	return fired >= 7 && fired <= 11;
}

static void interval_timer(int which, int signal, const char *what)
{
	struct itimerval value = {
		.it_value = { .tv_usec = 50000 },
		.it_interval = { .tv_usec = 20000 },
	}, none = { 0 }, now;

	fired = 0;
	handle(signal, on_signal);
	check(setitimer(which, &value, &now) == 0 && !now.it_value.tv_usec,
	      what);
	check(getitimer(which, &now) == 0 && now.it_value.tv_sec == 0 &&
	      now.it_value.tv_usec > 0 && now.it_value.tv_usec <= 60000 &&
	      now.it_interval.tv_usec >= 20000 &&
	      now.it_interval.tv_usec < 25000, "what is left of it");
	pause_ms(100);
	check(which == ITIMER_REAL ? fired > 0 : !fired,
	      which == ITIMER_REAL ? "asleep" : "not asleep");
	check(in_time(interval_expires_often, which), "computing");
	check(setitimer(which, &none, &now) == 0 && now.it_interval.tv_usec,
	      "off");
	fired = 0;
	burn(50 * MS);
	check(!fired, "no more");
}

static bool alarm_rounds(int id)
{
	(void)id;
	bare(SYS_alarm, 10, 0, 0, 0);
	pause_ms(700);
	return bare(SYS_alarm, 0, 0, 0, 0) == 9;
}

static void interval_mistakes(void)
{
	struct itimerval value = { .it_value = { .tv_usec = 1000000 } };

	check(setitimer(3, &value, NULL) == -1 && errno == EINVAL &&
	      getitimer(-1, &value) == -1 && errno == EINVAL, "no such timer");
	check(setitimer(ITIMER_REAL, &value, NULL) == -1 && errno == EINVAL,
	      "too many microseconds");
	value.it_value.tv_usec = -1;
	check(setitimer(ITIMER_PROF, &value, NULL) == -1 && errno == EINVAL,
	      "negative ones");
	check(bare(SYS_setitimer, ITIMER_REAL, 8, 0, 0) == -EFAULT &&
	      bare(SYS_getitimer, ITIMER_REAL, 8, 0, 0) == -EFAULT,
	      "bad addresses");
	check(bare(SYS_setitimer, ITIMER_PROF, 0, 0, 0) == 0, "none is zero");
	alarm(100);
	check(alarm(2) == 100, "alarm tells what was left");
	check(in_time(alarm_rounds, 0), "to the nearest second");
	check(alarm(0) == 0, "and then nothing");
}

/* Limits. */

static void on_xcpu(int signal)
{
	(void)signal;
	fired++;
	if (write(ready[1], "x", 1) < 0)
		_exit(1);
}

/* What a child of limits SOFT and HARD comes to. */
static int limited_child(int soft, int hard, bool handles)
{
	struct rlimit limit = { soft, hard };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		if (handles)
			handle(SIGXCPU, on_xcpu);
		setrlimit(RLIMIT_CPU, &limit);
		burn(20 * SECOND);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void cpu_limits(void)
{
	struct rusage usage;
	char c[8];

	check(limited_child(1, 10, false) == SIGXCPU, "RLIMIT_CPU ends it");
	check(limited_child(1, 2, true) == SIGKILL, "the hard limit does");
	check(read(ready[0], c, sizeof(c)) == 1, "after one warning");
	getrusage(RUSAGE_CHILDREN, &usage);
	check(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec >= 2,
	      "getrusage knows what they used");
}

/* Clocks. */

static void *nothing(void *arg)
{
	return arg;
}

static void clocks(void)
{
	struct timespec time;
	clockid_t clock, dead;
	pthread_t thread;
	long long a, b;

	for (int id = 0; id <= 7; id++)
		check(clock_gettime(id, &time) == 0 &&
		      clock_getres(id, &time) == 0 && time.tv_sec == 0 &&
		      time.tv_nsec > 0, "a clock and its resolution");
	check(show(11) > SECOND && show(CLOCK_REALTIME) / SECOND - show(11) /
	      SECOND < 60, "CLOCK_TAI");
	check(clock_getcpuclockid(0, &clock) == 0 && show(clock) > 0,
	      "our own clock");
	a = show(CLOCK_PROCESS_CPUTIME_ID);
	b = show(encoded(getpid(), 2));
	check(b >= a && b - a < 500 * MS, "by our number");
	check(show(encoded(0, 1)) <= show(encoded(0, 0)),
	      "time in user mode is part of it");
	burn(20 * MS);
	check(show(encoded(0, 1)) > 0 && show(encoded(0, 5)) > 0, "of threads");
	check(clock_getcpuclockid(getppid(), &clock) == 0 && show(clock) >= 0,
	      "our parent's");
	if (pthread_create(&thread, NULL, nothing, NULL) == 0)
		pthread_join(thread, NULL);
	dead = encoded(30000, 2);
	check(clock_gettime(dead, &time) == -1 && errno == EINVAL,
	      "nobody's");
	check(clock_gettime(encoded(0, 3), &time) == -1 && errno == EINVAL &&
	      clock_gettime(encoded(0, 7), &time) == -1 && errno == EINVAL &&
	      clock_gettime(10, &time) == -1 && errno == EINVAL &&
	      clock_gettime(12, &time) == -1 && errno == EINVAL &&
	      clock_getres(99, &time) == -1 && errno == EINVAL, "no clocks");
	check(bare(SYS_clock_gettime, 1, 8, 0, 0) == -EFAULT &&
	      bare(SYS_clock_gettime, 2, 8, 0, 0) == -EFAULT &&
	      bare(SYS_clock_getres, 1, 0, 0, 0) == 0, "addresses");
	time = (struct timespec){ 1, 0 };
	check(clock_settime(CLOCK_MONOTONIC, &time) == -1 && errno == EINVAL &&
	      clock_settime(encoded(0, 2), &time) == -1 && errno == EPERM,
	      "none of them can be set");
}

static void nothing_done(int signal)
{
	(void)signal;
}

static void sleeps(void)
{
	struct sigaction action = { .sa_handler = nothing_done };
	struct itimerval soon = { .it_value = { .tv_usec = 30000 } };
	struct timespec rest = { 0 };
	int self = my_tid();
	sigset_t set = one(SIGALRM);

	check(sleep_by(CLOCK_REALTIME, TIMER_ABSTIME, 5, NULL) == 0 &&
	      sleep_by(CLOCK_BOOTTIME, 0, MS, NULL) == 0 &&
	      sleep_by(CLOCK_TAI, 0, MS, NULL) == 0, "sleeps");
	check(sleep_by(CLOCK_THREAD_CPUTIME_ID, 0, MS, NULL) == -EOPNOTSUPP &&
	      sleep_by(CLOCK_MONOTONIC_RAW, 0, MS, NULL) == -EOPNOTSUPP,
	      "not by these clocks");
	check(sleep_by(encoded(self, 6), 0, MS, NULL) == -EINVAL &&
	      sleep_by(encoded(0, 6), 0, MS, NULL) == -EINVAL &&
	      sleep_by(encoded(30000, 2), 0, MS, NULL) == -EINVAL &&
	      sleep_by(10, 0, MS, NULL) == -EINVAL, "nor by our own");
	check(sleep_by(CLOCK_MONOTONIC, 0, -MS, NULL) == -EINVAL &&
	      bare(SYS_clock_nanosleep, 1, 0, 8, 0) == -EFAULT, "mistakes");
	sigaction(SIGALRM, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	check(sleep_by(CLOCK_MONOTONIC, 0, 5 * SECOND, &rest) == -EINTR &&
	      ns_of(rest) > SECOND && ns_of(rest) < 5 * SECOND,
	      "the rest of one that is interrupted");
	rest = (struct timespec){ 77, 0 };
	setitimer(ITIMER_REAL, &soon, NULL);
	check(sleep_by(CLOCK_MONOTONIC, TIMER_ABSTIME,
		       show(CLOCK_MONOTONIC) + 5 * SECOND, &rest) == -EINTR &&
	      rest.tv_sec == 77, "there is none to a point in time");
	setitimer(ITIMER_REAL, &soon, NULL);
	check(sleep_by(CLOCK_PROCESS_CPUTIME_ID, 0, 5 * SECOND, &rest) ==
	      -EINTR && ns_of(rest) > 4 * SECOND,
	      "nobody computes: only a signal ends it");
}

/* What is told of CPU time elsewhere. */

static long long ns_of_timeval(struct timeval time)
{
	return time.tv_sec * SECOND + time.tv_usec * 1000ll;
}

/* Keep the kernel busy. */
static void burn_system(long long ns)
{
	long long end = show(CLOCK_THREAD_CPUTIME_ID) + ns;
	static char buffer[1 << 16];
	FILE *zero = fopen("/dev/zero", "r");

	while (zero && show(CLOCK_THREAD_CPUTIME_ID) < end)
		for (int i = 0; i < 10; i++)
			if (read(fileno(zero), buffer, sizeof(buffer)) < 0)
				return;
	if (zero)
		fclose(zero);
}

/* Fields 14 to 17 of /proc/self/stat, and 22. */
static int stat_times(unsigned long time[5])
{
	char line[1024], *rest;
	FILE *file = fopen("/proc/self/stat", "r");
	int n = -1;

	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file)) {
		rest = strrchr(line, ')');
		n = sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
			   "%*u %lu %lu %lu %lu %*d %*d %*d %*d %lu", &time[0],
			   &time[1], &time[2], &time[3], &time[4]);
	}
	fclose(file);
	return n;
}

/* The time of all CPUs in user mode, in ticks. */
static unsigned long all_cpus(void)
{
	unsigned long user = 0;
	FILE *file = fopen("/proc/stat", "r");

	if (file && fscanf(file, "cpu %lu", &user) != 1)
		user = 0;
	if (file)
		fclose(file);
	return user;
}

static void usage(void)
{
	struct rusage a, b, mine, child;
	struct tms before, after;
	unsigned long user = all_cpus(), time[5] = { 0 };
	double up = 0;
	FILE *file;
	pid_t pid;

	getrusage(RUSAGE_SELF, &a);
	times(&before);
	burn(300 * MS);
	burn_system(300 * MS);
	times(&after);
	getrusage(RUSAGE_SELF, &b);
	getrusage(RUSAGE_THREAD, &mine);
	check(ns_of_timeval(b.ru_utime) - ns_of_timeval(a.ru_utime) >=
	      100 * MS, "time of our own");
	check(ns_of_timeval(b.ru_stime) - ns_of_timeval(a.ru_stime) >=
	      100 * MS, "time of the kernel's");
	check(after.tms_utime - before.tms_utime >= 10 &&
	      after.tms_stime - before.tms_stime >= 10, "times");
	check(ns_of_timeval(mine.ru_utime) <= ns_of_timeval(b.ru_utime) + MS &&
	      ns_of_timeval(mine.ru_utime) >= 100 * MS, "RUSAGE_THREAD");
	check(b.ru_minflt > 0 && b.ru_nvcsw > 0, "faults and switches");
	check(stat_times(time) == 5 && time[0] >= 10 && time[1] >= 10,
	      "/proc/self/stat");
	file = fopen("/proc/uptime", "r");
	check(file && fscanf(file, "%lf", &up) == 1 && time[4] > 0 &&
	      time[4] / 100. <= up, "when we started");
	if (file)
		fclose(file);
	check(all_cpus() >= user + 10, "/proc/stat");
	pid = fork();
	if (pid == 0) {
		burn(200 * MS);
		_exit(0);
	}
	wait4(pid, NULL, 0, &child);
	check(ns_of_timeval(child.ru_utime) >= 100 * MS, "a child's time");
	times(&after);
	check(after.tms_cutime - before.tms_cutime >= 10, "is its parent's");
	check(getrusage(7, &a) == -1 && errno == EINVAL, "nobody's");
}

static int profile(void)
{
	struct itimerval each = {
		.it_value = { .tv_usec = 20000 },
		.it_interval = { .tv_usec = 20000 },
	}, none = { 0 };

	handle(SIGPROF, on_signal);
	setitimer(ITIMER_PROF, &each, NULL);
	burn(SECOND);
	setitimer(ITIMER_PROF, &none, NULL);
	printf("%d times\n", (int)fired);
	burn(SECOND);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "profile"))
		return profile();
	if (argc > 2 && !strcmp(argv[1], "after-exec"))
		return after_exec(atoi(argv[2]));
	once();
	periods();
	absolute();
	silent();
	old_setting();
	threads_timer();
	mistakes();
	inherited(argv[0]);
	limited();
	cpu_timer(CLOCK_PROCESS_CPUTIME_ID, "a timer of our CPU time");
	cpu_timer(CLOCK_THREAD_CPUTIME_ID, "a timer of this thread's");
	cpu_timer(encoded(getpid(), 2), "a timer of a process' by its number");
	cpu_timer(encoded(my_tid(), 6), "a timer of a thread's by its number");
	cpu_timer(encoded(0, 1), "a timer of time in user mode");
	other_threads_timer();
	interval_timer(ITIMER_REAL, SIGALRM, "ITIMER_REAL");
	interval_timer(ITIMER_VIRTUAL, SIGVTALRM, "ITIMER_VIRTUAL");
	interval_timer(ITIMER_PROF, SIGPROF, "ITIMER_PROF");
	interval_mistakes();
	cpu_limits();
	clocks();
	sleeps();
	usage();
	printf("%d wrong\n", wrong);
	return wrong != 0;
}
