// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inodes: making and freeing them, their attributes, who may do what.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/inode.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/identity.h>

#define NS	1000000000ll

/* Unique for the enclave's life; a number is never used again. */
static uint64_t last_number;

struct inode *inode_create(const struct inode_operations *operations,
			   uint32_t mode)
{
	struct inode *inode = object_alloc(sizeof(*inode));

	if (!inode)
		return NULL;
	inode->operations = operations;
	inode->users = 1;
	inode->mode = mode;
	inode->seals = S_ISREG(mode) ? F_SEAL_SEAL : 0;
	inode->number = ++last_number;
	inode->atime = inode->mtime = inode->ctime =
		(int64_t)clock_realtime();
	if (S_ISDIR(mode))
		inode->links = 1;
	list_init(&inode->doomed);
	list_init(&inode->entries);
	list_init(&inode->locks);
	return inode;
}

struct inode *inode_made(struct inode *parent,
			 const struct inode_operations *operations,
			 uint32_t mode, uint64_t key, void *private)
{
	struct inode *inode = inode_create(operations, mode);

	if (!inode)
		return NULL;
	inode->parent = inode_get(parent);
	inode->links = 1;
	inode->key = key;
	inode->private = private;
	return inode;
}

struct inode *inode_get(struct inode *inode)
{
	inode->users++;
	return inode;
}

/* One user less; if it was the last, put it on the list of the doomed. */
static void drop(struct inode *inode, struct list *doomed)
{
	ASSERT(inode->users > 0);
	if (--inode->users == 0)
		list_add_tail(doomed, &inode->doomed);
}

/* Free what INODE holds, and itself. */
static void destroy(struct inode *inode, struct list *doomed)
{
	struct entry *entry, *after;

	list_for_each_safe(entry, after, &inode->entries, link) {
		struct inode *child = entry->inode;

		if (child->entry == entry)
			child->entry = NULL;
		child->links = S_ISDIR(child->mode) ? 0 : child->links - 1;
		list_remove(&entry->link);
		object_free(entry);
		drop(child, doomed);
	}
	if (inode->operations->release)
		inode->operations->release(inode);
	if (inode->parent)
		drop(inode->parent, doomed);
	data_cut(&inode->data, 0);
	object_free(inode->names);
	object_free(inode->target);
	object_free(inode);
}

/* Works off a list rather than recursing: trees may be deep. */
void inode_put(struct inode *inode)
{
	struct list doomed = LIST_INIT(doomed);

	if (!inode)
		return;
	drop(inode, &doomed);
	while (!list_empty(&doomed)) {
		inode = list_entry(doomed.next, struct inode, doomed);
		list_remove(&inode->doomed);
		destroy(inode, &doomed);
	}
}

void inode_own(struct inode *inode)
{
	const struct process *process = current()->process;

	inode->uid = process->user.file;
	inode->gid = process->group.file;
}

void inode_own_in(struct inode *inode, const struct inode *folder)
{
	inode_own(inode);
	if (!(folder->mode & S_ISGID))
		return;
	inode->gid = folder->gid;
	if (S_ISDIR(inode->mode))
		inode->mode |= S_ISGID;
}

/* Before 1970, too, the nanoseconds count forwards. */
static void split(int64_t time, unsigned long *seconds, unsigned long *ns)
{
	int64_t rest = time % NS;

	*seconds = (unsigned long)(time / NS - (rest < 0));
	*ns = (unsigned long)(rest < 0 ? rest + NS : rest);
}

void inode_stat(struct inode *inode, struct stat *to)
{
	memset(to, 0, sizeof(*to));
	to->st_dev = 1;
	to->st_ino = inode->number;
	to->st_nlink = inode->links;
	to->st_mode = inode->mode;
	to->st_uid = inode->uid;
	to->st_gid = inode->gid;
	to->st_rdev = inode->rdev;
	to->st_size = (long)inode->size;
	to->st_blksize = PAGE_SIZE;
	to->st_blocks = (long)(inode->data.frames * (PAGE_SIZE / 512));
	split(inode->atime, &to->st_atime, &to->st_atime_nsec);
	split(inode->mtime, &to->st_mtime, &to->st_mtime_nsec);
	split(inode->ctime, &to->st_ctime, &to->st_ctime_nsec);
	if (inode->operations->status)
		inode->operations->status(inode, to);
}

void inode_modified(struct inode *inode)
{
	inode->mtime = inode->ctime = (int64_t)clock_realtime();
}

void inode_changed(struct inode *inode)
{
	inode->ctime = (int64_t)clock_realtime();
}

void inode_accessed(struct inode *inode)
{
	if (inode->atime <= inode->mtime)
		inode->atime = (int64_t)clock_realtime();
}

int inode_permission(const struct inode *inode, unsigned may)
{
	const struct process *process = current()->process;
	unsigned bits = inode->mode;

	if ((may & MAY_WRITE) && inode->fixed)
		return -EPERM;
	if (process->user.file == 0) {
		if ((may & MAY_EXECUTE) && !S_ISDIR(inode->mode) &&
		    !(inode->mode & 0111))
			return -EACCES;
		return 0;
	}
	if (process->user.file == inode->uid)
		bits >>= 6;
	else if (identity_has_group(process, inode->gid))
		bits >>= 3;
	return (bits & may) == may ? 0 : -EACCES;
}

bool inode_is_my_group(const struct inode *inode)
{
	return identity_has_group(current()->process, inode->gid);
}

void inode_drop_set_ids(struct inode *inode)
{
	inode->mode &= ~(uint32_t)S_ISUID;
	if (inode->mode & S_IXGRP)
		inode->mode &= ~(uint32_t)S_ISGID;
}

int inode_is_mine(const struct inode *inode)
{
	const struct process *process = current()->process;

	return process->user.file == 0 || process->user.file == inode->uid ?
		0 : -EPERM;
}
