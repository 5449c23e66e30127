// SPDX-License-Identifier: GPL-2.0-only
/*
 * Advisory locks as lists at the inode.  A lock covers [START, END); whole-file
 * locks of flock(2) are kept apart by WHOLE.  Who waits, waits on one queue for
 * all inodes: contention is rare, and it keeps inodes small.
 */
#include <errno.h>
#include <fs/lock.h>
#include <mm/object.h>
#include <sys/syscall.h>

struct lock {
	struct list link;
	const void *owner;	/* struct files, or struct file if WHOLE */
	int pid;
	bool whole, exclusive;
	uint64_t start, end;
};

static struct wait_queue waiting = WAIT_QUEUE_INIT(waiting);

static bool overlap(const struct lock *a, const struct lock *b)
{
	return a->whole == b->whole && a->start < b->end && b->start < a->end;
}

static struct lock *conflict(struct inode *inode, const struct lock *wanted)
{
	struct lock *lock;

	list_for_each(lock, &inode->locks, link)
		if (lock->owner != wanted->owner && overlap(lock, wanted) &&
		    (lock->exclusive || wanted->exclusive))
			return lock;
	return NULL;
}

static int add(struct inode *inode, const struct lock *model, uint64_t start,
	       uint64_t end)
{
	struct lock *lock = object_alloc(sizeof(*lock));

	if (!lock)
		return -ENOLCK;
	*lock = *model;
	lock->start = start;
	lock->end = end;
	list_add(&inode->locks, &lock->link);
	return 0;
}

/* Take what RANGE's owner has inside RANGE away; the rest stays. */
static int clear(struct inode *inode, const struct lock *range)
{
	struct lock *lock, *after;
	int status = 0;

	list_for_each_safe(lock, after, &inode->locks, link) {
		if (lock->owner != range->owner || !overlap(lock, range))
			continue;
		if (lock->start < range->start)
			status = add(inode, lock, lock->start, range->start);
		if (status == 0 && lock->end > range->end)
			status = add(inode, lock, range->end, lock->end);
		list_remove(&lock->link);
		object_free(lock);
	}
	wait_wake_all(&waiting);
	return status;
}

static int take(struct inode *inode, const struct lock *wanted, bool wait)
{
	int status;

	if (conflict(inode, wanted)) {
		if (!wait)
			return -EAGAIN;
		if (wait_event(&waiting, !conflict(inode, wanted), 0))
			return -ERESTARTSYS;
	}
	status = clear(inode, wanted);
	if (status == 0)
		status = add(inode, wanted, wanted->start, wanted->end);
	return status;
}

/* The range that FLOCK means. */
static int resolve(struct file *file, const struct flock *flock,
		   struct lock *lock)
{
	int64_t start = flock->l_start;
	int64_t end;

	if (flock->l_whence == SEEK_CUR)
		start += (int64_t)file->position;
	else if (flock->l_whence == SEEK_END)
		start += (int64_t)file->inode->size;
	else if (flock->l_whence != SEEK_SET)
		return -EINVAL;
	end = flock->l_len ? start + flock->l_len : INT64_MAX;
	if (end < start) {
		int64_t first = end;

		end = start;
		start = first;
	}
	if (start < 0)
		return -EINVAL;
	lock->start = (uint64_t)start;
	lock->end = (uint64_t)end;
	return 0;
}

int lock_record(struct file *file, int command, struct flock *flock)
{
	struct process *process = current()->process;
	struct lock lock = {
		.owner = process->files,
		.pid = process->pid,
		.exclusive = flock->l_type == F_WRLCK,
	};
	struct lock *other;
	int status = resolve(file, flock, &lock);

	if (status)
		return status;
	if (flock->l_type != F_RDLCK && flock->l_type != F_WRLCK &&
	    flock->l_type != F_UNLCK)
		return -EINVAL;
	if (command == F_GETLK) {
		other = conflict(file->inode, &lock);
		flock->l_type = F_UNLCK;
		if (!other)
			return 0;
		flock->l_type = other->exclusive ? F_WRLCK : F_RDLCK;
		flock->l_whence = SEEK_SET;
		flock->l_start = (int64_t)other->start;
		flock->l_len = other->end == INT64_MAX ? 0 :
			(int64_t)(other->end - other->start);
		flock->l_pid = other->pid;
		return 0;
	}
	if (flock->l_type == F_UNLCK)
		return clear(file->inode, &lock);
	return take(file->inode, &lock, command == F_SETLKW);
}

int lock_whole(struct file *file, int operation)
{
	struct lock lock = {
		.owner = file,
		.whole = true,
		.exclusive = (operation & ~LOCK_NB) == LOCK_EX,
		.end = INT64_MAX,
	};

	switch (operation & ~LOCK_NB) {
	case LOCK_UN:
		return clear(file->inode, &lock);
	case LOCK_SH:
	case LOCK_EX:
		return take(file->inode, &lock, !(operation & LOCK_NB));
	default:
		return -EINVAL;
	}
}

static void release(struct inode *inode, const void *owner)
{
	struct lock *lock, *after;
	bool any = false;

	list_for_each_safe(lock, after, &inode->locks, link) {
		if (lock->owner != owner)
			continue;
		list_remove(&lock->link);
		object_free(lock);
		any = true;
	}
	if (any)
		wait_wake_all(&waiting);
}

void lock_release_owner(struct inode *inode, const void *owner)
{
	if (!list_empty(&inode->locks))
		release(inode, owner);
}

void lock_release_file(struct file *file)
{
	if (!list_empty(&file->inode->locks))
		release(file->inode, file);
}
