/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * getpid [CALLS]: so many getpid() system calls in a loop (default 1000000),
 * then the nanoseconds that one took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

/* By hand, so that no C library's wrapper or cache is measured. */
static long getpid_call(void)
{
	long result;

	__asm__ volatile("syscall" : "=a" (result) : "a" (SYS_getpid)
			 : "rcx", "r11", "memory");
	return result;
}

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 1000000;
	long pid = getpid_call();
	double start;

	if (calls < 1 || pid < 1)
		return 1;
	start = now_ns();
	for (long i = 0; i < calls; i++)
		if (getpid_call() != pid)
			return 1;
	printf("%.1f\n", (now_ns() - start) / (double)calls);
	return 0;
}
