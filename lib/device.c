/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's device nodes, also where nobody fills /dev. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/file.h"

/* The number that /sys gives for the device NAME.  0 or -errno. */
static int device_number(const char *name, dev_t *number)
{
	static const char *const classes[] = { "misc", "pisces" };
	unsigned int major, minor;
	char path[128], text[32];

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		snprintf(path, sizeof(path), "/sys/class/%s/%s/dev",
			 classes[i], name);
		if (file_read(path, text, sizeof(text)) > 0 &&
		    sscanf(text, "%u:%u", &major, &minor) == 2) {
			*number = makedev(major, minor);
			return 0;
		}
	}
	return -ENOENT;
}

static void device_make(const char *name, const char *path)
{
	struct stat node;
	dev_t number;

	if (device_number(name, &number))
		return;
	if (!stat(path, &node)) {
		if (S_ISCHR(node.st_mode) && node.st_rdev == number)
			return;
		unlink(path);
	}
	mkdir("/dev", 0755);
	mknod(path, S_IFCHR | 0600, number);
}

int device_open(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	device_make(name, path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void device_forget(const char *name)
{
	struct stat node;
	char path[128];
	dev_t number;

	snprintf(path, sizeof(path), "/dev/%s", name);
	if (!device_number(name, &number) || stat(path, &node) ||
	    !S_ISCHR(node.st_mode))
		return;
	unlink(path);
}
