/* SPDX-License-Identifier: GPL-2.0-only */
/* Where Linux's /sys and /proc are. */
#ifndef LIB_SYSFS_H
#define LIB_SYSFS_H

/* A unit test has folders of its own. */
#ifndef SYSFS
#define SYSFS		"/sys"
#define PROCFS		"/proc"
#endif

#define SYSFS_CPU	SYSFS "/devices/system/cpu"
#define SYSFS_MEMORY	SYSFS "/devices/system/memory"
#define SYSFS_NODE	SYSFS "/devices/system/node"
#define SYSFS_PCI	SYSFS "/bus/pci"

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
