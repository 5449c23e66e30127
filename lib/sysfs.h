/* SPDX-License-Identifier: GPL-2.0-only */
/* Where Linux's /sys is. */
#ifndef LIB_SYSFS_H
#define LIB_SYSFS_H

#define SYSFS_CPU	"/sys/devices/system/cpu"
#define SYSFS_MEMORY	"/sys/devices/system/memory"
#define SYSFS_NODE	"/sys/devices/system/node"

/*
 * Make sure that /sys is there: where nothing is mounted on it (a bare
 * initramfs), mount it for this process alone.  0 or -errno.
 */
int sysfs_require(void);

/* 0, or -ENOENT with an error text if there is no such NUMA node. */
int sysfs_check_node(int node);

/* The number M of an entry nodeM in FOLDER, or -ENOENT. */
int sysfs_node_of(const char *folder);

#endif
