/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs, how much memory and which devices a command line asks for. */
#ifndef LIB_WISH_H
#define LIB_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/device.h>
#include <pisces/layout.h>

struct cpu_wish {
	bool any;		/* as many as COUNT, whichever */
	int count;
	/* Else these: the one that was written first, then ascending. */
	unsigned int list[PISCES_MAX_CPUS];
};

/* "2-3,5" or "+4".  0 or -EINVAL with an error text. */
int wish_cpus(const char *text, struct cpu_wish *wish);

struct memory_part {
	uint64_t bytes;		/* so much (0: one block), or */
	uint64_t start, end;	/* if END is not 0, these addresses */
	int node;		/* -1: any */
};

#define WISH_PARTS	64

struct memory_wish {
	int count;
	struct memory_part part[WISH_PARTS];
};

/*
 * "1G", "1G@0,512M@1", "0x100000000-0x107ffffff"; one after another with
 * commas.  0 or -EINVAL, -ERANGE with an error text.
 */
int wish_memory(const char *text, struct memory_wish *wish);

/*
 * The whole blocks of BLOCK_SIZE that PART asks for: *BLOCKS is how many.  Of a
 * range END may be the last byte or the one after it, and is the latter
 * afterwards.  0 or -EINVAL with an error text.
 */
int wish_blocks(struct memory_part *part, uint64_t block_size,
		uint64_t *blocks);

/* All bytes asked for, in blocks; for parts that wish_blocks() takes. */
uint64_t wish_bytes(const struct memory_wish *wish, uint64_t block_size);

struct device_wish {
	int count;
	uint32_t list[PISCES_MAX_DEVICES];	/* PISCES_PCI_ADDRESS() */
	uint32_t flags;		/* PISCES_GRANT_POLL, _FORWARD, _UNSAFE_DMA */
	bool force;		/* also what Linux uses right now */
};

/*
 * "0000:03:00.0,04:00.0": adds them to those that *WISH has, each once.  0, or
 * -EINVAL or -ERANGE with an error text.
 */
int wish_devices(const char *text, struct device_wish *wish);

/* Is it one of them? */
bool wish_has_device(const struct device_wish *wish, uint32_t address);

#endif
