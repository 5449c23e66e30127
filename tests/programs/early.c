/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * early: ends with status 3 at once, while a thread that it has just made, and
 * that may not have run yet, computes for ever.
 */
#include <pthread.h>
#include <stdlib.h>

static void *compute(void *argument)
{
	for (;;)
		__asm__ volatile("");
	return argument;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, compute, NULL))
		return 1;
	exit(3);
}
