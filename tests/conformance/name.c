/* SPDX-License-Identifier: GPL-2.0-only */
/* Making and removing names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "conform.h"

static struct stat seen;

static const struct stat *status(const char *name)
{
	NEEDS(lstat(name, &seen) == 0);
	return &seen;
}

static bool exists(const char *name)
{
	return lstat(name, &seen) == 0;
}

static void folder(const char *name)
{
	NEEDS(mkdir(name, 0755) == 0);
}

static void file(const char *name)
{
	close(file_with(name, ""));
}

/* mkdir(2) */

CONFORM(mkdir, "the mode less the umask, without set-user and set-group bits")
{
	umask(027);
	GIVES(0, CALL(mkdir, "a", 0777));
	GIVES(S_IFDIR | 0750, status("a")->st_mode);
	GIVES(0, CALL(mkdir, "b", 07777));
	GIVES(S_IFDIR | 01750, status("b")->st_mode);
	GIVES(0, CALL(mkdir, "a/c/", 0700));
	GIVES(0, CALL(mkdir, "a/../a/d//", 0700));
}

CONFORM(mkdir, "in a folder with the set-group bit: its group, and the bit")
{
	folder("folder");
	NEEDS(!chown("folder", 0, 77) && !chmod("folder", 02777));
	GIVES(0, CALL(mkdir, "folder/inner", 0755));
	GIVES(77, status("folder/inner")->st_gid);
	HOLDS(seen.st_mode & S_ISGID);
	file("folder/file");
	GIVES(77, status("folder/file")->st_gid);
}

CONFORM(mkdir, "EEXIST, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EFAULT")
{
	static char name[300];

	file("file");
	memset(name, 'n', 256);
	NEEDS(!symlink("loop", "loop") && !symlink("nothing", "link"));
	GIVES(-EEXIST, CALL(mkdir, "file", 0755));
	GIVES(-EEXIST, CALL(mkdir, "link", 0755));
	GIVES(-EEXIST, CALL(mkdir, ".", 0755));
	GIVES(-EEXIST, CALL(mkdir, "/", 0755));
	GIVES(-ENOENT, CALL(mkdir, "", 0755));
	GIVES(-ENOENT, CALL(mkdir, "no/inner", 0755));
	GIVES(-ENOTDIR, CALL(mkdir, "file/inner", 0755));
	GIVES(-ELOOP, CALL(mkdir, "loop/inner", 0755));
	GIVES(-ENAMETOOLONG, CALL(mkdir, name, 0755));
	FAULTS(IN, p, CALL(mkdir, p, 0755));
}

CONFORM(mkdir, "EACCES: in a folder that one may not write to")
{
	pid_t pid;

	NEEDS(chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EACCES, CALL(mkdir, "new", 0755));
		GIVES(-EACCES, CALL(symlink, "x", "new"));
		GIVES(-EACCES, CALL(mknod, "new", S_IFREG | 0600, 0));
	}
	ended(pid);
}

CONFORM(mkdirat, "relative to a folder; EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), at;

	folder("folder");
	at = open("folder", O_RDONLY);
	GIVES(0, CALL(mkdirat, at, "inner", 0755));
	HOLDS(exists("folder/inner"));
	GIVES(-EBADF, CALL(mkdirat, 99, "inner", 0755));
	GIVES(-ENOTDIR, CALL(mkdirat, fd, "inner", 0755));
	GIVES(-EEXIST, CALL(mkdirat, 99, "/", 0755));
	FAULTS(IN, p, CALL(mkdirat, at, p, 0755));
}

/* mknod(2) */

CONFORM(mknod, "ordinary files, with the mode less the umask")
{
	GIVES(0, CALL(mknod, "a", S_IFREG | 0666, 0));
	GIVES(S_IFREG | 0644, status("a")->st_mode);
	GIVES(0, CALL(mknod, "b", 0600, 0));
	GIVES(S_IFREG | 0600, status("b")->st_mode);
	GIVES(-EEXIST, CALL(mknod, "a", S_IFREG | 0666, 0));
	GIVES(-EPERM, CALL(mknod, "c", S_IFDIR | 0666, 0));
	GIVES(-EINVAL, CALL(mknod, "c", S_IFMT | 0666, 0));
	GIVES(-ENOENT, CALL(mknod, "c/", S_IFREG | 0666, 0));
	FAULTS(IN, p, CALL(mknod, p, S_IFREG | 0666, 0));
}

CONFORM(mknod, "devices")
{
	GIVES(0, CALL(mknod, "null", S_IFCHR | 0600, makedev(1, 3)));
	GIVES(S_IFCHR | 0600, status("null")->st_mode);
	GIVES(3, minor(seen.st_rdev));
}

CONFORM(mknod, "EPERM: devices, but for root")
{
	pid_t pid;

	NEEDS(chmod(".", 0777) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(mknod, "null", S_IFCHR | 0600,
				   makedev(1, 3)));
		GIVES(0, CALL(mknod, "file", S_IFREG | 0600, 0));
	}
	ended(pid);
}

CONFORM(mknod, "FIFOs: a pipe with a name")
{
	char byte;
	int in;

	GIVES(0, CALL(mknod, "fifo", S_IFIFO | 0600, 0));
	GIVES(S_IFIFO | 0600, status("fifo")->st_mode);
	GIVES(-ENXIO, RESULT(open("fifo", O_WRONLY | O_NONBLOCK)));
	in = open("fifo", O_RDONLY | O_NONBLOCK);
	GIVES(3, in);
	GIVES(0, read(in, &byte, 1));
	GIVES(4, open("fifo", O_WRONLY));
	GIVES(1, write(4, "x", 1));
	GIVES(1, read(in, &byte, 1));
	GIVES(-EAGAIN, RESULT(read(in, &byte, 1)));
}

CONFORM(mknodat, "relative to a folder; EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY);

	GIVES(0, CALL(mknodat, at, "new", S_IFREG | 0600, 0));
	GIVES(-EBADF, CALL(mknodat, 99, "new", S_IFREG | 0600, 0));
	GIVES(-ENOTDIR, CALL(mknodat, fd, "new", S_IFREG | 0600, 0));
	FAULTS(IN, p, CALL(mknodat, at, p, S_IFREG | 0600, 0));
}

/* symlink(2) */

CONFORM(symlink, "any text but none")
{
	GIVES(0, CALL(symlink, "nothing at all", "link"));
	GIVES(S_IFLNK | 0777, status("link")->st_mode);
	GIVES(14, seen.st_size);
	GIVES(-EEXIST, CALL(symlink, "x", "link"));
	GIVES(-ENOENT, CALL(symlink, "", "other"));
	GIVES(-ENOENT, CALL(symlink, "x", ""));
	GIVES(-ENOENT, CALL(symlink, "x", "no/other"));
	GIVES(-ENOENT, CALL(symlink, "x", "other/"));
}

CONFORM(symlink, "ENAMETOOLONG, ENOTDIR, EFAULT")
{
	static char text[5000];

	file("file");
	memset(text, 'x', 4095);
	GIVES(0, CALL(symlink, text, "link"));
	GIVES(4095, status("link")->st_size);
	memset(text, 'x', 4096);
	GIVES(-ENAMETOOLONG, CALL(symlink, text, "other"));
	GIVES(-ENOTDIR, CALL(symlink, "x", "file/other"));
	FAULTS(IN, p, CALL(symlink, p, "other"));
	FAULTS(IN, p, CALL(symlink, "x", p));
}

CONFORM(symlinkat, "relative to a folder; EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY);

	GIVES(0, CALL(symlinkat, "x", at, "link"));
	GIVES(-EBADF, CALL(symlinkat, "x", 99, "other"));
	GIVES(-ENOTDIR, CALL(symlinkat, "x", fd, "other"));
	FAULTS(IN, p, CALL(symlinkat, "x", at, p));
	FAULTS(IN, p, CALL(symlinkat, p, at, "other"));
}

/* link(2) */

CONFORM(link, "a second name, of a link the link's")
{
	file("file");
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(link, "file", "other"));
	GIVES(2, status("file")->st_nlink);
	GIVES(0, CALL(link, "link", "link2"));
	HOLDS(S_ISLNK(status("link2")->st_mode));
	GIVES(2, seen.st_nlink);
}

CONFORM(link, "EEXIST, ENOENT, EPERM, ENOTDIR, ELOOP, EFAULT")
{
	file("file");
	file("other");
	folder("folder");
	GIVES(-EEXIST, CALL(link, "file", "other"));
	GIVES(-EEXIST, CALL(link, "file", "file"));
	GIVES(-ENOENT, CALL(link, "nothing", "new"));
	GIVES(-ENOENT, CALL(link, "file", "no/new"));
	GIVES(-ENOENT, CALL(link, "", "new"));
	GIVES(-EPERM, CALL(link, "folder", "new"));
	GIVES(-ENOTDIR, CALL(link, "file", "other/new"));
	GIVES(-ENOTDIR, CALL(link, "file/", "new"));
	FAULTS(IN, p, CALL(link, p, "new"));
	FAULTS(IN, p, CALL(link, "file", p));
}

CONFORM(linkat, "AT_SYMLINK_FOLLOW, AT_EMPTY_PATH; EINVAL, EBADF")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY);

	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(linkat, at, "link", at, "a", AT_SYMLINK_FOLLOW));
	HOLDS(S_ISREG(status("a")->st_mode));
	GIVES(0, CALL(linkat, fd, "", at, "b", AT_EMPTY_PATH));
	GIVES(3, status("b")->st_nlink);
	GIVES(-EINVAL, CALL(linkat, at, "file", at, "c", 1));
	GIVES(-EBADF, CALL(linkat, 99, "file", at, "c", 0));
	GIVES(-EBADF, CALL(linkat, at, "file", 99, "c", 0));
	GIVES(-ENOTDIR, CALL(linkat, at, "file", fd, "c", 0));
	GIVES(-ENOENT, CALL(linkat, fd, "", at, "c", 0));
	FAULTS(FAULT_WILD, p, CALL(linkat, at, p, at, "c", 0));
	FAULTS(IN, p, CALL(linkat, at, "file", at, p, 0));
}

CONFORM(linkat, "ENOENT: a file that has lost its last name")
{
	int fd = file_with("file", "");

	NEEDS(unlink("file") == 0);
	GIVES(-ENOENT, CALL(linkat, fd, "", AT_FDCWD, "new", AT_EMPTY_PATH));
}

/* unlink(2) */

CONFORM(unlink, "one name; of a link the link")
{
	file("file");
	NEEDS(!link("file", "other") && !symlink("file", "link"));
	GIVES(0, CALL(unlink, "file"));
	GIVES(1, status("other")->st_nlink);
	GIVES(0, CALL(unlink, "link"));
	HOLDS(!exists("link") && exists("other"));
}

CONFORM(unlink, "EISDIR, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EFAULT")
{
	static char name[300];

	file("file");
	folder("folder");
	memset(name, 'n', 256);
	NEEDS(symlink("loop", "loop") == 0);
	GIVES(-EISDIR, CALL(unlink, "folder"));
	GIVES(-EISDIR, CALL(unlink, "."));
	GIVES(-EISDIR, CALL(unlink, "/"));
	GIVES(-EISDIR, CALL(unlink, "folder/"));
	GIVES(-ENOENT, CALL(unlink, "nothing"));
	GIVES(-ENOENT, CALL(unlink, ""));
	GIVES(-ENOTDIR, CALL(unlink, "file/"));
	GIVES(-ENOTDIR, CALL(unlink, "file/inner"));
	GIVES(-ELOOP, CALL(unlink, "loop/inner"));
	GIVES(-ENAMETOOLONG, CALL(unlink, name));
	FAULTS(IN, p, CALL(unlink, p));
}

CONFORM(unlink, "EACCES by the folder; EPERM by its sticky bit")
{
	pid_t pid;

	folder("closed");
	folder("sticky");
	file("closed/file");
	file("sticky/file");
	file("sticky/theirs");
	NEEDS(!chmod(".", 0755) && !chmod("sticky", 01777) &&
	      !chown("sticky/theirs", NOBODY, NOBODY));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EACCES, CALL(unlink, "closed/file"));
		GIVES(-EPERM, CALL(unlink, "sticky/file"));
		GIVES(0, CALL(unlink, "sticky/theirs"));
	}
	ended(pid);
}

CONFORM(unlinkat, "AT_REMOVEDIR; EINVAL, EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY);

	folder("folder");
	GIVES(-EISDIR, CALL(unlinkat, at, "folder", 0));
	GIVES(-ENOTDIR, CALL(unlinkat, at, "file", AT_REMOVEDIR));
	GIVES(0, CALL(unlinkat, at, "folder", AT_REMOVEDIR));
	GIVES(-EINVAL, CALL(unlinkat, at, "file", 1));
	GIVES(-EBADF, CALL(unlinkat, 99, "file", 0));
	GIVES(-ENOTDIR, CALL(unlinkat, fd, "file", 0));
	GIVES(0, CALL(unlinkat, at, "file", 0));
	FAULTS(IN, p, CALL(unlinkat, at, p, 0));
	FAULTS(IN, p, CALL(unlinkat, at, p, AT_REMOVEDIR));
}

/* rmdir(2) */

CONFORM(rmdir, "an empty folder, also the working folder")
{
	folder("folder");
	NEEDS(chdir("folder") == 0);
	GIVES(0, CALL(rmdir, "../folder"));
	GIVES(-ENOENT, CALL(mkdir, "new", 0755));
	GIVES(0, CALL(stat, ".", &seen));
	GIVES(0, seen.st_nlink);
	GIVES(0, CALL(chdir, ".."));
}

CONFORM(rmdir, "ENOTEMPTY, ENOTDIR, ENOENT, EINVAL, EBUSY, EFAULT")
{
	folder("folder");
	file("folder/file");
	NEEDS(symlink("folder", "link") == 0);
	GIVES(-ENOTEMPTY, CALL(rmdir, "folder"));
	GIVES(-ENOTDIR, CALL(rmdir, "folder/file"));
	GIVES(-ENOTDIR, CALL(rmdir, "link"));
	GIVES(-ENOTDIR, CALL(rmdir, "link/"));
	GIVES(-ENOENT, CALL(rmdir, "nothing"));
	GIVES(-ENOENT, CALL(rmdir, ""));
	GIVES(-EINVAL, CALL(rmdir, "folder/."));
	GIVES(-ENOTEMPTY, CALL(rmdir, "folder/.."));
	GIVES(-EBUSY, CALL(rmdir, "/"));
	FAULTS(IN, p, CALL(rmdir, p));
}
