/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says on which CPUs it may run, and whether it, a thread and a child do run on
 * them alone while they compute; then, how many there are once it has asked for
 * all.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static cpu_set_t allowed;

/* Computes for a tenth of a second; how often it was elsewhere. */
static long strays(void)
{
	struct timespec begin, now;
	long count = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		count += !CPU_ISSET((size_t)sched_getcpu(), &allowed);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec -
		 begin.tv_nsec < 100000000);
	return count;
}

static void say(const char *who)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	printf("%s: %d CPUs, %s, strayed %ld times\n", who, CPU_COUNT(&set),
	       CPU_EQUAL(&set, &allowed) ? "the same" : "others", strays());
	fflush(stdout);
}

static void *thread(void *unused)
{
	say("thread");
	return unused;
}

int main(void)
{
	pthread_t other;
	cpu_set_t all;

	CPU_ZERO(&all);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	printf("CPUs");
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &allowed))
			printf(" %zu", i);
	printf("\n");
	say("program");
	if (pthread_create(&other, NULL, thread, NULL) ||
	    pthread_join(other, NULL))
		return 1;
	if (fork() == 0) {
		say("child");
		_exit(0);
	}
	wait(NULL);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	if (sched_setaffinity(0, sizeof(all), &all) ||
	    sched_getaffinity(0, sizeof(all), &all))
		return 1;
	printf("all: %d CPUs\n", CPU_COUNT(&all));
	return 0;
}
