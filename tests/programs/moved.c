/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * moved: a thread sleeps on one CPU, with a limit, is woken on another one, and ends;
 * then says that the first CPU computes, which it does for two seconds without a
 * system call.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* <linux/futex.h>, which a musl of its own does not have */
#define FUTEX_WAIT	0
#define FUTEX_WAKE	1
#define FUTEX_REQUEUE	3

static int cpus[2];
static atomic_int here, there, sleeper;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void find_cpus(void)
{
	cpu_set_t set;
	int n = 0;

	must(sched_getaffinity(0, sizeof(set), &set) == 0, "affinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			cpus[n++] = cpu;
	must(n == 2, "two CPUs");
}

static void bind(int tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	must(sched_setaffinity(tid, sizeof(set), &set) == 0, "bind");
}

static void *sleep_here(void *nothing)
{
	struct timespec limit = { .tv_sec = 100 };

	bind(0, cpus[0]);
	sleeper = (int)syscall(SYS_gettid);
	must(syscall(SYS_futex, &here, FUTEX_WAIT, 0, &limit, NULL, 0) == 0,
	     "asleep for too long");
	return nothing;
}

static void compute(time_t seconds)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec -
	       begin.tv_nsec < seconds * 1000000000);
}

int main(void)
{
	pthread_t thread;

	find_cpus();
	bind(0, cpus[1]);
	must(pthread_create(&thread, NULL, sleep_here, NULL) == 0, "thread");
	/* Once it waits at the other word it sleeps. */
	while (syscall(SYS_futex, &here, FUTEX_REQUEUE, 0, 1, &there, 0) != 1)
		;
	bind(sleeper, cpus[1]);
	must(syscall(SYS_futex, &there, FUTEX_WAKE, 1, NULL, NULL, 0) == 1,
	     "wake");
	pthread_join(thread, NULL);
	bind(0, cpus[0]);
	puts("computing");
	fflush(stdout);
	compute(2);
	return 0;
}
