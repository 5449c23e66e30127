/* SPDX-License-Identifier: GPL-2.0-only */
/* Where Linux's /sys is. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/sysfs.h"
#include "lib/text.h"

int sysfs_require(void)
{
	if (!access(SYSFS_CPU, F_OK))
		return 0;
	mkdir("/sys", 0755);
	/* Without a mount namespace (or the right) the mount stays: no harm. */
	if (!unshare(CLONE_NEWNS))
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (!mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		   NULL) && !access(SYSFS_CPU, F_OK))
		return 0;
	return error_set(-ENOENT, SYSFS_CPU " is not there: mount it with "
			 "'mount -t sysfs sysfs /sys'");
}

int sysfs_check_node(int node)
{
	char path[64];

	snprintf(path, sizeof(path), SYSFS_NODE "/node%d", node);
	/* A kernel without NUMA has node 0 and does not say so. */
	if (node > 0 && access(path, F_OK))
		return error_set(-ENOENT, "there is no node %d: " SYSFS_NODE
				 " has them", node);
	return 0;
}

int sysfs_node_of(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int node = -ENOENT;
	uint64_t number;

	if (!dir)
		return -ENOENT;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "node", 4) &&
		    !text_number(entry->d_name + 4, &number))
			node = (int)number;
	closedir(dir);
	return node;
}
