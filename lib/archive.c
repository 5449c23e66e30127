/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading archives: which kind it is, and what the kinds share. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/archive.h"
#include "lib/error.h"

int archive_damaged(const struct archive *archive, uint64_t offset,
		    const char *what)
{
	return error_set(-EINVAL, "%s: damaged at byte %" PRIu64 ": %s",
			 archive->path, offset, what);
}

int archive_get(const struct archive *archive, uint64_t offset, void *to,
		size_t size)
{
	char *next = to;

	if (offset > archive->size || size > archive->size - offset)
		return archive_damaged(archive, archive->size, "it is cut off");
	while (size) {
		ssize_t n = pread(archive->fd, next, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(-errno, "%s", archive->path);
		if (n == 0)
			return error_set(-EIO, "%s: became shorter while it "
					 "was read", archive->path);
		next += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/* The formats of before "newc", in either byte order. */
static bool is_old_cpio(const struct archive *archive)
{
	uint8_t start[6] = "";

	if (archive->size < sizeof(start) ||
	    archive_get(archive, 0, start, sizeof(start)))
		return false;
	return !memcmp(start, "070707", 6) || !memcmp(start, "\xc7\x71", 2) ||
	       !memcmp(start, "\x71\xc7", 2);
}

int archive_read(const struct archive *archive)
{
	if (archive_is_cpio(archive))
		return archive_read_cpio(archive);
	if (archive_is_tar(archive))
		return archive_read_tar(archive);
	if (is_old_cpio(archive))
		return error_set(-EINVAL, "%s: a cpio archive of an old kind: "
				 "make it with cpio -o -H newc",
				 archive->path);
	return error_set(-EINVAL, "%s: no archive of cpio or tar",
			 archive->path);
}
