/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory blocks as Linux sees them, through /sys/devices/system/memory: the
 * unit in which it can let go of memory.
 */
#ifndef LIB_BLOCK_H
#define LIB_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block {
	uint64_t number;	/* of memoryN; its address / block size */
	int node;
	bool online;
	bool movable;		/* in a zone Movable */
	bool fixed;		/* block 0, or in no single zone: cannot go */
};

/* Bytes of a block.  0 or -errno with an error text. */
int block_size(uint64_t *bytes);

/*
 * All blocks, those that are best taken first: on NODE (-1: any), then offline
 * ones, Movable ones, and from the highest address down.  Those that cannot go
 * come last.  The caller frees *LIST.  0 or -errno with an error text.
 */
int block_list(int node, struct block **list, size_t *count);

bool block_is_online(uint64_t number);

/*
 * Take it away from Linux; ends with -EBUSY after SECONDS, or -EINTR at a
 * signal (lib/interrupt.h).  No error text.
 */
int block_offline(uint64_t number, unsigned int seconds);

/* Give it back, to the zone Movable if MOVABLE.  No error text. */
int block_online(uint64_t number, bool movable);

#endif
