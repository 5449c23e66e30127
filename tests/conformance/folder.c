/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading folders and links; the working folder and the root. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "conform.h"

/* struct linux_dirent64 */
struct entry64 {
	unsigned long number;
	long offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* struct linux_dirent; the type is its last byte. */
struct entry {
	unsigned long number, offset;
	unsigned short length;
	char name[];
};

static _Alignas(8) char buffer[4096];

/* How often NAME with TYPE is among N bytes of entries. */
static int count64(const char *name, int type, long n)
{
	int found = 0;

	for (long at = 0; at < n;) {
		const struct entry64 *entry = (void *)(buffer + at);

		NEEDS(entry->length && entry->number);
		found += !strcmp(entry->name, name) && entry->type == type;
		at += entry->length;
	}
	return found;
}

static int count(const char *name, int type, long n)
{
	int found = 0;

	for (long at = 0; at < n;) {
		const struct entry *entry = (void *)(buffer + at);

		NEEDS(entry->length && entry->number);
		found += !strcmp(entry->name, name) &&
			buffer[at + entry->length - 1] == type;
		at += entry->length;
	}
	return found;
}

static void fill(void)
{
	close(file_with("file", ""));
	NEEDS(mkdir("folder", 0755) == 0 && symlink("file", "link") == 0);
}

/* getdents(2) */

CONFORM(getdents64, "each name once, with its type; then 0")
{
	int fd;
	long n;

	fill();
	fd = open(".", O_RDONLY);
	n = CALL(getdents64, fd, buffer, sizeof(buffer));
	GIVES(128, n);
	GIVES(1, count64(".", DT_DIR, n));
	GIVES(1, count64("..", DT_DIR, n));
	GIVES(1, count64("file", DT_REG, n));
	GIVES(1, count64("folder", DT_DIR, n));
	GIVES(1, count64("link", DT_LNK, n));
	GIVES(0, CALL(getdents64, fd, buffer, sizeof(buffer)));
}

CONFORM(getdents64, "in small pieces; again from the beginning")
{
	int fd, sum = 0, total = 0;
	long n;

	fill();
	fd = open(".", O_RDONLY);
	while ((n = CALL(getdents64, fd, buffer, 32)) > 0) {
		sum += count64("file", DT_REG, n);
		total++;
	}
	GIVES(0, n);
	GIVES(1, sum);
	GIVES(5, total);
	GIVES(0, lseek(fd, 0, SEEK_SET));
	n = CALL(getdents64, fd, buffer, sizeof(buffer));
	GIVES(1, count64("link", DT_LNK, n));
}

CONFORM(getdents64, "names that stay come once, whatever else is made or goes")
{
	char name[16];
	int fd, sum = 0;
	long n;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		close(file_with(name, ""));
	}
	fd = open(".", O_RDONLY);
	for (int i = 0; (n = CALL(getdents64, fd, buffer, 64)) > 0; i++) {
		sum += count64("file5", DT_REG, n);
		sum += count64("file15", DT_REG, n);
		snprintf(name, sizeof(name), "file%d", 19 - i);
		if (19 - i != 15 && 19 - i != 5)
			unlink(name);
	}
	GIVES(2, sum);
}

CONFORM(getdents64, "EBADF, ENOTDIR, EINVAL: no room, EFAULT")
{
	int fd = open(".", O_RDONLY);

	GIVES(-EBADF, CALL(getdents64, 99, buffer, sizeof(buffer)));
	GIVES(-EBADF, CALL(getdents64, open(".", O_PATH), buffer, 4096));
	GIVES(-ENOTDIR, CALL(getdents64, file_with("file", ""), buffer, 4096));
	GIVES(-ENOTDIR, CALL(getdents64, 0, buffer, 4096));
	GIVES(-EINVAL, CALL(getdents64, fd, buffer, 20));
	GIVES(-EINVAL, CALL(getdents64, fd, buffer, 0));
	FAULTS(OUT, p, CALL(getdents64, fd, p, 4096));
}

CONFORM(getdents64, "ENOENT: a folder that has been removed")
{
	int fd;

	NEEDS(mkdir("folder", 0755) == 0);
	fd = open("folder", O_RDONLY);
	NEEDS(rmdir("folder") == 0);
	GIVES(-ENOENT, CALL(getdents64, fd, buffer, sizeof(buffer)));
}

CONFORM(getdents, "as getdents64, with the older layout")
{
	int fd;
	long n;

	fill();
	fd = open(".", O_RDONLY);
	n = CALL(getdents, fd, buffer, sizeof(buffer));
	HOLDS(n > 0);
	GIVES(1, count(".", DT_DIR, n));
	GIVES(1, count("file", DT_REG, n));
	GIVES(1, count("link", DT_LNK, n));
	GIVES(0, CALL(getdents, fd, buffer, sizeof(buffer)));
	lseek(fd, 0, SEEK_SET);
	GIVES(-EBADF, CALL(getdents, 99, buffer, 4096));
	GIVES(-ENOTDIR, CALL(getdents, 0, buffer, 4096));
	GIVES(-EINVAL, CALL(getdents, fd, buffer, 20));
	FAULTS(OUT, p, CALL(getdents, fd, p, 4096));
}

/* getcwd(2), chdir(2), fchdir(2), chroot(2) */

CONFORM(getcwd, "the path with its NUL; ERANGE, EFAULT")
{
	char path[4096] = "";
	size_t length;

	NEEDS(mkdir("folder", 0755) == 0 && getcwd(path, 4000));
	strcat(path, "/folder");
	length = strlen(path) + 1;
	GIVES(0, CALL(chdir, "folder"));
	HOLDS(CALL(getcwd, buffer, sizeof(buffer)) == (long)length);
	HOLDS(!strcmp(buffer, path));
	HOLDS(CALL(getcwd, buffer, length) == (long)length);
	GIVES(-ERANGE, CALL(getcwd, buffer, length - 1));
	GIVES(-ERANGE, CALL(getcwd, buffer, 0));
	GIVES(-ERANGE, CALL(getcwd, NULL, 1));
	FAULTS(OUT, p, CALL(getcwd, p, 4096));
	GIVES(0, CALL(chdir, "/"));
	GIVES(2, CALL(getcwd, buffer, 4096));
}

CONFORM(getcwd, "follows what renames the folder; ENOENT: it is removed")
{
	NEEDS(!mkdir("folder", 0755) && !chdir("folder") &&
	      !rename("../folder", "../moved"));
	HOLDS(CALL(getcwd, buffer, sizeof(buffer)) > 0);
	HOLDS(!strcmp(strrchr(buffer, '/'), "/moved"));
	NEEDS(rmdir("../moved") == 0);
	GIVES(-ENOENT, CALL(getcwd, buffer, sizeof(buffer)));
}

CONFORM(chdir, "through links; ENOENT, ENOTDIR, ELOOP, EFAULT")
{
	fill();
	NEEDS(!symlink("folder", "way") && !symlink("loop", "loop"));
	GIVES(-ENOENT, CALL(chdir, "nothing"));
	GIVES(-ENOENT, CALL(chdir, ""));
	GIVES(-ENOTDIR, CALL(chdir, "file"));
	GIVES(-ELOOP, CALL(chdir, "loop"));
	FAULTS(IN, p, CALL(chdir, p));
	GIVES(0, CALL(chdir, "way"));
	GIVES(0, CALL(chdir, "../folder"));
	GIVES(0, access("../file", F_OK));
}

CONFORM(chdir, "EACCES: no right to search")
{
	pid_t pid;

	NEEDS(!mkdir("closed", 0766) && !chmod(".", 0755) &&
	      !chmod("closed", 0766));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EACCES, CALL(chdir, "closed"));
		GIVES(-EACCES, CALL(fchdir, open("closed", O_RDONLY)));
	}
	ended(pid);
}

CONFORM(fchdir, "to an open folder; EBADF, ENOTDIR")
{
	int file;

	fill();
	file = open("file", O_RDONLY);
	GIVES(-EBADF, CALL(fchdir, 99));
	GIVES(-ENOTDIR, CALL(fchdir, file));
	GIVES(0, CALL(fchdir, open("folder", O_PATH)));
	GIVES(0, access("../file", F_OK));
	NEEDS(rmdir("../folder") == 0);
	GIVES(0, CALL(chdir, ".."));
	GIVES(-ENOENT, CALL(chdir, "folder"));
}

CONFORM(chroot, "paths begin there, and .. ends there")
{
	fill();
	close(file_with("folder/inner", ""));
	NEEDS(symlink("/inner", "folder/link") == 0);
	GIVES(0, CALL(chroot, "folder"));
	GIVES(0, access("/inner", F_OK));
	GIVES(0, access("/../../inner", F_OK));
	GIVES(0, access("/link", F_OK));
	GIVES(-ENOENT, RESULT(access("/dev/null", F_OK)));
	/* The working folder is outside still. */
	GIVES(0, access("file", F_OK));
	GIVES(0, CALL(chdir, "/"));
	GIVES(-ENOENT, RESULT(access("../file", F_OK)));
}

CONFORM(chroot, "getcwd of what the root does not lead to")
{
	NEEDS(mkdir("folder", 0755) == 0);
	GIVES(0, CALL(chroot, "folder"));
	HOLDS(CALL(getcwd, buffer, sizeof(buffer)) > 0);
	HOLDS(!strncmp(buffer, "(unreachable)/", 14));
}

CONFORM(chroot, "EPERM: but for root; ENOENT, ENOTDIR, EFAULT")
{
	pid_t pid;

	fill();
	GIVES(-ENOENT, CALL(chroot, "nothing"));
	GIVES(-ENOTDIR, CALL(chroot, "file"));
	FAULTS(IN, p, CALL(chroot, p));
	NEEDS(chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(chroot, "folder"));
		GIVES(-ENOENT, CALL(chroot, "nothing"));
	}
	ended(pid);
}

/* readlink(2) */

CONFORM(readlink, "the text without NUL, as much as there is room for")
{
	char text[16] = "................";

	NEEDS(symlink("0123456789", "link") == 0);
	GIVES(10, CALL(readlink, "link", text, 16));
	HOLDS(!memcmp(text, "0123456789......", 16));
	GIVES(3, CALL(readlink, "link", text, 3));
}

CONFORM(readlink, "EINVAL, ENOENT, ENOTDIR, ELOOP, EFAULT")
{
	char text[16];

	fill();
	NEEDS(symlink("loop", "loop") == 0);
	GIVES(-EINVAL, CALL(readlink, "file", text, 16));
	GIVES(-EINVAL, CALL(readlink, "folder", text, 16));
	GIVES(-EINVAL, CALL(readlink, "link", text, 0));
	GIVES(-EINVAL, CALL(readlink, "link", text, -1));
	GIVES(-ENOENT, CALL(readlink, "nothing", text, 16));
	GIVES(-ENOENT, CALL(readlink, "", text, 16));
	GIVES(-ENOTDIR, CALL(readlink, "file/x", text, 16));
	GIVES(-ELOOP, CALL(readlink, "loop/x", text, 16));
	GIVES(4, CALL(readlink, "loop", text, 16));
	FAULTS(IN, p, CALL(readlink, p, text, 16));
	FAULTS(OUT, p, CALL(readlink, "link", p, 16));
}

CONFORM(readlink, "/proc/self/fd, /proc/self/cwd, /proc/self/exe")
{
	static char path[4096], here[4096];
	int fd = file_with("file", "");
	long n;

	NEEDS(getcwd(here, 4000) && fd == 3);
	n = CALL(readlink, "/proc/self/cwd", path, 4096);
	HOLDS(n == (long)strlen(here) && !memcmp(here, path, n));
	strcat(here, "/file");
	n = CALL(readlink, "/proc/self/fd/3", path, 4096);
	HOLDS(n == (long)strlen(here) && !memcmp(here, path, n));
	n = CALL(readlink, "/proc/self/exe", path, 4096);
	HOLDS(n > 8 && !memcmp(path + n - 8, "/conform", 8));
}

PARTIAL(readlink, "names of removed files in /proc/self/fd", "ENOENT")
{
	char path[4096];
	int fd = file_with("file", "");
	long n;

	NEEDS(unlink("file") == 0 && fd == 3);
	n = CALL(readlink, "/proc/self/fd/3", path, 4096);
	if (n >= 15 && !memcmp(path + n - 15, "/file (deleted)", 15))
		n = 0;
	GIVES(0, n);
}

CONFORM(readlinkat, "relative to a folder; an empty path: the link opened")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY), link;
	char text[16];

	NEEDS(symlink("target", "link") == 0);
	link = open("link", O_PATH | O_NOFOLLOW);
	GIVES(6, CALL(readlinkat, at, "link", text, 16));
	GIVES(6, CALL(readlinkat, link, "", text, 16));
	GIVES(-ENOENT, CALL(readlinkat, fd, "", text, 16));
	GIVES(-EBADF, CALL(readlinkat, 99, "link", text, 16));
	GIVES(-ENOTDIR, CALL(readlinkat, fd, "link", text, 16));
	FAULTS(FAULT_WILD, p, CALL(readlinkat, at, p, text, 16));
	FAULTS(OUT, p, CALL(readlinkat, at, "link", p, 16));
}
