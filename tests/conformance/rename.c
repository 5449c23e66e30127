/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include "conform.h"

static struct stat seen;

static bool exists(const char *name)
{
	return lstat(name, &seen) == 0;
}

static long size(const char *name)
{
	NEEDS(exists(name));
	return seen.st_size;
}

static void folder(const char *name)
{
	NEEDS(mkdir(name, 0755) == 0);
}

static void file(const char *name, const char *text)
{
	close(file_with(name, text));
}

CONFORM(rename, "files: to a new name, over a file, into a folder")
{
	file("a", "1");
	file("b", "22");
	folder("folder");
	GIVES(0, CALL(rename, "a", "c"));
	HOLDS(!exists("a") && size("c") == 1);
	GIVES(0, CALL(rename, "b", "c"));
	HOLDS(!exists("b") && size("c") == 2);
	GIVES(0, CALL(rename, "c", "folder/d"));
	HOLDS(size("folder/d") == 2);
}

CONFORM(rename, "folders: over an empty one, ENOTEMPTY, .. follows")
{
	struct stat up, here;

	folder("a");
	folder("b");
	folder("full");
	file("full/file", "");
	folder("deep");
	GIVES(-ENOTEMPTY, CALL(rename, "a", "full"));
	GIVES(0, CALL(rename, "full", "a"));
	HOLDS(exists("a/file") && !exists("full"));
	GIVES(0, CALL(rename, "a", "deep/a"));
	NEEDS(!stat("deep/a/..", &up) && !stat("deep", &here));
	HOLDS(up.st_ino == here.st_ino);
	GIVES(3, here.st_nlink);
	GIVES(0, CALL(rename, "deep/a/", "b/"));
	HOLDS(exists("b/file"));
}

CONFORM(rename, "links themselves; over a link to a folder")
{
	folder("folder");
	file("file", "text");
	NEEDS(!symlink("folder", "link") && !symlink("nothing", "broken"));
	GIVES(0, CALL(rename, "broken", "moved"));
	HOLDS(exists("moved") && S_ISLNK(seen.st_mode));
	GIVES(0, CALL(rename, "file", "link"));
	HOLDS(exists("link") && S_ISREG(seen.st_mode) && exists("folder"));
}

CONFORM(rename, "nothing happens between two names of one file")
{
	file("a", "");
	NEEDS(link("a", "b") == 0);
	GIVES(0, CALL(rename, "a", "b"));
	HOLDS(exists("a") && exists("b"));
	GIVES(0, CALL(rename, "a", "a"));
	HOLDS(exists("a"));
}

CONFORM(rename, "ENOENT, EISDIR, ENOTDIR, EINVAL, EBUSY")
{
	folder("folder");
	folder("folder/inner");
	file("file", "");
	GIVES(-ENOENT, CALL(rename, "nothing", "x"));
	GIVES(-ENOENT, CALL(rename, "", "x"));
	GIVES(-ENOENT, CALL(rename, "file", ""));
	GIVES(-ENOENT, CALL(rename, "file", "no/x"));
	GIVES(-EISDIR, CALL(rename, "file", "folder"));
	GIVES(-ENOTDIR, CALL(rename, "folder", "file"));
	GIVES(-ENOTDIR, CALL(rename, "file", "new/"));
	GIVES(-ENOTDIR, CALL(rename, "file/", "new"));
	GIVES(-ENOTDIR, CALL(rename, "file/x", "new"));
	GIVES(-EINVAL, CALL(rename, "folder", "folder/inner/new"));
	GIVES(-ENOTEMPTY, CALL(rename, "folder/inner", "folder"));
	GIVES(-EBUSY, CALL(rename, ".", "new"));
	GIVES(-EBUSY, CALL(rename, "folder/..", "new"));
	GIVES(-EBUSY, CALL(rename, "folder", "."));
	GIVES(-EBUSY, CALL(rename, "/", "/new"));
}

CONFORM(rename, "EACCES by the folders; EPERM by their sticky bits")
{
	pid_t pid;

	folder("closed");
	folder("open");
	folder("sticky");
	file("closed/file", "");
	file("sticky/file", "");
	NEEDS(!chmod(".", 0755) && !chmod("sticky", 01777) &&
	      !chmod("open", 0777));
	CHILD(pid) {
		become(NOBODY);
		file("open/mine", "");
		GIVES(-EACCES, CALL(rename, "closed/file", "open/x"));
		GIVES(-EACCES, CALL(rename, "open/mine", "closed/x"));
		GIVES(-EPERM, CALL(rename, "sticky/file", "open/x"));
		GIVES(-EPERM, CALL(rename, "open/mine", "sticky/file"));
		GIVES(0, CALL(rename, "open/mine", "sticky/x"));
	}
	ended(pid);
}

CONFORM(rename, "ENAMETOOLONG, ELOOP, EFAULT")
{
	static char name[300];

	file("file", "");
	memset(name, 'n', 256);
	NEEDS(symlink("loop", "loop") == 0);
	GIVES(-ENAMETOOLONG, CALL(rename, "file", name));
	GIVES(-ELOOP, CALL(rename, "loop/x", "new"));
	FAULTS(IN, p, CALL(rename, p, "new"));
	FAULTS(IN, p, CALL(rename, "file", p));
}

CONFORM(renameat, "relative to folders; EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), here = open(".", O_RDONLY), there;

	folder("folder");
	there = open("folder", O_RDONLY);
	GIVES(0, CALL(renameat, here, "file", there, "moved"));
	HOLDS(exists("folder/moved"));
	GIVES(-EBADF, CALL(renameat, 99, "x", there, "y"));
	GIVES(-EBADF, CALL(renameat, there, "moved", 99, "y"));
	GIVES(-ENOTDIR, CALL(renameat, fd, "x", there, "y"));
	GIVES(-ENOTDIR, CALL(renameat, there, "moved", fd, "y"));
	FAULTS(IN, p, CALL(renameat, here, p, there, "y"));
	FAULTS(IN, p, CALL(renameat, there, "moved", here, p));
}

static long rename2(const char *from, const char *to, unsigned flags)
{
	return CALL(renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

CONFORM(renameat2, "RENAME_NOREPLACE: EEXIST")
{
	file("a", "");
	file("b", "");
	GIVES(-EEXIST, rename2("a", "b", RENAME_NOREPLACE));
	GIVES(-EEXIST, rename2("a", "a", RENAME_NOREPLACE));
	GIVES(0, rename2("a", "c", RENAME_NOREPLACE));
	GIVES(0, rename2("c", "b", 0));
}

CONFORM(renameat2, "RENAME_EXCHANGE: of whatever kind both are")
{
	file("file", "text");
	folder("folder");
	GIVES(0, rename2("file", "folder", RENAME_EXCHANGE));
	HOLDS(exists("file") && S_ISDIR(seen.st_mode) && size("folder") == 4);
	GIVES(-ENOENT, rename2("file", "nothing", RENAME_EXCHANGE));
	GIVES(-ENOENT, rename2("nothing", "file", RENAME_EXCHANGE));
	folder("file/inner");
	GIVES(-EINVAL, rename2("file", "file/inner", RENAME_EXCHANGE));
	GIVES(-EINVAL, rename2("file/inner", "file", RENAME_EXCHANGE));
}

CONFORM(renameat2, "EINVAL: unknown flags, ones that exclude each other")
{
	file("a", "");
	GIVES(-EINVAL, rename2("a", "b", 8));
	GIVES(-EINVAL, rename2("a", "b", RENAME_EXCHANGE | RENAME_NOREPLACE));
	GIVES(-EINVAL, rename2("a", "b", RENAME_EXCHANGE | RENAME_WHITEOUT));
}

CONFORM(renameat2, "EBADF, EFAULT")
{
	file("a", "");
	GIVES(-EBADF, CALL(renameat2, 99, "a", AT_FDCWD, "b", 0));
	FAULTS(IN, p, CALL(renameat2, AT_FDCWD, p, AT_FDCWD, "b", 0));
	FAULTS(IN, p, CALL(renameat2, AT_FDCWD, "a", AT_FDCWD, p, 0));
}
