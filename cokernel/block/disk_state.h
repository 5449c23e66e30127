/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk as block/ sees it, which outlives the driver's while it is open. */
#ifndef BLOCK_DISK_STATE_H
#define BLOCK_DISK_STATE_H

#include <block/disk.h>
#include <fs/device.h>

/*
 * The alignment of memory that devices reach, in bytes: what O_DIRECT asks for
 * on Linux from 6.1 on.
 */
#define DISK_DMA_ALIGNMENT	4u

/* A disk, or a partition of it. */
struct disk_part {
	struct device_node node;
	struct list link;		/* on PARTS of STATE */
	struct disk_state *state;
	unsigned number;		/* 0: all of the disk */
	uint64_t start, sectors;
	uint32_t block_size;		/* as BLKBSZGET has it */
	unsigned users;			/* being in /dev, and open files */
	unsigned opens;
};

struct disk_state {
	struct disk *disk;		/* NULL: it is gone */
	struct list all;
	struct list parts;		/* struct disk_part, the disk first */
	unsigned users;			/* parts */
	unsigned index;			/* the number in its name */
	uint32_t sector_size;
	unsigned busy;			/* tasks between enter and exit */
	bool quiet;			/* none is left */
	struct wait_queue quieted;	/* woken then */
	bool reading;			/* its partition table */
	bool roomy;			/* for a request, as far as is known */
	/* whole sectors are written, or changed: disk_write_begin() */
	unsigned writers, changers;
	bool changing;
	struct wait_queue turn;
	struct list spare;		/* requests that are not in use */
	unsigned spares;
};

extern const struct inode_operations disk_inode;	/* disk_file.c */
extern const struct file_operations disk_file;

/* The current task uses the disk until it exits.  -ENODEV: it is gone. */
int disk_enter(struct disk_state *state);
void disk_exit(struct disk_state *state);

/* disk_part.c. */

/* Give STATE a part in /dev.  -ENOMEM, -ENOSPC no number is left. */
int disk_part_add(struct disk_state *state, unsigned number, uint64_t start,
		  uint64_t sectors);
void disk_part_remove(struct disk_part *part);	/* from /dev */
void disk_part_put(struct disk_part *part);
/* The whole disk; plain. */
struct disk_part *disk_whole(const struct disk_state *state);
/* Replace the partitions by what the table says.  -EBUSY: one is open. */
int disk_reread(struct disk_state *state);

/* disk_request.c.  Between enter and exit. */

/* A request for DISK's driver; NULL without memory. */
struct disk_request *disk_request_get(struct disk_state *state,
				      enum disk_op op, uint64_t sector);
void disk_request_put(struct disk_state *state, struct disk_request *request);
/*
 * Append of N bytes of memory at START as many as fit; or fewer than all there
 * are, of the last ones.
 */
uint64_t disk_request_add(const struct disk *disk,
			  struct disk_request *request, phys_t start,
			  uint64_t n);
void disk_request_cut(struct disk_request *request, uint64_t n);
/*
 * Have the driver begin it; its memory is held until disk_request_end(), which
 * waits for it and returns its error.  Where there is no room WAIT for that, which
 * who has begun others must not; else it is -EBUSY.  -EINTR: killed meanwhile.
 * After an error of begin there is nothing to wait for.
 */
int disk_request_begin(struct disk_state *state, struct disk_request *request,
		       bool wait);
int disk_request_end(struct disk_state *state, struct disk_request *request);
/* Both, and put. */
int disk_request_run(struct disk_state *state, struct disk_request *request);

/* N bytes (whole sectors, at most disk_page()) between SECTOR and a page. */
int disk_page_io(struct disk_state *state, enum disk_op op, uint64_t sector,
		 phys_t page, uint64_t n, bool fua);
uint64_t disk_page(const struct disk_state *state);
/* All that was written is on the medium. */
int disk_flush(struct disk_state *state);

/* disk_io.c. */

/* A transfer between the current program's memory and a disk. */
struct disk_io {
	struct disk_state *state;
	uint64_t at;			/* byte of the disk */
	uint64_t n;			/* bytes that are left */
	uint64_t memory;		/* user address */
	bool write, fua;
};

/* Bytes, or -errno. */
int64_t disk_io(struct disk_io *io);
/*
 * Who writes whole sectors shares the disk with others that do; who changes a
 * part of one has it alone, from reading it until it is written.
 */
void disk_write_begin(struct disk_state *state);
void disk_write_end(struct disk_state *state);
void disk_change_begin(struct disk_state *state);
void disk_change_end(struct disk_state *state);

/* disk_ioctl.c. */
int64_t disk_ioctl(struct file *file, uint64_t request, uint64_t argument);

#endif
