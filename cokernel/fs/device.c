// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev: null, zero, full, urandom, random, tty, and the usual links.  Pseudo-
 * terminals are in pty.c, block devices in device_node.c.
 * (/dev/control is the session layer's.)
 */
#include <errno.h>
#include <fs/device.h>
#include <fs/pty.h>
#include <lib/random.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <task/signal.h>

/* st_rdev of small numbers. */
#define DEVICE(major, minor)	((major) << 8 | (minor))
/* About a millisecond each: then others have a turn. */
#define RANDOM_TURN		(64ull << 10)
#define ZERO_TURN		(4ull << 20)

static int64_t null_read(struct file *file, uint64_t user, uint64_t n)
{
	(void)file;
	(void)user;
	(void)n;
	return 0;
}

static int64_t null_write(struct file *file, uint64_t user, uint64_t n)
{
	(void)file;
	(void)user;
	return (int64_t)n;
}

static int64_t null_write_kernel(struct file *file, const void *from,
				 uint64_t n)
{
	(void)file;
	(void)from;
	return (int64_t)n;
}

static int64_t null_seek(struct file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

/* Let others have the kernel amid a long read.  May it go on? */
static bool goes_on(void)
{
	task_poll();
	return !signal_pending(current());
}

static int64_t zero_read(struct file *file, uint64_t user, uint64_t n)
{
	uint64_t done = 0;
	size_t left = 0;

	(void)file;
	while (done < n && !left && (!done || goes_on())) {
		size_t part = MIN(n - done, ZERO_TURN);

		left = clear_user(user + done, part);
		done += part - left;
	}
	return left && !done ? -EFAULT : (int64_t)done;
}

static int64_t full_write(struct file *file, uint64_t user, uint64_t n)
{
	(void)file;
	(void)user;
	(void)n;
	return -ENOSPC;
}

int64_t device_random(uint64_t user, uint64_t n)
{
	uint8_t buffer[256];
	uint64_t done = 0;
	size_t left = 0;

	while (done < n && !left &&
	       (!done || done % RANDOM_TURN || goes_on())) {
		size_t part = MIN(n - done, sizeof(buffer));

		random_bytes(buffer, part);
		left = copy_to_user_some(user + done, buffer, part);
		done += part - left;
	}
	return left && !done ? -EFAULT : (int64_t)done;
}

static int64_t random_read(struct file *file, uint64_t user, uint64_t n)
{
	(void)file;
	return device_random(user, n);
}

static int64_t random_read_kernel(struct file *file, void *to, uint64_t n)
{
	(void)file;
	random_bytes(to, n);
	return (int64_t)n;
}

/* The positional ones are the same: a device has no position. */
#define POSITIONAL(name)						\
static int64_t name##_at(struct file *file, uint64_t user, uint64_t n,	\
			 uint64_t offset)				\
{									\
	(void)offset;							\
	return name(file, user, n);					\
}

POSITIONAL(null_read)
POSITIONAL(null_write)
POSITIONAL(zero_read)
POSITIONAL(full_write)
POSITIONAL(random_read)

static const struct file_operations null_file = {
	.read = null_read, .pread = null_read_at,
	.write = null_write, .pwrite = null_write_at,
	.write_kernel = null_write_kernel,
	.seek = null_seek,
};

static int64_t zero_pread_kernel(struct file *file, void *to, uint64_t n,
				 uint64_t offset)
{
	(void)file;
	(void)offset;
	memset(to, 0, n);
	return (int64_t)n;
}

static const struct file_operations zero_file = {
	.read = zero_read, .pread = zero_read_at,
	.write = null_write, .pwrite = null_write_at,
	.pread_kernel = zero_pread_kernel,
	.seek = null_seek,
};

static const struct file_operations full_file = {
	.read = zero_read, .pread = zero_read_at,
	.write = full_write, .pwrite = full_write_at,
	.seek = null_seek,
};

static const struct file_operations random_file = {
	.read = random_read, .pread = random_read_at,
	.read_kernel = random_read_kernel,
	.write = null_write, .pwrite = null_write_at,
	.write_kernel = null_write_kernel,
	.seek = null_seek,
};

static const struct inode_operations null_inode = { .file = &null_file };
static const struct inode_operations zero_inode = { .file = &zero_file };
static const struct inode_operations full_inode = { .file = &full_file };
static const struct inode_operations random_inode = { .file = &random_file };

static const struct {
	const char *name;
	uint64_t rdev;
	const struct inode_operations *operations;
} devices[] = {
	{ "null", DEVICE(1, 3), &null_inode },
	{ "zero", DEVICE(1, 5), &zero_inode },
	{ "full", DEVICE(1, 7), &full_inode },
	{ "random", DEVICE(1, 8), &random_inode },
	{ "urandom", DEVICE(1, 9), &random_inode },
	{ "tty", DEVICE(5, 0), &tty_own_inode },
};

const struct inode_operations *device_find(uint32_t mode, uint64_t rdev)
{
	const struct device_node *node;

	if (S_ISBLK(mode)) {
		node = device_node_find(rdev);
		return node ? node->operations : NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (devices[i].rdev == rdev)
			return devices[i].operations;
	return NULL;
}

static int make_link(struct inode *dev, const char *name, const char *target)
{
	struct inode *link;
	int status = folder_make(dev, name, &link_inode, S_IFLNK | 0777,
				 &link);

	if (status)
		return status;
	link->target = object_alloc(strlen(target) + 1);
	if (!link->target)
		return -ENOMEM;
	memcpy(link->target, target, strlen(target) + 1);
	link->size = strlen(target);
	return 0;
}

int device_populate(struct inode *dev)
{
	static const char *const links[][2] = {
		{ "fd", "/proc/self/fd" },
		{ "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" },
	};
	int status = folder_make(dev, "shm", &folder_inode, S_IFDIR | 01777,
				 NULL);

	for (size_t i = 0; i < ARRAY_SIZE(devices) && status == 0; i++) {
		struct inode *inode;

		status = folder_make(dev, devices[i].name,
				     devices[i].operations, S_IFCHR | 0666,
				     &inode);
		if (status == 0)
			inode->rdev = devices[i].rdev;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links) && status == 0; i++)
		status = make_link(dev, links[i][0], links[i][1]);
	if (status == 0)
		status = pty_populate(dev);
	if (status == 0)
		status = device_folder_begin(dev);
	return status;
}
