// SPDX-License-Identifier: GPL-2.0-only
/* See fs/eventfd.h.  The counter never becomes UINT64_MAX. */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/eventfd.h>
#include <fs/file.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

struct eventfd {
	uint64_t count;
	bool semaphore;
	struct wait_queue queue;
};

static bool has_room(const struct eventfd *eventfd, uint64_t n)
{
	return n < UINT64_MAX - eventfd->count;
}

static int64_t eventfd_read(struct file *file, uint64_t user, uint64_t n)
{
	struct eventfd *eventfd = file->private;
	uint64_t value;

	if (n < sizeof(value))
		return -EINVAL;
	if (!eventfd->count && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	if (wait_event(&eventfd->queue, eventfd->count, 0))
		return -ERESTARTSYS;
	value = eventfd->semaphore ? 1 : eventfd->count;
	eventfd->count -= value;
	wait_wake(&eventfd->queue, POLLOUT);
	return put_user(value, user) ? -EFAULT : (int64_t)sizeof(value);
}

static int64_t eventfd_write(struct file *file, uint64_t user, uint64_t n)
{
	struct eventfd *eventfd = file->private;
	uint64_t value;

	if (n < sizeof(value))
		return -EINVAL;
	if (get_user(value, user))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	if (!has_room(eventfd, value) && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	if (wait_event(&eventfd->queue, has_room(eventfd, value), 0))
		return -ERESTARTSYS;
	eventfd->count += value;
	wait_wake(&eventfd->queue, POLLIN);
	return (int64_t)sizeof(value);
}

static unsigned eventfd_poll(struct file *file)
{
	const struct eventfd *eventfd = file->private;

	return (eventfd->count ? POLLIN : 0) |
		(has_room(eventfd, 1) ? POLLOUT : 0);
}

static struct wait_queue *eventfd_queue(struct file *file)
{
	struct eventfd *eventfd = file->private;

	return &eventfd->queue;
}

static void eventfd_release(struct file *file)
{
	object_free(file->private);
}

static const struct file_operations eventfd_file = {
	.read = eventfd_read,
	.write = eventfd_write,
	.seek = file_seek_nowhere,
	.poll = eventfd_poll,
	.queue = eventfd_queue,
	.release = eventfd_release,
};

struct file *eventfd_create(uint32_t count, bool semaphore, int flags)
{
	struct eventfd *eventfd = object_alloc(sizeof(*eventfd));
	struct file *file;

	if (!eventfd)
		return NULL;
	eventfd->count = count;
	eventfd->semaphore = semaphore;
	wait_queue_init(&eventfd->queue);
	file = file_create(&eventfd_file, "anon_inode:[eventfd]", 0600,
			   O_RDWR | flags, eventfd);
	if (!file)
		object_free(eventfd);
	return file;
}
