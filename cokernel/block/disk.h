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

/* FLUSH and DISCARD have no pieces, FLUSH no sectors. */
enum disk_op { DISK_READ, DISK_WRITE, DISK_FLUSH, DISK_DISCARD };

struct disk_piece {
	phys_t start;			/* a multiple of 4 */
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
	struct disk_piece piece[DISK_PIECES];
	/* the driver's */
	unsigned tag;
	unsigned tries;
	/* the block layer's: TIMEOUT is called then; CLOCK_MONOTONIC, ns */
	uint64_t deadline;
	/* the answer, by disk_complete() */
	bool done;
	int error;			/* 0, -EIO, -ENODEV, -ENOSPC... */
	struct wait_queue queue;
};

/* It has pieces. */
static inline bool disk_is_transfer(const struct disk_request *request)
{
	return request->op == DISK_READ || request->op == DISK_WRITE;
}

struct disk_operations {
	/*
	 * Begin REQUEST.  -EBUSY: no room now, the next completion makes some,
	 * or disk_room() says so.  Another error: it was not begun and fails.
	 * Never sleeps.  Every request that was begun gets one disk_complete(),
	 * which may come before this returns.
	 */
	int (*submit)(struct disk *disk, struct disk_request *request);
	/*
	 * REQUEST has passed its deadline, and a last look (INTERRUPT of the
	 * function's driver) did not find it complete: see to it that it
	 * completes, as by pci_recover().  Never sleeps.  Called again each
	 * time as much time has passed once more.
	 */
	void (*timeout)(struct disk *disk, struct disk_request *request);
};

struct disk {
	/* by the driver, before disk_register() */
	const struct disk_operations *operations;
	struct pci_function *function;
	void *private;
	uint32_t sector_size;		/* bytes, a power of two */
	uint32_t physical_size;		/* bytes, for BLKPBSZGET */
	uint64_t sectors;
	uint32_t most_bytes;		/* of one request: whole sectors */
	uint32_t most_pieces;		/* at most DISK_PIECES */
	uint32_t most_piece;		/* bytes of one; 0: any */
	uint64_t boundary;		/* NVMe-like PRP rule: pieces but the
					   first begin, and but the last end, at
					   multiples of this; 0: no rule */
	phys_t memory_end;		/* no DMA from here on; 0: anywhere */
	uint32_t most_discard;		/* sectors of a DISK_DISCARD; 0: none */
	bool read_only, write_cache, fua, rotational;
	char model[41], serial[21];	/* NUL-terminated */
	/* by disk.c */
	char name[16];			/* in /dev */
	unsigned opens;			/* of it and its partitions */
	struct wait_queue room;		/* for submit's -EBUSY */
	struct disk_state *state;
	bool gone;			/* -ENODEV for everybody */
};

/*
 * Make DISK appear: in FORMAT one %u or %c stands for the least number, or its
 * letters as Linux has them (sda, sdz, sdaa), that makes the name free: "sd%c",
 * "nvme%un1".  Its name is the function's OWN->NAME if that has none yet.  Reads
 * its partition table (MBR and GPT), so sleeps, and a recovery may run in it.
 * -ENOMEM; -EINVAL what the driver has set makes no sense.
 */
int disk_register(struct disk *disk, const char *format);
/*
 * It disappears from /dev; open files get -ENODEV.  Sleeps until who is in the
 * midst of a transfer has seen that: what was begun must complete (the driver
 * still takes care of that), what comes later is refused.
 */
void disk_unregister(struct disk *disk);
/* The device is given REQUEST now, or once more: its time begins. */
void disk_sent(struct disk_request *request);
/*
 * The pid of a process that has it or a partition of it open; -1: it is open, but
 * no process has it; 0: it is not.
 */
int disk_user(const struct disk *disk);

/* A request is done: wakes who waits for it and for room.  Never sleeps. */
void disk_complete(struct disk_request *request, int error);
/*
 * There may be room again, though nothing was completed (after a recovery).  Fine
 * for a disk that is not registered.
 */
void disk_room(struct disk *disk);

#endif
