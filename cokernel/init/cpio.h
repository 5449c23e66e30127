/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio archives, "newc" format (cpio(5)): reading one as its bytes come, and
 * the heads for writing one.  No system calls, no memory of its own.
 */
#ifndef INIT_CPIO_H
#define INIT_CPIO_H

#include <stddef.h>
#include <stdint.h>

#define CPIO_HEAD	110
#define CPIO_NAME_MAX	4096	/* bytes, with its NUL */
#define CPIO_BLOCK	512	/* what the whole is padded to */

struct cpio_entry {
	uint32_t inode, mode, uid, gid, links, mtime;
	uint32_t size;		/* bytes of data */
	uint32_t device[2], rdev[2];	/* major, minor */
	char name[CPIO_NAME_MAX];
};

/* What happens to what is read; each returns 0 or -errno, which ends it. */
struct cpio_calls {
	int (*begin)(void *context, const struct cpio_entry *entry);
	int (*data)(void *context, const uint8_t *data, size_t n);
	int (*end)(void *context);	/* of an entry */
};

struct cpio_reader {
	const struct cpio_calls *calls;
	void *context;
	int state;
	uint64_t total;		/* bytes eaten */
	uint64_t left;		/* of the state's bytes */
	size_t have;
	uint32_t name_size;
	char head[CPIO_HEAD];
	struct cpio_entry entry;
};

void cpio_reader_init(struct cpio_reader *reader,
		      const struct cpio_calls *calls, void *context);
/*
 * The most bytes to feed next; 0: the archive has ended, with its padding.
 * So nothing behind the archive is ever asked for.
 */
uint64_t cpio_wanted(const struct cpio_reader *reader);
/* Feed N bytes, 0 < N <= cpio_wanted(); 0, -EPROTO or what a call returned. */
int cpio_feed(struct cpio_reader *reader, const uint8_t *data, size_t n);

/* Bytes that head, name and padding of NAME take. */
size_t cpio_head_size(const char *name);
/* Write them to TO; ENTRY's name is not used. */
void cpio_put_head(char *to, const struct cpio_entry *entry,
		   const char *name);
/* Padding after N bytes. */
size_t cpio_padding(uint64_t n, unsigned block);

#define CPIO_TRAILER	"TRAILER!!!"

#endif
