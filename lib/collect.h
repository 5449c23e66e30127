/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results that come back from an enclave: a cpio archive ("newc"), read as it
 * arrives, of which only what was asked for is written, and only where it was
 * asked for.  The archive is the enclave's, so nothing in it is believed.
 */
#ifndef LIB_COLLECT_H
#define LIB_COLLECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collect_item {
	char *path;		/* in the enclave, absolute */
	char *target;		/* here */
	bool make_folders;	/* those above TARGET */
	bool found;
	int fd;			/* TARGET if it is a folder, once open, or -1 */
};

/* A symbolic link below an item. */
struct collect_link {
	struct collect_link *next;
	const struct collect_item *item;
	char *rest;		/* where it goes, below TARGET */
	char text[PATH_MAX];	/* what it holds */
};

struct collect {
	struct collect_item *items;
	size_t count;
	/* While it is read: */
	enum collect_part {
		COLLECT_HEADER, COLLECT_NAME, COLLECT_CONTENTS, COLLECT_END,
	} part;
	char head[110 + 1];
	char name[PATH_MAX];
	size_t have;		/* bytes of this part so far */
	uint32_t mode, mtime, name_size, padding;
	uint64_t left;
	int fd;			/* the file being written, or -1 */
	struct collect_link *link;	/* the link being read, or NULL */
	struct collect_link *links;	/* those that have been */
	int error;		/* the first, its text is set */
	const char *left_out;	/* why the first such thing does not come */
	char left_out_name[PATH_MAX];
};

void collect_init(struct collect *collect);
void collect_free(struct collect *collect);

/*
 * Ask for ARGUMENT, PATH[:TARGET]; PATH may begin in FOLDER, an absolute path
 * of the enclave.  Without TARGET a relative path goes to the same path here,
 * with the folders above it, an absolute one to its last component.  0 or
 * -errno with an error text.
 */
int collect_add(struct collect *collect, const char *argument,
		const char *folder);

/*
 * The next bytes of the archive.  0 or -errno with an error text: a malformed
 * archive, or a file that cannot be written (what follows is then ignored).
 */
int collect_feed(struct collect *collect, const uint8_t *data, size_t size);

/*
 * All has come: was everything there, and could it be brought back?  0 or
 * -errno with an error text.
 */
int collect_finish(struct collect *collect);

#endif
