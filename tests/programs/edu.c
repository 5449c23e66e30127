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
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096
#define LIVENESS	(0x04 / 4)
#define DMA_SOURCE	(0x80 / 8)
#define DMA_TARGET	(0x88 / 8)
#define DMA_COUNT	(0x90 / 8)
#define DMA_COMMAND	(0x98 / 8)
#define BUFFER		0x40000ull	/* as the device itself sees it */
#define START		1ull
#define TO_MEMORY	2ull
#define SECONDS		10

static volatile uint32_t *words;	/* its registers, of 4 and of 8 bytes */
static volatile uint64_t *registers;

static int is_alive(void)
{
	words[LIVENESS] = 0x12345678;
	return words[LIVENESS] == ~0x12345678u;
}

static int transfer(uint64_t source, uint64_t target, uint64_t command)
{
	time_t end = time(NULL) + SECONDS;

	registers[DMA_SOURCE] = source;
	registers[DMA_TARGET] = target;
	registers[DMA_COUNT] = PAGE;
	registers[DMA_COMMAND] = command | START;
	while (registers[DMA_COMMAND] & START) {
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
	int fd = open("/dev/edu", O_RDWR);
	void *map = fd < 0 ? MAP_FAILED :
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t address;

	if (map == MAP_FAILED) {
		perror("edu: /dev/edu");
		return 1;
	}
	words = map;
	registers = map;
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
