/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Roots in bundles (lib/root.c, lib/archive*.c, lib/bundle*.c):
 *	test_root write SOURCE [FILE PATH]...	the archive, with FILEs given
 *	test_root list ARCHIVE			what is in one
 *	test_root mend ARCHIVE			right sums for a changed tar
 *	test_root find SOURCE FOLDER NAME	the program of that name
 *	test_root damage FILE SEED ROUNDS	damaged copies of an archive
 * Run by tests/unit/root.sh, which compares.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/archive.h"
#include "lib/bundle.h"
#include "lib/error.h"
#include "lib/program.h"
#include "lib/root.h"

#define MOST	(64u << 20)

static int failed(void)
{
	printf("error: %s\n", error_text());
	return 1;
}

/* In pieces of odd sizes. */
static int write_archive(struct bundle *bundle)
{
	static char buffer[70001];
	uint64_t all = 0;
	int64_t n;

	bundle_finish(bundle);
	while ((n = bundle_read(bundle, buffer, 1 + all % sizeof(buffer))) > 0)
		all += fwrite(buffer, 1, (size_t)n, stdout);
	if (n < 0 || all != bundle->bytes)
		return 1;
	fprintf(stderr, "%u devices\n", bundle->devices);
	return 0;
}

static int write_root(int count, char **words)
{
	struct bundle bundle;
	int error, status;

	bundle_init(&bundle);
	error = root_add(&bundle, words[0], MOST);
	for (int i = 1; i + 1 < count && !error; i += 2)
		error = bundle_add_tree(&bundle, words[i], words[i + 1]);
	status = error ? failed() : write_archive(&bundle);
	bundle_free(&bundle);
	return status;
}

static uint64_t listed;	/* bytes */

static int print(void *context, const struct archive_entry *entry)
{
	(void)context;
	listed += S_ISREG(entry->mode) ? entry->size : 0;
	printf("%s %o %u:%u %u %s\n", entry->name, entry->mode, entry->uid,
	       entry->gid, entry->mtime, entry->target);
	return 0;
}

static int list(const char *path)
{
	struct archive archive = {
		.fd = open(path, O_RDONLY), .path = path, .add = print,
	};

	archive.size = (uint64_t)lseek(archive.fd, 0, SEEK_END);
	if (archive_read(&archive))
		return failed();
	printf("%lu bytes\n", (unsigned long)listed);
	return 0;
}

static int find(const char *source, const char *folder, const char *name)
{
	struct program program;
	struct bundle bundle;
	int error;

	bundle_init(&bundle);
	error = root_add(&bundle, source, MOST);
	if (!error)
		error = program_find_in(&bundle, name, folder, &program);
	if (error)
		failed();
	else
		printf("%s %d\n", program.path, program.memory > 0);
	bundle_free(&bundle);
	return error == -ENOENT ? 127 : error ? 126 : 0;
}

/* Some bytes changed, numbers rather than contents, or its end cut off. */
static size_t damage(char *data, size_t size)
{
	for (long n = 1 + random() % 3; n > 0; n--) {
		size_t at = (size_t)random() % size;

		if (random() % 2)
			at = at / 512 * 512 + (size_t)random() % 160;
		if (at < size)
			data[at] = random() % 2 ? (char)random() :
				   "0179afxgLK/."[random() % 12];
	}
	return random() % 4 ? size : (size_t)random() % size;
}

/* tar's headers have a sum, which hides most damage: mend it. */
static void mend(char *data, size_t size)
{
	for (size_t at = 0; at + 512 <= size; at += 512) {
		unsigned int sum = 8 * ' ';

		if (memcmp(data + at + 257, "ustar", 5))
			continue;
		for (int i = 0; i < 512; i++)
			if (i < 148 || i >= 156)
				sum += (unsigned char)data[at + i];
		snprintf(data + at + 148, 8, "%06o", sum & 0777777);
		data[at + 155] = ' ';
	}
}

static int mend_file(const char *path)
{
	static char data[4 << 20];
	int fd = open(path, O_RDWR);
	ssize_t n = read(fd, data, sizeof(data));

	if (n < 0)
		return 1;
	mend(data, (size_t)n);
	return pwrite(fd, data, (size_t)n, 0) != n;
}

/* One damaged archive; 1 if it was taken. */
static int try(const char *path)
{
	struct program program;
	struct bundle bundle;
	int taken;

	bundle_init(&bundle);
	taken = !root_add(&bundle, path, MOST);
	if (taken) {
		char buffer[4096];

		program_find_in(&bundle, "sh", "/", &program);
		bundle_finish(&bundle);
		while (bundle_read(&bundle, buffer, sizeof(buffer)) > 0)
			;
	} else if (!*error_text()) {
		abort();
	}
	bundle_free(&bundle);
	return taken;
}

static int damaged(const char *path, int seed, int rounds)
{
	FILE *from = fopen(path, "rb");
	static char data[4 << 20], copy[4 << 20];
	int fd = memfd_create("damaged", 0), taken = 0;
	char name[64];
	size_t size;

	if (!from || fd < 0)
		return 1;
	size = fread(data, 1, sizeof(data), from);
	fclose(from);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	srandom((unsigned int)seed);
	for (int i = 0; i < rounds; i++) {
		size_t left;

		memcpy(copy, data, size);
		left = damage(copy, size);
		if (random() % 4)
			mend(copy, left);
		if (ftruncate(fd, 0) || pwrite(fd, copy, left, 0) < 0)
			return 1;
		taken += try(name);
	}
	printf("%d of %d taken\n", taken, rounds);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "write"))
		return write_root(argc - 2, argv + 2);
	if (argc == 3 && !strcmp(argv[1], "list"))
		return list(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "mend"))
		return mend_file(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "find"))
		return find(argv[2], argv[3], argv[4]);
	if (argc == 5 && !strcmp(argv[1], "damage"))
		return damaged(argv[2], atoi(argv[3]), atoi(argv[4]));
	return 2;
}
