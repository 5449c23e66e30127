/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/pidfd.h.  A pidfd names a process by its serial number and keeps
 * nothing of it alive; POLLIN tells that it is a zombie or gone.
 */
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <errno.h>
#include <fs/file.h>
#include <fs/files.h>
#include <mm/object.h>
#include <task/pidfd.h>

struct pidfd {
	int pid;
	uint64_t serial;
};

static struct process *find(const struct pidfd *pidfd)
{
	struct process *process = process_find(pidfd->pid);

	if (process && process->own->serial != pidfd->serial)
		return NULL;
	return process;
}

static unsigned pidfd_poll(struct file *file)
{
	const struct process *process = find(file->private);

	return !process || process->zombie ? POLLIN | POLLRDNORM : 0;
}

static struct wait_queue *pidfd_queue(struct file *file)
{
	(void)file;
	return &process_exits;
}

static void pidfd_release(struct file *file)
{
	object_free(file->private);
}

static const struct file_operations pidfd_operations = {
	.poll = pidfd_poll,
	.queue = pidfd_queue,
	.release = pidfd_release,
};

int pidfd_install(struct process *process, int flags)
{
	struct pidfd *pidfd = object_alloc(sizeof(*pidfd));
	struct file *file;
	int fd;

	if (!pidfd)
		return -ENOMEM;
	pidfd->pid = process->pid;
	pidfd->serial = process->own->serial;
	file = file_create(&pidfd_operations, "anon_inode:[pidfd]", 0600,
			   O_RDWR | flags, pidfd);
	if (!file) {
		object_free(pidfd);
		return -ENOMEM;
	}
	fd = fd_install(file, 0, true);
	if (fd < 0)
		file_put(file);
	return fd;
}

int pidfd_process(struct file *file, struct process **process)
{
	if (file->operations != &pidfd_operations)
		return -EBADF;
	*process = find(file->private);
	return *process ? 0 : -ESRCH;
}
