/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of address spaces (cokernel/mm/aspace.c and companions) share: a
 * model, an array that says of each page of two windows what it must be, with
 * which an address space is compared; a program's access to memory; and how
 * tests begin and end.
 */
#ifndef UNIT_ASPACE_MODEL_H
#define UNIT_ASPACE_MODEL_H

#include "fake_memory.h"
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <mm/populate.h>

#define WINDOW_PAGES	4096ull			/* 16 MiB each */
#define WINDOW_LOW	0x100000000ull		/* for MAP_FIXED */
#define WINDOW_HIGH	(REGION_CEILING - WINDOW_PAGES * PAGE_SIZE)
#define PAGES		(2 * WINDOW_PAGES)
#define SIGNAL_BUS	7
#define SIGNAL_SEGV	11
#define ACCESS_WRITE	0x02
#define ACCESS_FETCH	0x10

enum presence { NEVER, MAY, MUST };

struct page {
	bool mapped, file;
	enum presence presence;
	int prot, flags;
	int policy;		/* of policies[] */
	uint64_t file_page;
	uint64_t value;		/* of the first 8 bytes, once it is there */
};

static const struct policy policies[] = {
	{ 0 },
	{ .mode = MPOL_BIND, .asked = 2 },
	{ .mode = MPOL_PREFERRED, .asked = 3 },
	{ .mode = MPOL_INTERLEAVE, .asked = 3 },
	{ .mode = MPOL_INTERLEAVE, .flags = MPOL_F_STATIC_NODES, .asked = 7 },
	{ .mode = MPOL_BIND, .flags = MPOL_F_RELATIVE_NODES, .asked = 8 },
};

static struct page model[PAGES];
static struct aspace *as;
static uint64_t frames_before;

static inline uint64_t page_address(size_t i)
{
	return i < WINDOW_PAGES ? WINDOW_LOW + i * PAGE_SIZE :
	       WINDOW_HIGH + (i - WINDOW_PAGES) * PAGE_SIZE;
}

/* Are page I and the one before it of one region? */
static inline bool page_continues(size_t i)
{
	const struct page *a = &model[i - 1], *b = &model[i];

	return i % WINDOW_PAGES && a->mapped && b->mapped &&
	       a->prot == b->prot && a->flags == b->flags &&
	       a->file == b->file && a->policy == b->policy &&
	       (!a->file || a->file_page + 1 == b->file_page);
}

/* Comparing. */

static inline uint64_t leaf_flags(int prot)
{
	uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED;

	if (!prot)
		return PTE_NOACCESS | PTE_NX;
	return flags | (prot & PROT_WRITE ? PTE_WRITE | PTE_DIRTY : 0) |
	       (prot & PROT_EXEC ? 0 : PTE_NX);
}

static inline void verify_page(size_t i)
{
	uint64_t address = page_address(i), value;
	struct page_leaf leaf = paging_lookup(as->root, address);
	const struct page *page = &model[i];

	CHECK(page->mapped || !leaf.flags, address);
	CHECK(page->presence != MUST || leaf.flags, address);
	CHECK(page->presence != NEVER || !leaf.flags, address);
	if (!leaf.flags)
		return;
	CHECK(leaf.flags == leaf_flags(page->prot), address);
	memcpy(&value, (uint8_t *)frame_address(leaf.start) +
	       address % leaf.size, sizeof(value));
	CHECK(value == page->value, address);
}

/*
 * The tree of the regions below NODE, of which *NEXT is the first, is what an
 * AA tree must be.  Returns the most room before any of them.
 */
static inline uint64_t verify_tree(const struct region *node,
				   struct region **next)
{
	uint64_t before = 0, here, left, right, most;

	if (!node)
		return 0;
	CHECK(node->level == (node->left ? node->left->level : 0) + 1,
	      node->start);
	CHECK(!node->right || node->right->level + 1 >= node->level,
	      node->start);
	CHECK(!node->right || (node->right->level <= node->level &&
	      (!node->right->right ||
	       node->right->right->level < node->level)), node->start);
	CHECK(node->level < 2 || node->right, node->start);
	left = verify_tree(node->left, next);
	CHECK(*next == node, node->start);
	if (region_previous(as, *next))
		before = region_previous(as, *next)->end;
	else
		before = MIN(REGION_LOWEST, node->start);
	here = node->start - before;
	CHECK(node->free_before == here, node->start);
	if (node->flags & MAP_GROWSDOWN)
		here -= MIN(here, REGION_STACK_GAP);
	*next = region_next(as, *next);
	right = verify_tree(node->right, next);
	most = MAX(here, MAX(left, right));
	CHECK(node->most_room == most, node->start);
	return most;
}

/* No page reaches over ADDRESS. */
static inline void verify_border(uint64_t address)
{
	struct page_leaf leaf = paging_lookup(as->root, address);

	CHECK(!leaf.flags || address % leaf.size == 0, address);
}

/* The regions are exactly the model's runs of equal pages. */
static inline void verify_regions(void)
{
	uint64_t mapped = 0;
	struct region *region;
	unsigned count = 0;
	size_t i = 0;

	list_for_each(region, &as->regions, link) {
		for (; i < PAGES && !model[i].mapped; i++)
			;
		CHECK(i < PAGES && region->start == page_address(i),
		      region->start);
		CHECK(region->prot == model[i].prot, region->start);
		verify_border(region->start);
		CHECK(region->flags == model[i].flags, region->start);
		CHECK(!memcmp(&region->policy, &policies[model[i].policy],
			      sizeof(region->policy)), region->start);
		CHECK(!region->file == !model[i].file, region->start);
		CHECK(!region->file || region->offset ==
		      model[i].file_page * PAGE_SIZE, region->start);
		for (i++; i < PAGES && page_continues(i); i++)
			;
		CHECK(region->end == page_address(i - 1) + PAGE_SIZE,
		      region->end);
		mapped += region->end - region->start;
		count++;
	}
	for (; i < PAGES; i++)
		CHECK(!model[i].mapped, page_address(i));
	CHECK(as->mapped_bytes == mapped, mapped);
	CHECK(as->region_count == count, count);
	region = region_find(as, 0);
	CHECK(!region || !region_previous(as, region), region->start);
	verify_tree(as->tree, &region);
	CHECK(!region, region->start);
}

/* Does what a TLB holds allow anything that the tables do not? */
static inline bool allows_more(uint64_t held, uint64_t flags)
{
	return (held & ~flags & (PTE_PRESENT | PTE_USER | PTE_WRITE)) ||
		(flags & ~held & PTE_NX);
}

static inline void verify_frames(void)
{
	uint64_t bytes = populate_resident(as, 0, USER_TOP);
	size_t i;

	CHECK(as->resident_bytes == bytes, bytes);
	CHECK(fake.frames << PAGE_SHIFT == bytes, bytes);
	for (i = 0; i < TLB_ENTRIES; i++) {
		struct leaf *entry = &fake.tlb[i];
		struct page_leaf leaf;

		if (!entry->page.size)
			continue;
		leaf = paging_lookup(as->root, entry->virt);
		CHECK(!allows_more(entry->page.flags, leaf.flags), entry->virt);
		CHECK(leaf.size <= entry->page.size, entry->virt);
		CHECK(leaf.start + entry->virt % leaf.size ==
		      entry->page.start, entry->virt);
	}
}

static inline void verify(void)
{
	size_t i;

	verify_regions();
	for (i = 0; i < PAGES; i++)
		verify_page(i);
	verify_frames();
}

/* As the CPU does it: look, fault, look again. */
static inline int touch(uint64_t address, uint64_t error, uint64_t value)
{
	struct page_leaf leaf;
	int tries, code, signal;
	uint64_t *to;

	for (tries = 0; tries < 2; tries++) {
		leaf = paging_lookup(as->root, address);
		if (leaf.flags & PTE_PRESENT &&
		    (!(error & ACCESS_WRITE) || leaf.flags & PTE_WRITE) &&
		    (!(error & ACCESS_FETCH) || !(leaf.flags & PTE_NX))) {
			to = (uint64_t *)((uint8_t *)frame_address(leaf.start) +
					  address % leaf.size);
			tlb_use(address, leaf);
			if (error & ACCESS_WRITE)
				*to = value;
			return 0;
		}
		signal = aspace_fault(as, address, error, &code);
		if (signal)
			return signal;
	}
	fail("the fault was not resolved", address);
	return 0;
}

static inline void begin(void)
{
	frames_before = fake.frames;
	as = aspace_create();
}

/* All is as the model has it, and nothing is left. */
static inline void end(const char *what)
{
	verify();
	aspace_put(as);
	CHECK(fake.frames == frames_before, fake.frames);
	CHECK(!fake.objects, fake.objects);
	CHECK(fake_file.users == 1, fake_file.users);
	passed(what);
}

#endif
