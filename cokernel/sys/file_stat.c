// SPDX-License-Identifier: GPL-2.0-only
/* stat(2), statx(2), statfs(2), access(2) and their relatives. */
#include <errno.h>
#include <asm/statfs.h>
#include <linux/magic.h>
#include <fs/proc.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <sys/calls.h>
#include <sys/file.h>

/* What the AT_* flags of a call ask of the walk. */
static unsigned walk_flags(uint64_t flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW) |
		(flags & AT_EMPTY_PATH ? PATH_EMPTY : 0);
}

static int stat_path(int dirfd, uint64_t path, uint64_t flags,
		     struct stat *stat)
{
	struct path found;
	int status = path_walk_user(dirfd, path, walk_flags(flags), &found);

	if (status)
		return status;
	inode_stat(found.inode, stat);
	path_put(&found);
	return 0;
}

static int64_t stat_to(int dirfd, uint64_t path, uint64_t to, uint64_t flags)
{
	struct stat stat;
	int status;

	if (flags & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
				AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	status = stat_path(dirfd, path, flags, &stat);
	return status ? status : put_user(stat, to);
}

SYSCALL_DEFINE(stat)
{
	return stat_to(AT_FDCWD, a, b, 0);
}

SYSCALL_DEFINE(lstat)
{
	return stat_to(AT_FDCWD, a, b, AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE(newfstatat)
{
	return stat_to((int)a, b, c, d);
}

SYSCALL_DEFINE(fstat)
{
	struct stat stat;
	struct file *file;
	int status = file_of(a, FILE_ANY, &file);

	if (status)
		return status;
	file_stat(file, &stat);
	file_put(file);
	return put_user(stat, b);
}

static void stat_to_statx(const struct stat *stat, struct statx *to)
{
	memset(to, 0, sizeof(*to));
	to->stx_mask = STATX_BASIC_STATS;
	to->stx_blksize = (uint32_t)stat->st_blksize;
	to->stx_nlink = (uint32_t)stat->st_nlink;
	to->stx_uid = stat->st_uid;
	to->stx_gid = stat->st_gid;
	to->stx_mode = (uint16_t)stat->st_mode;
	to->stx_ino = stat->st_ino;
	to->stx_size = (uint64_t)stat->st_size;
	to->stx_blocks = (uint64_t)stat->st_blocks;
	to->stx_atime.tv_sec = (int64_t)stat->st_atime;
	to->stx_atime.tv_nsec = (uint32_t)stat->st_atime_nsec;
	to->stx_mtime.tv_sec = (int64_t)stat->st_mtime;
	to->stx_mtime.tv_nsec = (uint32_t)stat->st_mtime_nsec;
	to->stx_ctime.tv_sec = (int64_t)stat->st_ctime;
	to->stx_ctime.tv_nsec = (uint32_t)stat->st_ctime_nsec;
	to->stx_rdev_major = (uint32_t)stat->st_rdev >> 8;
	to->stx_rdev_minor = (uint32_t)stat->st_rdev & 0xff;
	to->stx_dev_minor = (uint32_t)stat->st_dev;
}

SYSCALL_DEFINE(statx)
{
	struct statx out;
	struct stat stat;
	int status;

	if (d & STATX__RESERVED ||
	    c & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
			    AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE) ||
	    (c & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	status = stat_path((int)a, b, c, &stat);
	if (status)
		return status;
	stat_to_statx(&stat, &out);
	return put_user(out, e);
}

static bool is_of_proc(struct inode *inode)
{
	while (inode && inode->operations != &proc_folder_inode)
		inode = folder_parent(inode);
	return inode;
}

static int64_t statfs_to(struct inode *inode, uint64_t to)
{
	struct statfs statfs = {
		.f_type = is_of_proc(inode) ? PROC_SUPER_MAGIC : TMPFS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_blocks = host_stats->memory_total / PAGE_SIZE,
		.f_bfree = frame_free_total() / PAGE_SIZE,
		.f_bavail = frame_free_total() / PAGE_SIZE,
		.f_namelen = NAME_MAX,
	};

	return put_user(statfs, to);
}

SYSCALL_DEFINE(statfs)
{
	struct path found;
	int status = path_walk_user(AT_FDCWD, a, PATH_FOLLOW, &found);

	int64_t result;

	if (status)
		return status;
	result = statfs_to(found.inode, b);
	path_put(&found);
	return result;
}

SYSCALL_DEFINE(fstatfs)
{
	const struct slot *slot = files_slot((int)a);

	return slot ? statfs_to(slot->file->inode, b) : -EBADF;
}

static int check_access(int dirfd, uint64_t path, uint64_t mode,
			uint64_t flags)
{
	struct path found;
	int status = path_walk_user(dirfd, path, walk_flags(flags), &found);

	if (status)
		return status;
	status = inode_permission(found.inode, (unsigned)mode);
	path_put(&found);
	return status;
}

/* By the real user and group, but for AT_EACCESS. */
static int64_t may_access(int dirfd, uint64_t path, uint64_t mode,
			  uint64_t flags)
{
	struct process *process = current()->process;
	const uint32_t uid = process->user.file, gid = process->group.file;
	int status;

	if ((mode & ~7ull) ||
	    (flags & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH |
				 AT_EACCESS)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		process->user.file = process->user.real;
		process->group.file = process->group.real;
	}
	status = check_access(dirfd, path, mode, flags);
	process->user.file = uid;
	process->group.file = gid;
	return status;
}

SYSCALL_DEFINE(access)
{
	return may_access(AT_FDCWD, a, b, 0);
}

SYSCALL_DEFINE(faccessat)
{
	return may_access((int)a, b, c, 0);
}

SYSCALL_DEFINE(faccessat2)
{
	return may_access((int)a, b, c, d);
}
