/* SPDX-License-Identifier: GPL-2.0-only */
/* Mode, owner and size of files; the umask. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include "conform.h"

static struct stat seen;

/* Of the file NAME, not following a link. */
static const struct stat *status(const char *name)
{
	NEEDS(lstat(name, &seen) == 0);
	return &seen;
}

static unsigned mode(const char *name)
{
	return status(name)->st_mode & 07777;
}

/* chmod(2) and its relatives */

CONFORM(chmod, "all twelve bits, of files and folders, through links")
{
	close(file_with("file", ""));
	NEEDS(mkdir("folder", 0755) == 0 && symlink("file", "link") == 0);
	GIVES(0, CALL(chmod, "file", 07777));
	GIVES(07777, mode("file"));
	GIVES(0, CALL(chmod, "folder", 01750));
	GIVES(01750, mode("folder"));
	GIVES(0, CALL(chmod, "link", 0));
	GIVES(0, mode("file"));
	GIVES(0777, mode("link"));
	GIVES(0, CALL(chmod, "file", 0100644));
	GIVES(0644, mode("file"));
}

CONFORM(chmod, "EPERM: a file of others; ENOENT, ENOTDIR, ELOOP, EFAULT")
{
	pid_t pid;

	close(file_with("file", ""));
	NEEDS(chmod(".", 0755) == 0 && symlink("loop", "loop") == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(chmod, "file", 0777));
	}
	ended(pid);
	GIVES(-ENOENT, CALL(chmod, "nothing", 0777));
	GIVES(-ENOENT, CALL(chmod, "", 0777));
	GIVES(-ENOTDIR, CALL(chmod, "file/inner", 0777));
	GIVES(-ELOOP, CALL(chmod, "loop", 0777));
	FAULTS(IN, p, CALL(chmod, p, 0777));
}

CONFORM(chmod, "the set-group bit goes if the group is not one's own")
{
	pid_t pid;

	close(file_with("file", ""));
	NEEDS(chown("file", NOBODY, 0) == 0 && chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(0, CALL(chmod, "file", 06755));
		GIVES(04755, mode("file"));
	}
	ended(pid);
}

CONFORM(fchmod, "of an open file; EBADF: closed, O_PATH")
{
	GIVES(0, CALL(fchmod, file_with("file", ""), 0600));
	GIVES(0600, mode("file"));
	GIVES(0, CALL(fchmod, open("file", O_RDONLY), 0400));
	GIVES(0400, mode("file"));
	GIVES(-EBADF, CALL(fchmod, 99, 0600));
	GIVES(-EBADF, CALL(fchmod, open("file", O_PATH), 0600));
}

CONFORM(fchmodat, "relative to a folder; EBADF, ENOTDIR, EFAULT")
{
	int fd = file_with("file", ""), folder = open(".", O_RDONLY);

	GIVES(0, CALL(fchmodat, folder, "file", 0711));
	GIVES(0711, mode("file"));
	GIVES(-EBADF, CALL(fchmodat, 99, "file", 0711));
	GIVES(-ENOTDIR, CALL(fchmodat, fd, "file", 0711));
	GIVES(-ENOENT, CALL(fchmodat, folder, "", 0711));
	FAULTS(IN, p, CALL(fchmodat, folder, p, 0711));
}

/* chown(2) and its relatives */

CONFORM(chown, "owner, group; -1 leaves one as it is; through links")
{
	close(file_with("file", ""));
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(chown, "link", 12, 34));
	GIVES(12, status("file")->st_uid);
	GIVES(34, seen.st_gid);
	GIVES(0, CALL(chown, "file", -1, 56));
	GIVES(12, status("file")->st_uid);
	GIVES(56, seen.st_gid);
	GIVES(0, CALL(chown, "file", 78, -1));
	GIVES(78, status("file")->st_uid);
	GIVES(56, seen.st_gid);
	GIVES(0, status("link")->st_uid);
}

CONFORM(chown, "takes set-user and set-group bits from programs")
{
	close(file_with("file", ""));
	NEEDS(chmod("file", 06755) == 0);
	GIVES(0, CALL(chown, "file", 1, 1));
	GIVES(0755, mode("file"));
	NEEDS(chmod("file", 06644) == 0);
	GIVES(0, CALL(chown, "file", 2, 2));
	SHOWS(mode("file"));
	NEEDS(mkdir("folder", 0755) == 0 && chmod("folder", 06755) == 0);
	GIVES(0, CALL(chown, "folder", 1, 1));
	GIVES(06755, mode("folder"));
}

CONFORM(chown, "EPERM: not the owner, or to whom it is given")
{
	pid_t pid;

	close(file_with("mine", ""));
	close(file_with("theirs", ""));
	NEEDS(chown("theirs", NOBODY, NOBODY) == 0 && chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(chown, "mine", NOBODY, -1));
		GIVES(-EPERM, CALL(chown, "theirs", 0, -1));
		GIVES(-EPERM, CALL(chown, "theirs", -1, 0));
		GIVES(0, CALL(chown, "theirs", NOBODY, NOBODY));
		GIVES(0, CALL(chown, "theirs", -1, -1));
	}
	ended(pid);
}

CONFORM(chown, "ENOENT, ENOTDIR, ELOOP, EFAULT")
{
	close(file_with("file", ""));
	NEEDS(symlink("loop", "loop") == 0);
	GIVES(-ENOENT, CALL(chown, "nothing", 1, 1));
	GIVES(-ENOTDIR, CALL(chown, "file/inner", 1, 1));
	GIVES(-ELOOP, CALL(chown, "loop", 1, 1));
	FAULTS(IN, p, CALL(chown, p, 1, 1));
	FAULTS(IN, p, CALL(lchown, p, 1, 1));
}

CONFORM(lchown, "the link itself")
{
	close(file_with("file", ""));
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(lchown, "link", 12, 34));
	GIVES(12, status("link")->st_uid);
	GIVES(0, status("file")->st_uid);
}

CONFORM(fchown, "of an open file; EBADF: closed, O_PATH")
{
	GIVES(0, CALL(fchown, file_with("file", ""), 5, 6));
	GIVES(5, status("file")->st_uid);
	GIVES(6, seen.st_gid);
	GIVES(-EBADF, CALL(fchown, 99, 5, 6));
	GIVES(-EBADF, CALL(fchown, open("file", O_PATH), 5, 6));
}

CONFORM(fchownat, "AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; EINVAL: others")
{
	int fd = file_with("file", ""), folder = open(".", O_RDONLY);

	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(fchownat, folder, "link", 1, 2, 0));
	GIVES(1, status("file")->st_uid);
	GIVES(0, CALL(fchownat, folder, "link", 3, 4, AT_SYMLINK_NOFOLLOW));
	GIVES(3, status("link")->st_uid);
	GIVES(0, CALL(fchownat, fd, "", 5, 6, AT_EMPTY_PATH));
	GIVES(5, status("file")->st_uid);
	GIVES(-EINVAL, CALL(fchownat, folder, "file", 1, 2, 1));
	GIVES(-EBADF, CALL(fchownat, 99, "file", 1, 2, 0));
	GIVES(-ENOTDIR, CALL(fchownat, fd, "file", 1, 2, 0));
	GIVES(-ENOENT, CALL(fchownat, fd, "", 1, 2, 0));
	FAULTS(FAULT_WILD, p, CALL(fchownat, folder, p, 1, 2, 0));
}

/* umask(2) */

CONFORM(umask, "gives the old one; nine bits; what is made obeys it")
{
	GIVES(022, CALL(umask, 07777));
	GIVES(0777, CALL(umask, 077));
	close(open("file", O_WRONLY | O_CREAT, 0777));
	GIVES(0700, mode("file"));
	NEEDS(mkdir("folder", 0777) == 0);
	GIVES(0700, mode("folder"));
	GIVES(077, CALL(umask, 022));
}

/* truncate(2) */

CONFORM(truncate, "shorter and longer; what was cut off reads as zeroes")
{
	int fd = file_with("file", "0123456789");
	char text[16] = "";

	GIVES(0, CALL(truncate, "file", 4));
	GIVES(4, status("file")->st_size);
	GIVES(0, CALL(truncate, "file", 8));
	GIVES(8, pread(fd, text, 16, 0));
	HOLDS(!memcmp(text, "0123\0\0\0\0", 8));
}

CONFORM(truncate, "EINVAL, EISDIR, ENOENT, ENOTDIR, EACCES, EFAULT")
{
	pid_t pid;

	close(file_with("file", ""));
	NEEDS(chmod(".", 0755) == 0);
	GIVES(-EINVAL, CALL(truncate, "file", -1));
	GIVES(-EISDIR, CALL(truncate, ".", 0));
	GIVES(-EINVAL, CALL(truncate, "/dev/null", 0));
	GIVES(-ENOENT, CALL(truncate, "nothing", 0));
	GIVES(-ENOTDIR, CALL(truncate, "file/inner", 0));
	FAULTS(IN, p, CALL(truncate, p, 0));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EACCES, CALL(truncate, "file", 0));
	}
	ended(pid);
}

CONFORM(ftruncate, "as truncate; EINVAL, EBADF: not open for writing")
{
	int ends[2], fd = file_with("file", "0123456789");

	pipe_ends(ends);
	GIVES(0, CALL(ftruncate, fd, 3));
	GIVES(3, status("file")->st_size);
	GIVES(0, CALL(ftruncate, fd, 1 << 20));
	GIVES(1 << 20, status("file")->st_size);
	GIVES(-EINVAL, CALL(ftruncate, fd, -1));
	GIVES(-EINVAL, CALL(ftruncate, open("file", O_RDONLY), 0));
	GIVES(-EINVAL, CALL(ftruncate, ends[1], 0));
	GIVES(-EINVAL, CALL(ftruncate, 0, 0));
	GIVES(-EBADF, CALL(ftruncate, 99, 0));
	GIVES(-EBADF, CALL(ftruncate, open("file", O_PATH), 0));
}
