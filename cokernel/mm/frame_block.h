/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame allocator's lower side: which memory it has. */
#ifndef MM_FRAME_BLOCK_H
#define MM_FRAME_BLOCK_H

#include <pisces/boot.h>
#include <lib/types.h>

/*
 * Manage a block that is in the direct map, number INDEX in the boot page; the
 * first USED bytes are taken already (a multiple of a page).  The first one to
 * be added must never be removed.
 */
void frame_add_block(unsigned index, const struct pisces_boot_block *what,
		     uint64_t used);
/*
 * Let go of the block at START.  -EBUSY if something in it is in use, and then
 * nothing has changed; -ENOENT.
 */
int frame_remove_block(phys_t start);

#endif
