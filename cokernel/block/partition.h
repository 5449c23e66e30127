/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partition tables: GPT (UEFI 2.8, chapter 5) and the MBR with its chain of
 * extended partitions.  What is read is anybody's: all of it is checked, and every
 * loop is bounded.  No state; the numbers are those that Linux gives.
 */
#ifndef BLOCK_PARTITION_H
#define BLOCK_PARTITION_H

#include <lib/types.h>

#define PARTITIONS_MAX	128u

struct partition {
	unsigned number;		/* from 1 on */
	uint64_t start, sectors;	/* inside the disk; not empty */
};

struct partition_reader {
	/* One sector into BUFFER: 0 or -errno. */
	int (*read)(const struct partition_reader *reader, uint64_t sector);
	uint8_t *buffer;		/* SECTOR_SIZE bytes */
	uint32_t sector_size;		/* 512 to 4096 */
	uint64_t sectors;		/* of the disk */
	void *context;
};

/*
 * Fill TO, of PARTITIONS_MAX.  How many there are, 0 also without a table that
 * holds; or what READ failed with.
 */
int partition_read(const struct partition_reader *reader, struct partition *to);

#endif
