/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks: what drivers register, and what stands behind /dev/NAME and its
 * partitions.
 *
 * No request is copied: a driver gets the physical pieces of the program's own
 * pages, which are held until the request is complete.  There is no cache; a
 * transfer that is not whole sectors, or not aligned, goes through one buffer
 * page (block/disk_io.c), as Linux does it without O_DIRECT.
 *
 * Locking: the kernel lock.
 */
#ifndef BLOCK_DISK_H
#define BLOCK_DISK_H

#include <lib/list.h>
#include <lib/types.h>
#include <task/task.h>

struct pci_function;
struct disk;

enum disk_op { DISK_READ, DISK_WRITE, DISK_FLUSH, DISK_DISCARD };

struct disk_piece {
	phys_t start;
	uint32_t bytes;
};

#define DISK_PIECES	64

struct disk_request {
	struct list link;		/* the driver's, while it has it */
	struct disk *disk;
	enum disk_op op;
	bool fua;			/* a write is on the medium when done */
	uint64_t sector;		/* in sectors of DISK */
	uint32_t sectors;
	unsigned count;
	struct disk_piece piece[DISK_PIECES];	/* at most 64 KiB each or as
						   DISK says */
	/* the driver's */
	unsigned tag;
	unsigned tries;
	uint64_t deadline;		/* CLOCK_MONOTONIC, ns; the driver gives up
					   and recovers then */
	/* the answer, by disk_complete() */
	bool done;
	int error;			/* 0, -EIO, -ENODEV, -ENOSPC... */
	struct wait_queue queue;
};

struct disk_operations {
	/*
	 * Begin REQUEST.  -EBUSY: no room now, the next completion makes some.
	 * Never sleeps.  Every request that was begun gets one
	 * disk_complete().
	 */
	int (*submit)(struct disk *disk, struct disk_request *request);
	/* REQUEST has passed its deadline: see to it that it completes. */
	void (*timeout)(struct disk *disk, struct disk_request *request);
};

struct disk {
	/* by the driver, before disk_register() */
	const struct disk_operations *operations;
	struct pci_function *function;
	const char *prefix;		/* "nvme0n1" style: see disk_register() */
	void *private;
	uint32_t sector_size;		/* bytes, a power of two */
	uint32_t physical_size;		/* bytes, for BLKPBSZGET */
	uint64_t sectors;
	uint32_t most_bytes;		/* of one request */
	uint32_t most_pieces;		/* at most DISK_PIECES */
	uint64_t boundary;		/* NVMe-like PRP rule: pieces but the
					   first begin, and but the last end, at
					   multiples of this; 0: no rule */
	bool read_only, write_cache, fua, discard;
	char model[41], serial[21];	/* NUL-terminated */
	/* by disk.c */
	char name[16];			/* in /dev */
	unsigned opens;			/* of it and its partitions */
	struct wait_queue room;		/* for submit's -EBUSY */
	struct disk_state *state;
	bool gone;			/* -ENODEV for everybody */
};

/*
 * Make DISK appear: FORMAT has one %u, which gets the least number that makes
 * the name free, such as "sd%u" (letters are made of the number when it ends in
 * "sd%c") or "nvme%un1".  Reads its partition table (MBR and GPT), so may sleep.
 * -ENOMEM.
 */
int disk_register(struct disk *disk, const char *format);
/* It disappears from /dev; open files get -ENODEV.  Requests must be done. */
void disk_unregister(struct disk *disk);
/* The pid of a process that has it or a partition of it open, or 0. */
int disk_user(const struct disk *disk);

/* A request is done: wakes who waits for it and for room.  Never sleeps. */
void disk_complete(struct disk_request *request, int error);

#endif
