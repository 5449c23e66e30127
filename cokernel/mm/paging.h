/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables (AMD64 manual vol. 2, chapter 5; Intel SDM vol. 3, chapter 4).
 * Four levels.  The upper half is the kernel's and the same in all of them.
 * These calls change tables only; flushing is the caller's, with mm/tlb.h.
 */
#ifndef MM_PAGING_H
#define MM_PAGING_H

#include <lib/types.h>

#define PTE_PRESENT	0x001ull
#define PTE_WRITE	0x002ull
#define PTE_USER	0x004ull
#define PTE_WRITE_THROUGH 0x008ull
#define PTE_UNCACHED	0x010ull
#define PTE_ACCESSED	0x020ull
#define PTE_DIRTY	0x040ull
#define PTE_LARGE	0x080ull
#define PTE_GLOBAL	0x100ull
#define PTE_SOFT1	0x200ull	/* free for mm/populate.c */
#define PTE_SOFT2	0x400ull
#define PTE_NOACCESS	PTE_SOFT1	/* a leaf that is not present */
#define PTE_SHARED	PTE_SOFT2	/* others may have its frames, too */
#define PTE_NX		(1ull << 63)
#define PTE_FLAGS	(PTE_NX | 0xfffull)
#define PTE_ADDRESS	0x000ffffffffff000ull

#define USER_TOP	0x00007ffffffff000ull	/* first address beyond */

/* A leaf as it stands in the tables. */
struct page_leaf {
	phys_t start;		/* of the whole page */
	uint64_t size;		/* 4 KiB, 2 MiB or 1 GiB */
	uint64_t flags;		/* PTE_* without PTE_LARGE; 0: none there */
};

/* The kernel's own tables; leaves the start-up tables of the host. */
void paging_init(void);

/* Fresh tables with the kernel's half; FRAME_NONE without memory. */
phys_t paging_create(void);
/* Free the tables of the lower half (not the frames they map) and the root. */
void paging_destroy(phys_t root);
/* Make them this CPU's. */
void paging_switch(phys_t root);

/*
 * Map one page of SIZE (4 KiB, 2 MiB, 1 GiB) at VIRT; both addresses aligned to
 * it.  FLAGS are PTE_* without PTE_LARGE; PTE_PRESENT is added.
 * -ENOMEM, -EEXIST if something is mapped there.
 */
int paging_map(phys_t root, uint64_t virt, phys_t phys, uint64_t size,
	       uint64_t flags);
/*
 * Many pages, one after the other: as paging_map(), but FLAGS are taken as they
 * are (see paging_protect()).  Begin with .root alone; until the last one nobody
 * else may change the tables but by removing leaves.
 */
struct page_fill {
	phys_t root;
	uint64_t virt;		/* the rest is paging.c's: the last page */
	uint64_t *table;
	unsigned level;
};
int paging_fill(struct page_fill *fill, uint64_t virt, phys_t phys,
		uint64_t size, uint64_t flags);
/* The leaf that maps VIRT; flags == 0 if there is none. */
struct page_leaf paging_lookup(phys_t root, uint64_t virt);
/*
 * The same, and how many of the *N bytes from VIRT on are in one piece of memory
 * under the same flags: the leaf's, and those of leaves behind it.
 */
struct page_leaf paging_lookup_run(phys_t root, uint64_t virt, uint64_t *n);
/* Remove the leaf that maps VIRT and return what it was. */
struct page_leaf paging_unmap(phys_t root, uint64_t virt);
/*
 * Change the flags of the leaf that maps VIRT (all of it); taken as they are.
 * Without PTE_PRESENT (then with PTE_NOACCESS) the leaf keeps its frame, but
 * nobody reaches it, uaccess neither: PROT_NONE with contents.  It still is a
 * leaf to all calls here; only this one brings it back to life.
 */
void paging_protect(phys_t root, uint64_t virt, uint64_t flags);
/* Turn a 1 GiB or 2 MiB leaf into 512 of the next size.  -ENOMEM. */
int paging_split(phys_t root, uint64_t virt);
/*
 * The first address at or after VIRT (and below END) that a leaf maps, and the
 * leaf in *LEAF unless that is NULL; END if there is none.  Skips empty tables, so
 * that walking large holes is cheap.
 */
uint64_t paging_next(phys_t root, uint64_t virt, uint64_t end,
		     struct page_leaf *leaf);

/*
 * A walk over the leaves from one address to another, which steps from entry to
 * entry and does not begin at the root each time:
 *
 *	struct page_walk walk = paging_walk(root, start, end);
 *
 *	while (paging_step(&walk))
 *		... walk.virt, walk.leaf ...
 *
 * The first leaf may begin before START, the last end behind END.  On the way the
 * tables must not change but by the calls below, and by removing leaves.
 */
struct page_walk {
	uint64_t virt;		/* where the leaf begins, but not before START */
	struct page_leaf leaf;
	uint64_t next;		/* the rest is paging.c's */
	uint64_t end;
	uint64_t *root;
	uint64_t *table;	/* NULL: not begun */
	uint64_t *entry;
	unsigned level;
};
struct page_walk paging_walk(phys_t root, uint64_t start, uint64_t end);
/* To the next leaf.  False: there is none. */
bool paging_step(struct page_walk *walk);
/* As paging_protect() and paging_unmap() of the leaf where WALK is. */
void paging_walk_protect(struct page_walk *walk, uint64_t flags);
void paging_walk_unmap(struct page_walk *walk);

/*
 * Kernel memory at a fresh address with an unmapped page on either side (stacks).
 * Returns the lowest mapped address, NULL without memory or with MAX of them.
 */
#define PAGING_GUARDED_MAX	16384u
void *paging_guarded_alloc(uint64_t bytes);
void paging_guarded_free(void *start, uint64_t bytes);
/* Is VIRT in such a guard page? */
bool paging_is_guard(uint64_t virt);

#endif
