/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended attributes.  Files of tmpfs have those of the name space "trusted"
 * (of "user" since Linux 6.6), files of an enclave none: lists are empty.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include "conform.h"

#define NAME	"trusted.name"
#define NONE	"attributes: no file has any"

static char value[16];

static int prepare(void)
{
	int fd = file_with("file", "");

	NEEDS(symlink("file", "link") == 0);
	return fd;
}

/* setxattr(2) */

PARTIAL(setxattr, NONE, "EOPNOTSUPP EOPNOTSUPP")
{
	prepare();
	GIVES(0, CALL(setxattr, "file", NAME, "one", 3, XATTR_CREATE));
	GIVES(0, CALL(setxattr, "file", NAME, "two", 3, XATTR_REPLACE));
}

PARTIAL(lsetxattr, NONE, "EOPNOTSUPP")
{
	prepare();
	GIVES(0, CALL(lsetxattr, "link", NAME, "one", 3, 0));
}

PARTIAL(fsetxattr, NONE, "EOPNOTSUPP")
{
	GIVES(0, CALL(fsetxattr, prepare(), NAME, "one", 3, 0));
}

CONFORM(setxattr, "ENOENT, EINVAL, ERANGE, E2BIG, EFAULT, EOPNOTSUPP")
{
	static char name[300];

	prepare();
	memset(name, 'n', 256);
	GIVES(-ENOENT, CALL(setxattr, "nothing", NAME, "one", 3, 0));
	GIVES(-EINVAL, CALL(setxattr, "file", NAME, "one", 3, 4));
	GIVES(-ERANGE, CALL(setxattr, "file", "", "one", 3, 0));
	GIVES(-ERANGE, CALL(setxattr, "file", name, "one", 3, 0));
	GIVES(-E2BIG, CALL(setxattr, "file", NAME, value, 65537, 0));
	GIVES(-EOPNOTSUPP, CALL(setxattr, "file", "none.name", "one", 3, 0));
	FAULTS(IN, p, CALL(setxattr, p, NAME, "one", 3, 0));
	FAULTS(IN, p, CALL(setxattr, "file", p, "one", 3, 0));
	FAULTS(IN, p, CALL(setxattr, "file", NAME, p, 3, 0));
}

CONFORM(lsetxattr, "ENOENT, EFAULT")
{
	prepare();
	GIVES(-ENOENT, CALL(lsetxattr, "nothing", NAME, "one", 3, 0));
	FAULTS(IN, p, CALL(lsetxattr, p, NAME, "one", 3, 0));
	FAULTS(IN, p, CALL(lsetxattr, "file", p, "one", 3, 0));
}

CONFORM(fsetxattr, "EBADF, EFAULT")
{
	int fd = prepare();

	GIVES(-EBADF, CALL(fsetxattr, 99, NAME, "one", 3, 0));
	GIVES(-EBADF, CALL(fsetxattr, open("file", O_PATH), NAME, "one", 3, 0));
	FAULTS(IN, p, CALL(fsetxattr, fd, p, "one", 3, 0));
}

/* getxattr(2) */

PARTIAL(getxattr, NONE, "EOPNOTSUPP")
{
	prepare();
	GIVES(-ENODATA, CALL(getxattr, "file", NAME, value, 16));
}

PARTIAL(lgetxattr, NONE, "EOPNOTSUPP")
{
	prepare();
	GIVES(-ENODATA, CALL(lgetxattr, "link", NAME, value, 16));
}

PARTIAL(fgetxattr, NONE, "EOPNOTSUPP")
{
	GIVES(-ENODATA, CALL(fgetxattr, prepare(), NAME, value, 16));
}

CONFORM(getxattr, "ENOENT, ENOTDIR, ERANGE, EFAULT, EOPNOTSUPP")
{
	static char name[300];

	prepare();
	memset(name, 'n', 256);
	GIVES(-ENOENT, CALL(getxattr, "nothing", NAME, value, 16));
	GIVES(-ENOTDIR, CALL(getxattr, "file/x", NAME, value, 16));
	GIVES(-ERANGE, CALL(getxattr, "file", "", value, 16));
	GIVES(-ERANGE, CALL(getxattr, "file", name, value, 16));
	GIVES(-EOPNOTSUPP, CALL(getxattr, "file", "none.name", value, 16));
	FAULTS(IN, p, CALL(getxattr, p, NAME, value, 16));
	FAULTS(IN, p, CALL(getxattr, "file", p, value, 16));
}

CONFORM(lgetxattr, "ENOENT, EFAULT")
{
	prepare();
	GIVES(-ENOENT, CALL(lgetxattr, "nothing", NAME, value, 16));
	FAULTS(IN, p, CALL(lgetxattr, p, NAME, value, 16));
	FAULTS(IN, p, CALL(lgetxattr, "link", p, value, 16));
}

CONFORM(fgetxattr, "EBADF, EFAULT")
{
	int fd = prepare();

	GIVES(-EBADF, CALL(fgetxattr, 99, NAME, value, 16));
	GIVES(-EBADF, CALL(fgetxattr, open("file", O_PATH), NAME, value, 16));
	FAULTS(IN, p, CALL(fgetxattr, fd, p, value, 16));
}

/* removexattr(2) */

PARTIAL(removexattr, NONE, "EOPNOTSUPP")
{
	prepare();
	GIVES(-ENODATA, CALL(removexattr, "file", NAME));
}

PARTIAL(lremovexattr, NONE, "EOPNOTSUPP")
{
	prepare();
	GIVES(-ENODATA, CALL(lremovexattr, "link", NAME));
}

PARTIAL(fremovexattr, NONE, "EOPNOTSUPP")
{
	GIVES(-ENODATA, CALL(fremovexattr, prepare(), NAME));
}

CONFORM(removexattr, "ENOENT, ERANGE, EFAULT, EOPNOTSUPP")
{
	prepare();
	GIVES(-ENOENT, CALL(removexattr, "nothing", NAME));
	GIVES(-ERANGE, CALL(removexattr, "file", ""));
	GIVES(-EOPNOTSUPP, CALL(removexattr, "file", "none.name"));
	FAULTS(IN, p, CALL(removexattr, p, NAME));
	FAULTS(IN, p, CALL(removexattr, "file", p));
}

CONFORM(lremovexattr, "ENOENT, EFAULT")
{
	prepare();
	GIVES(-ENOENT, CALL(lremovexattr, "nothing", NAME));
	FAULTS(IN, p, CALL(lremovexattr, p, NAME));
	FAULTS(IN, p, CALL(lremovexattr, "link", p));
}

CONFORM(fremovexattr, "EBADF, EFAULT")
{
	int fd = prepare();

	GIVES(-EBADF, CALL(fremovexattr, 99, NAME));
	GIVES(-EBADF, CALL(fremovexattr, open("file", O_PATH), NAME));
	FAULTS(IN, p, CALL(fremovexattr, fd, p));
}

/* listxattr(2) */

CONFORM(listxattr, "an empty list; ENOENT, EFAULT")
{
	prepare();
	GIVES(0, CALL(listxattr, "file", value, 16));
	GIVES(0, CALL(listxattr, ".", value, 0));
	GIVES(-ENOENT, CALL(listxattr, "nothing", value, 16));
	FAULTS(IN, p, CALL(listxattr, p, value, 16));
}

CONFORM(llistxattr, "an empty list; ENOENT, EFAULT")
{
	prepare();
	GIVES(0, CALL(llistxattr, "link", value, 16));
	GIVES(-ENOENT, CALL(llistxattr, "nothing", value, 16));
	FAULTS(IN, p, CALL(llistxattr, p, value, 16));
}

CONFORM(flistxattr, "an empty list; EBADF")
{
	GIVES(0, CALL(flistxattr, prepare(), value, 16));
	GIVES(0, CALL(flistxattr, open(".", O_RDONLY), value, 0));
	GIVES(-EBADF, CALL(flistxattr, 99, value, 16));
	GIVES(-EBADF, CALL(flistxattr, open("file", O_PATH), value, 16));
}
