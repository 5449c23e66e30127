/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended attributes (xattr(7)): no file here has any, or can.  As on a file
 * system without them, lists are empty and everything else is -EOPNOTSUPP, once
 * the arguments are in order.
 */
#include <errno.h>
#include <linux/limits.h>
#include <linux/xattr.h>
#include <sys/calls.h>
#include <sys/file.h>

static int64_t find_path(uint64_t user, bool follow)
{
	struct path path;
	int status = path_walk_user(AT_FDCWD, user, follow ? PATH_FOLLOW : 0,
				    &path);

	if (status == 0)
		path_put(&path);
	return status;
}

static int64_t find_file(uint64_t fd)
{
	struct file *file;
	int status = file_of(fd, FILE_OPEN, &file);

	if (status == 0)
		file_put(file);
	return status;
}

/* FOUND: what looking for the file gave. */
static int64_t check_name(int64_t found, uint64_t user)
{
	char name[XATTR_NAME_MAX + 1];
	ssize_t length;

	if (found)
		return found;
	length = copy_string_from_user(name, user, sizeof(name));
	if (length == 0 || length == -ENAMETOOLONG)
		return -ERANGE;
	return length < 0 ? length : -EOPNOTSUPP;
}

/* A value is read before its name says whether it can be kept. */
static int64_t check_value(int64_t found, uint64_t name, uint64_t value,
			   uint64_t size, uint64_t flags)
{
	int64_t status = check_name(found, name);
	uint8_t byte;

	if (found)
		return found;
	if ((uint32_t)flags & ~(uint32_t)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (status != -EOPNOTSUPP)
		return status;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (size && (get_user(byte, value) ||
		     get_user(byte, value + size - 1)))
		return -EFAULT;
	return -EOPNOTSUPP;
}

SYSCALL_DEFINE(getxattr)
{
	return check_name(find_path(a, true), b);
}

SYSCALL_DEFINE(lgetxattr)
{
	return check_name(find_path(a, false), b);
}

SYSCALL_DEFINE(fgetxattr)
{
	return check_name(find_file(a), b);
}

SYSCALL_DEFINE(setxattr)
{
	return check_value(find_path(a, true), b, c, d, e);
}

SYSCALL_DEFINE(lsetxattr)
{
	return check_value(find_path(a, false), b, c, d, e);
}

SYSCALL_DEFINE(fsetxattr)
{
	return check_value(find_file(a), b, c, d, e);
}

SYSCALL_DEFINE(removexattr)
{
	return check_name(find_path(a, true), b);
}

SYSCALL_DEFINE(lremovexattr)
{
	return check_name(find_path(a, false), b);
}

SYSCALL_DEFINE(fremovexattr)
{
	return check_name(find_file(a), b);
}

SYSCALL_DEFINE(listxattr)
{
	return find_path(a, true);
}

SYSCALL_DEFINE(llistxattr)
{
	return find_path(a, false);
}

SYSCALL_DEFINE(flistxattr)
{
	return find_file(a);
}
