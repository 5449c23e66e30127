/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk DEVICE [PART]: reads and writes a disk in each way, past all caches, and
 * prints a line for each:
 *
 *	MARK REQUESTS BYTES NANOSECONDS COUNTED NAME
 *
 * DEPTH requests are under way at once, by as many threads.  What is measured lies
 * in the middle of a longer run: all threads are busy before and after it, and do
 * nothing in it but these REQUESTS, of which there are the PARTth part.  The threads
 * of the first and the last one execute a mark for the emulator (count.c).  A CPU may
 * keep a thread from its mark while others go on, so between the marks there are
 * COUNTED requests.
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

static const struct {
	uint64_t bytes;
	unsigned requests;
} sizes[] = {
	{ 4 * KIB, 2000 }, { 64 * KIB, 1000 }, { MIB, 256 },
};

#define SIZES	((int)(sizeof(sizes) / sizeof(sizes[0])))

static struct way {
	bool writes, random;
	int size;
	unsigned depth;
} way;

static int number_of_way;
static unsigned requests;	/* to be measured */
static int fd;
static uint64_t disk_bytes;
static unsigned next_request;
static unsigned counted_from, counted_to;
static uint64_t begin, end;	/* of the time stamp counter */
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

static unsigned requests_begun(void)
{
	return __atomic_load_n(&next_request, __ATOMIC_SEQ_CST);
}

static void *work(void *at)
{
	const unsigned around = 2 * way.depth, last = around + requests;

	pthread_barrier_wait(&barrier);
	for (;;) {
		/* Before the number, so that no other thread is ahead of it. */
		uint64_t before = __builtin_ia32_rdtsc();
		unsigned number = __atomic_fetch_add(&next_request, 1,
						     __ATOMIC_SEQ_CST);

		if (number == around) {
			begin = before;
			mark(number_of_way);
			counted_from = requests_begun();
		} else if (number == last) {
			counted_to = requests_begun();
			mark(number_of_way);
			end = __builtin_ia32_rdtsc();
		} else if (number >= last + around) {
			return at;
		}
		request(number, at);
	}
}

static void measure(void)
{
	uint64_t ns = now_ns(), ticks = __builtin_ia32_rdtsc();
	pthread_t threads[DEPTH];

	next_request = 0;
	pthread_barrier_init(&barrier, NULL, way.depth);
	for (unsigned i = 0; i < way.depth; i++)
		if (pthread_create(&threads[i], NULL, work, memory[i]))
			exit(1);
	for (unsigned i = 0; i < way.depth; i++)
		pthread_join(threads[i], NULL);
	ns = now_ns() - ns;
	ticks = __builtin_ia32_rdtsc() - ticks;
	printf("%d %u %llu %llu %d %s, %llu KiB %s, %u at once\n", number_of_way,
	       requests, (unsigned long long)(requests * sizes[way.size].bytes),
	       (unsigned long long)((double)(end - begin) * ns / ticks),
	       (int)(counted_to - counted_from),
	       way.random ? "random" : "sequential",
	       (unsigned long long)(sizes[way.size].bytes / KIB),
	       way.writes ? "writes" : "reads", way.depth);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned part = argc == 3 ? (unsigned)atoi(argv[2]) : 1;

	if (argc < 2 || !part) {
		fprintf(stderr, "usage: disk DEVICE [PART]\n");
		return 1;
	}
	fd = open(argv[1], O_RDWR | O_DIRECT);
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
					requests = sizes[size].requests / part;
					measure();
					number_of_way++;
				}
	return 0;
}
