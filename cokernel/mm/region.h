/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions: the parts of an address space, each with one protection and one
 * origin.  Private to mm/aspace.c and its companions.
 *
 * They are kept by address and never overlap, and no page reaches over their
 * borders.  Neighbours that could be one are merged after each change.  All
 * calls need the address space to themselves.
 */
#ifndef MM_REGION_H
#define MM_REGION_H

#include <linux/mman.h>
#include <mm/aspace.h>
#include <mm/policy.h>

#define REGION_LIMIT	65530		/* vm.max_map_count */
#define REGION_LOWEST	0x10000ull	/* vm.mmap_min_addr */
/*
 * Requests without an address go below here; only the initial stack and the
 * vDSO lie above.  1 GiB-aligned, so that the largest pages fit from the top
 * down.
 */
#define REGION_CEILING	0x00007ff000000000ull
/* Kept free below a region that looks like a stack, where we choose. */
#define REGION_STACK_GAP (1ull << 20)

struct region {
	struct list link;
	struct region *left, *right;	/* mm/region_tree.c */
	unsigned level;
	uint64_t free_before;	/* bytes up to the region before */
	uint64_t most_room;	/* to map something in, before any below here */
	uint64_t start, end;
	int prot;		/* PROT_* */
	int flags;		/* of REGION_FLAGS */
	struct file *file;	/* NULL: anonymous */
	uint64_t offset;	/* in FILE, of START */
	struct policy policy;	/* TURN is not used */
};

/* Flags of ours, of madvise(2), where mmap(2) has none. */
#define REGION_DONTFORK		0x00200000
#define REGION_WIPEONFORK	0x00400000
#define REGION_SMALL		0x00800000	/* MADV_NOHUGEPAGE */
/* With MAP_LOCKED: what comes on touch may go on doing so. */
#define REGION_ONFAULT		0x01000000
#define REGION_LOCK	(MAP_LOCKED | REGION_ONFAULT)
#define REGION_OWN	(REGION_DONTFORK | REGION_WIPEONFORK | REGION_SMALL | \
			 REGION_ONFAULT)

/*
 * Of a shared one: mprotect(2) cannot make it writable.  (A program's own
 * MAP_DENYWRITE means nothing.)
 */
#define REGION_READ_ONLY	MAP_DENYWRITE

/* What of mmap(2)'s flags a region remembers. */
#define REGION_FLAGS	(MAP_TYPE | MAP_ANONYMOUS | MAP_NORESERVE | \
			 MAP_GROWSDOWN | MAP_STACK | MAP_LOCKED | \
			 REGION_READ_ONLY | REGION_OWN)

extern struct list aspaces;	/* all of them, by ALL */

/* MAP_SHARED: what is written there is seen by all. */
static inline bool region_shares(const struct region *region)
{
	return (region->flags & MAP_TYPE) == MAP_SHARED;
}

/*
 * Would a page of REGION under PROT be the file's own?  A private mapping that
 * nobody may write shows those that the file has, until someone may and does.
 */
static inline bool region_borrows(const struct region *region, int prot)
{
	return region->file && !region_shares(region) && !(prot & PROT_WRITE);
}

/* What HOW, MCL_* of mlockall(2), makes of a region. */
static inline int region_lock_flags(int how)
{
	return how ? MAP_LOCKED | (how & MCL_ONFAULT ? REGION_ONFAULT : 0) : 0;
}

/* The first region that ends above ADDRESS; NULL if there is none. */
struct region *region_find(struct aspace *aspace, uint64_t address);
/* The one after REGION; NULL at the end. */
struct region *region_next(struct aspace *aspace, struct region *region);
/* The one before it; NULL at the start. */
struct region *region_previous(struct aspace *aspace, struct region *region);
/* Does no region touch [START, END)? */
bool region_none(struct aspace *aspace, uint64_t start, uint64_t end);

/*
 * The highest start of LENGTH free bytes below CEILING that is SKEW modulo
 * ALIGN (a power of two); 0 if there is none.
 */
uint64_t region_gap(struct aspace *aspace, uint64_t length, uint64_t align,
		    uint64_t skew, uint64_t ceiling);

/* A region of its own, in no address space; NULL without memory. */
struct region *region_create(uint64_t start, uint64_t end, int prot, int flags,
			     struct file *file, uint64_t offset);
/*
 * The same, in all else like LIKE: at START it shows what LIKE shows, or would
 * show, at FROM.
 */
struct region *region_like(const struct region *like, uint64_t from,
			   uint64_t start, uint64_t end);
void region_free(struct region *region);
/* Its range must be free. */
void region_insert(struct aspace *aspace, struct region *region);
void region_remove(struct aspace *aspace, struct region *region);

/*
 * Make ADDRESS a border, of pages too, if it lies in a region.  -ENOMEM,
 * REGION_LIMIT too.
 */
int region_split(struct aspace *aspace, uint64_t address);
/* REGION grows downwards to START; nothing may be there. */
void region_extend(struct aspace *aspace, struct region *region,
		   uint64_t start);
/* Bytes of regions in [START, END). */
uint64_t region_bytes(struct aspace *aspace, uint64_t start, uint64_t end);
/* How far, up to END, regions reach from ADDRESS on without a hole. */
uint64_t region_run(struct aspace *aspace, uint64_t address, uint64_t end);

/* Each of ASPACE's regions that touches [FROM, TO). */
#define for_regions(region, aspace, from, to)				\
	for (region = region_find(aspace, from);			\
	     region && region->start < (to);				\
	     region = region_next(aspace, region))

/* Merge what can be in [START, END] and with the neighbours. */
void region_merge(struct aspace *aspace, uint64_t start, uint64_t end);

#endif
