/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own page tables, which all address spaces share above. */
#ifndef MM_KERNEL_MAP_H
#define MM_KERNEL_MAP_H

#include <lib/types.h>

extern phys_t paging_kernel_root;

/*
 * A granted block into the direct map, and out of it.  -ENOMEM, -ERANGE it lies
 * beyond what the direct map reaches.
 */
int kernel_map_block(phys_t start, uint64_t size);
void kernel_unmap_block(phys_t start, uint64_t size);

/*
 * A device's registers, BYTES of them at PHYS, uncached, in one piece.  NULL: no
 * memory for the tables, or no room.
 */
void *kernel_map_device(phys_t phys, uint64_t bytes, bool writable);
void kernel_unmap_device(const void *registers);

#endif
