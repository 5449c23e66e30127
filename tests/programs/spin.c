/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spin SECONDS [where]: says that it begins (and on which CPU), computes for so
 * long without a single system call, then prints what came out, which is always
 * the same.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/* TSC ticks a second. */
static double tsc_rate(void)
{
	uint64_t start_ns = now_ns(), start = tsc(), end_ns;

	do
		end_ns = now_ns();
	while (end_ns - start_ns < 100000000);
	return (double)(tsc() - start) / (double)(end_ns - start_ns) * 1e9;
}

static uint64_t compute(void)
{
	uint64_t state = 88172645463325252;

	for (int i = 0; i < 1000000; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
	}
	return state;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	uint64_t end, sum, first;
	unsigned cpu;
	int same = 1;

	if (argc > 2 && (syscall(SYS_getcpu, &cpu, NULL, NULL) ||
			 dprintf(1, "on CPU %u\n", cpu) < 0))
		return 1;
	if (dprintf(1, "spinning\n") < 0)
		return 1;
	end = tsc() + (uint64_t)(seconds * tsc_rate());
	first = compute();
	do {
		sum = compute();
		same &= sum == first;
	} while (tsc() < end);
	printf("%s, %016llx\n", same ? "always the same" : "it changed",
	       (unsigned long long)sum);
	return !same;
}
