/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OpenBLAS' dgemm on as many threads as OPENBLAS_NUM_THREADS says: its product
 * of two matrices of small whole numbers, which is exact in any order.
 */
#include <stdio.h>
#include <stdlib.h>

#define N 600

/* Of cblas.h, for which the machine that builds this needs no package. */
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n,
		 int k, double alpha, const double *a, int lda, const double *b,
		 int ldb, double beta, double *c, int ldc);
int openblas_get_num_threads(void);

static double a[N * N], b[N * N], c[N * N];

static double expected(int row, int column)
{
	double sum = 0;

	for (int i = 0; i < N; i++)
		sum += a[row * N + i] * b[i * N + column];
	return sum;
}

int main(void)
{
	double sum = 0;
	int wrong = 0;

	for (int i = 0; i < N * N; i++) {
		a[i] = i * 7 % 13 - 6;
		b[i] = i * 5 % 11 - 5;
	}
	for (int i = 0; i < 3; i++)
		cblas_dgemm(101, 111, 111, N, N, N, 1, a, N, b, N, 0, c, N);
	for (int i = 0; i < N * N; i += 1009)
		wrong += c[i] != expected(i / N, i % N);
	for (int i = 0; i < N * N; i++)
		sum += c[i] * (i % 3);
	printf("%d threads, %d wrong, sum %.0f\n", openblas_get_num_threads(),
	       wrong, sum);
	return wrong != 0;
}
