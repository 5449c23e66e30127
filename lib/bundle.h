/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bundle: the files a program needs as one cpio archive ("newc"), which is
 * written piece by piece straight from the files.
 */
#ifndef LIB_BUNDLE_H
#define LIB_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

struct bundle_entry {
	char *name;		/* in the archive: without leading slash */
	char *source;		/* of a file, or NULL */
	char *target;		/* of a symbolic link, or NULL */
	uint64_t size;		/* bytes of contents */
	uint32_t mode, uid, gid, mtime;
};

struct bundle {
	struct bundle_entry *entries;
	size_t count;
	void *names;		/* the same by name: a tree of tsearch(3) */
	uint64_t bytes;		/* of the archive; set by bundle_finish() */
	/* While it is written: */
	size_t next;		/* the entry to come */
	int fd;			/* the file being copied, or -1 */
	const char *text;	/* instead of a file: what is left of a link */
	uint64_t left;		/* bytes of it to come */
	uint32_t padding;	/* zeroes to come */
	uint64_t written;
	char head[4352];	/* header and name */
	size_t head_size, head_done;
};

void bundle_init(struct bundle *bundle);
void bundle_free(struct bundle *bundle);

/* Makes TEXT absolute (against the working folder), without . and .. ; the
   caller frees it.  NULL with an error text. */
char *bundle_path(const char *text);

/*
 * Add the file SOURCE as the absolute path PATH, and the folders above it; the
 * empty folder PATH; a symbolic link to TARGET; or SOURCE with all that is below
 * it, if it is a folder.  What is there already stays.  0 or -errno with a text.
 */
int bundle_add_file(struct bundle *bundle, const char *source,
		    const char *path);
int bundle_add_folder(struct bundle *bundle, const char *path);
int bundle_add_link(struct bundle *bundle, const char *target,
		    const char *path);
int bundle_add_tree(struct bundle *bundle, const char *source,
		    const char *path);

/* All is added: computes BYTES. */
void bundle_finish(struct bundle *bundle);

/*
 * Write the next bytes of the archive, up to SIZE, to BUFFER.  Returns their
 * number, 0 at the end, or -errno with an error text.
 */
int64_t bundle_read(struct bundle *bundle, void *buffer, size_t size);

#endif
