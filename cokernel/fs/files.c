// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of descriptors.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <fs/files.h>
#include <fs/lock.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>

#define FIRST_SIZE	32u

struct files *files_create(void)
{
	struct files *files = object_alloc(sizeof(*files));

	if (!files)
		return NULL;
	files->users = 1;
	files->slots = object_alloc(FIRST_SIZE * sizeof(struct slot));
	if (!files->slots) {
		object_free(files);
		return NULL;
	}
	files->size = FIRST_SIZE;
	return files;
}

/* Make room for descriptor FD. */
static int grow(struct files *files, unsigned fd)
{
	unsigned size = files->size;
	struct slot *slots;

	while (size <= fd)
		size *= 2;
	if (size == files->size)
		return 0;
	slots = object_alloc(size * sizeof(struct slot));
	if (!slots)
		return -ENOMEM;
	memcpy(slots, files->slots, files->size * sizeof(struct slot));
	object_free(files->slots);
	files->slots = slots;
	files->size = size;
	return 0;
}

struct files *files_copy(struct files *files)
{
	struct files *copy = files_create();

	if (!copy)
		return NULL;
	if (grow(copy, files->size - 1)) {
		files_put(copy);
		return NULL;
	}
	for (unsigned i = 0; i < files->size; i++) {
		copy->slots[i] = files->slots[i];
		if (copy->slots[i].file)
			file_get(copy->slots[i].file);
	}
	return copy;
}

struct files *files_get(struct files *files)
{
	files->users++;
	return files;
}

int files_unshare(void)
{
	struct process *process = current()->process;
	struct files *shared = process->files, *own;

	if (shared->users == 1)
		return 0;
	own = files_copy(shared);
	if (!own)
		return -ENOMEM;
	process->files = own;
	files_put(shared);
	return 0;
}

static void close_slot(struct files *files, unsigned fd)
{
	struct file *file = files->slots[fd].file;

	files->slots[fd].file = NULL;
	files->slots[fd].cloexec = false;
	lock_release_owner(file->inode, files);
	if (file->operations->closed && !(file->flags & O_PATH))
		file->operations->closed(file);
	file_put(file);
}

void files_put(struct files *files)
{
	if (!files)
		return;
	ASSERT(files->users > 0);
	if (--files->users > 0)
		return;
	for (unsigned i = 0; i < files->size; i++)
		if (files->slots[i].file)
			close_slot(files, i);
	object_free(files->slots);
	object_free(files);
}

void files_close_on_exec(struct files *files)
{
	for (unsigned i = 0; i < files->size; i++)
		if (files->slots[i].file && files->slots[i].cloexec)
			close_slot(files, i);
}

static struct files *mine(void)
{
	return current()->process->files;
}

unsigned fd_limit(void)
{
	uint64_t soft = current()->process->rlimits[RLIMIT_NOFILE][0];

	return (unsigned)MIN(soft, 65536ull);
}

struct file *files_file(const struct files *files, uint64_t fd)
{
	return fd < files->size ? files->slots[fd].file : NULL;
}

struct slot *files_slot(int fd)
{
	struct files *files = mine();

	return files_file(files, (unsigned)fd) ? &files->slots[fd] : NULL;
}

struct file *fd_get(int fd)
{
	struct slot *slot = files_slot(fd);

	return slot ? file_get(slot->file) : NULL;
}

/* A free descriptor from LOWEST on, with room in the table; -EMFILE. */
static int find_free(int lowest)
{
	struct files *files = mine();
	unsigned fd = lowest < 0 ? 0 : (unsigned)lowest;

	while (fd < files->size && files->slots[fd].file)
		fd++;
	if (fd >= fd_limit())
		return -EMFILE;
	return grow(files, fd) ? -EMFILE : (int)fd;
}

int fd_room(void)
{
	return MIN(find_free(0), 0);
}

int fd_install(struct file *file, int lowest, bool cloexec)
{
	struct files *files = mine();
	int fd = find_free(lowest);

	if (fd < 0)
		return fd;
	files->slots[fd].file = file;
	files->slots[fd].cloexec = cloexec;
	return fd;
}

int fd_close(int fd)
{
	if (!files_slot(fd))
		return -EBADF;
	close_slot(mine(), (unsigned)fd);
	return 0;
}

void fd_close_range(unsigned first, unsigned last, bool mark)
{
	struct files *files = mine();

	for (unsigned fd = first; fd <= last && fd < files->size; fd++) {
		if (!files->slots[fd].file)
			continue;
		if (mark)
			files->slots[fd].cloexec = true;
		else
			close_slot(files, fd);
	}
}

int fd_replace(struct file *file, int fd, bool cloexec)
{
	struct files *files = mine();

	if (fd < 0 || (unsigned)fd >= fd_limit())
		return -EBADF;
	if (grow(files, (unsigned)fd))
		return -EMFILE;
	if (files->slots[fd].file)
		close_slot(files, (unsigned)fd);
	files->slots[fd].file = file;
	files->slots[fd].cloexec = cloexec;
	return fd;
}
