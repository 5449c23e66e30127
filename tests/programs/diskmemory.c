/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diskmemory DEVICE: a device writes into a program's memory and reads from it,
 * without a copy in between, whatever this memory is made of: not touched yet,
 * shared, copied when written to after a fork, forbidden, or given back in the
 * middle.  Writes over the disk's first MiB.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "check.h"

#define PAGE	4096ul
#define BYTES	(256ul << 10)
#define MIB	(1ul << 20)
#define ROUNDS	300

static int disk;

static uint64_t word(uint64_t offset, uint64_t seed)
{
	return (offset + 8) * 0x9e3779b97f4a7c15ull + seed;
}

static void fill(void *memory, size_t bytes, uint64_t seed)
{
	for (size_t i = 0; i < bytes; i += 8)
		((uint64_t *)memory)[i / 8] = word(i, seed);
}

static bool has(const void *memory, size_t bytes, uint64_t seed)
{
	for (size_t i = 0; i < bytes; i += 8)
		if (((const uint64_t *)memory)[i / 8] != word(i, seed))
			return false;
	return true;
}

static void *map(size_t bytes, int protection, int flags)
{
	void *memory = mmap(NULL, bytes, protection, flags | MAP_ANONYMOUS, -1,
			    0);

	if (memory == MAP_FAILED)
		exit(2);
	return memory;
}

static void *plain(size_t bytes)
{
	return map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static bool reads(void *memory)
{
	return pread(disk, memory, BYTES, 0) == (ssize_t)BYTES;
}

static bool writes(const void *memory)
{
	return pwrite(disk, memory, BYTES, 0) == (ssize_t)BYTES;
}

/* What is on the disk, by memory that is beyond doubt. */
static void put(uint64_t seed)
{
	void *memory = plain(BYTES);

	fill(memory, BYTES, seed);
	CHECK(writes(memory));
	munmap(memory, BYTES);
}

static void untouched(void)
{
	void *memory = map(BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_NORESERVE);

	put(1);
	CHECK(reads(memory));
	CHECK(has(memory, BYTES, 1));
	munmap(memory, BYTES);
	/* Never written to, it is zeroes. */
	memory = map(BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_NORESERVE);
	CHECK(writes(memory));
	fill(memory, BYTES, 2);
	CHECK(reads(memory));
	CHECK(*(uint64_t *)memory == 0);
	CHECK(((uint64_t *)memory)[BYTES / 8 - 1] == 0);
	munmap(memory, BYTES);
}

static void forbidden(void)
{
	char *memory = plain(2 * BYTES);

	fill(memory, 2 * BYTES, 3);
	put(4);
	CHECK(mprotect(memory, BYTES, PROT_READ) == 0);
	FAILS(pread(disk, memory, BYTES, 0), EFAULT);
	CHECK(has(memory, BYTES, 3));
	CHECK(writes(memory));
	CHECK(mprotect(memory, BYTES, PROT_NONE) == 0);
	FAILS(pread(disk, memory, BYTES, 0), EFAULT);
	FAILS(pwrite(disk, memory, BYTES, 0), EFAULT);
	CHECK(munmap(memory, BYTES) == 0);
	FAILS(pread(disk, memory, BYTES, 0), EFAULT);
	munmap(memory + BYTES, BYTES);
}

/* Of several mappings, and with one that is huge in the middle. */
static void mixed(void)
{
	char *memory = plain(8 * MIB), *at;

	at = (char *)(((uintptr_t)memory + 4 * MIB) & ~(2 * MIB - 1));
	fill(at, BYTES, 0);
	CHECK(mmap(at - 3 * PAGE, 5 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	      MAP_FAILED);
	put(5);
	CHECK(reads(at - PAGE));
	CHECK(has(at - PAGE, BYTES, 5));
	CHECK(reads(at - BYTES / 2 + 512));
	CHECK(has(at - BYTES / 2 + 512, BYTES, 5));
	fill(at - 2 * PAGE - 512, BYTES, 6);
	CHECK(writes(at - 2 * PAGE - 512));
	CHECK(reads(at + MIB));
	CHECK(has(at + MIB, BYTES, 6));
	munmap(memory, 8 * MIB);
}

static void *copied;

/* The child has its own copy from the first read on. */
static void read_as_child(void)
{
	CHECK(has(copied, BYTES, 7));
	CHECK(reads(copied));
	CHECK(has(copied, BYTES, 8));
}

static void after_fork(void)
{
	pid_t pid;

	copied = plain(BYTES);
	fill(copied, BYTES, 7);
	put(8);
	pid = child(read_as_child);
	CHECK(ended_well(pid));
	CHECK(has(copied, BYTES, 7));
	/* And now the parent. */
	pid = child(read_as_child);
	CHECK(ended_well(pid));
	CHECK(reads(copied));
	CHECK(has(copied, BYTES, 8));
	munmap(copied, BYTES);
}

static void read_shared(void)
{
	CHECK(reads(copied));
}

static void shared(void)
{
	copied = map(BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
	fill(copied, BYTES, 9);
	put(10);
	CHECK(ended_well(child(read_shared)));
	CHECK(has(copied, BYTES, 10));
	munmap(copied, BYTES);
}

static void files(void)
{
	char name[] = "/tmp/diskmemory.XXXXXX";
	int file = mkstemp(name);
	char *memory;

	CHECK(file >= 0 && ftruncate(file, BYTES) == 0);
	memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		exit(2);
	put(11);
	CHECK(reads(memory));
	munmap(memory, BYTES);
	memory = plain(BYTES);
	CHECK(pread(file, memory, BYTES, 0) == (ssize_t)BYTES);
	CHECK(has(memory, BYTES, 11));
	munmap(memory, BYTES);
	close(file);
	unlink(name);
}

static char *volatile target;

static void *read_again_and_again(void *argument)
{
	for (int i = 0; i < ROUNDS; i++)
		pread(disk, target, BYTES, 0);
	return argument;
}

/*
 * What a device still writes to is nobody else's: other memory comes to be
 * while a thread reads into such that is given back.  Its addresses stay taken,
 * for the thread may be about to ask for them.
 */
static void given_back(void)
{
	pthread_t thread;
	unsigned wrong = 0;

	put(12);
	target = plain(BYTES);
	CHECK(pthread_create(&thread, NULL, read_again_and_again, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		char *old = target, *other;

		target = plain(BYTES);
		CHECK(mmap(old, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
			   MAP_FIXED, -1, 0) == old);
		other = plain(BYTES);
		fill(other, BYTES, 13);
		sched_yield();
		wrong += !has(other, BYTES, 13);
		munmap(other, BYTES);
	}
	pthread_join(thread, NULL);
	CHECK(wrong == 0);
	CHECK(reads(target));
	CHECK(has(target, BYTES, 12));
	munmap(target, BYTES);
}

int main(int argc, char **argv)
{
	disk = argc == 2 ? open(argv[1], O_RDWR | O_DIRECT) : -1;
	if (disk < 0) {
		perror("diskmemory");
		return 2;
	}
	untouched();
	forbidden();
	mixed();
	after_fork();
	shared();
	files();
	given_back();
	return conclude("diskmemory");
}
