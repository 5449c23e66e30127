/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing with several buffers in one call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "conform.h"

CONFORM(readv, "fills one buffer after the other")
{
	int fd = file_with("file", "0123456789");
	char a[4] = "", b[4] = "", c[8] = "";
	struct iovec vector[] = { { a, 3 }, { NULL, 0 }, { b, 3 }, { c, 7 } };

	GIVES(10, CALL(readv, fd, vector, 4));
	HOLDS(!strcmp(a, "012") && !strcmp(b, "345") && !strcmp(c, "6789"));
	GIVES(0, CALL(readv, fd, vector, 4));
}

CONFORM(readv, "of a pipe what is there, without waiting for more")
{
	struct iovec pieces[2] = { { memory(8), 3 }, { memory(8), 5 } };
	int ends[2];

	pipe_ends(ends);
	NEEDS(write(ends[1], "abc", 3) == 3);
	GIVES(3, CALL(readv, ends[0], pieces, 2));
}

CONFORM(readv, "EINVAL: counts that are too large or add up to too much")
{
	static struct iovec many[1025];
	int fd = file_with("file", "text");
	char text[8];
	struct iovec vector[] = { { text, 8 }, { text, -1 } };

	GIVES(0, CALL(readv, fd, NULL, 0));
	GIVES(-EINVAL, CALL(readv, fd, vector, -1));
	GIVES(-EINVAL, CALL(readv, fd, many, 1025));
	GIVES(0, CALL(readv, fd, many, 1024));
	GIVES(-EINVAL, CALL(readv, fd, vector, 2));
}

CONFORM(readv, "EFAULT: the vector, or the first buffer")
{
	int fd = file_with("file", "0123456789");
	struct iovec vector[] = { { NULL, 4 }, { (void *)8, 4 } };
	char text[4];

	FAULTS(IN, p, CALL(readv, fd, p, 1));
	FAULTS(OUT & ~FAULT_EDGE, p,
	       (vector[0].iov_base = p, CALL(readv, fd, vector, 1)));
	vector[0].iov_base = text;
	GIVES(4, CALL(readv, fd, vector, 2));
}

CONFORM(readv, "EBADF: closed, not open for reading")
{
	int fd = open("file", O_WRONLY | O_CREAT, 0600);
	char text[4];
	struct iovec vector = { text, 4 };

	GIVES(-EBADF, CALL(readv, 99, &vector, 1));
	GIVES(-EBADF, CALL(readv, fd, &vector, 1));
	GIVES(-EISDIR, CALL(readv, open(".", O_RDONLY), &vector, 1));
}

CONFORM(writev, "writes one buffer after the other")
{
	int fd = file_with("file", "");
	struct iovec vector[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
	char text[8] = "";

	GIVES(6, CALL(writev, fd, vector, 3));
	GIVES(6, CALL(pread64, fd, text, 8, 0));
	HOLDS(!strcmp(text, "onetwo"));
}

CONFORM(writev, "EBADF, EINVAL, EFAULT")
{
	int fd = file_with("file", "");
	struct iovec vector[] = { { "x", 1 }, { "y", -1 } };
	struct iovec second[] = { { "abc", 3 }, { (void *)8, 4 } };

	GIVES(-EBADF, CALL(writev, 99, vector, 1));
	GIVES(-EBADF, CALL(writev, open("file", O_RDONLY), vector, 1));
	GIVES(-EINVAL, CALL(writev, fd, vector, 2));
	GIVES(-EINVAL, CALL(writev, fd, vector, -1));
	GIVES(-EINVAL, CALL(writev, fd, vector, 1025));
	FAULTS(IN, p, CALL(writev, fd, p, 1));
	FAULTS(IN & ~FAULT_EDGE, p,
	       (vector[0].iov_base = p, vector[0].iov_len = 4,
		CALL(writev, fd, vector, 1)));
	GIVES(3, CALL(writev, fd, second, 2));
}

CONFORM(preadv, "at its offset; EINVAL a negative one, ESPIPE a pipe")
{
	int ends[2], fd = file_with("file", "0123456789");
	char a[3] = "", b[3] = "";
	struct iovec vector[] = { { a, 2 }, { b, 2 } };

	pipe_ends(ends);
	GIVES(4, CALL(preadv, fd, vector, 2, 5, 0));
	HOLDS(!strcmp(a, "56") && !strcmp(b, "78"));
	GIVES(-EINVAL, CALL(preadv, fd, vector, 2, -1, 0));
	GIVES(-ESPIPE, CALL(preadv, ends[0], vector, 2, 0, 0));
	GIVES(-EBADF, CALL(preadv, 99, vector, 2, 0, 0));
	FAULTS(IN, p, CALL(preadv, fd, p, 1, 0, 0));
}

CONFORM(pwritev, "at its offset; EINVAL a negative one, ESPIPE a pipe")
{
	int ends[2], fd = file_with("file", "0123456789");
	struct iovec vector[] = { { "ab", 2 }, { "cd", 2 } };
	char text[16] = "";

	pipe_ends(ends);
	GIVES(4, CALL(pwritev, fd, vector, 2, 3, 0));
	GIVES(10, CALL(pread64, fd, text, 16, 0));
	HOLDS(!strcmp(text, "012abcd789"));
	GIVES(0, lseek(fd, 0, SEEK_CUR));
	GIVES(-EINVAL, CALL(pwritev, fd, vector, 2, -1, 0));
	GIVES(-ESPIPE, CALL(pwritev, ends[1], vector, 2, 0, 0));
	GIVES(-EBADF, CALL(pwritev, 99, vector, 2, 0, 0));
	FAULTS(IN, p, CALL(pwritev, fd, p, 1, 0, 0));
}

CONFORM(preadv2, "offset -1: at the position, also of a pipe")
{
	int ends[2], fd = file_with("file", "0123456789");
	char text[8] = "";
	struct iovec vector = { text, 3 };

	pipe_ends(ends);
	GIVES(3, CALL(preadv2, fd, &vector, 1, -1, 0, 0));
	GIVES(3, lseek(fd, 0, SEEK_CUR));
	GIVES(3, CALL(preadv2, fd, &vector, 1, 7, 0, 0));
	HOLDS(!strcmp(text, "789"));
	GIVES(1, write(ends[1], "x", 1));
	GIVES(1, CALL(preadv2, ends[0], &vector, 1, -1, 0, 0));
	GIVES(-EINVAL, CALL(preadv2, fd, &vector, 1, -2, 0, 0));
}

CONFORM(preadv2, "RWF_HIPRI, RWF_NOWAIT; EOPNOTSUPP: other flags")
{
	int fd = file_with("file", "0123456789");
	char text[8];
	struct iovec vector = { text, 3 };

	GIVES(3, CALL(preadv2, fd, &vector, 1, 0, 0, RWF_HIPRI));
	SHOWS(CALL(preadv2, fd, &vector, 1, 0, 0, RWF_NOWAIT));
	GIVES(-EOPNOTSUPP, CALL(preadv2, fd, &vector, 1, 0, 0, 1 << 20));
}

CONFORM(pwritev2, "offset -1: at the position; RWF_DSYNC, RWF_SYNC")
{
	int fd = file_with("file", "0123456789");
	struct iovec vector = { "abc", 3 };

	GIVES(3, CALL(pwritev2, fd, &vector, 1, -1, 0, RWF_DSYNC));
	GIVES(3, lseek(fd, 0, SEEK_CUR));
	GIVES(3, CALL(pwritev2, fd, &vector, 1, 5, 0, RWF_SYNC));
	GIVES(3, lseek(fd, 0, SEEK_CUR));
	GIVES(-EINVAL, CALL(pwritev2, fd, &vector, 1, -2, 0, 0));
	GIVES(-EOPNOTSUPP, CALL(pwritev2, fd, &vector, 1, 0, 0, 1 << 20));
}

CONFORM(pwritev2, "RWF_APPEND: at the end of a file that was not opened so")
{
	int fd = file_with("file", "01234");
	struct iovec vector = { "abc", 3 };
	struct stat stat;

	GIVES(3, CALL(pwritev2, fd, &vector, 1, 0, 0, RWF_APPEND));
	GIVES(0, lseek(fd, 0, SEEK_CUR));
	fstat(fd, &stat);
	GIVES(8, stat.st_size);
	GIVES(3, CALL(pwritev2, fd, &vector, 1, -1, 0, RWF_APPEND));
	GIVES(11, lseek(fd, 0, SEEK_CUR));
}
