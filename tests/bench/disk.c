/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk DEVICE: reads and writes a disk in each way, past all caches, between two
 * marks for the emulator (count.c).  Prints a line for each:
 *
 *	MARK REQUESTS BYTES NANOSECONDS NAME
 *
 * DEPTH requests are under way at once, by as many threads.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define KIB	1024ull
#define MIB	(1024 * KIB)
#define DEPTH	16
#define WARM	16	/* requests before it is measured */

static const struct {
	uint64_t bytes;
	unsigned requests;
} sizes[] = {
	{ 4 * KIB, 2000 }, { 64 * KIB, 600 }, { MIB, 128 },
};

#define SIZES	((int)(sizeof(sizes) / sizeof(sizes[0])))

static struct way {
	bool writes, random;
	int size;
	unsigned depth;
} way;

static int fd;
static uint64_t disk_bytes;
static unsigned next_request, last_request;
static pthread_barrier_t barrier;
static void *memory[DEPTH];

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void request(unsigned number, void *at)
{
	uint64_t bytes = sizes[way.size].bytes, blocks = disk_bytes / bytes;
	uint64_t block = way.random ? number * 0x9e3779b97f4a7c15ull >> 20 :
		number;
	off_t offset = (off_t)(block % blocks * bytes);
	ssize_t done = way.writes ? pwrite(fd, at, bytes, offset) :
		pread(fd, at, bytes, offset);

	if (done != (ssize_t)bytes) {
		perror("disk");
		exit(1);
	}
}

static void *work(void *at)
{
	for (;;) {
		unsigned number = __atomic_fetch_add(&next_request, 1,
						     __ATOMIC_RELAXED);

		if (number >= last_request)
			return at;
		request(number, at);
	}
}

static void *work_as_thread(void *at)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	work(at);
	pthread_barrier_wait(&barrier);
	return at;
}

static uint64_t alone(int number)
{
	uint64_t begin;

	mark(number);
	begin = now_ns();
	work(memory[0]);
	begin = now_ns() - begin;
	mark(number);
	return begin;
}

static uint64_t together(int number)
{
	pthread_t threads[DEPTH];
	uint64_t begin;

	pthread_barrier_init(&barrier, NULL, way.depth + 1);
	for (unsigned i = 0; i < way.depth; i++)
		if (pthread_create(&threads[i], NULL, work_as_thread,
				   memory[i]))
			exit(1);
	pthread_barrier_wait(&barrier);
	mark(number);
	begin = now_ns();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	begin = now_ns() - begin;
	mark(number);
	for (unsigned i = 0; i < way.depth; i++)
		pthread_join(threads[i], NULL);
	return begin;
}

static void measure(int number)
{
	unsigned requests = sizes[way.size].requests;
	uint64_t ns;

	for (unsigned i = 0; i < WARM; i++)
		request(i, memory[0]);
	next_request = 0;
	last_request = requests;
	ns = way.depth == 1 ? alone(number) : together(number);
	printf("%d %u %llu %llu %s, %llu KiB %s, %u at once\n", number,
	       requests, (unsigned long long)(requests * sizes[way.size].bytes),
	       (unsigned long long)ns, way.random ? "random" : "sequential",
	       (unsigned long long)(sizes[way.size].bytes / KIB),
	       way.writes ? "writes" : "reads", way.depth);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int number = 0;

	fd = argc == 2 ? open(argv[1], O_RDWR | O_DIRECT) : -1;
	if (fd < 0) {
		perror("disk");
		return 1;
	}
	disk_bytes = (uint64_t)lseek(fd, 0, SEEK_END);
	for (int i = 0; i < DEPTH; i++)
		if (posix_memalign(&memory[i], 4096, MIB))
			return 1;
	/* Writes first: a scratch disk has to have what is read. */
	for (int writes = 1; writes >= 0; writes--)
		for (int random = 0; random < 2; random++)
			for (int size = 0; size < SIZES; size++)
				for (unsigned depth = 1; depth <= DEPTH;
				     depth *= DEPTH) {
					way = (struct way){ writes, random,
							    size, depth };
					measure(number++);
				}
	return 0;
}
