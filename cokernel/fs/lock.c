// SPDX-License-Identifier: GPL-2.0-only
/*
 * Advisory locks as lists at the inode.  A lock covers [START, END); whole-file
 * locks of flock(2) are kept apart by WHOLE.  Who waits, waits on one queue for
 * all inodes: contention is rare, and it keeps inodes small.
 */
#include <errno.h>
#include <fs/files.h>
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

/* A record lock that a process waits for, on its stack. */
struct pending_lock {
	struct list link;
	struct inode *inode;
	const struct lock *wanted;
};

#define UNBOUNDED	(1ull << 63)	/* the end of a lock without one */
#define CHAIN_MAX	10		/* of processes that wait for each other */

static struct wait_queue waiting = WAIT_QUEUE_INIT(waiting);
static struct list pending = LIST_INIT(pending);

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

/* What makes OWNER wait, or NULL. */
static struct lock *blocker_of(const void *owner)
{
	struct pending_lock *lock;

	list_for_each(lock, &pending, link)
		if (lock->wanted->owner == owner)
			return conflict(lock->inode, lock->wanted);
	return NULL;
}

/* Does whoever has what is WANTED wait for the one that wants it? */
static bool is_circle(struct inode *inode, const struct lock *wanted)
{
	const struct lock *blocker = conflict(inode, wanted);

	for (int i = 0; blocker && i < CHAIN_MAX; i++) {
		blocker = blocker_of(blocker->owner);
		if (blocker && blocker->owner == wanted->owner)
			return true;
	}
	return false;
}

static int wait_for(struct inode *inode, const struct lock *wanted)
{
	struct pending_lock lock = { .inode = inode, .wanted = wanted };
	int status;

	/* Only of processes is it known what else they do. */
	if (wanted->pid > 0 && is_circle(inode, wanted))
		return -EDEADLK;
	list_add(&pending, &lock.link);
	status = wait_event(&waiting, !conflict(inode, wanted), 0);
	list_remove(&lock.link);
	return status ? -ERESTARTSYS : 0;
}

static int take(struct inode *inode, const struct lock *wanted, bool wait)
{
	int status = 0;

	if (conflict(inode, wanted))
		status = wait ? wait_for(inode, wanted) : -EAGAIN;
	if (status)
		return status;
	status = clear(inode, wanted);
	if (status == 0)
		status = add(inode, wanted, wanted->start, wanted->end);
	return status;
}

/* The range that FLOCK means. */
static int resolve(struct file *file, const struct flock *flock,
		   struct lock *lock)
{
	int64_t start, length = flock->l_len;
	uint64_t from = 0;

	if (flock->l_whence == SEEK_CUR)
		from = file->position;
	else if (flock->l_whence == SEEK_END)
		from = file->inode->size;
	else if (flock->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow((int64_t)from, flock->l_start, &start))
		return -EOVERFLOW;
	if (start < 0 || (length < 0 && start + length < 0))
		return -EINVAL;
	if (length > 0 && length - 1 > INT64_MAX - start)
		return -EOVERFLOW;
	lock->start = (uint64_t)(length < 0 ? start + length : start);
	lock->end = length < 0 ? (uint64_t)start :
		length ? (uint64_t)start + (uint64_t)length : UNBOUNDED;
	return 0;
}

/* Say in FLOCK what OTHER, which is in the way, is like. */
static void describe(struct flock *flock, const struct lock *other)
{
	flock->l_type = other->exclusive ? F_WRLCK : F_RDLCK;
	flock->l_whence = SEEK_SET;
	flock->l_start = (int64_t)other->start;
	flock->l_len = other->end == UNBOUNDED ? 0 :
		(int64_t)(other->end - other->start);
	flock->l_pid = other->pid;
}

static bool is_open_as(int fd, const struct file *file)
{
	const struct slot *slot = files_slot(fd);

	return slot && slot->file == file;
}

int lock_record(int fd, struct file *file, int command, struct flock *flock)
{
	struct process *process = current()->process;
	bool of_file = command >= F_OFD_GETLK;
	bool ask = command == F_GETLK || command == F_OFD_GETLK;
	struct lock lock = {
		.owner = of_file ? (void *)file : process->files,
		.pid = of_file ? -1 : process->pid,
		.exclusive = flock->l_type == F_WRLCK,
	}, *other;
	int status = resolve(file, flock, &lock);

	if (status)
		return status;
	if ((flock->l_type != F_RDLCK && flock->l_type != F_WRLCK &&
	     (ask || flock->l_type != F_UNLCK)) || (of_file && flock->l_pid))
		return -EINVAL;
	if (ask) {
		other = conflict(file->inode, &lock);
		if (other)
			describe(flock, other);
		else
			flock->l_type = F_UNLCK;
		return 0;
	}
	if (flock->l_type == F_UNLCK)
		return clear(file->inode, &lock);
	status = take(file->inode, &lock,
		      command == F_SETLKW || command == F_OFD_SETLKW);
	if (status || of_file || is_open_as(fd, file))
		return status;
	/* Who closed it meanwhile could not give up what it had not yet. */
	clear(file->inode, &lock);
	return -EBADF;
}

/* Does FILE have the lock already?  One of the other kind is given up. */
static bool has_whole(struct file *file, const struct lock *wanted)
{
	struct lock *lock;

	list_for_each(lock, &file->inode->locks, link)
		if (lock->whole && lock->owner == file) {
			if (lock->exclusive == wanted->exclusive)
				return true;
			clear(file->inode, wanted);
			return false;
		}
	return false;
}

int lock_whole(struct file *file, int operation)
{
	struct lock lock = {
		.owner = file,
		.whole = true,
		.exclusive = (operation & ~LOCK_NB) == LOCK_EX,
		.end = UNBOUNDED,
	};

	switch (operation & ~LOCK_NB) {
	case LOCK_UN:
		return clear(file->inode, &lock);
	case LOCK_SH:
	case LOCK_EX:
		if (has_whole(file, &lock))
			return 0;
		return take(file->inode, &lock, !(operation & LOCK_NB));
	}
	return -EINVAL;
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
