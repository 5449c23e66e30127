/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving and taking the frames behind regions.
 *
 * A page table's leaf owns its frames, or with PTE_SHARED one use of each of
 * them (frame_get()): a private region's leaf is then not writable, so that the
 * first to write gets a copy.  A leaf of a PROT_NONE region that has contents is
 * PTE_NOACCESS and keeps them.  Frames are freed only after the TLB has
 * forgotten them, in batches.
 */
#include <errno.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/paging.h>
#include <mm/populate.h>
#include <mm/tlb.h>

#define BATCH_SIZE	64

/* Frames on their way back: address | PTE_SHARED | order, flushed together. */
struct batch {
	struct aspace *aspace;
	unsigned count;
	uint64_t low, high;	/* the addresses to flush */
	phys_t frame[BATCH_SIZE];
};

static const uint64_t populate_sizes[] = { HUGE_SIZE, LARGE_SIZE, PAGE_SIZE };

/*
 * Accessed and dirty from the start: the CPU need not write them later.
 * Everything accessible can be read, as on any x86.
 */
static uint64_t prot_flags(int prot)
{
	uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED;

	if (prot == PROT_NONE)
		return PTE_NOACCESS | PTE_NX;
	if (prot & PROT_WRITE)
		flags |= PTE_WRITE | PTE_DIRTY;
	if (!(prot & PROT_EXEC))
		flags |= PTE_NX;
	return flags;
}

uint64_t populate_flags(const struct region *region, int prot, uint64_t shared)
{
	uint64_t flags = prot_flags(prot) | shared;

	if (shared && !region_shares(region))
		flags &= ~PTE_WRITE;
	return flags;
}

static void batch_empty(struct batch *batch)
{
	unsigned i;

	if (!batch->count)
		return;
	tlb_flush(batch->aspace->root, batch->low, batch->high);
	for (i = 0; i < batch->count; i++) {
		phys_t frame = ALIGN_DOWN(batch->frame[i], PAGE_SIZE);
		unsigned order = batch->frame[i] & (PTE_SHARED - 1);

		if (batch->frame[i] & PTE_SHARED ||
		    frame_is_held(frame, order))
			frame_put(frame, order);
		else
			frame_free(frame, order);
	}
	batch->count = 0;
}

static void batch_add(struct batch *batch, uint64_t virt,
		      const struct page_leaf *leaf)
{
	if (batch->count == BATCH_SIZE)
		batch_empty(batch);
	if (!batch->count)
		batch->low = virt;
	batch->high = virt + leaf->size;
	batch->frame[batch->count++] = leaf->start | frame_order(leaf->size) |
				       (leaf->flags & PTE_SHARED);
}

/* The file's part of [START, END): up to the page its last byte is in. */
static uint64_t populate_file_end(const struct region *region, uint64_t start,
				  uint64_t end)
{
	uint64_t offset = region->offset + (start - region->start), size;
	struct stat stat;

	file_stat(region->file, &stat);
	if ((stat.st_mode & S_IFMT) != S_IFREG)
		return end;
	size = stat.st_size > 0 ? (uint64_t)stat.st_size : 0;
	if (size <= offset)
		return start;
	return start + MIN(end - start, ALIGN_UP(size - offset, PAGE_SIZE));
}

/* Fill SIZE bytes at TO with what the file has at OFFSET, then zeroes. */
static int populate_read(struct file *file, uint8_t *to, uint64_t size,
			 uint64_t offset)
{
	uint64_t done = 0;

	while (done < size) {
		int64_t n = file_read_kernel(file, to + done, size - done,
					     offset + done);

		if (n < 0)
			return (int)n;
		if (!n)
			break;
		done += (uint64_t)n;
	}
	memset(to + done, 0, size - done);
	return 0;
}

phys_t populate_frame(const struct aspace *aspace, const struct region *region,
		      uint64_t virt, unsigned order)
{
	uint64_t offset = region->offset + (virt - region->start);
	phys_t frame;

	if (aspace->of_kernel)
		return frame_alloc(order);
	if (order > FRAME_ORDER_LARGE && policy_interleaves(region))
		return FRAME_NONE;
	policy_enter(region, offset >> (PAGE_SHIFT + order));
	frame = frame_alloc_user(order);
	policy_leave();
	return frame;
}

/*
 * Map one page of SIZE at VIRT, where nothing is.  -EAGAIN: not this large.
 */
static int populate_page(struct aspace *aspace, const struct region *region,
			 uint64_t virt, uint64_t size, int prot)
{
	unsigned order = frame_order(size);
	phys_t frame;
	int error = 0;

	if (region_shares(region))
		return share_page(aspace, region, virt, size, prot, true);
	if (region_borrows(region, prot)) {
		error = share_page(aspace, region, virt, size, prot, false);
		/* Holes are ours, and what is no file of pages. */
		if (error != -ENOENT && error != -ENXIO)
			return error;
	}
	frame = populate_frame(aspace, region, virt, order);
	if (frame == FRAME_NONE)
		return size > PAGE_SIZE ? -EAGAIN : -ENOMEM;
	if (region->file)
		error = populate_read(region->file, frame_address(frame), size,
				      region->offset + (virt - region->start));
	else
		memset(frame_address(frame), 0, size);
	if (!error) {
		error = paging_map(aspace->root, virt, frame, size,
				   prot_flags(prot));
		/* The tables of smaller pages that were there once. */
		if (error == -EEXIST && size > PAGE_SIZE)
			error = -EAGAIN;
	}
	if (error)
		frame_free(frame, order);
	else
		aspace->resident_bytes += size;
	return error;
}

/* [START, END) has no page at all. */
static int populate_hole(struct aspace *aspace, const struct region *region,
			 uint64_t start, uint64_t end, int prot)
{
	while (start < end) {
		int error = -EAGAIN;
		unsigned i;

		for (i = 0; error == -EAGAIN; i++) {
			uint64_t size = populate_sizes[i];

			if (start % size || end - start < size)
				continue;
			error = populate_page(aspace, region, start, size,
					      prot);
			if (!error)
				start += size;
		}
		if (error)
			return error;
	}
	return 0;
}

/* The end of the page that maps VIRT. */
static uint64_t leaf_end(uint64_t virt, const struct page_leaf *leaf)
{
	return ALIGN_DOWN(virt, leaf->size) + leaf->size;
}

int populate_range(struct aspace *aspace, const struct region *region,
		   uint64_t start, uint64_t end, int prot)
{
	struct page_leaf leaf;
	uint64_t next;
	int error;

	if (region->file)
		end = populate_file_end(region, start, end);
	while (start < end) {
		next = paging_next(aspace->root, start, end, &leaf);
		error = populate_hole(aspace, region, start, next, prot);
		if (error)
			return error;
		if (next >= end)
			break;
		start = leaf_end(next, &leaf);
	}
	return 0;
}

int populate_touch(struct aspace *aspace, const struct region *region,
		   uint64_t address)
{
	uint64_t page = ALIGN_DOWN(address, PAGE_SIZE);
	uint64_t large = ALIGN_DOWN(address, LARGE_SIZE);

	if (region->file && populate_file_end(region, page,
					      page + PAGE_SIZE) == page)
		return -ENODATA;
	if ((region->flags & (MAP_NORESERVE | REGION_SMALL)) ==
	    MAP_NORESERVE && large >= region->start &&
	    large + LARGE_SIZE <= region->end && !region->file &&
	    frame_free_total() >= POPULATE_AMPLE &&
	    paging_next(aspace->root, large, large + LARGE_SIZE, NULL) ==
	    large + LARGE_SIZE &&
	    !populate_page(aspace, region, large, LARGE_SIZE, region->prot))
		return 0;
	return populate_page(aspace, region, page, PAGE_SIZE, region->prot);
}

uint64_t populate_eager(const struct region *region, uint64_t start,
			uint64_t end)
{
	if ((region->flags & (MAP_LOCKED | REGION_ONFAULT)) == MAP_LOCKED)
		return start;
	if (region_shares(region) && !(region->flags & MAP_ANONYMOUS))
		return end;
	if (region->flags & MAP_NORESERVE)
		return end;
	if (region->flags & (MAP_STACK | MAP_GROWSDOWN))
		return end - MIN(end - start, POPULATE_STACK);
	return start;
}

uint64_t populate_resident(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct page_walk walk = paging_walk(aspace->root, start, end);
	uint64_t bytes = 0;

	while (paging_step(&walk))
		bytes += MIN(leaf_end(walk.virt, &walk.leaf), end) - walk.virt;
	return bytes;
}

uint64_t populate_extent(const struct region *region, uint64_t start,
			 uint64_t end)
{
	if (region->file)
		end = populate_file_end(region, start, end);
	return end - start;
}

uint64_t populate_missing(struct aspace *aspace, const struct region *region,
			  uint64_t start, uint64_t end, int prot)
{
	uint64_t extent = populate_extent(region, start, end);

	if (region_shares(region) || region_borrows(region, prot))
		return extent - share_given(region, start, start + extent,
					    prot);
	return extent - populate_resident(aspace, start, start + extent);
}

int populate_split(struct aspace *aspace, uint64_t address)
{
	struct page_leaf leaf = paging_lookup(aspace->root, address);

	while (leaf.flags && address % leaf.size) {
		int error = paging_split(aspace->root, address);

		if (error)
			return error;
		leaf = paging_lookup(aspace->root, address);
	}
	return 0;
}

/* Free the pages of [START, END) that have one of FLAGS. */
static void populate_drop(struct aspace *aspace, uint64_t start, uint64_t end,
			  uint64_t flags)
{
	struct page_walk walk = paging_walk(aspace->root, start, end);
	struct batch batch = { .aspace = aspace };

	while (paging_step(&walk)) {
		if (!(walk.leaf.flags & flags))
			continue;
		paging_walk_unmap(&walk);
		aspace->resident_bytes -= walk.leaf.size;
		batch_add(&batch, walk.virt, &walk.leaf);
	}
	batch_empty(&batch);
}

void populate_remove(struct aspace *aspace, uint64_t start, uint64_t end)
{
	populate_drop(aspace, start, end, PTE_PRESENT | PTE_NOACCESS);
}

void populate_undo(struct aspace *aspace, uint64_t start, uint64_t end)
{
	populate_drop(aspace, start, end, PTE_PRESENT);
}

/* Could a TLB that holds the flags FROM allow what TO does not? */
static bool takes_rights(uint64_t from, uint64_t to)
{
	return from & PTE_PRESENT &&
		((from & ~to & (PTE_PRESENT | PTE_WRITE)) ||
		 (to & ~from & PTE_NX));
}

/* Rights that are only added cost no other CPU anything. */
void populate_protect(struct aspace *aspace, const struct region *region,
		      uint64_t start, uint64_t end, int prot)
{
	struct page_walk walk = paging_walk(aspace->root, start, end);
	bool flush = false;

	while (paging_step(&walk)) {
		uint64_t flags = populate_flags(region, prot,
						walk.leaf.flags & PTE_SHARED);

		flush |= takes_rights(walk.leaf.flags, flags);
		paging_walk_protect(&walk, flags);
	}
	if (flush)
		tlb_flush(aspace->root, start, end);
}

/* Map the page at VIRT a second time at TO, in the sizes that fit there. */
static int populate_alias(struct aspace *aspace, uint64_t virt, uint64_t to,
			  uint64_t *size)
{
	struct page_leaf leaf;
	int error;

	for (;;) {
		leaf = paging_lookup(aspace->root, virt);
		error = -EEXIST;
		if (to % leaf.size == 0)
			error = paging_map(aspace->root, to, leaf.start,
					   leaf.size, leaf.flags);
		if (error != -EEXIST || leaf.size == PAGE_SIZE)
			break;
		error = paging_split(aspace->root, virt);
		if (error)
			return error;
	}
	if (!error)	/* paging_map() has made it present */
		paging_protect(aspace->root, to, leaf.flags);
	*size = leaf.size;
	return error;
}

/* Forget the leaves of [START, END), whose frames others map. */
static void populate_unlink(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct page_walk walk = paging_walk(aspace->root, start, end);

	while (paging_step(&walk))
		paging_walk_unmap(&walk);
	tlb_flush(aspace->root, start, end);
}

int populate_move(struct aspace *aspace, uint64_t from, uint64_t to,
		  uint64_t length)
{
	uint64_t end = from + length, virt = from, size;
	int error;

	while ((virt = paging_next(aspace->root, virt, end, NULL)) < end) {
		error = populate_alias(aspace, virt, to + (virt - from), &size);
		if (error) {
			populate_unlink(aspace, to, to + (virt - from));
			return error;
		}
		virt += size;
	}
	populate_unlink(aspace, from, end);
	return 0;
}
