/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edu [load|store ADDRESS]: drives QEMU's device edu (docs/specs/edu.rst there),
 * which does DMA to and from any address on request, through /dev/edu.
 *
 *	edu			is it there, and does it answer?
 *	edu load ADDRESS	a page from there into the device's buffer
 *	edu store ADDRESS	the device's buffer into the page there
 *
 * Nothing tells whether a transfer was held back.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096
#define LIVENESS	0x04
#define DMA_SOURCE	0x80
#define DMA_TARGET	0x88
#define DMA_COUNT	0x90
#define DMA_COMMAND	0x98
#define BUFFER		0x40000ull	/* as the device itself sees it */
#define START		1ull
#define TO_MEMORY	2ull
#define SECONDS		10

static int device;			/* its registers, at their offsets */

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Those below DMA_SOURCE are of 4 bytes, the others of 8. */
static size_t size_of(off_t reg)
{
	return reg < DMA_SOURCE ? 4 : 8;
}

static uint64_t load(off_t reg)
{
	uint64_t value = 0;
	size_t size = size_of(reg);

	if (pread(device, &value, size, reg) != (ssize_t)size)
		fail("edu: reading a register");
	return value;
}

static void store(off_t reg, uint64_t value)
{
	size_t size = size_of(reg);

	if (pwrite(device, &value, size, reg) != (ssize_t)size)
		fail("edu: writing a register");
}

static int is_alive(void)
{
	store(LIVENESS, 0x12345678);
	return load(LIVENESS) == (uint32_t)~0x12345678;
}

static int transfer(uint64_t source, uint64_t target, uint64_t command)
{
	time_t end = time(NULL) + SECONDS;

	store(DMA_SOURCE, source);
	store(DMA_TARGET, target);
	store(DMA_COUNT, PAGE);
	store(DMA_COMMAND, command | START);
	while (load(DMA_COMMAND) & START) {
		if (time(NULL) > end) {
			fprintf(stderr, "edu: the transfer does not end\n");
			return 1;
		}
		usleep(1000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t address;

	device = open("/dev/edu", O_RDWR);
	if (device < 0)
		fail("edu: /dev/edu");
	if (!is_alive()) {
		fprintf(stderr, "edu: it does not answer\n");
		return 1;
	}
	if (argc != 3)
		return 0;
	address = strtoull(argv[2], NULL, 0);
	return strcmp(argv[1], "load") ?
		transfer(BUFFER, address, TO_MEMORY) :
		transfer(address, BUFFER, 0);
}
