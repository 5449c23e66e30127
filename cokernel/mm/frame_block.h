/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame allocator's lower side: which memory it has. */
#ifndef MM_FRAME_BLOCK_H
#define MM_FRAME_BLOCK_H

#include <lib/types.h>

/*
 * Manage SIZE bytes at START, in the direct map; the first USED bytes are taken
 * already (a multiple of a page).
 */
void frame_add_block(phys_t start, uint64_t size, uint64_t used);

#endif
