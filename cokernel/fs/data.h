/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a regular file: a tree of order-0 frames, with holes.
 */
#ifndef FS_DATA_H
#define FS_DATA_H

#include <lib/types.h>

struct data {
	phys_t root;		/* a page (height 0) or a table of 512 */
	unsigned height;
	uint64_t frames;	/* pages of data, without the tables */
};

#define DATA_MAX	(1ull << 52)	/* bytes */
#define DATA_NONE	(DATA_MAX / PAGE_SIZE)	/* no page */

/* The frame of page INDEX, or FRAME_NONE for a hole. */
phys_t data_find(const struct data *data, uint64_t index);
/* The first page from INDEX on that is no hole, or DATA_NONE. */
uint64_t data_next(const struct data *data, uint64_t index);
/* As data_find(), made (zeroed) if it is a hole; FRAME_NONE: no memory. */
phys_t data_make(struct data *data, uint64_t index);
/*
 * The same for the 512 pages from INDEX on, a multiple of 512, if they are one
 * 2 MiB piece or all holes, and there is such a piece; else FRAME_NONE.
 */
phys_t data_find_large(const struct data *data, uint64_t index);
phys_t data_make_large(struct data *data, uint64_t index);
/* How many of the pages FIRST to before END there are. */
uint64_t data_count(const struct data *data, uint64_t first, uint64_t end);
/* Free all pages from INDEX on. */
void data_cut(struct data *data, uint64_t index);
/* Free the pages FIRST to before END. */
void data_punch(struct data *data, uint64_t first, uint64_t end);

#endif
