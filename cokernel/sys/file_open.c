// SPDX-License-Identifier: GPL-2.0-only
/* Opening, closing and duplicating descriptors; fcntl(2), ioctl(2), pipe(2). */
#include <errno.h>
#include <asm/ioctls.h>
#include <linux/close_range.h>
#include <linux/memfd.h>
#include <fs/lock.h>
#include <fs/memfd.h>
#include <fs/pipe.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <task/process.h>
#include <task/signal.h>

/* As openat2(2) has them. */
#define OPEN_FLAGS	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | \
			 O_APPEND | O_NONBLOCK | O_SYNC | FASYNC | O_DIRECT | \
			 O_LARGEFILE | O_NOATIME | O_TMPFILE | OPEN_PATH_FLAGS)
#define OPEN_PATH_FLAGS	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define OPEN_RESOLVE	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | \
			 RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | \
			 RESOLVE_IN_ROOT | RESOLVE_CACHED)

static int64_t open_at(int dirfd, uint64_t user, uint64_t flags, uint64_t mode,
		       unsigned resolve)
{
	struct file *file;
	char *path;
	int status = path_copy(user, &path);

	if (status)
		return status;
	/* Nothing is made or emptied for want of a descriptor. */
	status = fd_room();
	if (status == 0)
		status = file_open(dirfd, path, (int)flags | O_LARGEFILE,
				   (uint32_t)mode & 07777, resolve, &file);
	object_free(path);
	if (status)
		return status;
	return file_install(file, flags & O_CLOEXEC);
}

SYSCALL_DEFINE(open)
{
	return open_at(AT_FDCWD, a, b, c, 0);
}

SYSCALL_DEFINE(openat)
{
	return open_at((int)a, b, c, d, 0);
}

SYSCALL_DEFINE(creat)
{
	return open_at(AT_FDCWD, a, O_CREAT | O_WRONLY | O_TRUNC, b, 0);
}

/* What open(2) overlooks is an error here. */
static int check_how(const struct open_how *how)
{
	const uint64_t scopes = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
	bool creates = how->flags & (O_CREAT | __O_TMPFILE);

	if (how->flags & ~(uint64_t)OPEN_FLAGS ||
	    how->resolve & ~(uint64_t)OPEN_RESOLVE ||
	    (how->resolve & scopes) == scopes ||
	    how->mode & ~(creates ? 07777ull : 0) ||
	    (how->flags & O_PATH && how->flags & ~(uint64_t)OPEN_PATH_FLAGS))
		return -EINVAL;
	/* What changes nothing finds all it needs in memory. */
	return how->resolve & RESOLVE_CACHED &&
		(creates || how->flags & O_TRUNC) ? -EAGAIN : 0;
}

SYSCALL_DEFINE(openat2)
{
	struct open_how how;
	int status;

	if (d < sizeof(how))
		return -EINVAL;
	status = copy_growing_from_user(&how, sizeof(how), c, d);
	if (status == 0)
		status = check_how(&how);
	return status ? status : open_at((int)a, b, how.flags, how.mode,
					 (unsigned)how.resolve);
}

SYSCALL_DEFINE(close)
{
	return fd_close((int)a);
}

/*
 * A table is all its process' threads'.  One of several cannot leave it, so
 * there is no CLOSE_RANGE_UNSHARE for it.
 */
SYSCALL_DEFINE(close_range)
{
	unsigned first = (unsigned)a, last = (unsigned)b, flags = (unsigned)c;
	int status = 0;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE)
		status = current()->process->own->live > 1 ? -ENOSYS :
			files_unshare();
	if (status == 0)
		fd_close_range(first, last, flags & CLOSE_RANGE_CLOEXEC);
	return status;
}

static int64_t duplicate(uint64_t fd, int lowest, bool cloexec)
{
	struct file *file;
	int status = file_of(fd, FILE_ANY, &file);

	if (status)
		return status;
	status = fd_install(file, lowest, cloexec);
	if (status < 0)
		file_put(file);
	return status;
}

static int64_t duplicate_to(uint64_t fd, int to, bool cloexec)
{
	struct file *file;
	int status = file_of(fd, FILE_ANY, &file);

	if (status)
		return status;
	status = fd_replace(file, to, cloexec);
	if (status < 0)
		file_put(file);
	return status;
}

SYSCALL_DEFINE(dup)
{
	return duplicate(a, 0, false);
}

SYSCALL_DEFINE(dup2)
{
	if ((int)a == (int)b)
		return files_slot((int)a) ? (int64_t)(int)a : -EBADF;
	return duplicate_to(a, (int)b, false);
}

SYSCALL_DEFINE(dup3)
{
	if ((int)a == (int)b || (c & ~(uint64_t)O_CLOEXEC))
		return -EINVAL;
	return duplicate_to(a, (int)b, c & O_CLOEXEC);
}

/* Flags that F_SETFL changes. */
#define SETTABLE	(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

static int64_t lock(int fd, struct file *file, uint64_t command, uint64_t user)
{
	struct flock flock;
	int mode = file->flags & O_ACCMODE;
	bool ask = command == F_GETLK || command == F_OFD_GETLK;
	int status;

	if (get_user(flock, user))
		return -EFAULT;
	if (!ask &&
	    ((flock.l_type == F_RDLCK && mode == O_WRONLY) ||
	     (flock.l_type == F_WRLCK && mode == O_RDONLY)))
		return -EBADF;
	status = lock_record(fd, file, (int)command, &flock);
	if (status == 0 && ask)
		status = put_user(flock, user);
	return status;
}

static int64_t set_flags(struct file *file, int flags)
{
	if (flags & ~file->flags & O_NOATIME && inode_is_mine(file->inode))
		return -EPERM;
	file->flags = (file->flags & ~SETTABLE) | (flags & SETTABLE);
	return 0;
}

static int64_t control(int fd, struct file *file, uint64_t command,
		       uint64_t argument)
{
	if (file->flags & O_PATH)
		return command == F_GETFL ? file->flags : -EBADF;
	switch (command) {
	case F_GETFL:
		return file->flags;
	case F_SETFL:
		return set_flags(file, (int)argument);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return lock(fd, file, command, argument);
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_SETPIPE_SZ:
		return pipe_resize(file, argument);
	case F_ADD_SEALS:
		return argument > UINT32_MAX ? -EINVAL :
			memfd_seal(file, (unsigned)argument);
	case F_GET_SEALS:
		return memfd_seals(file);
	case F_GETOWN:
		return file->owner;
	case F_GETSIG:
		return file->signal;
	case F_SETOWN:
		file->owner = (int)argument;
		return 0;
	case F_SETSIG:
		if (argument > SIGNAL_MAX)
			return -EINVAL;
		file->signal = (int)argument;
		return 0;
	}
	return -EINVAL;
}

SYSCALL_DEFINE(fcntl)
{
	struct slot *slot = files_slot((int)a);
	struct file *file;
	int64_t status;

	if (!slot)
		return -EBADF;
	switch (b) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if ((uint32_t)c >= fd_limit())
			return -EINVAL;
		return duplicate(a, (int)c, b == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return slot->cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		slot->cloexec = c & FD_CLOEXEC;
		return 0;
	}
	file = file_get(slot->file);
	status = control((int)a, file, b, c);
	file_put(file);
	return status;
}

static int64_t set_nonblock(struct file *file, uint64_t user)
{
	int on;

	if (get_user(on, user))
		return -EFAULT;
	file->flags = on ? file->flags | O_NONBLOCK :
		file->flags & ~O_NONBLOCK;
	return 0;
}

static int64_t left_to_read(struct file *file, uint64_t user)
{
	int left = (int)(file->inode->size - file->position);

	return put_user(left, user);
}

SYSCALL_DEFINE(ioctl)
{
	struct file *file;
	int64_t status = file_of(a, FILE_OPEN, &file);

	b = (uint32_t)b;
	if (status)
		return status;
	if (b == FIOCLEX || b == FIONCLEX)
		files_slot((int)a)->cloexec = b == FIOCLEX;
	else if (b == FIONBIO)
		status = set_nonblock(file, c);
	else if (b == FIONREAD && S_ISREG(file->inode->mode))
		status = left_to_read(file, c);
	else
		status = file->operations->ioctl ?
			file->operations->ioctl(file, b, c) : -ENOTTY;
	file_put(file);
	return status;
}

static int64_t make_pipe(uint64_t user, int flags)
{
	struct file *ends[2];
	int fds[2];
	int status;

	/* Of O_DIRECT's packets there are none. */
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	status = pipe_create(flags, ends);
	if (status)
		return status;
	fds[0] = file_install(ends[0], flags & O_CLOEXEC);
	if (fds[0] < 0) {
		file_put(ends[1]);
		return fds[0];
	}
	fds[1] = file_install(ends[1], flags & O_CLOEXEC);
	if (fds[1] < 0) {
		fd_close(fds[0]);
		return fds[1];
	}
	if (copy_to_user(user, fds, sizeof(fds))) {
		fd_close(fds[0]);
		fd_close(fds[1]);
		return -EFAULT;
	}
	return 0;
}

SYSCALL_DEFINE(pipe)
{
	return make_pipe(a, 0);
}

SYSCALL_DEFINE(pipe2)
{
	return make_pipe(a, (int)b);
}

SYSCALL_DEFINE(flock)
{
	struct file *file;
	int64_t status = file_of(a, FILE_OPEN, &file);

	if (status)
		return status;
	status = lock_whole(file, (int)b);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(memfd_create)
{
	uint64_t known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB;
	char name[MEMFD_NAME_MAX + 1];
	struct file *file;
	ssize_t length;
	int status;

	b = (uint32_t)b;
	if (b & MFD_HUGETLB)
		known |= (uint64_t)MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	if (b & ~known)
		return -EINVAL;
	length = copy_string_from_user(name, a, sizeof(name));
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	if (b & MFD_HUGETLB)
		return -ENOSYS;
	status = memfd_create(name, b & MFD_ALLOW_SEALING, &file);
	return status ? status : file_install(file, b & MFD_CLOEXEC);
}
