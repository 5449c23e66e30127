/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * threads [ROUNDS]: a thread for each CPU it may run on, pinned there.  They
 * meet at a barrier and fight for a mutex ROUNDS times, check each time that
 * they are where they should be, and say so: a line for each CPU, with its node.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS	1024

static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long sum, rounds = 100;
static cpu_set_t *allowed;

struct worker {
	pthread_t thread;
	int cpu;
	unsigned node;
	long strayed;
};

static void *work(void *argument)
{
	struct worker *worker = argument;
	cpu_set_t *one = CPU_ALLOC(CPUS);
	size_t size = CPU_ALLOC_SIZE(CPUS);

	CPU_ZERO_S(size, one);
	CPU_SET_S(worker->cpu, size, one);
	if (sched_setaffinity(0, size, one))
		worker->strayed++;
	CPU_FREE(one);
	for (long i = 0; i < rounds; i++) {
		unsigned cpu = 0;

		pthread_barrier_wait(&barrier);
		syscall(SYS_getcpu, &cpu, &worker->node, NULL);
		worker->strayed += (int)cpu != worker->cpu;
		worker->strayed += sched_getcpu() != worker->cpu;
		pthread_mutex_lock(&mutex);
		sum += i;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	size_t size = CPU_ALLOC_SIZE(CPUS);
	static struct worker workers[CPUS];
	int count = 0, bad = 0;

	if (argc > 1)
		rounds = atol(argv[1]);
	allowed = CPU_ALLOC(CPUS);
	CPU_ZERO_S(size, allowed);
	if (sched_getaffinity(0, size, allowed)) {
		perror("sched_getaffinity");
		return 1;
	}
	for (int cpu = 0; cpu < CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, allowed))
			workers[count++].cpu = cpu;
	pthread_barrier_init(&barrier, NULL, (unsigned)count);
	for (int i = 0; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, work,
				   &workers[i])) {
			perror("pthread_create");
			return 1;
		}
	for (int i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		printf("cpu %d node %u strayed %ld\n", workers[i].cpu,
		       workers[i].node, workers[i].strayed);
		bad |= workers[i].strayed != 0;
	}
	bad |= sum != count * (rounds * (rounds - 1) / 2);
	printf("%d threads, sum %s\n", count, bad ? "wrong" : "right");
	return bad;
}
