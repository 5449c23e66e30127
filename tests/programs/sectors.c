/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sectors [OPTION]... DEVICE: writes over a disk what tells each of its words
 * from all others, reads it back, and says how many requests that were.
 *
 *	--write, --verify	do this; both: first the one, then the other
 *	--seed N		other contents for each number
 *	--range START:BYTES	this part of the disk only
 *	--block BYTES		of each request (default 64 KiB)
 *	--threads N		as many requests at once
 *	--random		not in order, each block once all the same
 *	--vectors N		each request in so many pieces
 *	--shift BYTES		the memory begins so far behind a page's begin
 *	--buffered		without O_DIRECT: any --block and --range will do
 *	--fsync			at the end of what was written
 *	--sync			O_DSYNC
 *	--seconds N		again and again until then, each time with the next
 *				seed; says "begun" after the first request
 *	--keep-going		a request that fails is told and counted, and the
 *				next follows
 *
 * Once it has said "begun" it needs no more memory than it has.  Ends with
 * status 1 at the first request that fails, or that brings something else than
 * was written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096u
#define THREADS		64
#define VECTORS		64
#define STEP		7919	/* a prime: from one random block to the next */

static struct {
	int write, verify, random, buffered, fsync, sync, keep_going;
	uint64_t seed, start, bytes, block, threads, vectors, shift, seconds;
} want = { .block = 65536, .threads = 1, .vectors = 1 };

static int fd;
static uint64_t end, blocks;

struct worker {
	unsigned number;
	bool writes;
	uint8_t *memory;
	uint64_t requests, failures;
};

static uint64_t word_at(uint64_t offset)
{
	return (offset / 8 + 1) * 0x9e3779b97f4a7c15ull ^
		(want.seed + 1) * 0xbf58476d1ce4e5b9ull;
}

static uint8_t byte_at(uint64_t offset)
{
	return (uint8_t)(word_at(offset) >> offset % 8 * 8);
}

static bool whole_words(uint64_t offset, uint64_t bytes)
{
	return !(offset % 8) && !(bytes % 8) && !(want.shift % 8);
}

static void fill(uint8_t *memory, uint64_t offset, uint64_t bytes)
{
	uint64_t *words = (uint64_t *)memory;

	if (!whole_words(offset, bytes))
		for (uint64_t i = 0; i < bytes; i++)
			memory[i] = byte_at(offset + i);
	else
		for (uint64_t i = 0; i < bytes; i += 8)
			words[i / 8] = word_at(offset + i);
}

static bool is_right(const uint8_t *memory, uint64_t offset, uint64_t bytes)
{
	const uint64_t *words = (const uint64_t *)memory;

	if (whole_words(offset, bytes)) {
		for (uint64_t i = 0; i < bytes; i += 8)
			if (words[i / 8] != word_at(offset + i))
				return false;
		return true;
	}
	for (uint64_t i = 0; i < bytes; i++)
		if (memory[i] != byte_at(offset + i))
			return false;
	return true;
}

static void tell_wrong(const uint8_t *memory, uint64_t offset, uint64_t bytes)
{
	uint64_t i = 0;

	while (i < bytes - 1 && memory[i] == byte_at(offset + i))
		i++;
	fprintf(stderr, "sectors: wrong at %llu: %#x is not %#x, in a request for %llu at %llu\n",
		(unsigned long long)(offset + i), memory[i],
		byte_at(offset + i), (unsigned long long)bytes,
		(unsigned long long)offset);
	exit(1);
}

static void tell_failed(struct worker *worker, uint64_t offset)
{
	fprintf(stderr, "sectors: %s at %llu: %s\n",
		worker->writes ? "write" : "read", (unsigned long long)offset,
		errno ? strerror(errno) : "nothing came");
	worker->failures++;
	if (!want.keep_going)
		exit(1);
}

/* In pieces of whole sectors, as far as BYTES has so many. */
static int make_pieces(struct iovec *pieces, uint8_t *memory, uint64_t bytes)
{
	uint64_t piece = bytes / want.vectors / 512 * 512;
	int count = 0;

	if (!piece)
		piece = bytes;
	while (bytes) {
		uint64_t now = count == (int)want.vectors - 1 || bytes < piece ?
			bytes : piece;

		pieces[count++] = (struct iovec){ memory, now };
		memory += now;
		bytes -= now;
	}
	return count;
}

static ssize_t once(struct worker *worker, uint8_t *memory, uint64_t offset,
		    uint64_t bytes)
{
	struct iovec pieces[VECTORS];
	int count = make_pieces(pieces, memory, bytes);

	errno = 0;
	if (worker->writes)
		return pwritev(fd, pieces, count, (off_t)offset);
	return preadv(fd, pieces, count, (off_t)offset);
}

/* A kernel may do less than it was asked for. */
static bool transfer(struct worker *worker, uint64_t offset, uint64_t bytes)
{
	uint64_t done = 0;

	while (done < bytes) {
		ssize_t now = once(worker, worker->memory + done, offset + done,
				   bytes - done);

		if (now <= 0)
			return false;
		done += (uint64_t)now;
	}
	return true;
}

static void do_block(struct worker *worker, uint64_t block)
{
	uint64_t offset = want.start + block * want.block, bytes = want.block;

	if (offset + bytes > end)
		bytes = end - offset;
	if (worker->writes)
		fill(worker->memory, offset, bytes);
	else
		memset(worker->memory, 0x5a, bytes);
	worker->requests++;
	if (!transfer(worker, offset, bytes))
		tell_failed(worker, offset);
	else if (!worker->writes && !is_right(worker->memory, offset, bytes))
		tell_wrong(worker->memory, offset, bytes);
}

static struct worker workers[THREADS];
/* The threads go on from the one to the other, as does who waits for them. */
static pthread_barrier_t starts, ends;

/* Each thread has every so manieth block. */
static void *work(void *argument)
{
	struct worker *worker = argument;

	for (;;) {
		pthread_barrier_wait(&ends);
		pthread_barrier_wait(&starts);
		for (uint64_t i = worker->number; i < blocks; i += want.threads)
			do_block(worker, want.random ? i * STEP % blocks : i);
	}
	return NULL;
}

static void start_all(void)
{
	unsigned all = (unsigned)want.threads + 1;

	if (pthread_barrier_init(&starts, NULL, all) ||
	    pthread_barrier_init(&ends, NULL, all))
		exit(2);
	for (unsigned i = 0; i < want.threads; i++) {
		pthread_t thread;
		void *memory;

		if (posix_memalign(&memory, PAGE, want.block + PAGE))
			exit(2);
		memset(memory, 0, want.block + PAGE);
		workers[i].number = i;
		workers[i].memory = (uint8_t *)memory + want.shift;
		if (pthread_create(&thread, NULL, work, &workers[i]))
			exit(2);
	}
	pthread_barrier_wait(&ends);
}

static void work_all(bool writes, struct worker *sum)
{
	for (unsigned i = 0; i < want.threads; i++) {
		workers[i].writes = writes;
		workers[i].requests = workers[i].failures = 0;
	}
	pthread_barrier_wait(&starts);
	pthread_barrier_wait(&ends);
	for (unsigned i = 0; i < want.threads; i++) {
		sum->requests += workers[i].requests;
		sum->failures += workers[i].failures;
	}
}

static void write_all(struct worker *sum)
{
	work_all(true, sum);
	if (want.fsync && fsync(fd)) {
		fprintf(stderr, "sectors: fsync: %s\n", strerror(errno));
		sum->failures++;
		if (!want.keep_going)
			exit(1);
	}
}

static void tell(const char *what, const struct worker *sum)
{
	printf("%s %llu bytes in %llu requests", what,
	       (unsigned long long)(end - want.start),
	       (unsigned long long)sum->requests);
	if (sum->failures)
		printf(", %llu failed", (unsigned long long)sum->failures);
	putchar('\n');
	fflush(stdout);
}

static bool round_once(bool tells)
{
	struct worker wrote = { 0 }, read = { 0 };

	if (want.write)
		write_all(&wrote);
	if (want.write && tells)
		tell("wrote", &wrote);
	if (want.verify)
		work_all(false, &read);
	if (want.verify && tells)
		tell("verified", &read);
	return !wrote.failures && !read.failures;
}

static bool go_on_until(time_t until)
{
	struct worker first = { .writes = want.write,
				.memory = workers[0].memory };
	unsigned rounds = 0;
	bool fine = true;

	do_block(&first, 0);
	puts("begun");
	fflush(stdout);
	do {
		fine &= round_once(false);
		if (want.write)
			want.seed++;
		rounds++;
	} while (time(NULL) < until);
	printf("%u rounds\n", rounds);
	return fine;
}

static uint64_t number(const char *text)
{
	char *rest;
	uint64_t n = strtoull(text, &rest, 0);

	if (rest == text || (*rest && *rest != ':')) {
		fprintf(stderr, "sectors: %s is no number\n", text);
		exit(2);
	}
	return n;
}

static const struct option options[] = {
	{ "write", no_argument, &want.write, 1 },
	{ "verify", no_argument, &want.verify, 1 },
	{ "random", no_argument, &want.random, 1 },
	{ "buffered", no_argument, &want.buffered, 1 },
	{ "fsync", no_argument, &want.fsync, 1 },
	{ "sync", no_argument, &want.sync, 1 },
	{ "keep-going", no_argument, &want.keep_going, 1 },
	{ "seed", required_argument, NULL, 's' },
	{ "range", required_argument, NULL, 'r' },
	{ "block", required_argument, NULL, 'b' },
	{ "threads", required_argument, NULL, 't' },
	{ "vectors", required_argument, NULL, 'v' },
	{ "shift", required_argument, NULL, 'f' },
	{ "seconds", required_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 },
};

static void set_range(const char *text)
{
	const char *colon = strchr(text, ':');

	want.start = number(text);
	if (!colon)
		exit(2);
	want.bytes = number(colon + 1);
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 0: break;
		case 's': want.seed = number(optarg); break;
		case 'r': set_range(optarg); break;
		case 'b': want.block = number(optarg); break;
		case 't': want.threads = number(optarg); break;
		case 'v': want.vectors = number(optarg); break;
		case 'f': want.shift = number(optarg); break;
		case 'l': want.seconds = number(optarg); break;
		default: exit(2);
		}
	if (optind != argc - 1 || !(want.write || want.verify) ||
	    !want.block || want.threads - 1 >= THREADS ||
	    want.vectors - 1 >= VECTORS || want.shift >= PAGE) {
		fprintf(stderr, "usage: sectors [OPTION]... DEVICE\n");
		exit(2);
	}
}

static void open_device(const char *path)
{
	int flags = want.write ? O_RDWR : O_RDONLY;
	off_t size;

	if (!want.buffered)
		flags |= O_DIRECT;
	if (want.sync)
		flags |= O_DSYNC;
	fd = open(path, flags);
	size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0) {
		fprintf(stderr, "sectors: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	end = want.bytes ? want.start + want.bytes : (uint64_t)size;
	if (want.start >= end || end > (uint64_t)size) {
		fprintf(stderr, "sectors: %s has %lld bytes only\n", path,
			(long long)size);
		exit(1);
	}
	blocks = (end - want.start + want.block - 1) / want.block;
}

int main(int argc, char **argv)
{
	time_t begin = time(NULL);

	parse(argc, argv);
	open_device(argv[optind]);
	start_all();
	/* Each block once, also where their number is a multiple of the step. */
	if (blocks % STEP == 0)
		want.random = 0;
	return !(want.seconds ? go_on_until(begin + (time_t)want.seconds) :
		 round_once(true));
}
