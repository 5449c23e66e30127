/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory: a buddy allocator over the granted blocks, wherever they
 * lie.  A frame is 4 KiB; order N is 2^N frames, aligned to their size.
 * Freed memory merges again, so large pages come back.
 */
#ifndef MM_FRAME_H
#define MM_FRAME_H

#include <lib/types.h>

#define FRAME_ORDER_LARGE	9	/* 2 MiB */
#define FRAME_ORDER_MAX		18	/* 1 GiB */
#define FRAME_NONE		((phys_t)0)	/* never a valid frame */

/*
 * 2^ORDER frames, not zeroed; FRAME_NONE if there are none.  For the kernel: if
 * possible in the first block, which is never taken back.
 */
phys_t frame_alloc(unsigned order);
/* The same, zeroed. */
phys_t frame_alloc_zero(unsigned order);
/* Of one of NODES, frame_node_bit() of them; better not in the first block. */
phys_t frame_alloc_nodes(unsigned order, uint64_t nodes);
/* For a program, as policies say (mm/policy.c). */
phys_t frame_alloc_user(unsigned order);
phys_t frame_alloc_user_zero(unsigned order);
/*
 * Register what is called when there is no single frame left, no piece for
 * frame_alloc_bytes(), or less than frame_ensure() wants: it frees some, or
 * returns false.  Any allocation may call it, so it allocates nothing, and
 * frees only frames.
 */
void frame_on_shortage(bool (*handler)(void));
/* Give back what frame_alloc(ORDER) returned, or any aligned part of it. */
void frame_free(phys_t frame, unsigned order);

/* BYTES (rounded up to pages) in one piece; freed with frame_free_bytes(). */
phys_t frame_alloc_bytes(uint64_t bytes);
void frame_free_bytes(phys_t start, uint64_t bytes);

/*
 * User counts, one for each 4 KiB frame, for what several mappings share: 1 from
 * the allocation on.  frame_get() and frame_put() change those of a whole piece;
 * of that frame_put() frees the frames that have lost their last user.
 */
void frame_get(phys_t frame, unsigned order);
void frame_put(phys_t frame, unsigned order);
/* Has any frame of the piece more than one user? */
bool frame_is_shared(phys_t frame, unsigned order);

/*
 * A device is about to read or write BYTES at START: their frames get a user more,
 * so that nobody else gets them.  RELEASE takes it back, and frees what has lost
 * its last user meanwhile.
 */
void frame_hold(phys_t start, uint64_t bytes);
void frame_release(phys_t start, uint64_t bytes);
/* Of a piece that only one address space has: does a device use any of it? */
bool frame_is_held(phys_t frame, unsigned order);
bool frame_holds(void);		/* of any memory at all */

uint64_t frame_free_total(void);	/* bytes */
/*
 * Are BYTES free, or can they be (frame_on_shortage())?  For what is more than
 * all that is kept nothing is given up.
 */
bool frame_ensure(uint64_t bytes);

/* The node of a frame, and the nodes that have memory, as a set. */
uint32_t frame_node(phys_t frame);
uint64_t frame_nodes(void);

static inline uint64_t frame_node_bit(uint32_t node)
{
	return 1ull << MIN(node, 63u);
}

/* The order of a page of SIZE bytes. */
static inline unsigned frame_order(uint64_t size)
{
	return (unsigned)__builtin_ctzll(size) - PAGE_SHIFT;
}

/* Granted memory in the direct map. */
static inline void *frame_address(phys_t phys)
{
	return (void *)(0xffff800000000000ull + phys);
}

static inline phys_t frame_of(const void *direct)
{
	return (phys_t)direct - 0xffff800000000000ull;
}

#endif
