/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trespass NAME ADDRESS:SIZE...: run by somebody who may use the enclave NAME
 * and not manage it, tries to get at more than that: at the management node, at
 * calls that the enclave's node should not have, and by mmap(2) at the
 * enclave's memory, whose blocks are given. Prints each thing that it should
 * not have got, and at last how many there were; that is its exit status, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pisces/ioctl.h>

#define PAGE		4096ull
#define MIB		(1ull << 20)
#define WINDOW		(PISCES_MAP_WINDOW(1) - PISCES_MAP_WINDOW(0))
#define RANDOM_OFFSETS	100000

static int node;
static unsigned got;

__attribute__((format(printf, 1, 2)))
static void gotten(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	printf("got ");
	vprintf(format, list);
	putchar('\n');
	va_end(list);
	got++;
}

static bool can_map(uint64_t offset, uint64_t size, int protection)
{
	void *at = mmap(NULL, size, protection, MAP_SHARED, node,
			(off_t)offset);

	if (at == MAP_FAILED)
		return false;
	munmap(at, size);
	return true;
}

static void management(void)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (open("/dev/pisces", modes[i]) >= 0)
			gotten("/dev/pisces, mode %d", modes[i]);
}

static bool is_own(unsigned long call)
{
	unsigned number = call & 0xff;

	return number == (PISCES_NODE_INFO & 0xff) ||
		number == (PISCES_NODE_WINDOW & 0xff) ||
		number == (PISCES_NODE_DOORBELL & 0xff);
}

static void calls(void)
{
	static union {
		uint32_t size;
		char bytes[PAGE];
	} argument;

	for (unsigned direction = 0; direction < 4; direction++)
		for (unsigned number = 0; number < 256; number++) {
			unsigned long call = _IOC(direction, 'P', number, 64);

			if (is_own(call))
				continue;
			memset(&argument, 0, sizeof(argument));
			argument.size = 2048;
			if (ioctl(node, call, &argument) >= 0 ||
			    errno != ENOTTY)
				gotten("call %#lx: %s", call, strerror(errno));
		}
}

static bool is_window(uint64_t offset)
{
	struct pisces_ioctl_window window = { .size = sizeof(window) };

	if (offset < PISCES_MAP_WINDOW(0) ||
	    offset >= PISCES_MAP_WINDOW(PISCES_WINDOWS))
		return false;
	window.index = (uint32_t)((offset - PISCES_MAP_WINDOW(0)) / WINDOW);
	return offset == PISCES_MAP_WINDOW(window.index) &&
		!ioctl(node, PISCES_NODE_WINDOW, &window);
}

static void offset(uint64_t at)
{
	if (at == PISCES_MAP_STATS || at == PISCES_MAP_CHANNEL ||
	    at == PISCES_MAP_LOG || is_window(at))
		return;
	if (can_map(at, PAGE, PROT_READ))
		gotten("a page to read at %#llx", (unsigned long long)at);
	if (can_map(at, PAGE, PROT_READ | PROT_WRITE))
		gotten("a page to write at %#llx", (unsigned long long)at);
}

static void around(uint64_t at)
{
	for (int64_t i = -2; i <= 2; i++)
		offset(at + (uint64_t)i * PAGE);
}

/* All pages of a block, as offsets from nothing, and from each region. */
static void block(uint64_t start, uint64_t size)
{
	for (uint64_t i = 0; i < size; i += PAGE) {
		offset(start + i);
		offset(i);
	}
	for (uint64_t i = 0; i < size; i += MIB)
		around(PISCES_MAP_CHANNEL + i);
}

/* A region: no more than it is, and not to be written if it is not. */
static void region(const char *name, uint64_t at, uint64_t size, bool writable)
{
	char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, node, (off_t)at);

	if (map == MAP_FAILED) {
		gotten("no %s: %s", name, strerror(errno));
		return;
	}
	if (can_map(at, size + PAGE, PROT_READ))
		gotten("more than the %s", name);
	if (mremap(map, size, size + PAGE, MREMAP_MAYMOVE) != MAP_FAILED)
		gotten("a longer %s", name);
	if (mremap(map, 0, size + PAGE, MREMAP_MAYMOVE) != MAP_FAILED)
		gotten("another, longer %s", name);
	if (!writable && can_map(at, size, PROT_WRITE))
		gotten("the %s to write", name);
	if (!writable && !mprotect(map, size, PROT_READ | PROT_WRITE))
		gotten("the %s to write after all", name);
	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, node,
		 (off_t)at) != MAP_FAILED)
		gotten("a copy of the %s", name);
	munmap(map, size);
}

static void random_offsets(void)
{
	srandom(1);
	for (unsigned i = 0; i < RANDOM_OFFSETS; i++) {
		uint64_t any = (uint64_t)random() << 31 | (uint64_t)random();

		/* Of all sizes. */
		offset((any >> random() % 50) * PAGE & INT64_MAX);
	}
}

int main(int argc, char **argv)
{
	char path[64];

	if (argc < 3) {
		fprintf(stderr, "usage: trespass NAME ADDRESS:SIZE...\n");
		return 255;
	}
	snprintf(path, sizeof(path), "/dev/pisces-%s", argv[1]);
	node = open(path, O_RDWR);
	if (node < 0) {
		perror(path);
		return 255;
	}
	management();
	calls();
	region("counters", PISCES_MAP_STATS, PISCES_STATS_SIZE, false);
	region("log", PISCES_MAP_LOG, PISCES_LOG_SIZE, false);
	region("channel", PISCES_MAP_CHANNEL, PISCES_CHANNEL_SIZE, true);
	for (unsigned i = 0; i < PISCES_WINDOWS + 2; i++)
		around(PISCES_MAP_WINDOW(i));
	for (int i = 2; i < argc; i++) {
		char *end;
		uint64_t start = strtoull(argv[i], &end, 0);

		block(start, strtoull(end + 1, NULL, 0));
	}
	random_offsets();
	printf("%u\n", got);
	return got < 255 ? (int)got : 254;
}
