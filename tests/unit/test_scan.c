/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lib/scan.c finds in programs that scan.sh builds; see there.
 *
 *   test_scan IMAGE...		what the first one may do, a line for each
 *   test_scan sweep FILE ADDRESS OFFSET SIZE
 *				where instructions begin
 *   test_scan damage SEED FILE...
 *				the same for damaged copies of them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/calls.h"
#include "lib/needs.h"
#include "lib/scan.h"
#include "lib/x86.h"

#define MOST	64

static struct image images[MOST];
static struct scan scan;
static struct needs needs;

static int read_all(char **paths, size_t count)
{
	size_t read = 0;

	memset(&scan, 0, sizeof(scan));
	for (size_t i = 0; i < count && read < MOST; i++)
		read += !image_read(&images[read], paths[i]);
	if (!read)
		return 1;
	scan = (struct scan){
		.images = images, .count = read,
		.functions = needs_functions, .strings = needs_strings,
	};
	if (scan_run(&scan))
		return 1;
	needs_judge(&needs, &scan);
	return 0;
}

static void free_all(void)
{
	for (size_t i = 0; i < scan.count; i++)
		image_free(&images[i]);
}

static void print_by(const char *what, const char *name, scan_images by)
{
	if (!by)
		return;
	printf("%s %s", what, name);
	for (size_t i = 0; i < scan.count; i++)
		if (by & scan_image_bit(i))
			printf(" %zu", i);
	putchar('\n');
}

static void print_all(void)
{
	char number[16];

	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].name)
			print_by("call", calls[i].name, scan.calls[i]);
	print_by("call", "?", scan.unknown_call);
	for (int i = 0; i < SCAN_FAMILIES; i++) {
		snprintf(number, sizeof(number), "%d", i);
		print_by("family", number, scan.families[i]);
	}
	print_by("family", "?", scan.unknown_family);
	for (size_t i = 0; scan.strings[i].text; i++)
		print_by("string", scan.strings[i].text, scan.strings[i].by);
	for (size_t i = 0; i < needs.count; i++)
		printf("%s %s: %s\n", needs.list[i].decides ? "needs" :
		       "may need", needs.list[i].what, needs.list[i].how);
	printf("verdict %s\n", needs.guest ? "vm" : "run");
}

static int sweep(char **arguments)
{
	static uint8_t code[64 << 20];
	uint64_t address = strtoull(arguments[1], NULL, 16);
	uint64_t size = strtoull(arguments[3], NULL, 16);
	FILE *file = fopen(arguments[0], "r");

	if (!file || size > sizeof(code) ||
	    fseek(file, strtol(arguments[2], NULL, 16), SEEK_SET) ||
	    fread(code, 1, size, file) != size)
		return 1;
	fclose(file);
	for (uint64_t at = 0; at < size;) {
		struct x86 x;

		printf("%lx\n", address + at);
		at += x86_decode(code + at, size - at, &x) ? x.length : 1;
	}
	return 0;
}

/* Some bytes of the copy change, and its end may be missing. */
static int damage_one(const char *from, unsigned int *seed)
{
	static uint8_t bytes[4 << 20];
	char name[] = "/tmp/scan-damaged-XXXXXX", *names[] = { name };
	FILE *file = fopen(from, "r");
	size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	int fd = mkstemp(name), changes = 1 + rand_r(seed) % 40;

	if (fd < 0 || !size)
		return 1;
	fclose(file);
	while (changes--) {
		size_t near = rand_r(seed) % 2 ? 4096 : size;

		bytes[(size_t)rand_r(seed) % (near < size ? near : size)] ^=
			(uint8_t)(1 << rand_r(seed) % 8);
	}
	if (rand_r(seed) % 4 == 0)
		size -= (size_t)rand_r(seed) % size;
	if (write(fd, bytes, size) != (ssize_t)size)
		return 1;
	close(fd);
	if (!read_all(names, 1))
		free_all();
	unlink(name);
	return 0;
}

static int damage(char **arguments)
{
	unsigned int seed = (unsigned int)atoi(arguments[0]);
	char **files = arguments + 1;

	for (int round = 0; round < 300; round++)
		for (int i = 0; files[i]; i++)
			if (damage_one(files[i], &seed))
				return 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "sweep"))
		return sweep(argv + 2);
	if (argc > 3 && !strcmp(argv[1], "damage"))
		return damage(argv + 2);
	if (argc < 2 || read_all(argv + 1, (size_t)argc - 1))
		return 1;
	print_all();
	free_all();
	return 0;
}
