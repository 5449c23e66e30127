/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names self NAME: takes the name and computes for ever, without a system call.
 * names thread NAME: a thread does so, the first one waits for it.
 * names half: computes half of the time, for ever.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void *compute(void *name)
{
	static volatile unsigned long n;

	prctl(PR_SET_NAME, name);
	for (;;)
		n++;
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void half(void)
{
	for (;;) {
		double begin = now();

		while (now() - begin < 0.05)
			;
		usleep((useconds_t)((now() - begin) * 1e6));
	}
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc == 2 && !strcmp(argv[1], "half"))
		half();
	if (argc == 3 && !strcmp(argv[1], "self"))
		compute(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "thread") &&
	    !pthread_create(&thread, NULL, compute, argv[2]))
		pthread_join(thread, NULL);
	return 2;
}
