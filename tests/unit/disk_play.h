/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks (cokernel/block/) as a program sees them, over that of fake_disk.h, for
 * test_disk*.c: system calls, what is on the medium, how tests begin and end.
 */
#ifndef UNIT_DISK_PLAY_H
#define UNIT_DISK_PLAY_H

#include "fake_disk.h"
#include <linux/fcntl.h>
#include <sys/calls.h>

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

#define KIB	1024u

static inline uint8_t *page(unsigned i)
{
	return window + i * PAGE_SIZE;
}

static inline uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 7 + at / 256 + at / 65536);
}

static inline void medium_fill(void)
{
	for (uint64_t i = 0; i < DISK_BYTES; i++)
		machine.medium[i] = pattern(i);
}

/* N bytes at MEMORY are those that the medium had from OFFSET on. */
static inline bool is_pattern(const uint8_t *memory, uint64_t n,
			      uint64_t offset)
{
	for (uint64_t i = 0; i < n; i++)
		if (memory[i] != pattern(offset + i))
			return false;
	return true;
}

static int64_t fd;

/* A disk of which MACHINE says what it is; open as FD. */
static inline void insert(const char *format, int flags)
{
	char path[32] = "/dev/";

	medium_fill();
	CHECK(disk_register(&machine.disk, format) == 0);
	strlcpy(path + 5, machine.disk.name, sizeof(path) - 5);
	fd = CALL(open, path, flags);
	CHECK(fd >= 0);
	machine.requests = machine.reads = 0;
}

/* What has been done to it was right, and nothing of it is left. */
static inline void eject(void)
{
	CHECK(CALL(close, fd) == 0);
	disk_unregister(&machine.disk);
	CHECK(!machine.wrong && !machine.queued && !fake_holds);
}

static inline void insert_plain(void)
{
	disk_reset(512);
	window_map(1);
	insert("nvme%un1", O_RDWR);
}

static uint64_t frames_before;
static long objects_before;

/* First of all, in main(). */
static inline void play_init(void)
{
	fake_init();
	memory_share();
	window_map(1);
	CALL(open, "/dev/null", O_RDWR);
	frames_before = fake.frames;
	objects_before = fake.objects;
}

/* The last test. */
static inline void nothing_is_left(void)
{
	CHECK(fake.frames == frames_before && fake.objects == objects_before);
}

#endif
