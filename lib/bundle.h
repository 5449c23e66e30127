/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bundle: the files a program needs as one cpio archive ("newc"), which is
 * written piece by piece straight from the files.  What is in it comes from
 * here, or from a root (lib/root.h), a complete file system of its own.
 */
#ifndef LIB_BUNDLE_H
#define LIB_BUNDLE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"

/* A plain file, which may have several names. */
struct bundle_file {
	char *source;		/* its path here, or NULL: */
	uint64_t offset;	/* where it begins in the bundle's store */
	uint64_t size;		/* bytes */
	uint32_t names;		/* entries that are it */
	uint32_t number;	/* that of the first of them; bundle_finish() */
	/* One that is to stay in the enclave (lib/keep.h): */
	uint8_t key[HASH_SIZE];
	bool keyed, asked;	/* KEY is known; the enclave knows it, too */
	bool there;		/* it is there already: not shipped */
	uint32_t number_kept;	/* what the enclave calls it */
};

/* Of two entries with one name the one of the higher rank is kept. */
enum bundle_rank {
	BUNDLE_IMPLIED,		/* a folder, because something lies in it */
	BUNDLE_ROOT,		/* of a root; of several the last is kept */
	BUNDLE_GIVEN,		/* of several the first is kept */
};

struct bundle_entry {
	char *name;		/* in the archive: mostly without leading / */
	struct bundle_file *file; /* of a plain file, else NULL */
	char *target;		/* of a symbolic link, else NULL */
	uint32_t mode, uid, gid, mtime;
	enum bundle_rank rank;
	bool again;		/* another name of a file that came before */
};

struct bundle {
	struct bundle_entry **entries;
	size_t count;
	void *names;		/* the same by name: a tree of tsearch(3) */
	int store;		/* the archive that a root came in, or -1 */
	bool rooted;		/* there is a root */
	unsigned int devices;	/* nodes in the root that were left out */
	uint64_t bytes;		/* of the archive; set by bundle_finish() */
	/* While it is written: */
	size_t next;		/* the entry to come */
	const struct bundle_entry *entry; /* the one whose contents come */
	int fd;			/* its file, or -1 */
	struct hash hash;	/* of it so far, if it has a key */
	uint64_t left;		/* bytes of its contents to come */
	uint32_t padding;	/* zeroes to come */
	uint64_t written;
	char head[4352];	/* header and name */
	size_t head_size, head_done;
};

void bundle_init(struct bundle *bundle);
void bundle_free(struct bundle *bundle);

/*
 * Makes TEXT absolute (against FOLDER, which is, or our working folder),
 * without . and .. ; the caller frees it.  NULL with an error text.
 */
char *bundle_path_from(const char *folder, const char *text);
char *bundle_path(const char *text);

/*
 * Add the file SOURCE as the absolute path PATH, and the folders above it; the
 * empty folder PATH; a symbolic link to TARGET; or SOURCE with all that is
 * below it, if it is a folder.  What is there already stays, but for what came
 * with a root.  0 or -errno with a text.
 */
int bundle_add_file(struct bundle *bundle, const char *source,
		    const char *path);
int bundle_add_folder(struct bundle *bundle, const char *path);
int bundle_add_link(struct bundle *bundle, const char *target,
		    const char *path);
int bundle_add_tree(struct bundle *bundle, const char *source,
		    const char *path);

/*
 * Add WHAT, but for its name, as PATH and the folders above it, where rank and
 * kind allow; its strings are copied, its FILE (bundle_file_new()) gets a name
 * more.  PATH "/" stands for the root folder itself.  0 or -errno with a text.
 */
int bundle_put(struct bundle *bundle, const char *path,
	       const struct bundle_entry *what);

/* A file for entries to come; NULL with an error text.  Freed with the last. */
struct bundle_file *bundle_file_new(const char *source, uint64_t offset,
				    uint64_t size);
/* If no entry became of it. */
void bundle_file_drop(struct bundle_file *file);

/* All of the folder SOURCE as the root; see lib/root.h. */
int bundle_add_root_folder(struct bundle *bundle, const char *source);

/* The entry of an absolute path, or NULL. */
struct bundle_entry *bundle_find(const struct bundle *bundle,
				 const char *path);

/*
 * Writes to TO the path that PATH leads to, through the bundle's own links,
 * also the last if FOLLOW is set.  It need not be there.  0, -ELOOP or
 * -ENAMETOOLONG; no text.
 */
int bundle_resolve(const struct bundle *bundle, const char *path, bool follow,
		   char to[PATH_MAX]);

/* Opens a file's contents, which begin at *OFFSET.  -errno without a text. */
int bundle_open(const struct bundle *bundle, const struct bundle_file *file,
		uint64_t *offset);

/*
 * Begin the hash of a plain file with all that it will be there but its
 * contents, which are to be added.
 */
void bundle_hash(const struct bundle_entry *entry, struct hash *hash);

/* All is added: computes BYTES. */
void bundle_finish(struct bundle *bundle);

/*
 * Write the next bytes of the archive, up to SIZE, to BUFFER.  Returns their
 * number, 0 at the end, or -errno with an error text.
 */
int64_t bundle_read(struct bundle *bundle, void *buffer, size_t size);

#endif
