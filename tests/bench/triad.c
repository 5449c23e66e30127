/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * triad [THREADS [ROUNDS [MIB]]]: a[i] = b[i] + s * c[i] on three arrays of so
 * many MiB each (McCalpin's STREAM has this kernel), then the nanoseconds that
 * the median round took.
 */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS_MOST	1000

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double *array(size_t n)
{
	double *v = malloc(n * sizeof(*v));

	if (!v)
		exit(1);
	/* Each thread touches first what it works on. */
	#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i++)
		v[i] = (double)i;
	return v;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	int rounds = argc > 2 ? atoi(argv[2]) : 10;
	size_t n = (size_t)(argc > 3 ? atoi(argv[3]) : 16) << 17;
	double *a, *b, *c, took[ROUNDS_MOST];

	if (threads < 1 || rounds < 1 || rounds > ROUNDS_MOST || n < 1)
		return 2;
	omp_set_num_threads(threads);
	a = array(n);
	b = array(n);
	c = array(n);
	for (int round = 0; round < rounds; round++) {
		double begin = now_ns();

		#pragma omp parallel for schedule(static)
		for (size_t i = 0; i < n; i++)
			a[i] = b[i] + 3.0 * c[i];
		took[round] = now_ns() - begin;
	}
	for (size_t i = 0; i < n; i++)
		if (a[i] != 4.0 * (double)i)
			return 1;
	qsort(took, (size_t)rounds, sizeof(*took), by_size);
	fprintf(stderr, "%.0f\n", took[rounds / 2]);
	return 0;
}
