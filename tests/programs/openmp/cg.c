/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cg [THREADS [ITERATIONS [N]]]: conjugate gradients on the seven-point stencil
 * of N*N*N points (Saad, Iterative Methods for Sparse Linear Systems, 6.7), on
 * so many threads.  Says "steady" after the first iterations, then how far it
 * came and the nanoseconds of one iteration.
 */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WARM	3

static long n, points;
static double *x, *r, *p, *q;

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The value at a neighbour; 0 outside. */
static double at(const double *v, long i, long j, long k)
{
	if (i < 0 || j < 0 || k < 0 || i >= n || j >= n || k >= n)
		return 0;
	return v[(i * n + j) * n + k];
}

/* TO = A * V. */
static void apply(double *to, const double *v)
{
	#pragma omp parallel for schedule(static)
	for (long i = 0; i < n; i++)
		for (long j = 0; j < n; j++)
			for (long k = 0; k < n; k++)
				to[(i * n + j) * n + k] = 6 * at(v, i, j, k) -
					at(v, i - 1, j, k) - at(v, i + 1, j, k) -
					at(v, i, j - 1, k) - at(v, i, j + 1, k) -
					at(v, i, j, k - 1) - at(v, i, j, k + 1);
}

static double dot(const double *a, const double *b)
{
	double sum = 0;

	#pragma omp parallel for schedule(static) reduction(+:sum)
	for (long i = 0; i < points; i++)
		sum += a[i] * b[i];
	return sum;
}

/* TO = A + FACTOR * B. */
static void add(double *to, const double *a, double factor, const double *b)
{
	#pragma omp parallel for schedule(static)
	for (long i = 0; i < points; i++)
		to[i] = a[i] + factor * b[i];
}

static double iterate(double residual)
{
	double alpha, next;

	apply(q, p);
	alpha = residual / dot(p, q);
	add(x, x, alpha, p);
	add(r, r, -alpha, q);
	next = dot(r, r);
	add(p, r, next / residual, p);
	return next;
}

static double *vector(double value)
{
	double *v = malloc((size_t)points * sizeof(*v));

	if (!v) {
		perror("cg");
		exit(1);
	}
	#pragma omp parallel for schedule(static)
	for (long i = 0; i < points; i++)
		v[i] = value;
	return v;
}

int main(int argc, char **argv)
{
	long iterations = argc > 2 ? atol(argv[2]) : 30;
	double residual, first, start;

	if (argc > 1)
		omp_set_num_threads(atoi(argv[1]));
	n = argc > 3 ? atol(argv[3]) : 48;
	points = n * n * n;
	x = vector(0);
	r = vector(1);
	p = vector(1);
	q = vector(0);
	first = residual = dot(r, r);
	for (int i = 0; i < WARM; i++)
		residual = iterate(residual);
	puts("steady");
	fflush(stdout);
	start = now_ns();
	for (long i = 0; i < iterations; i++)
		residual = iterate(residual);
	start = now_ns() - start;
	printf("%.1f digits\n", log10(first / residual) / 2);
	fprintf(stderr, "%.0f\n", start / (double)iterations);
	return 0;
}
