/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files, read and written whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

int file_read(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		n = read(fd, buffer + used, size - 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	if (n < 0)
		return (int)n;
	while (used > 0 && buffer[used - 1] == '\n')
		used--;
	buffer[used] = 0;
	return (int)used;
}

int file_number(const char *path, int base, uint64_t *number)
{
	char text[64], *end;
	int n = file_read(path, text, sizeof(text));

	if (n < 0)
		return n;
	errno = 0;
	*number = strtoull(text, &end, base);
	return errno || end == text || *end ? -EINVAL : 0;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}
