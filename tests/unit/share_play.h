/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of memory that several address spaces have (cokernel/mm/share.c
 * and companions) share: a program's access to it.
 */
#ifndef UNIT_SHARE_PLAY_H
#define UNIT_SHARE_PLAY_H

#include "fake_memory.h"
#include <linux/mman.h>
#include <mm/populate.h>

#define BASE		0x40000000ull	/* of a 2 MiB page */
#define SIGNAL_BUS	7
#define SIGNAL_SEGV	11
#define ACCESS_WRITE	0x02
#define RW		(PROT_READ | PROT_WRITE)

/*
 * What a program does that reads or writes ADDRESS: the word's place, or NULL
 * and the signal it gets.
 */
static inline uint64_t *access_word(struct aspace *as, uint64_t address,
				    bool write, int *signal)
{
	*signal = 0;
	for (int tries = 0; tries < 4; tries++) {
		struct page_leaf leaf = paging_lookup(as->root, address);
		int code;

		if (leaf.flags & PTE_PRESENT &&
		    (!write || leaf.flags & PTE_WRITE))
			return (uint64_t *)((uint8_t *)
				frame_address(leaf.start) +
				address % leaf.size);
		*signal = aspace_fault(as, address, write ? ACCESS_WRITE : 0,
				       &code);
		if (*signal)
			return NULL;
	}
	fail("a fault that is resolved comes again", address);
	return NULL;
}

#endif
