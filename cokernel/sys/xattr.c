/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended attributes (xattr(7)): no file here has any, or can.  As on a file
 * system without them, lists are empty and everything else is -EOPNOTSUPP.
 */
#include <errno.h>
#include <sys/calls.h>
#include <sys/file.h>

static int64_t of_path(uint64_t user, bool follow, int64_t result)
{
	struct path path;
	int status = path_walk_user(AT_FDCWD, user, follow ? PATH_FOLLOW : 0,
				    &path);

	if (status)
		return status;
	path_put(&path);
	return result;
}

static int64_t of_file(uint64_t fd, int64_t result)
{
	struct file *file;
	int status = file_of(fd, FILE_OPEN, &file);

	if (status)
		return status;
	file_put(file);
	return result;
}

SYSCALL_DEFINE(getxattr)
{
	return of_path(a, true, -EOPNOTSUPP);
}

SYSCALL_DEFINE(lgetxattr)
{
	return of_path(a, false, -EOPNOTSUPP);
}

SYSCALL_DEFINE(fgetxattr)
{
	return of_file(a, -EOPNOTSUPP);
}

SYSCALL_DEFINE(setxattr)
{
	return of_path(a, true, -EOPNOTSUPP);
}

SYSCALL_DEFINE(lsetxattr)
{
	return of_path(a, false, -EOPNOTSUPP);
}

SYSCALL_DEFINE(fsetxattr)
{
	return of_file(a, -EOPNOTSUPP);
}

SYSCALL_DEFINE(removexattr)
{
	return of_path(a, true, -EOPNOTSUPP);
}

SYSCALL_DEFINE(lremovexattr)
{
	return of_path(a, false, -EOPNOTSUPP);
}

SYSCALL_DEFINE(fremovexattr)
{
	return of_file(a, -EOPNOTSUPP);
}

SYSCALL_DEFINE(listxattr)
{
	return of_path(a, true, 0);
}

SYSCALL_DEFINE(llistxattr)
{
	return of_path(a, false, 0);
}

SYSCALL_DEFINE(flistxattr)
{
	return of_file(a, 0);
}
