// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fd: a link for each open descriptor, which leads straight to what
 * is open.  KEY of a link is pid << 32 | descriptor.
 */
#include <errno.h>
#include <fs/files.h>
#include <fs/path.h>
#include <fs/proc.h>
#include <lib/string.h>
#include <task/process.h>

#define FIRST_POSITION	2

static struct file *open_file(uint64_t pid, uint64_t fd)
{
	struct process *process = proc_process(pid);

	return process && process->files ?
		files_file(process->files, fd) : NULL;
}

static ssize_t link_read(struct inode *link, char *to, size_t size)
{
	struct file *file = open_file(link->key >> 32,
				      (uint32_t)link->key);

	return file ? file_path(file, to, size) : -ENOENT;
}

static struct inode *link_follow(struct inode *link)
{
	struct file *file = open_file(link->key >> 32,
				      (uint32_t)link->key);

	return file ? inode_get(file->inode) : NULL;
}

static const struct inode_operations link_operations = {
	.read_link = link_read,
	.follow = link_follow,
	.magic = true,
};

static int lookup(struct inode *folder, const char *name,
		  struct inode **result)
{
	uint64_t fd;

	if (!proc_number(name, &fd) || !open_file(folder->key, fd))
		return -ENOENT;
	*result = inode_made(folder, &link_operations, S_IFLNK | 0700,
			     folder->key << 32 | fd, NULL);
	if (!*result)
		return -ENOMEM;
	(*result)->uid = folder->uid;
	(*result)->gid = folder->gid;
	return 0;
}

static int list(struct inode *folder, uint64_t position,
		struct listing *listing)
{
	struct process *process = proc_process(folder->key);
	uint64_t fd = position - FIRST_POSITION;

	if (!process || !process->files)
		return -ENOENT;
	while (fd < process->files->size && !open_file(folder->key, fd))
		fd++;
	if (fd >= process->files->size)
		return -ENOENT;
	snprintf(listing->name, sizeof(listing->name), "%lu", fd);
	listing->number = folder->number + fd + 1;
	listing->mode = S_IFLNK;
	listing->position = fd + 1 + FIRST_POSITION;
	return 0;
}

const struct inode_operations proc_fd_inode = {
	.file = &folder_file,
	.lookup = lookup,
	.list = list,
};
