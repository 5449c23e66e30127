/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block devices in /dev: fs/device_node.c; those that stay are in fs/device.c,
 * of which others need this much.
 */
#ifndef FS_DEVICE_H
#define FS_DEVICE_H

#include <fs/inode.h>

struct text;

/* st_rdev as Linux has it. */
static inline uint64_t device_number(unsigned major, unsigned minor)
{
	return (minor & 0xffu) | (uint64_t)major << 8 |
		(uint64_t)(minor & ~0xffu) << 12;
}

static inline unsigned device_major(uint64_t rdev)
{
	return (unsigned)(rdev >> 8) & 0xfffu;
}

static inline unsigned device_minor(uint64_t rdev)
{
	return (unsigned)(rdev & 0xffu) | ((unsigned)(rdev >> 12) & ~0xffu);
}

/* A block device with a name in the /dev of each root; its owner's memory. */
struct device_node {
	struct list link;
	char name[24];
	uint64_t rdev;
	uint64_t bytes;			/* for /proc/partitions */
	const struct inode_operations *operations;
};

int device_add(struct device_node *node);	/* -ENOMEM */
void device_remove(struct device_node *node);
struct device_node *device_node_find(uint64_t rdev);	/* NULL */
bool device_name_is_used(const char *name);

/* DEV is a /dev from here on; it ends.  For fs/. */
int device_folder_begin(struct inode *dev);	/* -ENOMEM */
void device_folder_end(struct inode *dev);

/*
 * As read(2) of /dev/urandom: random bytes, fewer than N if a signal comes or
 * not all can be written; -EFAULT.
 */
int64_t device_random(uint64_t user, uint64_t n);

/* The text of /proc/partitions. */
void device_partitions(struct text *text, struct inode *inode);

#endif
