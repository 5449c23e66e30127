/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading archives of files, cpio ("newc", with or without checksums) and tar
 * (V7, ustar, GNU, pax).  Only what describes the files is read; their contents
 * stay where they are.  Archives may be damaged or meant to hurt: every number
 * is checked before it is used.
 */
#ifndef LIB_ARCHIVE_H
#define LIB_ARCHIVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_entry {
	char name[PATH_MAX];	/* as it stands there */
	char target[PATH_MAX];	/* of a symbolic link, or, if HARD is set: */
	bool hard;		/* another name of TARGET, an entry before it */
	uint32_t mode, uid, gid, mtime;
	uint64_t offset, size;	/* of a plain file's contents */
	/* cpio: with LINKS above 1 all with the same of these are one: */
	uint32_t links, inode, device[2];
};

struct archive {
	int fd;
	const char *path;	/* for errors */
	uint64_t size;		/* bytes */
	/* Told of each entry; 0 or -errno with a text, which ends it. */
	int (*add)(void *context, const struct archive_entry *entry);
	void *context;
};

/* Reads all of it.  0 or -errno with an error text. */
int archive_read(const struct archive *archive);

/* Of these two files: is it one, and read it. */
bool archive_is_cpio(const struct archive *archive);
bool archive_is_tar(const struct archive *archive);
int archive_read_cpio(const struct archive *archive);
int archive_read_tar(const struct archive *archive);

/* SIZE bytes at OFFSET; -EINVAL with a text if it ends before, or an error. */
int archive_get(const struct archive *archive, uint64_t offset, void *to,
		size_t size);
/* -EINVAL, with WHAT is wrong at OFFSET as the text. */
int archive_damaged(const struct archive *archive, uint64_t offset,
		    const char *what);

#endif
