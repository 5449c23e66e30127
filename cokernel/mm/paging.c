/* SPDX-License-Identifier: GPL-2.0-only */
/* See mm/paging.h. */
#include <errno.h>
#include <cpu/cpu.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <mm/tlb.h>

#define ENTRIES		512
#define LEVELS		4		/* 3: PML4 ... 0: page table */
#define TABLE_FLAGS	(PTE_PRESENT | PTE_WRITE | PTE_USER)
#define PTE_BY_CPU	(PTE_ACCESSED | PTE_DIRTY)

static unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * level;
}

static unsigned level_of(uint64_t size)
{
	return size == PAGE_SIZE ? 0 : size == LARGE_SIZE ? 1 : 2;
}

static unsigned entry_index(uint64_t virt, unsigned level)
{
	return virt >> level_shift(level) & (ENTRIES - 1);
}

static uint64_t *entry_at(phys_t table, uint64_t virt, unsigned level)
{
	uint64_t *entries = frame_address(table);

	return &entries[entry_index(virt, level)];
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return level == 0 || entry & PTE_LARGE;
}

/* The leaf's entry, or NULL; its level in *LEVEL. */
static uint64_t *leaf_find(phys_t root, uint64_t virt, unsigned *level)
{
	phys_t table = root;

	for (unsigned at = LEVELS; at-- > 0;) {
		uint64_t *entry = entry_at(table, virt, at);

		if (!*entry)
			return NULL;
		if (is_leaf(*entry, at)) {
			*level = at;
			return entry;
		}
		table = *entry & PTE_ADDRESS;
	}
	return NULL;
}

/* The table for entries of LEVEL, made if there is none yet. */
static int table_make(phys_t root, uint64_t virt, unsigned target,
		      uint64_t **made)
{
	phys_t table = root;
	uint64_t *entry;

	for (unsigned level = LEVELS - 1; level > target; level--) {
		entry = entry_at(table, virt, level);
		if (!*entry) {
			phys_t fresh = frame_alloc_zero(0);

			if (fresh == FRAME_NONE)
				return -ENOMEM;
			*entry = fresh | TABLE_FLAGS;
		} else if (is_leaf(*entry, level)) {
			return -EEXIST;
		}
		table = *entry & PTE_ADDRESS;
	}
	*made = frame_address(table);
	return 0;
}

/* A table that has become empty gives way to a large page. */
static int make_room(phys_t root, uint64_t virt, uint64_t *entry,
		     unsigned level)
{
	phys_t old = *entry & PTE_ADDRESS;
	uint64_t *entries = frame_address(old);

	if (is_leaf(*entry, level))
		return -EEXIST;
	for (unsigned i = 0; i < ENTRIES; i++)
		if (entries[i])
			return -EEXIST;
	*entry = 0;
	if (root == paging_kernel_root)
		tlb_flush_kernel(virt);
	else
		tlb_flush(root, virt, virt + PAGE_SIZE);
	frame_free(old, 0);
	return 0;
}

int paging_fill(struct page_fill *fill, uint64_t virt, phys_t phys,
		uint64_t size, uint64_t flags)
{
	unsigned level = level_of(size);
	uint64_t *entry;
	int error;

	if (!fill->table || level != fill->level ||
	    (virt ^ fill->virt) >> level_shift(level + 1)) {
		error = table_make(fill->root, virt, level, &fill->table);
		if (error)
			return error;
		fill->level = level;
	}
	fill->virt = virt;
	entry = &fill->table[entry_index(virt, level)];
	if (*entry) {
		error = make_room(fill->root, virt, entry, level);
		if (error)
			return error;
	}
	*entry = phys | flags | (level ? PTE_LARGE : 0);
	return 0;
}

int paging_map(phys_t root, uint64_t virt, phys_t phys, uint64_t size,
	       uint64_t flags)
{
	struct page_fill fill = { .root = root };

	return paging_fill(&fill, virt, phys, size, flags | PTE_PRESENT);
}

static struct page_leaf leaf_describe(uint64_t entry, unsigned level)
{
	uint64_t size = 1ull << level_shift(level);

	return (struct page_leaf){
		.start = entry & PTE_ADDRESS & ~(size - 1),
		.size = size,
		.flags = entry & PTE_FLAGS & ~(level ? PTE_LARGE : 0),
	};
}

struct page_leaf paging_lookup(phys_t root, uint64_t virt)
{
	unsigned level;
	uint64_t *entry = leaf_find(root, virt, &level);

	return entry ? leaf_describe(*entry, level) : (struct page_leaf){ 0 };
}

struct page_leaf paging_lookup_run(phys_t root, uint64_t virt, uint64_t *n)
{
	unsigned level;
	const uint64_t *entry = leaf_find(root, virt, &level), *end;
	struct page_leaf leaf = { 0 };
	uint64_t expected, there = 0;

	if (entry) {
		leaf = leaf_describe(*entry, level);
		there = leaf.size - virt % leaf.size;
		expected = *entry & ~PTE_BY_CPU;
		end = entry + ENTRIES - entry_index(virt, level);
		while (there < *n && ++entry < end &&
		       (*entry & ~PTE_BY_CPU) == (expected += leaf.size))
			there += leaf.size;
	}
	*n = MIN(*n, there);
	return leaf;
}

struct page_leaf paging_unmap(phys_t root, uint64_t virt)
{
	unsigned level;
	uint64_t *entry = leaf_find(root, virt, &level);
	struct page_leaf leaf = { 0 };

	if (entry) {
		leaf = leaf_describe(*entry, level);
		*entry = 0;
	}
	return leaf;
}

static void entry_protect(uint64_t *entry, unsigned level, uint64_t flags)
{
	*entry = (*entry & PTE_ADDRESS) | flags | (level ? PTE_LARGE : 0);
}

void paging_protect(phys_t root, uint64_t virt, uint64_t flags)
{
	unsigned level;
	uint64_t *entry = leaf_find(root, virt, &level);

	if (entry)
		entry_protect(entry, level, flags);
}

int paging_split(phys_t root, uint64_t virt)
{
	unsigned level;
	uint64_t *entry = leaf_find(root, virt, &level), *entries;
	struct page_leaf leaf;
	phys_t table;

	if (!entry || !level)
		return 0;
	table = frame_alloc(0);
	if (table == FRAME_NONE)
		return -ENOMEM;
	leaf = leaf_describe(*entry, level);
	entries = frame_address(table);
	for (unsigned i = 0; i < ENTRIES; i++)
		entries[i] = (leaf.start + ((uint64_t)i <<
					    level_shift(level - 1))) |
			leaf.flags | (level > 1 ? PTE_LARGE : 0);
	*entry = table | TABLE_FLAGS;
	return 0;
}

/* Eight entries, which are one line of the cache: are all of them empty? */
static bool is_empty(const uint64_t *line)
{
	return !(line[0] | line[1] | line[2] | line[3] |
		 line[4] | line[5] | line[6] | line[7]);
}

/* The first entry from I on that is not empty; END or more: there is none. */
static unsigned next_used(const uint64_t *table, unsigned i, unsigned end)
{
	for (;; i++) {
		if (i % 8 == 0)
			while (i < end && is_empty(&table[i]))
				i += 8;
		if (i >= end || table[i])
			return i;
	}
}

/*
 * The first entry of TABLE that is not empty, of *VIRT or behind it; there *VIRT
 * moves.  NULL: there is none before END, and *VIRT is where the table ends, or END
 * or behind it.
 */
static uint64_t *next_entry(uint64_t *table, unsigned level, uint64_t *virt,
			    uint64_t end)
{
	unsigned shift = level_shift(level);
	unsigned first = entry_index(*virt, level);
	uint64_t more = ((end - 1) >> shift) - (*virt >> shift);
	unsigned stop = (unsigned)MIN(ENTRIES - 1, first + more) + 1;
	uint64_t i = next_used(table, first, stop);

	if (i == first)
		return &table[i];
	*virt = ALIGN_DOWN(*virt, (uint64_t)ENTRIES << shift) + (i << shift);
	return i < stop ? &table[i] : NULL;
}

struct page_walk paging_walk(phys_t root, uint64_t start, uint64_t end)
{
	return (struct page_walk){
		.next = start, .end = end, .root = frame_address(root),
	};
}

/* Is VIRT where a table of LEVEL begins? */
static bool begins_table(uint64_t virt, unsigned level)
{
	return !(virt & ((1ull << level_shift(level + 1)) - 1));
}

/* To the next leaf, by way of the root if it is in another table. */
static bool __attribute__((noinline)) step_far(struct page_walk *walk)
{
	uint64_t virt = walk->next, *table = walk->table, *entry;
	unsigned level = walk->level;

	/* Behind the last address of all comes 0. */
	while (virt < walk->end && virt >= walk->virt) {
		if (!table || begins_table(virt, level)) {
			table = walk->root;
			level = LEVELS - 1;
		}
		while ((entry = next_entry(table, level, &virt, walk->end)) &&
		       !is_leaf(*entry, level)) {
			table = frame_address(*entry & PTE_ADDRESS);
			level--;
		}
		if (!entry)
			continue;
		walk->leaf = leaf_describe(*entry, level);
		walk->next = ALIGN_DOWN(virt, walk->leaf.size) +
			     walk->leaf.size;
		walk->table = table;
		walk->entry = entry;
		walk->level = level;
		walk->virt = virt;
		return virt < walk->end;
	}
	return false;
}

/* Mostly it is the next entry of the same page table. */
bool paging_step(struct page_walk *walk)
{
	uint64_t *entry;

	if (!walk->table || walk->level || walk->next >= walk->end)
		return step_far(walk);
	entry = walk->entry + 1;
	if ((uint64_t)entry % PAGE_SIZE == 0 || !*entry)
		return step_far(walk);
	walk->leaf.start = *entry & PTE_ADDRESS;
	walk->leaf.flags = *entry & PTE_FLAGS;
	walk->entry = entry;
	walk->virt = walk->next;
	walk->next += PAGE_SIZE;
	return true;
}

void paging_walk_protect(struct page_walk *walk, uint64_t flags)
{
	entry_protect(walk->entry, walk->level, flags);
}

void paging_walk_unmap(struct page_walk *walk)
{
	*walk->entry = 0;
}

uint64_t paging_next(phys_t root, uint64_t virt, uint64_t end,
		     struct page_leaf *leaf)
{
	struct page_walk walk = paging_walk(root, virt, end);

	if (!paging_step(&walk))
		return end;
	if (leaf)
		*leaf = walk.leaf;
	return walk.virt;
}

phys_t paging_create(void)
{
	phys_t root = frame_alloc_zero(0);

	if (root != FRAME_NONE)
		memcpy((uint64_t *)frame_address(root) + ENTRIES / 2,
		       (uint64_t *)frame_address(paging_kernel_root) +
		       ENTRIES / 2, PAGE_SIZE / 2);
	return root;
}

static void table_free(phys_t table, unsigned level, unsigned entries)
{
	uint64_t *entry = frame_address(table);
	unsigned i = 0;

	while (level && (i = next_used(entry, i, entries)) < entries) {
		if (!is_leaf(entry[i], level))
			table_free(entry[i] & PTE_ADDRESS, level - 1, ENTRIES);
		i++;
	}
	frame_free(table, 0);
}

void paging_destroy(phys_t root)
{
	table_free(root, LEVELS - 1, ENTRIES / 2);
}

void paging_switch(phys_t root)
{
	this_cpu()->root = root;
	__asm__ volatile("mov %0, %%cr3" : : "r" (root) : "memory");
}
