/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading, writing and the position of open files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include "conform.h"

/* read(2) */

CONFORM(read, "bytes, fewer at the end, none after it")
{
	int fd = file_with("file", "hello");
	char text[16] = "";

	GIVES(3, CALL(read, fd, text, 3));
	GIVES(2, CALL(read, fd, text + 3, 13));
	GIVES(0, CALL(read, fd, text + 5, 11));
	HOLDS(!strcmp(text, "hello"));
}

CONFORM(read, "0 bytes: only the descriptor is looked at")
{
	GIVES(0, CALL(read, file_with("file", "x"), NULL, 0));
	GIVES(-EBADF, CALL(read, 99, NULL, 0));
}

CONFORM(read, "EBADF: closed, negative, not open for reading, O_PATH")
{
	int fd = open("w", O_WRONLY | O_CREAT, 0600);
	char byte;

	GIVES(-EBADF, CALL(read, 99, &byte, 1));
	GIVES(-EBADF, CALL(read, -1, &byte, 1));
	GIVES(-EBADF, CALL(read, fd, &byte, 1));
	GIVES(-EBADF, CALL(read, open("w", O_PATH), &byte, 1));
}

CONFORM(read, "EISDIR: a folder")
{
	char byte;

	GIVES(-EISDIR, CALL(read, open(".", O_RDONLY), &byte, 1));
}

CONFORM(read, "EFAULT: a buffer that cannot be written to")
{
	int fd = file_with("file", "some text that is longer than one byte");

	FAULTS(OUT & ~FAULT_EDGE, p, CALL(pread64, fd, p, 16, 0));
	FAULTS(OUT & ~FAULT_EDGE, p, CALL(read, fd, p, 16));
	GIVES(0, lseek(fd, 0, SEEK_CUR));
}

CONFORM(read, "a buffer that ends early gets what fits")
{
	int fd = file_with("file", "0123456789");
	char *end = edge(4);

	GIVES(4, CALL(read, fd, end, 10));
	HOLDS(!memcmp(end, "0123", 4));
	GIVES(4, lseek(fd, 0, SEEK_CUR));
}

CONFORM(read, "EFAULT: counts that go beyond user space; large ones do not")
{
	int fd = file_with("file", "0123456789");
	char *text = memory(4096);

	GIVES(-EFAULT, CALL(read, fd, text, -1));
	GIVES(-EFAULT, CALL(read, fd, text, 1ul << 63));
	GIVES(-EFAULT, CALL(read, fd, text, 1ul << 62));
	GIVES(10, CALL(read, fd, text, 0x7ffff000));
}

CONFORM(read, "/dev/zero gives zeroes, /dev/null nothing")
{
	char bytes[3] = "xx";
	long n;

	GIVES(2, CALL(read, open("/dev/zero", O_RDONLY), bytes, 2));
	HOLDS(bytes[0] == 0 && bytes[1] == 0);
	GIVES(0, CALL(read, open("/dev/null", O_RDONLY), bytes, 2));
	/* Linux's answer depends on how it clears memory on this processor. */
	n = CALL(read, open("/dev/zero", O_RDONLY), edge(2), 4096);
	HOLDS(n == 2 || n == -EFAULT);
	FAULTS(OUT & ~FAULT_EDGE, p,
	       CALL(read, open("/dev/zero", O_RDONLY), p, 4096));
	FAULTS(OUT & ~FAULT_EDGE, p,
	       CALL(read, open("/dev/urandom", O_RDONLY), p, 8));
}

/* write(2) */

CONFORM(write, "extends the file, moves the position")
{
	int fd = file_with("file", "");
	struct stat stat;

	GIVES(5, CALL(write, fd, "hello", 5));
	GIVES(5, lseek(fd, 0, SEEK_CUR));
	GIVES(10, lseek(fd, 10, SEEK_SET));
	GIVES(3, CALL(write, fd, "end", 3));
	fstat(fd, &stat);
	GIVES(13, stat.st_size);
}

CONFORM(write, "O_APPEND: at the end, wherever the position is")
{
	int fd = file_with("file", "begin");
	int end = open("file", O_WRONLY | O_APPEND);
	char text[16] = "";

	lseek(end, 1, SEEK_SET);
	GIVES(3, CALL(write, end, "end", 3));
	GIVES(8, lseek(end, 0, SEEK_CUR));
	GIVES(8, CALL(read, fd, text, 16));
	HOLDS(!strcmp(text, "beginend"));
}

CONFORM(write, "0 bytes change nothing; the descriptor is looked at")
{
	int fd = open("file", O_WRONLY | O_CREAT | O_APPEND, 0600);

	GIVES(0, CALL(write, fd, NULL, 0));
	GIVES(-EBADF, CALL(write, 99, NULL, 0));
}

CONFORM(write, "EBADF: closed, negative, not open for writing, O_PATH")
{
	int fd = file_with("file", "");

	GIVES(-EBADF, CALL(write, 99, "x", 1));
	GIVES(-EBADF, CALL(write, -1, "x", 1));
	GIVES(-EBADF, CALL(write, open("file", O_RDONLY), "x", 1));
	GIVES(-EBADF, CALL(write, open("file", O_PATH), "x", 1));
	GIVES(-EBADF, CALL(write, open(".", O_RDONLY), "x", 1));
	GIVES(1, CALL(write, fd, "x", 1));
}

CONFORM(write, "EFAULT: a buffer that cannot be read")
{
	int fd = file_with("file", "");
	struct stat stat;

	FAULTS(IN & ~FAULT_EDGE, p, CALL(write, fd, p, 16));
	fstat(fd, &stat);
	GIVES(0, stat.st_size);
	GIVES(0, lseek(fd, 0, SEEK_CUR));
}

CONFORM(write, "ENOSPC: /dev/full; all goes into /dev/null and /dev/zero")
{
	GIVES(-ENOSPC, CALL(write, open("/dev/full", O_WRONLY), "x", 1));
	GIVES(1, CALL(write, open("/dev/null", O_WRONLY), "x", 1));
	GIVES(1, CALL(write, open("/dev/zero", O_WRONLY), "x", 1));
	GIVES(16, CALL(write, open("/dev/null", O_WRONLY), 8, 16));
}

CONFORM(write, "EFAULT: counts that go beyond user space")
{
	int fd = file_with("file", "");

	GIVES(-EFAULT, CALL(write, fd, "x", -1));
	GIVES(-EFAULT, CALL(write, fd, "x", 1ul << 63));
	GIVES(-EFAULT, CALL(write, fd, "x", 1ul << 62));
}

CONFORM(write, "a buffer that ends early is written as far as it goes")
{
	int fd = file_with("file", "");
	char *end = edge(4);

	memcpy(end, "0123", 4);
	GIVES(4, CALL(write, fd, end, 10));
	GIVES(4, lseek(fd, 0, SEEK_CUR));
}

CONFORM(write, "takes the set-user and set-group bits away, not for root")
{
	int fd = file_with("file", "");
	struct stat stat;
	pid_t pid;

	fchown(fd, NOBODY, NOBODY);
	fchmod(fd, 06777);
	GIVES(1, CALL(write, fd, "x", 1));
	fstat(fd, &stat);
	HOLDS((stat.st_mode & 07777) == 06777);
	CHILD(pid) {
		become(NOBODY);
		GIVES(1, CALL(write, fd, "x", 1));
	}
	ended(pid);
	fstat(fd, &stat);
	HOLDS((stat.st_mode & 07777) == 0777);
}

CONFORM(write, "EFBIG and SIGXFSZ: beyond RLIMIT_FSIZE")
{
	int fd = file_with("file", "");
	const unsigned long limit[2] = { 10, 10 };
	pid_t pid;

	NEEDS(CALL(setrlimit, 1 /* RLIMIT_FSIZE */, limit) == 0);
	GIVES(10, CALL(write, fd, "hello, world", 12));
	CHILD(pid)
		write(fd, "x", 1);
	GIVES(128 + 25 /* SIGXFSZ */, ended(pid));
}

/* pread(2), pwrite(2) */

CONFORM(pread64, "at its offset, without moving the position")
{
	int fd = file_with("file", "0123456789");
	char text[16] = "";

	GIVES(3, CALL(pread64, fd, text, 3, 7));
	HOLDS(!strcmp(text, "789"));
	GIVES(0, CALL(pread64, fd, text, 3, 10));
	GIVES(0, CALL(pread64, fd, text, 3, 1ul << 40));
	GIVES(0, lseek(fd, 0, SEEK_CUR));
}

CONFORM(pread64, "EBADF, EINVAL, EISDIR, ESPIPE")
{
	int ends[2];
	char byte;

	pipe_ends(ends);
	GIVES(-EBADF, CALL(pread64, 99, &byte, 1, 0));
	GIVES(-EINVAL, CALL(pread64, file_with("f", ""), &byte, 1, -1));
	GIVES(-EISDIR, CALL(pread64, open(".", O_RDONLY), &byte, 1, 0));
	GIVES(-ESPIPE, CALL(pread64, ends[0], &byte, 1, 0));
	GIVES(-EBADF, CALL(pread64, open("f", O_WRONLY), &byte, 1, 0));
}

CONFORM(pwrite64, "at its offset; with O_APPEND at the end")
{
	int fd = file_with("file", "0123456789"), append;
	char text[32] = "";

	GIVES(2, CALL(pwrite64, fd, "ab", 2, 4));
	append = open("file", O_WRONLY | O_APPEND);
	GIVES(3, CALL(pwrite64, append, "end", 3, 0));
	GIVES(0, lseek(append, 0, SEEK_CUR));
	GIVES(13, CALL(pread64, fd, text, 32, 0));
	HOLDS(!strcmp(text, "0123ab6789end"));
}

CONFORM(pwrite64, "EBADF, EINVAL, ESPIPE, EFAULT")
{
	int ends[2], fd = file_with("file", "");

	pipe_ends(ends);
	GIVES(-EBADF, CALL(pwrite64, 99, "x", 1, 0));
	GIVES(-EBADF, CALL(pwrite64, open("file", O_RDONLY), "x", 1, 0));
	GIVES(-EINVAL, CALL(pwrite64, fd, "x", 1, -1));
	GIVES(-ESPIPE, CALL(pwrite64, ends[1], "x", 1, 0));
	GIVES(-EINVAL, CALL(pwrite64, fd, "xy", 2, (1ul << 63) - 1));
	FAULTS(IN & ~FAULT_EDGE, p, CALL(pwrite64, fd, p, 16, 0));
}

/* lseek(2) */

CONFORM(lseek, "SEEK_SET, SEEK_CUR, SEEK_END, also beyond the end")
{
	int fd = file_with("file", "0123456789");

	GIVES(4, CALL(lseek, fd, 4, SEEK_SET));
	GIVES(6, CALL(lseek, fd, 2, SEEK_CUR));
	GIVES(9, CALL(lseek, fd, -1, SEEK_END));
	GIVES(1000, CALL(lseek, fd, 990, SEEK_END));
	GIVES(0, read(fd, (char[4]){ 0 }, 4));
}

CONFORM(lseek, "EBADF, EINVAL, ESPIPE")
{
	int ends[2], fd = file_with("file", "0123456789");

	pipe_ends(ends);
	GIVES(-EBADF, CALL(lseek, 99, 0, SEEK_SET));
	GIVES(-EBADF, CALL(lseek, open("file", O_PATH), 0, SEEK_SET));
	GIVES(-EINVAL, CALL(lseek, fd, -1, SEEK_SET));
	GIVES(-EINVAL, CALL(lseek, fd, -11, SEEK_END));
	GIVES(-EINVAL, CALL(lseek, fd, 0, 5));
	GIVES(-EINVAL, CALL(lseek, fd, 0, -1));
	GIVES(-ESPIPE, CALL(lseek, ends[0], 0, SEEK_SET));
	GIVES(0, CALL(lseek, fd, 0, SEEK_CUR));
}

CONFORM(lseek, "SEEK_DATA and SEEK_HOLE; ENXIO: beyond the end")
{
	int fd = file_with("file", "data");

	NEEDS(pwrite(fd, "more", 4, 1 << 20) == 4);
	GIVES(0, CALL(lseek, fd, 0, SEEK_DATA));
	GIVES(4096, CALL(lseek, fd, 0, SEEK_HOLE));
	GIVES(1 << 20, CALL(lseek, fd, 4096, SEEK_DATA));
	GIVES(5000, CALL(lseek, fd, 5000, SEEK_HOLE));
	GIVES((1 << 20) + 4, CALL(lseek, fd, 1 << 20, SEEK_HOLE));
	GIVES(-ENXIO, CALL(lseek, fd, (1 << 20) + 4, SEEK_DATA));
	GIVES(-ENXIO, CALL(lseek, fd, (1 << 20) + 4, SEEK_HOLE));
	GIVES(-ENXIO, CALL(lseek, fd, -1, SEEK_DATA));
}

CONFORM(lseek, "devices stay where they are; a pidfd cannot seek")
{
	GIVES(0, CALL(lseek, 0, 100, SEEK_SET));
	GIVES(0, CALL(lseek, open("/dev/zero", O_RDONLY), 100, SEEK_SET));
	SHOWS(CALL(lseek, CALL(pidfd_open, getpid(), 0), 0, SEEK_SET));
}
