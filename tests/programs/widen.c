/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * widen: two threads compute on one CPU, until one of them may run anywhere and
 * finds itself on another.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

static int home;

static void *wander(void *argument)
{
	cpu_set_t *all = argument;

	if (sched_setaffinity(0, sizeof(*all), all))
		return NULL;
	while (sched_getcpu() == home)
		;
	puts("found another CPU");
	fflush(stdout);
	_Exit(0);
}

int main(void)
{
	cpu_set_t all, one;
	pthread_t thread;

	home = sched_getcpu();
	CPU_ZERO(&one);
	CPU_SET(home, &one);
	if (sched_getaffinity(0, sizeof(all), &all) ||
	    sched_setaffinity(0, sizeof(one), &one) ||
	    pthread_create(&thread, NULL, wander, &all))
		return 1;
	for (;;)
		__asm__ volatile("");
}
