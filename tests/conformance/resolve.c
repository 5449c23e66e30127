/* SPDX-License-Identifier: GPL-2.0-only */
/* openat2(2): opening, with strict arguments, in ways that are allowed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/stat.h>
#include "conform.h"

#define TMPFILE_ALONE	(O_TMPFILE & ~O_DIRECTORY)

static long open_how(int at, const char *path, uint64_t flags, uint64_t mode,
		     uint64_t resolve)
{
	const struct open_how how = { flags, mode, resolve };

	return CALL(openat2, at, path, &how, sizeof(how));
}

/* For reading, or with O_PATH; closed again: 0 or -errno. */
static long reach(int at, const char *path, uint64_t resolve)
{
	long fd = open_how(at, path, O_RDONLY, 0, resolve);

	return fd < 0 ? fd : close((int)fd);
}

/*
 *	file, link -> file
 *	in/file, in/up -> ../file, in/top -> /file, in/loop -> ../in/file
 *	in/deep/
 * and a descriptor of the folder "in".
 */
static int some_files(void)
{
	close(file_with("file", "outer"));
	NEEDS(!mkdir("in", 0755) && !mkdir("in/deep", 0755));
	close(file_with("in/file", "in"));
	NEEDS(!symlink("file", "link") && !symlink("../file", "in/up") &&
	      !symlink("/file", "in/top") && !symlink("../in/file", "in/loop"));
	return open("in", O_PATH);
}

static long size_of(long fd)
{
	struct stat stat;

	NEEDS(fstat((int)fd, &stat) == 0);
	return stat.st_size;
}

CONFORM(openat2, "opens as openat does: flags, mode, umask")
{
	struct stat stat;
	int in = some_files();

	umask(027);
	GIVES(4, open_how(in, "new", O_RDWR | O_CREAT | O_CLOEXEC, 0666, 0));
	NEEDS(fstat(4, &stat) == 0);
	GIVES(0640, stat.st_mode & 07777);
	GIVES(FD_CLOEXEC, fcntl(4, F_GETFD));
	GIVES(O_RDWR | 0100000, fcntl(4, F_GETFL));
	GIVES(5, open_how(-1, "/dev/null", O_WRONLY, 0, 0));
	GIVES(6, open_how(AT_FDCWD, "link", O_PATH | O_NOFOLLOW, 0, 0));
	GIVES(O_PATH | O_NOFOLLOW, fcntl(6, F_GETFL));
	GIVES(7, open_how(in, ".", O_RDWR | O_TMPFILE, 0600, 0));
}

CONFORM(openat2, "its structure may grow: EINVAL too short, E2BIG unknown")
{
	struct {
		struct open_how how;
		uint64_t later;
	} more = { .how = { .flags = O_RDONLY } };
	const size_t size = sizeof(more.how);

	GIVES(-EINVAL, CALL(openat2, AT_FDCWD, ".", &more, 0));
	GIVES(-EINVAL, CALL(openat2, AT_FDCWD, ".", &more, size - 1));
	GIVES(3, CALL(openat2, AT_FDCWD, ".", &more, size));
	GIVES(4, CALL(openat2, AT_FDCWD, ".", &more, sizeof(more)));
	GIVES(5, CALL(openat2, AT_FDCWD, ".", &more, size + 1));
	more.later = 1ull << 63;
	GIVES(6, CALL(openat2, AT_FDCWD, ".", &more, sizeof(more) - 1));
	GIVES(-E2BIG, CALL(openat2, AT_FDCWD, ".", &more, sizeof(more)));
	more.how.flags = 1ull << 40;
	GIVES(-E2BIG, CALL(openat2, AT_FDCWD, ".", &more, sizeof(more)));
	FAULTS(IN, p, CALL(openat2, AT_FDCWD, ".", p, size));
	FAULTS(IN & ~FAULT_EDGE, p, CALL(openat2, AT_FDCWD, ".", p, 4096));
}

CONFORM(openat2, "EINVAL: flags that open ignores")
{
	some_files();
	GIVES(-EINVAL, open_how(AT_FDCWD, "file", 1u << 30, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, "file", 1ull << 40, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, "file", O_PATH | O_RDWR, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, "file", O_PATH | O_TRUNC, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, ".", TMPFILE_ALONE | O_RDWR, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, ".", O_TMPFILE | O_RDONLY, 0, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, ".", O_TMPFILE | O_CREAT | O_RDWR, 0,
				0));
}

CONFORM(openat2, "EINVAL: a mode of nothing new, or with other bits")
{
	some_files();
	GIVES(-EINVAL, open_how(AT_FDCWD, "file", O_RDONLY, 0600, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, "x", O_WRONLY | O_CREAT, 010600, 0));
	GIVES(-EINVAL, open_how(AT_FDCWD, "x", O_WRONLY | O_CREAT, 1ull << 40,
				0));
	GIVES(-ENOENT, RESULT(access("x", F_OK)));
	GIVES(4, open_how(AT_FDCWD, "x", O_WRONLY | O_CREAT, 07777, 0));
}

CONFORM(openat2, "EINVAL: unknown ways, RESOLVE_BENEATH and RESOLVE_IN_ROOT")
{
	GIVES(-EINVAL, reach(AT_FDCWD, ".", 0x40));
	GIVES(-EINVAL, reach(AT_FDCWD, ".", 1ull << 40));
	GIVES(-EINVAL, reach(AT_FDCWD, ".", RESOLVE_BENEATH | RESOLVE_IN_ROOT));
	GIVES(0, reach(AT_FDCWD, ".", 0x0f));
}

CONFORM(openat2, "EBADF, ENOENT, ENOTDIR, EMFILE, EFAULT")
{
	const unsigned long limit[2] = { 5, 4096 };
	const struct open_how how = { .flags = O_RDONLY };
	int fd = file_with("file", "");

	for (int way = 0; way <= RESOLVE_IN_ROOT; way += RESOLVE_IN_ROOT) {
		GIVES(-EBADF, reach(99, "file", way));
		GIVES(-ENOENT, reach(99, "", way));
		GIVES(-ENOTDIR, reach(fd, "file", way));
		GIVES(-ENOENT, reach(AT_FDCWD, "nothing", way));
	}
	GIVES(-ENOTDIR, reach(fd, "/", RESOLVE_IN_ROOT));
	GIVES(-EBADF, reach(99, "/", RESOLVE_IN_ROOT));
	FAULTS(IN, p, CALL(openat2, AT_FDCWD, p, &how, sizeof(how)));
	NEEDS(CALL(setrlimit, 7 /* RLIMIT_NOFILE */, limit) == 0);
	GIVES(4, open_how(AT_FDCWD, "file", O_RDONLY, 0, 0));
	GIVES(-EMFILE, open_how(AT_FDCWD, "new", O_RDWR | O_CREAT, 0600, 0));
	GIVES(-ENOENT, RESULT(access("new", F_OK)));
}

CONFORM(openat2, "RESOLVE_NO_SYMLINKS: ELOOP for each link followed")
{
	some_files();
	NEEDS(!symlink("in", "folder"));
	GIVES(0, reach(AT_FDCWD, "in/../file", RESOLVE_NO_SYMLINKS));
	GIVES(-ELOOP, reach(AT_FDCWD, "link", RESOLVE_NO_SYMLINKS));
	GIVES(-ELOOP, reach(AT_FDCWD, "folder/file", RESOLVE_NO_SYMLINKS));
	GIVES(-ELOOP, reach(AT_FDCWD, "folder/", RESOLVE_NO_SYMLINKS));
	GIVES(-ELOOP, reach(AT_FDCWD, "/proc/self/stat", RESOLVE_NO_SYMLINKS));
	GIVES(4, open_how(AT_FDCWD, "link", O_PATH | O_NOFOLLOW, 0,
			  RESOLVE_NO_SYMLINKS));
	GIVES(-EEXIST, open_how(AT_FDCWD, "link", O_RDWR | O_CREAT | O_EXCL,
				0600, RESOLVE_NO_SYMLINKS));
}

CONFORM(openat2, "RESOLVE_NO_MAGICLINKS: ELOOP for those of /proc")
{
	int fd = open("/proc/self", O_PATH);

	close(file_with("file", ""));
	NEEDS(!symlink("file", "link"));
	GIVES(0, reach(AT_FDCWD, "link", RESOLVE_NO_MAGICLINKS));
	GIVES(0, reach(AT_FDCWD, "/proc/self/stat", RESOLVE_NO_MAGICLINKS));
	GIVES(-ELOOP, reach(fd, "fd/0", RESOLVE_NO_MAGICLINKS));
	GIVES(-ELOOP, reach(fd, "exe", RESOLVE_NO_MAGICLINKS));
	GIVES(-ELOOP, reach(fd, "cwd/file", RESOLVE_NO_MAGICLINKS));
	GIVES(-ELOOP, reach(fd, "root/", RESOLVE_NO_MAGICLINKS));
	GIVES(4, open_how(fd, "exe", O_PATH | O_NOFOLLOW, 0,
			  RESOLVE_NO_MAGICLINKS));
}

CONFORM(openat2, "RESOLVE_BENEATH: EXDEV for what leaves the folder")
{
	int in = some_files();

	GIVES(0, reach(in, "file", RESOLVE_BENEATH));
	GIVES(0, reach(in, "deep/../file", RESOLVE_BENEATH));
	GIVES(0, reach(in, ".", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "..", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "../in/file", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "deep/../../file", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "up", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "loop", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "top", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(in, "/", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(-1, "/dev/null", RESOLVE_BENEATH));
	GIVES(0, reach(AT_FDCWD, "in/up", RESOLVE_BENEATH));
	GIVES(-EXDEV, reach(AT_FDCWD, "..", RESOLVE_BENEATH));
	GIVES(-EXDEV, open_how(in, "../new", O_RDWR | O_CREAT, 0600,
			       RESOLVE_BENEATH));
	GIVES(-ENOENT, RESULT(access("new", F_OK)));
}

CONFORM(openat2, "RESOLVE_IN_ROOT: the folder is the root")
{
	int in = some_files();

	GIVES(2, size_of(open_how(in, "/file", O_RDONLY, 0, RESOLVE_IN_ROOT)));
	GIVES(2, size_of(open_how(in, "../../file", O_RDONLY, 0,
				  RESOLVE_IN_ROOT)));
	GIVES(2, size_of(open_how(in, "up", O_RDONLY, 0, RESOLVE_IN_ROOT)));
	GIVES(2, size_of(open_how(in, "deep/../top", O_RDONLY, 0,
				  RESOLVE_IN_ROOT)));
	GIVES(-ENOENT, reach(in, "loop", RESOLVE_IN_ROOT));
	GIVES(-ENOENT, reach(in, "/dev/null", RESOLVE_IN_ROOT));
	GIVES(0, reach(in, "/", RESOLVE_IN_ROOT));
	GIVES(0, reach(in, "//..//", RESOLVE_IN_ROOT));
	GIVES(5, size_of(open_how(AT_FDCWD, "/in/up", O_RDONLY, 0,
				  RESOLVE_IN_ROOT)));
	GIVES(9, open_how(in, "/../new", O_RDWR | O_CREAT, 0600,
			  RESOLVE_IN_ROOT));
	GIVES(0, access("in/new", F_OK));
}

CONFORM(openat2, "EXDEV: links of /proc beneath a folder or in its root")
{
	const int ways[] = { RESOLVE_BENEATH, RESOLVE_IN_ROOT };
	int fd = open("/proc/self", O_PATH);

	for (int i = 0; i < 2; i++) {
		GIVES(0, reach(fd, "stat", ways[i]));
		GIVES(-EXDEV, reach(fd, "fd/0", ways[i]));
		GIVES(-EXDEV, reach(fd, "exe", ways[i]));
		GIVES(-EXDEV, reach(fd, "cwd/file", ways[i]));
		GIVES(-ELOOP, reach(fd, "cwd",
				    ways[i] | RESOLVE_NO_MAGICLINKS));
	}
}

CONFORM(openat2, "RESOLVE_NO_XDEV: EXDEV for another file system")
{
	int proc = open("/proc", O_PATH), fd = file_with("file", "");
	char name[] = "self/fd/0";

	name[8] = (char)('0' + fd);
	NEEDS(!symlink("/proc", "link"));
	GIVES(0, reach(AT_FDCWD, "file", RESOLVE_NO_XDEV));
	GIVES(0, reach(AT_FDCWD, "..", RESOLVE_NO_XDEV));
	GIVES(0, reach(proc, "/", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(AT_FDCWD, "/proc", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(AT_FDCWD, "/proc/self/stat", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(AT_FDCWD, "/dev/null", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(AT_FDCWD, "link/stat", RESOLVE_NO_XDEV));
	GIVES(0, reach(proc, "self/stat", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(proc, "..", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(proc, "self/../../file", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(proc, "self/cwd", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(proc, "self/exe", RESOLVE_NO_XDEV));
	GIVES(-EXDEV, reach(proc, name, RESOLVE_NO_XDEV));
}

CONFORM(openat2, "RESOLVE_CACHED: EAGAIN for what may change something")
{
	close(file_with("file", "text"));
	GIVES(0, reach(AT_FDCWD, "file", RESOLVE_CACHED));
	GIVES(-EAGAIN, open_how(AT_FDCWD, "file", O_RDWR | O_CREAT, 0600,
				RESOLVE_CACHED));
	GIVES(-EAGAIN, open_how(AT_FDCWD, "file", O_RDWR | O_TRUNC, 0,
				RESOLVE_CACHED));
	GIVES(-EAGAIN, open_how(AT_FDCWD, ".", O_RDWR | O_TMPFILE, 0600,
				RESOLVE_CACHED));
	GIVES(4, size_of(open("file", O_RDONLY)));
}
