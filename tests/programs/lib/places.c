/* SPDX-License-Identifier: GPL-2.0-only */
/* OpenMP: a place for each core, a thread of the team on each of them. */
#define _GNU_SOURCE
#include <omp.h>
#include <sched.h>
#include <stdio.h>

int main(void)
{
	int alone[64] = { 0 }, places = omp_get_num_places(), strayed = 0;
	double sum = 0;

	#pragma omp parallel for reduction(+:sum) schedule(static)
	for (int i = 0; i < 1000000; i++)
		sum += i % 7;
	#pragma omp parallel reduction(+:strayed)
	{
		int cpu = sched_getcpu();
		cpu_set_t set;

		sched_getaffinity(0, sizeof(set), &set);
		strayed += !CPU_ISSET(cpu, &set);
		alone[omp_get_thread_num()] = CPU_COUNT(&set) == 1;
		#pragma omp barrier
		#pragma omp single
		{
			int all = 0;

			for (int i = 0; i < omp_get_num_threads(); i++)
				all += alone[i];
			printf("%d processors, %d places, %d threads, %d bound\n",
			       omp_get_num_procs(), places,
			       omp_get_num_threads(), all);
		}
	}
	printf("strayed %d, sum %.0f\n", strayed, sum);
	return 0;
}
