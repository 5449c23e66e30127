/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled where it runs, by Debian's gcc. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>

static void *root(void *argument)
{
	double *number = argument;

	*number = sqrt(*number);
	return NULL;
}

int main(void)
{
	double number = 1764;
	pthread_t thread;

	pthread_create(&thread, NULL, root, &number);
	pthread_join(thread, NULL);
	printf("hello: %.0f\n", number);
	return 0;
}
