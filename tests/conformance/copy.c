/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving and keeping data without a program's buffer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include "conform.h"

static struct stat seen;

static const struct stat *status(int fd)
{
	NEEDS(fstat(fd, &seen) == 0);
	return &seen;
}

static bool holds(int fd, const char *text)
{
	char have[64] = "";

	return pread(fd, have, sizeof(have) - 1, 0) >= 0 && !strcmp(have, text);
}

/* sendfile(2) */

CONFORM(sendfile, "from and to the positions, or from an offset")
{
	int in = file_with("in", "0123456789"), out = file_with("out", "");
	off_t offset = 7;

	GIVES(4, CALL(sendfile, out, in, NULL, 4));
	GIVES(4, lseek(in, 0, SEEK_CUR));
	GIVES(4, lseek(out, 0, SEEK_CUR));
	GIVES(3, CALL(sendfile, out, in, &offset, 100));
	GIVES(10, offset);
	GIVES(4, lseek(in, 0, SEEK_CUR));
	HOLDS(holds(out, "0123789"));
	GIVES(0, CALL(sendfile, out, in, &offset, 100));
	GIVES(0, CALL(sendfile, out, in, NULL, 0));
}

CONFORM(sendfile, "into a pipe")
{
	int in = file_with("in", "0123456789"), ends[2];
	char text[16] = "";

	pipe_ends(ends);
	GIVES(10, CALL(sendfile, ends[1], in, NULL, 100));
	GIVES(10, read(ends[0], text, 16));
	HOLDS(!strcmp(text, "0123456789"));
}

CONFORM(sendfile, "into /dev/null")
{
	int in = file_with("in", "0123456789");

	GIVES(10, CALL(sendfile, 1, in, NULL, 100));
	GIVES(10, lseek(in, 0, SEEK_CUR));
}

CONFORM(sendfile, "a full pipe: EAGAIN, or what there is room for; EPIPE")
{
	int in = file_with("in", ""), ends[2];

	NEEDS(ftruncate(in, 100000) == 0);
	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	GIVES(65536, CALL(sendfile, ends[1], in, NULL, 100000));
	GIVES(-EAGAIN, CALL(sendfile, ends[1], in, NULL, 1000));
	GIVES(65536, lseek(in, 0, SEEK_CUR));
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	GIVES(-EPIPE, CALL(sendfile, ends[1], in, NULL, 1000));
}

CONFORM(sendfile, "a pipe that waits: also what there is room for")
{
	int in = file_with("in", ""), ends[2];

	NEEDS(ftruncate(in, 100000) == 0);
	pipe_ends(ends);
	GIVES(65536, CALL(sendfile, ends[1], in, NULL, 100000));
	GIVES(65536, lseek(in, 0, SEEK_CUR));
}

CONFORM(sendfile, "a file that another writes is set-user-ID no more")
{
	int in = file_with("in", "0123456789"), out = file_with("out", "");
	struct stat stat;

	NEEDS(fchmod(out, 06755) == 0);
	GIVES(1, CALL(sendfile, out, in, NULL, 1));
	NEEDS(fstat(out, &stat) == 0);
	SHOWS(stat.st_mode);
	NEEDS(fchmod(out, 06755) == 0);
	become(NOBODY);
	GIVES(1, CALL(sendfile, out, in, NULL, 1));
	NEEDS(fstat(out, &stat) == 0);
	GIVES(S_IFREG | 0755, stat.st_mode);
}

CONFORM(sendfile, "EBADF, EINVAL, EFAULT")
{
	int in = file_with("in", "0123456789"), out = file_with("out", "");
	int ends[2];
	off_t offset = -1;

	pipe_ends(ends);
	GIVES(-EBADF, CALL(sendfile, 99, in, NULL, 1));
	GIVES(-EBADF, CALL(sendfile, out, 99, NULL, 1));
	GIVES(-EBADF, CALL(sendfile, out, open("in", O_WRONLY), NULL, 1));
	GIVES(-EBADF, CALL(sendfile, open("out", O_RDONLY), in, NULL, 1));
	GIVES(-EINVAL, CALL(sendfile, out, in, &offset, 1));
	GIVES(-ESPIPE, CALL(sendfile, out, ends[0], &(off_t){ 0 }, 1));
	GIVES(-EINVAL, CALL(sendfile, open("out", O_WRONLY | O_APPEND), in,
			    NULL, 1));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(sendfile, out, in, p, 1));
}

/* copy_file_range(2) */

CONFORM(copy_file_range, "between positions or offsets")
{
	int in = file_with("in", "0123456789"), out = file_with("out", "");
	off_t from = 2, to = 1;

	GIVES(3, CALL(copy_file_range, in, NULL, out, NULL, 3, 0));
	GIVES(3, lseek(in, 0, SEEK_CUR));
	GIVES(3, lseek(out, 0, SEEK_CUR));
	GIVES(4, CALL(copy_file_range, in, &from, out, &to, 4, 0));
	GIVES(6, from);
	GIVES(5, to);
	HOLDS(holds(out, "02345"));
	GIVES(3, lseek(out, 0, SEEK_CUR));
	from = 8;
	GIVES(2, CALL(copy_file_range, in, &from, out, NULL, 100, 0));
	GIVES(0, CALL(copy_file_range, in, &from, out, NULL, 100, 0));
}

CONFORM(copy_file_range, "within a file; EINVAL: where both overlap")
{
	int fd = file_with("file", "0123456789");
	off_t from = 0, to = 5;

	GIVES(5, CALL(copy_file_range, fd, &from, fd, &to, 5, 0));
	HOLDS(holds(fd, "0123401234"));
	from = 0, to = 3;
	GIVES(-EINVAL, CALL(copy_file_range, fd, &from, fd, &to, 5, 0));
}

CONFORM(copy_file_range, "EBADF, EINVAL, EISDIR, EFAULT")
{
	int in = file_with("in", "0123456789"), out = file_with("out", "");
	int ends[2], folder = open(".", O_RDONLY);

	pipe_ends(ends);
	GIVES(-EBADF, CALL(copy_file_range, 99, NULL, out, NULL, 1, 0));
	GIVES(-EBADF, CALL(copy_file_range, in, NULL, 99, NULL, 1, 0));
	GIVES(-EBADF, CALL(copy_file_range, open("in", O_WRONLY), NULL, out,
			   NULL, 1, 0));
	GIVES(-EBADF, CALL(copy_file_range, in, NULL, open("out", O_RDONLY),
			   NULL, 1, 0));
	GIVES(-EBADF, CALL(copy_file_range, in, NULL,
			   open("out", O_WRONLY | O_APPEND), NULL, 1, 0));
	GIVES(-EINVAL, CALL(copy_file_range, in, NULL, out, NULL, 1, 1));
	GIVES(-EINVAL, CALL(copy_file_range, ends[0], NULL, out, NULL, 1, 0));
	GIVES(-EINVAL, CALL(copy_file_range, in, NULL, ends[1], NULL, 1, 0));
	GIVES(-EISDIR, CALL(copy_file_range, folder, NULL, out, NULL, 1, 0));
	FAULTS(OUT & ~FAULT_NULL & ~FAULT_CONST, p,
	       CALL(copy_file_range, in, p, out, NULL, 1, 0));
	FAULTS(OUT & ~FAULT_NULL & ~FAULT_CONST, p,
	       CALL(copy_file_range, in, NULL, out, p, 1, 0));
}

/* fallocate(2) */

CONFORM(fallocate, "makes the file longer; FALLOC_FL_KEEP_SIZE does not")
{
	int fd = file_with("file", "text");

	GIVES(0, CALL(fallocate, fd, FALLOC_FL_KEEP_SIZE, 0, 20000));
	GIVES(4, status(fd)->st_size);
	GIVES(40, seen.st_blocks);
	GIVES(0, CALL(fallocate, fd, 0, 10000, 5000));
	GIVES(15000, status(fd)->st_size);
	GIVES(0, CALL(fallocate, fd, 0, 0, 100));
	GIVES(15000, status(fd)->st_size);
	HOLDS(holds(fd, "text"));
}

CONFORM(fallocate, "FALLOC_FL_PUNCH_HOLE: zeroes, pages are given back")
{
	int fd = file_with("file", "0123456789");
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	char text[16];

	NEEDS(ftruncate(fd, 12288) == 0 && pwrite(fd, "abc", 3, 4096) == 3);
	GIVES(0, CALL(fallocate, fd, punch, 4, 3));
	GIVES(10, pread(fd, text, 10, 0));
	HOLDS(!memcmp(text, "0123\0\0\0" "789", 10));
	GIVES(16, status(fd)->st_blocks);
	GIVES(0, CALL(fallocate, fd, punch, 4000, 5000));
	GIVES(8, status(fd)->st_blocks);
	GIVES(3, pread(fd, text, 3, 4096));
	HOLDS(!memcmp(text, "\0\0", 3));
	GIVES(12288, status(fd)->st_size);
	GIVES(-EOPNOTSUPP, CALL(fallocate, fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
}

CONFORM(fallocate, "EOPNOTSUPP: modes that tmpfs has not, unknown ones")
{
	int fd = file_with("file", "0123456789");

	GIVES(-EOPNOTSUPP, CALL(fallocate, fd, FALLOC_FL_COLLAPSE_RANGE, 0,
				4096));
	GIVES(-EOPNOTSUPP, CALL(fallocate, fd, FALLOC_FL_ZERO_RANGE, 0, 4096));
	GIVES(-EOPNOTSUPP, CALL(fallocate, fd, FALLOC_FL_INSERT_RANGE, 0,
				4096));
	GIVES(-EOPNOTSUPP, CALL(fallocate, fd, 1 << 20, 0, 4096));
}

CONFORM(fallocate, "EINVAL, EBADF, EFBIG, ESPIPE, ENODEV, ENOSPC")
{
	int fd = file_with("file", ""), ends[2];

	pipe_ends(ends);
	GIVES(-EINVAL, CALL(fallocate, fd, 0, -1, 10));
	GIVES(-EINVAL, CALL(fallocate, fd, 0, 0, 0));
	GIVES(-EINVAL, CALL(fallocate, fd, 0, 0, -1));
	GIVES(-EBADF, CALL(fallocate, 99, 0, 0, 10));
	GIVES(-EBADF, CALL(fallocate, open("file", O_RDONLY), 0, 0, 10));
	GIVES(-EFBIG, CALL(fallocate, fd, 0, (1ul << 63) - 1, 10));
	GIVES(-ESPIPE, CALL(fallocate, ends[1], 0, 0, 10));
	GIVES(-ENODEV, CALL(fallocate, 0, 0, 0, 10));
	GIVES(-ENOSPC, CALL(fallocate, fd, 0, 0, 1ul << 50));
	GIVES(0, status(fd)->st_blocks);
}

/* posix_fadvise(2), fsync(2), sync(2) */

CONFORM(fadvise64, "each advice; EBADF, EINVAL, ESPIPE")
{
	int fd = file_with("file", "text"), ends[2];

	pipe_ends(ends);
	for (int advice = 0; advice < 6; advice++)
		GIVES(0, CALL(fadvise64, fd, 0, 0, advice));
	GIVES(-EINVAL, CALL(fadvise64, fd, 0, 0, 6));
	GIVES(-EINVAL, CALL(fadvise64, fd, 0, 0, -1));
	GIVES(-EINVAL, CALL(fadvise64, fd, 0, -1, 0));
	GIVES(-EBADF, CALL(fadvise64, 99, 0, 0, 0));
	GIVES(-EBADF, CALL(fadvise64, open("file", O_PATH), 0, 0, 0));
	GIVES(-ESPIPE, CALL(fadvise64, ends[0], 0, 0, 0));
	HOLDS(holds(fd, "text"));
}

CONFORM(readahead, "of files that may be read; EBADF, EINVAL")
{
	int fd = file_with("file", "text"), ends[2];

	pipe_ends(ends);
	GIVES(0, CALL(readahead, fd, 0, 4));
	GIVES(0, CALL(readahead, fd, 100, 1 << 20));
	GIVES(0, CALL(readahead, open("file", O_RDONLY), 0, 0));
	GIVES(0, lseek(fd, 0, SEEK_CUR));
	GIVES(-EINVAL, CALL(readahead, fd, 0, -1));
	GIVES(-EINVAL, CALL(readahead, ends[0], 0, 1));
	GIVES(-EINVAL, CALL(readahead, open(".", O_RDONLY), 0, 1));
	GIVES(-EINVAL, CALL(readahead, 0, 0, 1));
	GIVES(-EBADF, CALL(readahead, 99, 0, 1));
	GIVES(-EBADF, CALL(readahead, ends[1], 0, 1));
	GIVES(-EBADF, CALL(readahead, open("file", O_WRONLY), 0, 1));
	GIVES(-EBADF, CALL(readahead, open("file", O_PATH), 0, 1));
}

CONFORM(sync_file_range, "files and folders; EBADF, EINVAL, ESPIPE")
{
	const long most = 0x7fffffffffffffff;
	int fd = file_with("file", "text"), ends[2];

	pipe_ends(ends);
	for (int flags = 0; flags < 8; flags++)
		GIVES(0, CALL(sync_file_range, fd, 0, 4, flags));
	GIVES(0, CALL(sync_file_range, fd, 100, most - 100, 2));
	GIVES(0, CALL(sync_file_range, open(".", O_RDONLY), 0, 0, 7));
	GIVES(-EINVAL, CALL(sync_file_range, fd, 0, 4, 8));
	GIVES(-EINVAL, CALL(sync_file_range, fd, -1, 4, 0));
	GIVES(-EINVAL, CALL(sync_file_range, fd, 4, -2, 0));
	GIVES(-EINVAL, CALL(sync_file_range, fd, 100, most - 99, 0));
	GIVES(-EINVAL, CALL(sync_file_range, ends[0], 0, 4, 8));
	GIVES(-ESPIPE, CALL(sync_file_range, ends[0], 0, 4, 0));
	GIVES(-ESPIPE, CALL(sync_file_range, 0, 0, 4, 0));
	GIVES(-EBADF, CALL(sync_file_range, 99, 0, 4, 8));
	GIVES(-EBADF, CALL(sync_file_range, open("file", O_PATH), 0, 4, 0));
}

CONFORM(fsync, "files and folders; EBADF, EINVAL")
{
	int ends[2];

	pipe_ends(ends);
	GIVES(0, CALL(fsync, file_with("file", "")));
	GIVES(0, CALL(fsync, open(".", O_RDONLY)));
	GIVES(0, CALL(fsync, open("file", O_RDONLY)));
	GIVES(-EBADF, CALL(fsync, 99));
	GIVES(-EBADF, CALL(fsync, open("file", O_PATH)));
	GIVES(-EINVAL, CALL(fsync, ends[0]));
	GIVES(-EINVAL, CALL(fsync, 0));
}

CONFORM(fdatasync, "files and folders; EBADF, EINVAL")
{
	int ends[2];

	pipe_ends(ends);
	GIVES(0, CALL(fdatasync, file_with("file", "")));
	GIVES(0, CALL(fdatasync, open(".", O_RDONLY)));
	GIVES(-EBADF, CALL(fdatasync, 99));
	GIVES(-EINVAL, CALL(fdatasync, ends[0]));
}

CONFORM(sync, "succeeds")
{
	GIVES(0, CALL(sync));
}

CONFORM(syncfs, "of any open file; EBADF")
{
	GIVES(0, CALL(syncfs, file_with("file", "")));
	GIVES(0, CALL(syncfs, open(".", O_RDONLY)));
	GIVES(-EBADF, CALL(syncfs, 99));
	GIVES(-EBADF, CALL(syncfs, open(".", O_PATH)));
}
