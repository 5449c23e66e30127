/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space's regions as a balanced tree, beside their list: searches
 * take steps by the logarithm of their number.  Private to mm/region.c, which
 * keeps the list; a region is on it whenever it is in the tree.
 */
#ifndef MM_REGION_TREE_H
#define MM_REGION_TREE_H

#include <mm/region.h>

void region_tree_insert(struct aspace *aspace, struct region *region);
/* Before it is off the list. */
void region_tree_remove(struct aspace *aspace, struct region *region);
/* What is free before REGION (or nothing, if it is NULL) has changed. */
void region_tree_refresh(struct aspace *aspace, struct region *region);

/* As region_find() and region_gap(), the latter below the last region only. */
struct region *region_tree_find(struct aspace *aspace, uint64_t address);

/* What region_gap() looks for. */
struct region_request {
	uint64_t length, align, skew, ceiling;
};

uint64_t region_tree_gap(struct aspace *aspace,
			 const struct region_request *request);
/* The aligned start at the top of [LOW, HIGH); 0: no room. */
uint64_t region_fit(uint64_t low, uint64_t high,
		    const struct region_request *request);

#endif
