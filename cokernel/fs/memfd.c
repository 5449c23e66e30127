/* SPDX-License-Identifier: GPL-2.0-only */
/* See fs/memfd.h. */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/memfd.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/object.h>

#define SEALS_WRITE	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define SEALS_ALL	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | SEALS_WRITE)

/* "/memfd:NAME (deleted)", as /proc shows it; NULL: no memory. */
static char *shown_name(const char *name)
{
	size_t size = strlen(name) + sizeof("/memfd: (deleted)");
	char *shown = object_alloc(size);

	if (shown)
		snprintf(shown, size, "/memfd:%s (deleted)", name);
	return shown;
}

int memfd_create(const char *name, bool sealable, struct file **result)
{
	struct inode *inode = inode_create(&regular_inode, S_IFREG | 0777);
	int error = -ENOMEM;

	if (!inode)
		return -ENOMEM;
	inode_own(inode);
	inode->seals = sealable ? 0 : F_SEAL_SEAL;
	inode->target = shown_name(name);
	inode->name = inode->target;
	if (inode->name)
		error = inode_open(inode, O_RDWR, result);
	inode_put(inode);
	return error;
}

static bool is_regular(const struct file *file)
{
	return file->inode->operations == &regular_inode;
}

unsigned file_seals(const struct file *file)
{
	return is_regular(file) ? file->inode->seals : 0;
}

int memfd_seal(struct file *file, unsigned seals)
{
	struct inode *inode = file->inode;

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EPERM;
	if (seals & ~(unsigned)SEALS_ALL || !is_regular(file))
		return -EINVAL;
	if (inode->seals & F_SEAL_SEAL)
		return -EPERM;
	if (seals & ~inode->seals & F_SEAL_WRITE && aspace_writes(file))
		return -EBUSY;
	inode->seals |= seals;
	return 0;
}

int64_t memfd_seals(const struct file *file)
{
	return is_regular(file) ? (int64_t)file->inode->seals : -EINVAL;
}

int memfd_may_write(const struct inode *inode, uint64_t end)
{
	if (inode->seals & SEALS_WRITE ||
	    (inode->seals & F_SEAL_GROW && end > inode->size))
		return -EPERM;
	return 0;
}
