// SPDX-License-Identifier: GPL-2.0-only
/* Mode, owner, times and size: chmod(2), chown(2), utimensat(2)... */
#include <errno.h>
#include <asm/posix_types.h>
#include <linux/time_types.h>
#include <linux/time.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <task/identity.h>

#define NS		1000000000ll
#define SECONDS_MAX	(INT64_MAX / NS - 1)	/* a file's time goes no further */
#define UTIME_NOW	((1l << 30) - 1)
#define UTIME_OMIT	((1l << 30) - 2)

/* What a call changes, on what a path or descriptor leads to. */
struct change {
	int (*apply)(struct inode *inode, const struct change *change);
	uint32_t mode;
	uint32_t uid, gid;
	bool set[2];		/* atime, mtime */
	bool now;		/* both to now: whoever may write may do it */
	int64_t time[2];
};

static int64_t change_path(int dirfd, uint64_t user, uint64_t flags,
			   const struct change *change)
{
	struct path path;
	int status;

	if (flags & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	status = path_walk_user(dirfd, user,
				(flags & AT_SYMLINK_NOFOLLOW ? 0 :
				 PATH_FOLLOW) |
				(flags & AT_EMPTY_PATH ? PATH_EMPTY : 0),
				&path);
	if (status)
		return status;
	status = change->apply(path.inode, change);
	path_put(&path);
	return status;
}

static int64_t change_file(uint64_t fd, const struct change *change)
{
	struct file *file;
	int status = file_of(fd, FILE_OPEN, &file);

	if (status)
		return status;
	status = change->apply(file->inode, change);
	file_put(file);
	return status;
}

static int apply_mode(struct inode *inode, const struct change *change)
{
	if (inode->fixed || inode_is_mine(inode))
		return -EPERM;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	inode->mode = (inode->mode & S_IFMT) | (change->mode & 07777);
	/* What runs as a group is that group's to make. */
	if (current()->process->user.file != 0 && !inode_is_my_group(inode))
		inode->mode &= ~(uint32_t)S_ISGID;
	inode_changed(inode);
	return 0;
}

static struct change mode_change(uint64_t mode)
{
	return (struct change){ .apply = apply_mode, .mode = (uint32_t)mode };
}

SYSCALL_DEFINE(chmod)
{
	struct change change = mode_change(b);

	return change_path(AT_FDCWD, a, 0, &change);
}

SYSCALL_DEFINE(fchmodat)
{
	struct change change = mode_change(c);

	return change_path((int)a, b, 0, &change);
}

SYSCALL_DEFINE(fchmod)
{
	struct change change = mode_change(b);

	return change_file(a, &change);
}

static int apply_owner(struct inode *inode, const struct change *change)
{
	const struct process *process = current()->process;
	uint32_t uid = change->uid == ~0u ? inode->uid : change->uid;
	uint32_t gid = change->gid == ~0u ? inode->gid : change->gid;

	if (inode->fixed)
		return -EPERM;
	if (process->user.file != 0 &&
	    (process->user.file != inode->uid || uid != inode->uid ||
	     (gid != inode->gid && !identity_has_group(process, gid))))
		return -EPERM;
	inode->uid = uid;
	inode->gid = gid;
	if (!S_ISDIR(inode->mode))
		inode_drop_set_ids(inode);
	inode_changed(inode);
	return 0;
}

static struct change owner_change(uint64_t uid, uint64_t gid)
{
	return (struct change){
		.apply = apply_owner,
		.uid = (uint32_t)uid, .gid = (uint32_t)gid,
	};
}

SYSCALL_DEFINE(chown)
{
	struct change change = owner_change(b, c);

	return change_path(AT_FDCWD, a, 0, &change);
}

SYSCALL_DEFINE(lchown)
{
	struct change change = owner_change(b, c);

	return change_path(AT_FDCWD, a, AT_SYMLINK_NOFOLLOW, &change);
}

SYSCALL_DEFINE(fchownat)
{
	struct change change = owner_change(c, d);

	return change_path((int)a, b, e, &change);
}

SYSCALL_DEFINE(fchown)
{
	struct change change = owner_change(b, c);

	return change_file(a, &change);
}

SYSCALL_DEFINE(umask)
{
	struct folders *folders = current()->process->folders;
	uint32_t old = folders->umask;

	folders->umask = (uint32_t)a & 0777;
	return old;
}

static int apply_times(struct inode *inode, const struct change *change)
{
	if (!change->set[0] && !change->set[1])
		return 0;
	if (inode->fixed)
		return -EPERM;
	if (inode_is_mine(inode)) {
		if (!change->now)
			return -EPERM;
		if (inode_permission(inode, MAY_WRITE))
			return -EACCES;
	}
	if (change->set[0])
		inode->atime = change->time[0];
	if (change->set[1])
		inode->mtime = change->time[1];
	inode_changed(inode);
	return 0;
}

static struct change times_now(void)
{
	int64_t now = (int64_t)clock_realtime();

	return (struct change){
		.apply = apply_times, .set = { true, true },
		.now = true, .time = { now, now },
	};
}

static int64_t time_of(int64_t seconds, int64_t ns)
{
	return MAX(MIN(seconds, SECONDS_MAX), -SECONDS_MAX) * NS + ns;
}

/* Two struct timespec at USER; 0: now. */
static int times_ns(uint64_t user, struct change *change)
{
	struct __kernel_timespec times[2];

	*change = times_now();
	if (!user)
		return 0;
	if (copy_from_user(times, user, sizeof(times)))
		return -EFAULT;
	change->now = times[0].tv_nsec == UTIME_NOW &&
		times[1].tv_nsec == UTIME_NOW;
	for (int i = 0; i < 2; i++) {
		int64_t ns = times[i].tv_nsec;

		if (ns == UTIME_NOW)
			continue;
		change->set[i] = ns != UTIME_OMIT;
		if (change->set[i] && (ns < 0 || ns >= NS))
			return -EINVAL;
		change->time[i] = time_of(times[i].tv_sec, ns);
	}
	return 0;
}

/* The same with microseconds. */
static int times_us(uint64_t user, struct change *change)
{
	struct { int64_t seconds, microseconds; } times[2];

	*change = times_now();
	if (!user)
		return 0;
	if (copy_from_user(times, user, sizeof(times)))
		return -EFAULT;
	change->now = false;
	for (int i = 0; i < 2; i++) {
		if ((uint64_t)times[i].microseconds >= 1000000)
			return -EINVAL;
		change->time[i] = time_of(times[i].seconds,
					  times[i].microseconds * 1000);
	}
	return 0;
}

SYSCALL_DEFINE(utimensat)
{
	struct change change;
	int status = times_ns(c, &change);

	/* Nothing to change is not even looked for. */
	if (status || (!change.set[0] && !change.set[1]))
		return status;
	if (b || (int)a == AT_FDCWD)
		return change_path((int)a, b, d, &change);
	return d ? -EINVAL : change_file(a, &change);
}

SYSCALL_DEFINE(futimesat)
{
	struct change change;
	int status = times_us(c, &change);

	if (status)
		return status;
	if (b || (int)a == AT_FDCWD)
		return change_path((int)a, b, 0, &change);
	return change_file(a, &change);
}

SYSCALL_DEFINE(utimes)
{
	struct change change;
	int status = times_us(b, &change);

	return status ? status : change_path(AT_FDCWD, a, 0, &change);
}

SYSCALL_DEFINE(utime)
{
	struct change change = times_now();
	int64_t times[2];

	if (b) {
		if (copy_from_user(times, b, sizeof(times)))
			return -EFAULT;
		change.now = false;
		change.time[0] = time_of(times[0], 0);
		change.time[1] = time_of(times[1], 0);
	}
	return change_path(AT_FDCWD, a, 0, &change);
}

static int64_t set_size(struct file *file, uint64_t size)
{
	if ((int64_t)size < 0 || !file->operations->truncate ||
	    (file->flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	return file->operations->truncate(file, size);
}

SYSCALL_DEFINE(ftruncate)
{
	struct file *file;
	int64_t status = file_of(a, FILE_OPEN, &file);

	if (status)
		return status;
	status = set_size(file, b);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(truncate)
{
	struct path path;
	struct file *file;
	int64_t status = path_walk_user(AT_FDCWD, a, PATH_FOLLOW, &path);

	if (status)
		return status;
	if (S_ISDIR(path.inode->mode))
		status = -EISDIR;
	else if (!S_ISREG(path.inode->mode))
		status = -EINVAL;
	else
		status = inode_permission(path.inode, MAY_WRITE);
	if (status == 0)
		status = inode_open(path.inode, O_WRONLY, &file);
	path_put(&path);
	if (status)
		return status;
	status = set_size(file, b);
	file_put(file);
	return status;
}
