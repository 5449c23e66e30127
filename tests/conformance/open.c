/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening and closing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "conform.h"

static unsigned mode_of(int fd)
{
	struct stat stat;

	NEEDS(fstat(fd, &stat) == 0);
	return stat.st_mode & 07777;
}

static long size_of(int fd)
{
	struct stat stat;

	NEEDS(fstat(fd, &stat) == 0);
	return stat.st_size;
}

/* open(2) */

CONFORM(open, "the lowest free descriptor")
{
	GIVES(3, CALL(open, "/dev/null", O_RDONLY));
	GIVES(4, CALL(open, "/dev/null", O_RDONLY));
	close(3);
	GIVES(3, CALL(open, "/dev/null", O_RDONLY));
	close(0);
	GIVES(0, CALL(open, "/dev/null", O_RDONLY));
}

CONFORM(open, "O_CREAT: the mode less the umask; not of what exists")
{
	umask(027);
	GIVES(0640, mode_of(CALL(open, "a", O_RDWR | O_CREAT, 0666)));
	GIVES(07750, mode_of(CALL(open, "b", O_RDWR | O_CREAT, 07777)));
	GIVES(0640, mode_of(CALL(open, "a", O_RDWR | O_CREAT, 0777)));
	GIVES(0, mode_of(CALL(open, "c", O_RDWR | O_CREAT, 0)));
}

CONFORM(open, "O_CREAT | O_EXCL: EEXIST, also for a link to nothing")
{
	NEEDS(symlink("nothing", "link") == 0);
	GIVES(3, CALL(open, "file", O_RDWR | O_CREAT | O_EXCL, 0600));
	GIVES(-EEXIST, CALL(open, "file", O_RDWR | O_CREAT | O_EXCL, 0600));
	GIVES(-EEXIST, CALL(open, "link", O_RDWR | O_CREAT | O_EXCL, 0600));
	GIVES(-EEXIST, CALL(open, ".", O_RDONLY | O_CREAT | O_EXCL, 0600));
	GIVES(4, CALL(open, "link", O_RDWR | O_CREAT, 0600));
	GIVES(0, access("nothing", F_OK));
}

CONFORM(open, "O_TRUNC: empties what may be written")
{
	int fd = file_with("file", "text");

	GIVES(4, CALL(open, "file", O_WRONLY));
	GIVES(4, size_of(fd));
	GIVES(5, CALL(open, "file", O_WRONLY | O_TRUNC));
	GIVES(0, size_of(fd));
}

CONFORM(open, "ENOENT: no such file, an empty name, no such folder")
{
	NEEDS(symlink("nothing", "link") == 0);
	GIVES(-ENOENT, CALL(open, "nothing", O_RDONLY));
	GIVES(-ENOENT, CALL(open, "", O_RDONLY));
	GIVES(-ENOENT, CALL(open, "", O_RDWR | O_CREAT, 0600));
	GIVES(-ENOENT, CALL(open, "no/file", O_RDWR | O_CREAT, 0600));
	GIVES(-ENOENT, CALL(open, "link", O_RDONLY));
	GIVES(-ENOENT, CALL(open, "link/", O_RDONLY));
}

CONFORM(open, "ENOTDIR: through a file, O_DIRECTORY, a slash at the end")
{
	file_with("file", "");
	GIVES(-ENOTDIR, CALL(open, "file/inner", O_RDONLY));
	GIVES(-ENOTDIR, CALL(open, "file/inner", O_RDWR | O_CREAT, 0600));
	GIVES(-ENOTDIR, CALL(open, "file", O_RDONLY | O_DIRECTORY));
	GIVES(-ENOTDIR, CALL(open, "file/", O_RDONLY));
	GIVES(-ENOTDIR, CALL(open, "file/.", O_RDONLY));
	GIVES(-ENOTDIR, CALL(open, "file/..", O_RDONLY));
	GIVES(4, CALL(open, ".", O_RDONLY | O_DIRECTORY));
}

CONFORM(open, "EISDIR: a folder for writing, O_CREAT of one")
{
	NEEDS(mkdir("folder", 0755) == 0);
	GIVES(-EISDIR, CALL(open, "folder", O_WRONLY));
	GIVES(-EISDIR, CALL(open, "folder", O_RDWR));
	GIVES(-EISDIR, CALL(open, "folder", O_RDONLY | O_CREAT, 0600));
	GIVES(-EISDIR, CALL(open, "folder", O_RDONLY | O_TRUNC));
	GIVES(-EISDIR, CALL(open, "new/", O_RDWR | O_CREAT, 0600));
	GIVES(3, CALL(open, "folder", O_RDONLY));
}

CONFORM(open, "ELOOP: links in a circle, too many of them, O_NOFOLLOW")
{
	char from[16], to[16] = ".";

	NEEDS(symlink("b", "a") == 0 && symlink("a", "b") == 0);
	GIVES(-ELOOP, CALL(open, "a", O_RDONLY));
	GIVES(-ELOOP, CALL(open, "a/file", O_RDONLY));
	for (int i = 0; i < 41; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		NEEDS(symlink(to, from) == 0);
		memcpy(to, from, sizeof(to));
	}
	GIVES(3, CALL(open, "l39", O_RDONLY));
	GIVES(-ELOOP, CALL(open, "l40", O_RDONLY));
	GIVES(-ELOOP, CALL(open, "l0", O_RDONLY | O_NOFOLLOW));
	GIVES(-ENOTDIR, CALL(open, "l0", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	GIVES(4, CALL(open, "l0/", O_RDONLY | O_NOFOLLOW));
}

CONFORM(open, "ENAMETOOLONG: a name of 256, a path of 4096")
{
	static char path[8192];

	memset(path, 'n', 255);
	GIVES(3, CALL(open, path, O_RDWR | O_CREAT, 0600));
	memset(path, 'n', 256);
	GIVES(-ENAMETOOLONG, CALL(open, path, O_RDWR | O_CREAT, 0600));
	memset(path, '/', 4095);
	GIVES(4, CALL(open, path, O_RDONLY));
	memset(path, '/', 4096);
	GIVES(-ENAMETOOLONG, CALL(open, path, O_RDONLY));
}

CONFORM(open, "EFAULT: the path; one that ends at the edge is fine")
{
	char *end = edge(2);

	FAULTS(IN, p, CALL(open, p, O_RDONLY));
	memcpy(end, ".", 2);
	GIVES(3, CALL(open, end, O_RDONLY));
	memcpy(end, "..", 2);
	GIVES(-EFAULT, CALL(open, end, O_RDONLY));
}

CONFORM(open, "EACCES: files and folders of others, unless one is root")
{
	pid_t pid;

	close(file_with("mine", ""));
	NEEDS(chmod("mine", 0604) == 0);
	NEEDS(mkdir("closed", 0700) == 0 && chmod(".", 0755) == 0);
	close(file_with("closed/file", ""));
	CHILD(pid) {
		become(NOBODY);
		GIVES(3, CALL(open, "mine", O_RDONLY));
		GIVES(-EACCES, CALL(open, "mine", O_WRONLY));
		GIVES(-EACCES, CALL(open, "mine", O_RDWR));
		GIVES(-EACCES, CALL(open, "mine", O_RDONLY | O_TRUNC));
		GIVES(-EACCES, CALL(open, "closed/file", O_RDONLY));
		GIVES(-EACCES, CALL(open, "closed", O_RDONLY));
		GIVES(-EACCES, CALL(open, "new", O_RDWR | O_CREAT, 0600));
		GIVES(4, CALL(open, "closed", O_PATH));
	}
	GIVES(0, ended(pid));
	NEEDS(chmod("mine", 0) == 0);
	GIVES(3, CALL(open, "mine", O_RDWR));
}

CONFORM(open, "O_NOATIME: EPERM for a file of others")
{
	pid_t pid;

	close(file_with("file", ""));
	NEEDS(chmod(".", 0755) == 0);
	GIVES(3, CALL(open, "file", O_RDONLY | O_NOATIME));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(open, "file", O_RDONLY | O_NOATIME));
	}
	ended(pid);
}

CONFORM(open, "EINVAL: an impossible access mode is one of O_PATH's kind")
{
	int fd = file_with("file", "text");
	char byte;

	fd = CALL(open, "file", O_ACCMODE);
	GIVES(4, fd);
	GIVES(-EBADF, CALL(read, fd, &byte, 1));
	GIVES(-EBADF, CALL(write, fd, &byte, 1));
	GIVES(O_ACCMODE, CALL(fcntl, fd, F_GETFL) & O_ACCMODE);
}

CONFORM(open, "O_PATH: a handle that can neither read, write nor seek")
{
	struct stat stat;
	int fd, link;
	char byte;

	close(file_with("file", "text"));
	NEEDS(symlink("file", "link") == 0);
	fd = CALL(open, "file", O_PATH);
	GIVES(3, fd);
	GIVES(-EBADF, CALL(read, fd, &byte, 1));
	GIVES(-EBADF, CALL(write, fd, &byte, 1));
	GIVES(-EBADF, CALL(fchmod, fd, 0600));
	GIVES(-EBADF, CALL(fchown, fd, 0, 0));
	GIVES(-EBADF, CALL(ioctl, fd, 0x541b, 0));
	GIVES(0, CALL(fstat, fd, &stat));
	GIVES(4, stat.st_size);
	GIVES(4, CALL(dup, fd));
	GIVES(O_PATH, CALL(fcntl, fd, F_GETFL));
	link = CALL(open, "link", O_PATH | O_NOFOLLOW);
	GIVES(5, link);
	GIVES(0, CALL(fstat, link, &stat));
	HOLDS(S_ISLNK(stat.st_mode));
}

CONFORM(open, "O_TMPFILE: a file without a name, which may get one")
{
	char path[32];
	int fd = CALL(open, ".", O_TMPFILE | O_RDWR, 0600);
	struct stat stat;

	GIVES(3, fd);
	GIVES(4, write(fd, "text", 4));
	fstat(fd, &stat);
	GIVES(0, stat.st_nlink);
	GIVES(0600, stat.st_mode & 07777);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	GIVES(0, RESULT(linkat(AT_FDCWD, path, AT_FDCWD, "name",
			       AT_SYMLINK_FOLLOW)));
	GIVES(4, CALL(open, "name", O_RDONLY));
	GIVES(4, size_of(4));
	fstat(fd, &stat);
	GIVES(1, stat.st_nlink);
}

CONFORM(open, "O_TMPFILE: with O_EXCL it cannot get a name; EINVAL, ENOTDIR")
{
	char path[32];
	int fd = CALL(open, ".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);

	GIVES(3, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	GIVES(-ENOENT, RESULT(linkat(AT_FDCWD, path, AT_FDCWD, "name",
				     AT_SYMLINK_FOLLOW)));
	GIVES(-EINVAL, CALL(open, ".", O_TMPFILE | O_RDONLY, 0600));
	GIVES(-EINVAL, CALL(open, ".", O_TMPFILE | O_RDWR | O_CREAT, 0600));
	GIVES(-EINVAL, CALL(open, ".", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR));
	file_with("file", "");
	GIVES(-ENOTDIR, CALL(open, "file", O_TMPFILE | O_RDWR, 0600));
	GIVES(-ENOENT, CALL(open, "nothing", O_TMPFILE | O_RDWR, 0600));
}

CONFORM(open, "O_CLOEXEC, O_NONBLOCK, O_APPEND, O_SYNC stay with the file")
{
	int fd = CALL(open, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	GIVES(FD_CLOEXEC, CALL(fcntl, fd, F_GETFD));
	GIVES(O_RDWR | 0100000, CALL(fcntl, fd, F_GETFL));
	fd = CALL(open, "file", O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC);
	GIVES(0, CALL(fcntl, fd, F_GETFD));
	GIVES(O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC | 0100000,
	      CALL(fcntl, fd, F_GETFL));
	fd = CALL(open, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	GIVES(O_DIRECTORY | O_NOFOLLOW | 0100000, CALL(fcntl, fd, F_GETFL));
}

CONFORM(open, "unknown flags are ignored")
{
	GIVES(3, CALL(open, "file", O_RDWR | O_CREAT | 1u << 30, 0600));
	GIVES(4, CALL(open, "file", O_RDONLY | O_NOCTTY | O_LARGEFILE));
}

CONFORM(open, "EMFILE: RLIMIT_NOFILE descriptors are open")
{
	const unsigned long limit[2] = { 5, 4096 };

	NEEDS(CALL(setrlimit, 7 /* RLIMIT_NOFILE */, limit) == 0);
	GIVES(3, CALL(open, "/dev/null", O_RDONLY));
	GIVES(4, CALL(open, "/dev/null", O_RDONLY));
	GIVES(-EMFILE, CALL(open, "/dev/null", O_RDONLY));
	GIVES(-EMFILE, CALL(open, "new", O_RDWR | O_CREAT, 0600));
	GIVES(-ENOENT, RESULT(access("new", F_OK)));
	close(1);
	GIVES(1, CALL(open, "/dev/null", O_RDONLY));
}

CONFORM(open, "a removed file stays while it is open")
{
	int fd = file_with("file", "text");
	char text[8] = "";
	struct stat stat;

	GIVES(0, unlink("file"));
	GIVES(4, read(fd, text, 8));
	fstat(fd, &stat);
	GIVES(0, stat.st_nlink);
	GIVES(-ENOENT, CALL(open, "file", O_RDONLY));
}

CONFORM(open, "/proc/self/fd/N opens what is open as N anew")
{
	int fd = file_with("file", "text");
	char byte;

	NEEDS(read(fd, &byte, 1) == 1 && fd == 3);
	GIVES(4, CALL(open, "/proc/self/fd/3", O_RDONLY));
	GIVES(1, read(4, &byte, 1));
	GIVES('t', byte);
	GIVES(-ENOENT, CALL(open, "/proc/self/fd/77", O_RDONLY));
	GIVES(-ENOTDIR, CALL(open, "/proc/self/fd/3", O_DIRECTORY));
}

CONFORM(open, "/proc/PID/fd: one's own, or of the user's that allow it")
{
	char path[64];
	pid_t pid;

	become(NOBODY);
	snprintf(path, sizeof(path), "/proc/%d/fd", getpid());
	GIVES(3, CALL(open, "/proc/self/fd", O_RDONLY));
	GIVES(4, CALL(open, "/proc/self/fd/0", O_RDWR));
	CHILD(pid)
		GIVES(-EACCES, CALL(open, path, O_RDONLY));
	GIVES(0, ended(pid));
	NEEDS(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHILD(pid)
		GIVES(5, CALL(open, path, O_RDONLY));
	GIVES(0, ended(pid));
}

CONFORM(open, "ENXIO, EACCES: what cannot be opened so")
{
	GIVES(-ENXIO, CALL(open, "/dev/tty", O_RDWR));
	SHOWS(CALL(open, "/proc/self/status", O_WRONLY) < 0);
	SHOWS(CALL(open, "/proc/new", O_RDWR | O_CREAT, 0600) < 0);
}

PARTIAL(open, "ETXTBSY of a program that runs", "0")
{
	long fd = CALL(open, "/proc/self/exe", O_WRONLY);

	GIVES(-ETXTBSY, fd < 0 ? fd : 0);
}

/* creat(2) */

CONFORM(creat, "a new file, or an old one emptied, for writing alone")
{
	int fd = file_with("old", "text");
	char byte;

	umask(027);
	GIVES(4, CALL(creat, "new", 0666));
	GIVES(0640, mode_of(4));
	GIVES(O_WRONLY | 0100000, CALL(fcntl, 4, F_GETFL));
	GIVES(-EBADF, CALL(read, 4, &byte, 1));
	GIVES(5, CALL(creat, "old", 0));
	GIVES(0, size_of(fd));
	GIVES(0, CALL(fcntl, 5, F_GETFD));
}

CONFORM(creat, "EISDIR, ENOENT, EFAULT")
{
	GIVES(-EISDIR, CALL(creat, ".", 0600));
	GIVES(-EISDIR, CALL(creat, "new/", 0600));
	GIVES(-ENOENT, CALL(creat, "", 0600));
	GIVES(-ENOENT, CALL(creat, "no/file", 0600));
	FAULTS(IN, p, CALL(creat, p, 0600));
}

/* openat(2) */

CONFORM(openat, "relative to a folder; an absolute path needs none")
{
	int folder;

	NEEDS(mkdir("folder", 0755) == 0);
	folder = open("folder", O_RDONLY);
	GIVES(4, CALL(openat, folder, "file", O_RDWR | O_CREAT, 0600));
	GIVES(0, access("folder/file", F_OK));
	GIVES(5, CALL(openat, -1, "/dev/null", O_RDONLY));
	GIVES(6, CALL(openat, AT_FDCWD, "folder/file", O_RDONLY));
	GIVES(7, CALL(openat, open("folder", O_PATH), "file", O_RDONLY) - 1);
}

CONFORM(openat, "EBADF, ENOTDIR, ENOENT, EFAULT")
{
	int fd = file_with("file", ""), folder = open(".", O_RDONLY);

	GIVES(-EBADF, CALL(openat, 99, "file", O_RDONLY));
	GIVES(-EBADF, CALL(openat, -1, "file", O_RDONLY));
	GIVES(-ENOENT, CALL(openat, 99, "", O_RDONLY));
	GIVES(-ENOTDIR, CALL(openat, fd, "file", O_RDONLY));
	GIVES(-ENOENT, CALL(openat, folder, "nothing", O_RDONLY));
	FAULTS(IN, p, CALL(openat, folder, p, O_RDONLY));
}

CONFORM(openat, "a folder that has been removed is empty for good")
{
	int folder;

	NEEDS(mkdir("folder", 0755) == 0);
	folder = open("folder", O_RDONLY);
	NEEDS(rmdir("folder") == 0);
	GIVES(-ENOENT, CALL(openat, folder, "new", O_RDWR | O_CREAT, 0600));
	GIVES(4, CALL(openat, folder, ".", O_RDONLY));
}

/* close(2) */

CONFORM(close, "frees the descriptor; EBADF: it is not open")
{
	int fd = file_with("file", "");

	GIVES(0, CALL(close, fd));
	GIVES(-EBADF, CALL(close, fd));
	GIVES(-EBADF, CALL(close, -1));
	GIVES(-EBADF, CALL(close, 1 << 20));
	GIVES(-EBADF, CALL(close, 1ul << 31));
	GIVES(fd, open("file", O_RDONLY));
}
