/* SPDX-License-Identifier: GPL-2.0-only */
/* What files and their file system are, and what one may do with them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include "conform.h"

/* stat(2) and its relatives */

CONFORM(stat, "type, mode, size, links, owner of a file")
{
	struct stat stat;

	close(file_with("file", "hello"));
	NEEDS(chmod("file", 0640) == 0 && link("file", "other") == 0);
	NEEDS(chown("file", 12, 34) == 0);
	GIVES(0, CALL(stat, "file", &stat));
	GIVES(S_IFREG | 0640, stat.st_mode);
	GIVES(5, stat.st_size);
	GIVES(2, stat.st_nlink);
	GIVES(12, stat.st_uid);
	GIVES(34, stat.st_gid);
	GIVES(4096, stat.st_blksize);
	GIVES(8, stat.st_blocks);
	GIVES(0, stat.st_rdev);
}

CONFORM(stat, "a folder has a link from each folder in it")
{
	struct stat stat;

	NEEDS(mkdir("folder", 0750) == 0);
	GIVES(0, CALL(stat, "folder", &stat));
	GIVES(S_IFDIR | 0750, stat.st_mode);
	GIVES(2, stat.st_nlink);
	NEEDS(mkdir("folder/a", 0755) == 0 && mkdir("folder/b", 0755) == 0);
	close(file_with("folder/file", ""));
	CALL(stat, "folder", &stat);
	GIVES(4, stat.st_nlink);
	NEEDS(rmdir("folder/a") == 0);
	CALL(stat, "folder", &stat);
	GIVES(3, stat.st_nlink);
}

CONFORM(stat, "names of one file have one number, other files another")
{
	struct stat a, b, c;

	close(file_with("a", ""));
	close(file_with("c", ""));
	NEEDS(link("a", "b") == 0);
	NEEDS(!stat("a", &a) && !stat("b", &b) && !stat("c", &c));
	HOLDS(a.st_ino == b.st_ino && a.st_ino != c.st_ino && a.st_ino);
	HOLDS(a.st_dev == b.st_dev && a.st_dev == c.st_dev);
}

CONFORM(stat, "follows links; a device has its number")
{
	struct stat stat;

	close(file_with("file", "hello"));
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(stat, "link", &stat));
	HOLDS(S_ISREG(stat.st_mode));
	GIVES(0, CALL(stat, "/dev/null", &stat));
	HOLDS(S_ISCHR(stat.st_mode));
	GIVES(1, major(stat.st_rdev));
	GIVES(3, minor(stat.st_rdev));
	GIVES(0, CALL(stat, "/dev/zero", &stat));
	GIVES(5, minor(stat.st_rdev));
}

CONFORM(stat, "holes take no blocks")
{
	struct stat stat;
	int fd = file_with("file", "");

	NEEDS(ftruncate(fd, 1 << 20) == 0);
	NEEDS(pwrite(fd, "x", 1, 500000) == 1);
	GIVES(0, CALL(stat, "file", &stat));
	GIVES(1 << 20, stat.st_size);
	GIVES(8, stat.st_blocks);
}

CONFORM(stat, "ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES")
{
	static char name[300];
	struct stat stat;
	pid_t pid;

	close(file_with("file", ""));
	memset(name, 'n', 256);
	NEEDS(symlink("loop", "loop") == 0 && mkdir("closed", 0700) == 0);
	NEEDS(chmod(".", 0755) == 0);
	close(file_with("closed/file", ""));
	GIVES(-ENOENT, CALL(stat, "nothing", &stat));
	GIVES(-ENOENT, CALL(stat, "", &stat));
	GIVES(-ENOTDIR, CALL(stat, "file/inner", &stat));
	GIVES(-ELOOP, CALL(stat, "loop", &stat));
	GIVES(-ENAMETOOLONG, CALL(stat, name, &stat));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EACCES, CALL(stat, "closed/file", &stat));
		GIVES(0, CALL(stat, "closed", &stat));
		GIVES(-EACCES, CALL(stat, "closed/.", &stat));
	}
	ended(pid);
}

CONFORM(stat, "EFAULT: path, result")
{
	struct stat stat;

	FAULTS(IN, p, CALL(stat, p, &stat));
	FAULTS(OUT, p, CALL(stat, ".", p));
	FAULTS(OUT, p, CALL(lstat, ".", p));
	FAULTS(OUT, p, CALL(fstat, 0, p));
	FAULTS(OUT, p, CALL(newfstatat, AT_FDCWD, ".", p, 0));
	FAULTS(IN, p, CALL(newfstatat, AT_FDCWD, p, &stat, 0));
}

CONFORM(lstat, "the link itself, unless more of the path follows")
{
	struct stat stat;

	NEEDS(mkdir("folder", 0755) == 0 && symlink("folder", "link") == 0);
	NEEDS(symlink("nothing", "broken") == 0);
	GIVES(0, CALL(lstat, "link", &stat));
	GIVES(S_IFLNK | 0777, stat.st_mode);
	GIVES(6, stat.st_size);
	GIVES(0, CALL(lstat, "link/", &stat));
	HOLDS(S_ISDIR(stat.st_mode));
	GIVES(0, CALL(lstat, "link/.", &stat));
	HOLDS(S_ISDIR(stat.st_mode));
	GIVES(0, CALL(lstat, "broken", &stat));
	GIVES(-ENOENT, CALL(lstat, "broken/", &stat));
}

CONFORM(fstat, "an open file, also without a name; pipes, devices")
{
	int fd = file_with("file", "hello"), ends[2];
	struct stat stat;

	pipe_ends(ends);
	unlink("file");
	GIVES(0, CALL(fstat, fd, &stat));
	GIVES(5, stat.st_size);
	GIVES(0, stat.st_nlink);
	GIVES(0, CALL(fstat, ends[0], &stat));
	GIVES(S_IFIFO | 0600, stat.st_mode);
	GIVES(1, stat.st_nlink);
	GIVES(0, CALL(fstat, 0, &stat));
	HOLDS(S_ISCHR(stat.st_mode));
	GIVES(0, CALL(fstat, open(".", O_PATH), &stat));
	GIVES(-EBADF, CALL(fstat, 99, &stat));
	GIVES(-EBADF, CALL(fstat, -1, &stat));
}

CONFORM(newfstatat, "AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT")
{
	int fd = file_with("file", "hello"), folder;
	struct stat stat;

	NEEDS(!mkdir("folder", 0755) && !symlink("../file", "folder/l"));
	folder = open("folder", O_RDONLY);
	GIVES(0, CALL(newfstatat, folder, "l", &stat, 0));
	GIVES(5, stat.st_size);
	GIVES(0, CALL(newfstatat, folder, "l", &stat, AT_SYMLINK_NOFOLLOW));
	GIVES(7, stat.st_size);
	GIVES(0, CALL(newfstatat, fd, "", &stat, AT_EMPTY_PATH));
	GIVES(5, stat.st_size);
	GIVES(0, CALL(newfstatat, AT_FDCWD, "", &stat, AT_EMPTY_PATH));
	HOLDS(S_ISDIR(stat.st_mode));
	GIVES(0, CALL(newfstatat, folder, ".", &stat, AT_NO_AUTOMOUNT));
	GIVES(0, CALL(newfstatat, -1, "/", &stat, 0));
}

CONFORM(newfstatat, "EBADF, ENOTDIR, ENOENT, EINVAL")
{
	int fd = file_with("file", "hello");
	struct stat stat;

	GIVES(-EBADF, CALL(newfstatat, 99, "file", &stat, 0));
	GIVES(-EBADF, CALL(newfstatat, 99, "", &stat, AT_EMPTY_PATH));
	GIVES(-ENOTDIR, CALL(newfstatat, fd, "file", &stat, 0));
	GIVES(-ENOENT, CALL(newfstatat, fd, "", &stat, 0));
	GIVES(-EINVAL, CALL(newfstatat, AT_FDCWD, "file", &stat, 1));
	GIVES(-EINVAL, CALL(newfstatat, AT_FDCWD, "file", &stat, 1 << 30));
}

/* statx(2) */

CONFORM(statx, "what stat gives, and the mask says so")
{
	struct statx statx;

	close(file_with("file", "hello"));
	GIVES(0, CALL(statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &statx));
	HOLDS((statx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	GIVES(S_IFREG | 0644, statx.stx_mode);
	GIVES(5, statx.stx_size);
	GIVES(1, statx.stx_nlink);
	GIVES(4096, statx.stx_blksize);
	GIVES(8, statx.stx_blocks);
	HOLDS(statx.stx_ino && statx.stx_mtime.tv_sec > 1500000000);
	GIVES(0, CALL(statx, AT_FDCWD, "/dev/null", 0, STATX_TYPE, &statx));
	GIVES(1, statx.stx_rdev_major);
	GIVES(3, statx.stx_rdev_minor);
}

CONFORM(statx, "AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, AT_STATX_*")
{
	int fd = file_with("file", "hello");
	struct statx statx;

	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &statx));
	GIVES(5, statx.stx_size);
	GIVES(0, CALL(statx, AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_SIZE,
		      &statx));
	GIVES(4, statx.stx_size);
	GIVES(0, CALL(statx, fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, 0,
		      &statx));
	GIVES(0, CALL(statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0,
		      &statx));
}

CONFORM(statx, "EINVAL, EBADF, ENOENT, ENOTDIR, EFAULT")
{
	int fd = file_with("file", "hello");
	struct statx statx;

	GIVES(-EINVAL, CALL(statx, AT_FDCWD, "file", 0, 1u << 31, &statx));
	GIVES(-EINVAL, CALL(statx, AT_FDCWD, "file", 1, 0, &statx));
	GIVES(-EINVAL, CALL(statx, AT_FDCWD, "file", AT_STATX_SYNC_TYPE, 0,
			    &statx));
	GIVES(-EBADF, CALL(statx, 99, "file", 0, 0, &statx));
	GIVES(-ENOENT, CALL(statx, fd, "", 0, 0, &statx));
	GIVES(-ENOTDIR, CALL(statx, fd, "file", 0, 0, &statx));
	FAULTS(FAULT_WILD, p, CALL(statx, AT_FDCWD, p, 0, 0, &statx));
	FAULTS(OUT, p, CALL(statx, AT_FDCWD, "file", 0, 0, p));
}

/* statfs(2) */

CONFORM(statfs, "a file system of tmpfs' kind")
{
	struct statfs statfs;

	GIVES(0, CALL(statfs, ".", &statfs));
	GIVES(TMPFS_MAGIC, statfs.f_type);
	GIVES(4096, statfs.f_bsize);
	GIVES(255, statfs.f_namelen);
	HOLDS(statfs.f_blocks >= statfs.f_bfree && statfs.f_bfree);
	HOLDS(statfs.f_bavail <= statfs.f_bfree);
	GIVES(0, CALL(statfs, "/proc", &statfs));
	GIVES(PROC_SUPER_MAGIC, statfs.f_type);
}

CONFORM(statfs, "ENOENT, ENOTDIR, EFAULT")
{
	struct statfs statfs;

	close(file_with("file", ""));
	GIVES(-ENOENT, CALL(statfs, "nothing", &statfs));
	GIVES(-ENOENT, CALL(statfs, "", &statfs));
	GIVES(-ENOTDIR, CALL(statfs, "file/inner", &statfs));
	FAULTS(IN, p, CALL(statfs, p, &statfs));
	FAULTS(OUT, p, CALL(statfs, ".", p));
}

CONFORM(fstatfs, "as statfs; EBADF, EFAULT")
{
	int fd = file_with("file", "");
	struct statfs statfs;

	GIVES(0, CALL(fstatfs, fd, &statfs));
	GIVES(TMPFS_MAGIC, statfs.f_type);
	GIVES(-EBADF, CALL(fstatfs, 99, &statfs));
	FAULTS(OUT, p, CALL(fstatfs, fd, p));
}

/* access(2) */

CONFORM(access, "F_OK, R_OK, W_OK, X_OK: for root all but execution")
{
	close(file_with("file", ""));
	NEEDS(chmod("file", 0) == 0);
	GIVES(0, CALL(access, "file", F_OK));
	GIVES(0, CALL(access, "file", R_OK | W_OK));
	GIVES(-EACCES, CALL(access, "file", X_OK));
	NEEDS(chmod("file", 0001) == 0);
	GIVES(0, CALL(access, "file", X_OK));
	NEEDS(mkdir("folder", 0) == 0);
	GIVES(0, CALL(access, "folder", R_OK | W_OK | X_OK));
}

CONFORM(access, "for others owner, group or the rest, one of them")
{
	pid_t pid;

	close(file_with("own", ""));
	close(file_with("group", ""));
	close(file_with("rest", ""));
	NEEDS(!chmod(".", 0755) && !chown("own", NOBODY, 0) &&
	      !chown("group", 0, NOBODY));
	NEEDS(!chmod("own", 0477) && !chmod("group", 0727) &&
	      !chmod("rest", 0771));
	CHILD(pid) {
		become(NOBODY);
		GIVES(0, CALL(access, "own", R_OK));
		GIVES(-EACCES, CALL(access, "own", W_OK));
		GIVES(-EACCES, CALL(access, "own", R_OK | X_OK));
		GIVES(0, CALL(access, "group", W_OK));
		GIVES(-EACCES, CALL(access, "group", R_OK));
		GIVES(0, CALL(access, "rest", X_OK));
		GIVES(-EACCES, CALL(access, "rest", R_OK));
		GIVES(0, CALL(access, "rest", F_OK));
	}
	ended(pid);
}

CONFORM(access, "EINVAL, ENOENT, ENOTDIR, ELOOP, EFAULT")
{
	close(file_with("file", ""));
	NEEDS(symlink("loop", "loop") == 0 && symlink("no", "broken") == 0);
	GIVES(-EINVAL, CALL(access, "file", 8));
	GIVES(-EINVAL, CALL(access, "file", -1));
	GIVES(-ENOENT, CALL(access, "nothing", F_OK));
	GIVES(-ENOENT, CALL(access, "broken", F_OK));
	GIVES(-ENOENT, CALL(access, "", F_OK));
	GIVES(-ENOTDIR, CALL(access, "file/", F_OK));
	GIVES(-ELOOP, CALL(access, "loop", F_OK));
	FAULTS(IN, p, CALL(access, p, F_OK));
}

CONFORM(access, "by the real user, not the effective one")
{
	close(file_with("file", ""));
	NEEDS(chmod("file", 0600) == 0 && chmod(".", 0755) == 0);
	NEEDS(CALL(setresuid, NOBODY, 0, 0) == 0);
	GIVES(-EACCES, CALL(access, "file", R_OK));
	GIVES(-EACCES, CALL(faccessat2, AT_FDCWD, "file", R_OK, 0));
	GIVES(0, CALL(faccessat2, AT_FDCWD, "file", R_OK, AT_EACCESS));
	GIVES(3, open("file", O_RDONLY));
}

CONFORM(faccessat, "relative to a folder; EBADF, ENOTDIR, EFAULT")
{
	int folder, fd = file_with("file", "");

	NEEDS(mkdir("folder", 0755) == 0);
	folder = open("folder", O_RDONLY);
	GIVES(0, CALL(faccessat, folder, "../file", R_OK));
	GIVES(-ENOENT, CALL(faccessat, folder, "file", R_OK));
	GIVES(-EBADF, CALL(faccessat, 99, "file", R_OK));
	GIVES(0, CALL(faccessat, 99, "/", R_OK));
	GIVES(-ENOTDIR, CALL(faccessat, fd, "file", R_OK));
	FAULTS(IN, p, CALL(faccessat, folder, p, F_OK));
}

CONFORM(faccessat2, "AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW; EINVAL: others")
{
	int fd = file_with("file", "");

	NEEDS(symlink("nothing", "link") == 0);
	GIVES(0, CALL(faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
	GIVES(-EACCES, CALL(faccessat2, fd, "", X_OK, AT_EMPTY_PATH));
	GIVES(0, CALL(faccessat2, AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
	GIVES(-ENOENT, CALL(faccessat2, AT_FDCWD, "link", F_OK, 0));
	GIVES(-ENOENT, CALL(faccessat2, fd, "", R_OK, 0));
	GIVES(-EINVAL, CALL(faccessat2, fd, "", R_OK, 1));
	GIVES(-EINVAL, CALL(faccessat2, fd, "", 8, AT_EMPTY_PATH));
	FAULTS(FAULT_WILD, p, CALL(faccessat2, fd, p, F_OK, 0));
}
