/* SPDX-License-Identifier: GPL-2.0-only */
/* A cursor over the pieces of memory that one call reads or writes. */
#ifndef FS_VECTOR_H
#define FS_VECTOR_H

#include <linux/uio.h>
#include <lib/types.h>

struct vector {
	const struct iovec *piece;	/* the first that is not done */
	uint64_t at;			/* bytes done of it */
	uint64_t left;			/* bytes of all that are not done */
	bool kernel;			/* kernel memory, not the program's */
};

/* PIECES of N bytes in all. */
static inline struct vector vector_over(const struct iovec *pieces, uint64_t n)
{
	return (struct vector){ .piece = pieces, .left = n };
}

/*
 * The next N bytes (no more than are left) from there into TO, or from FROM
 * there.  -EFAULT: not all can be reached; LEFT is as before.
 */
int vector_take(struct vector *vector, void *to, uint64_t n);
int vector_give(struct vector *vector, const void *from, uint64_t n);

#endif
