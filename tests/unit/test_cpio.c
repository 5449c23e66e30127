// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control task's cpio reader and writer: what one writes the other reads,
 * whatever the pieces, and garbage ends in -EPROTO.
 * Build: cokernel/init/cpio.c
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cokernel/init/cpio.h"

static int tests, failures;

static void check(int good, const char *what)
{
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
	failures += !good;
}

/* What was seen, as text: "name:mode:data;". */
struct seen {
	char text[16384];
	size_t n;
};

static void add(struct seen *seen, const void *bytes, size_t n)
{
	if (n > sizeof(seen->text) - 1 - seen->n)
		n = sizeof(seen->text) - 1 - seen->n;
	memcpy(seen->text + seen->n, bytes, n);
	seen->n += n;
}

static int begin(void *context, const struct cpio_entry *entry)
{
	char mode[16];

	add(context, entry->name, strlen(entry->name));
	add(context, mode, (size_t)sprintf(mode, ":%o:", entry->mode));
	return 0;
}

static int data(void *context, const uint8_t *bytes, size_t n)
{
	add(context, bytes, n);
	return 0;
}

static int end(void *context)
{
	add(context, ";", 1);
	return 0;
}

static int refuse(void *context, const struct cpio_entry *entry)
{
	(void)context;
	(void)entry;
	return -ENOSPC;
}

static const struct cpio_calls calls = { begin, data, end };

static size_t put(char *archive, size_t at, const char *name, uint32_t mode,
		  const char *content)
{
	struct cpio_entry entry = {
		.mode = mode, .links = 1, .size = (uint32_t)strlen(content),
	};

	cpio_put_head(archive + at, &entry, name);
	at += cpio_head_size(name);
	memcpy(archive + at, content, entry.size);
	at += entry.size;
	return at + cpio_padding(entry.size, 4);
}

static size_t sample(char *archive)
{
	size_t n = 0;

	memset(archive, 0, 8192);
	n = put(archive, n, "a", 0100644, "hello");
	n = put(archive, n, "dir", 040755, "");
	n = put(archive, n, "dir/long-name.txt", 0100600, "four");
	n = put(archive, n, CPIO_TRAILER, 0, "");
	return n + cpio_padding(n, CPIO_BLOCK);
}

/* Feed in pieces of at most STEP; bytes used or -errno. */
static long read_all(const char *archive, size_t n, size_t step,
		     const struct cpio_calls *with, struct seen *seen)
{
	static struct cpio_reader reader;
	size_t used = 0;

	memset(seen, 0, sizeof(*seen));
	cpio_reader_init(&reader, with, seen);
	while (cpio_wanted(&reader)) {
		size_t piece = cpio_wanted(&reader) < step ?
			cpio_wanted(&reader) : step;
		int status;

		if (used + piece > n)
			piece = n - used;
		if (piece == 0)
			return -EPIPE;
		status = cpio_feed(&reader, (const uint8_t *)archive + used,
				   piece);
		if (status)
			return status;
		used += piece;
	}
	return (long)used;
}

int main(void)
{
	static const char wanted[] = "a:100644:hello;dir:40755:;"
		"dir/long-name.txt:100600:four;";
	static const struct cpio_calls refusing = { refuse, data, end };
	static char archive[8192];
	static struct seen seen;
	size_t n = sample(archive);
	int same = 1, bad = 1;

	check(n % CPIO_BLOCK == 0, "the archive is padded to blocks");
	for (size_t step = 1; step < 600; step++)
		same &= read_all(archive, n + 100, step, &calls, &seen) ==
			(long)n && strcmp(seen.text, wanted) == 0;
	check(same, "all pieces give the same entries and end at the padding");
	check(read_all(archive, n - 1, 512, &calls, &seen) == -EPIPE,
	      "a short archive never ends");
	check(read_all(archive, n, 512, &refusing, &seen) == -ENOSPC,
	      "the error of a call comes back");
	for (size_t i = 0; i < CPIO_HEAD; i++) {
		sample(archive);
		archive[i] = '?';
		bad &= read_all(archive, n, 512, &calls, &seen) < 0;
	}
	check(bad, "a wrong byte anywhere in a head is refused");
	sample(archive);
	memcpy(archive + 94, "FFFFFFFF", 8);
	check(read_all(archive, n, 512, &calls, &seen) == -EPROTO,
	      "a huge name is refused");
	sample(archive);
	memcpy(archive + 94, "00000001", 8);
	check(read_all(archive, n, 512, &calls, &seen) == -EPROTO,
	      "a name without its NUL is refused");
	srand(1);
	for (int round = 0; round < 20000; round++) {
		sample(archive);
		for (int i = 0; i < 4; i++)
			archive[(size_t)rand() % n] = (char)rand();
		read_all(archive, n, 100, &calls, &seen);
	}
	check(1, "20000 damaged archives do no harm");
	printf("1..%d\n", tests);
	return failures != 0;
}
