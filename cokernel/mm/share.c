/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that several address spaces have, or an address space and a file.
 *
 * A shared mapping has the file's own frames; anonymous ones are of a file that
 * has no name.  So has a private one as long as it is only read: a program's code
 * and its libraries' are in memory once.
 *
 * fork(2) gives the child the parent's frames, and both may only read them until
 * one writes and gets a copy.  Address spaces that may have frames in common
 * that way are relatives; when all but one have ended, that one takes back the
 * right to write all at once, so that it takes no more faults.
 */
#include <errno.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/populate.h>
#include <mm/tlb.h>

#define FORK_SPLITS	16	/* large pages that are split after a fork */

/* Mappings of files. */

int share_page(struct aspace *aspace, const struct region *region,
	       uint64_t virt, uint64_t size, int prot, bool make)
{
	uint64_t offset;
	phys_t frame;
	int error;

	if (size > LARGE_SIZE)
		return -EAGAIN;
	offset = region->offset + (virt - region->start);
	policy_enter(region, offset / size);
	error = file_frame(region->file, offset, size, make, &frame);
	policy_leave();
	if (error)
		return error;
	error = paging_map(aspace->root, virt, frame, size,
			   populate_flags(region, prot, PTE_SHARED));
	if (error == -EEXIST && size > PAGE_SIZE)
		error = -EAGAIN;
	if (error)
		frame_put(frame, frame_order(size));
	else
		aspace->resident_bytes += size;
	return error;
}

int share_present(struct aspace *aspace, const struct region *region)
{
	uint64_t end = region->end - region->start + region->offset;
	uint64_t at = region->offset;

	if (!region_shares(region) || region->prot == PROT_NONE ||
	    (region->flags & (MAP_ANONYMOUS | MAP_NORESERVE)) == MAP_ANONYMOUS)
		return 0;
	while ((at = file_next_page(region->file, at)) < end) {
		uint64_t virt = region->start + (at - region->offset);
		uint64_t size = LARGE_SIZE;
		int error = -EAGAIN;

		if (virt % size == 0 && end - at >= size)
			error = share_page(aspace, region, virt, size,
					   region->prot, false);
		if (error == -EAGAIN) {
			size = PAGE_SIZE;
			error = share_page(aspace, region, virt, size,
					   region->prot, false);
		}
		/* MAP_POPULATE was here already; or it lies beyond the end. */
		if (error && error != -EEXIST && error != -ENXIO)
			return error;
		at += size;
	}
	return 0;
}

uint64_t share_given(const struct region *region, uint64_t start, uint64_t end,
		     int prot)
{
	if (!region_shares(region) && !region_borrows(region, prot))
		return 0;
	return file_present(region->file, region->offset +
			    (start - region->start), end - start);
}

void share_forget(struct aspace *aspace, const struct region *region,
		  uint64_t from, uint64_t to)
{
	uint64_t end = region->offset + (region->end - region->start);

	from = MAX(from, region->offset);
	to = MIN(to, end);
	if (from < to)
		populate_remove(aspace, region->start + (from - region->offset),
				region->start + (to - region->offset));
}

void aspace_identify(struct aspace *aspace, uint64_t address,
		     const void **object, uint64_t *offset)
{
	const struct region *region = region_find(aspace, address);

	*object = aspace;
	*offset = address;
	if (!region || region->start > address || !region_shares(region))
		return;
	*object = region->file->inode;
	*offset = region->offset + (address - region->start);
}

void aspace_forget(const struct file *file, uint64_t from, uint64_t to)
{
	struct aspace *aspace;
	struct region *region;

	list_for_each(aspace, &aspaces, all)
		list_for_each(region, &aspace->regions, link)
			if (region_shares(region) &&
			    region->file->inode == file->inode)
				share_forget(aspace, region, from, to);
}

bool aspace_writes(const struct file *file)
{
	struct aspace *aspace;
	struct region *region;

	list_for_each(aspace, &aspaces, all)
		list_for_each(region, &aspace->regions, link)
			if (region_shares(region) &&
			    !(region->flags & REGION_READ_ONLY) &&
			    region->file->inode == file->inode)
				return true;
	return false;
}

/* Is REGION of the mapping that began at ADDRESS? */
static bool began_at(const struct region *region, uint64_t address)
{
	return region->start >= address &&
		region->start - address == region->offset;
}

int aspace_detach(struct aspace *aspace, uint64_t address,
		  const struct file_operations *operations)
{
	struct region *region = region_find(aspace, address), *next;
	struct file *file = NULL;
	int error = 0;

	for (; region && !error; region = next) {
		next = region_next(aspace, region);
		if (!region->file || !began_at(region, address) ||
		    (file ? region->file != file :
		     region->file->operations != operations))
			continue;
		if (!file)
			file = file_get(region->file);
		error = aspace_unmap(aspace, region->start,
				     region->end - region->start);
	}
	if (!file)
		return -EINVAL;
	file_put(file);
	return error;
}

/* fork(2). */

/* One leaf for the child too, whose region's flags are FLAGS. */
static int copy_leaf(struct aspace *to, struct page_fill *fill,
		     struct page_walk *from, uint64_t flags)
{
	const struct page_leaf *leaf = &from->leaf;
	int error = paging_fill(fill, from->virt, leaf->start, leaf->size,
				flags);

	if (error)
		return error;
	if (leaf->flags != flags)
		paging_walk_protect(from, flags);
	frame_get(leaf->start, frame_order(leaf->size));
	to->resident_bytes += leaf->size;
	return 0;
}

/* Has a device a page of the private REGION that it may be writing to? */
static bool is_held(const struct region *region, const struct page_leaf *leaf)
{
	return leaf->flags & PTE_WRITE && !region_shares(region) &&
		frame_is_held(leaf->start, frame_order(leaf->size));
}

/* What is held of REGION gets small pages. */
static int split_held(struct aspace *aspace, const struct region *region)
{
	uint64_t virt = region->start;
	struct page_leaf leaf;

	while ((virt = paging_next(aspace->root, virt, region->end, &leaf)) <
	       region->end) {
		if (leaf.size > PAGE_SIZE && is_held(region, &leaf)) {
			int error = paging_split(aspace->root, virt);

			if (error)
				return error;
			continue;
		}
		virt = ALIGN_DOWN(virt, leaf.size) + leaf.size;
	}
	return 0;
}

/* It stays the parent's alone, which gets what comes; the child has what is. */
static int copy_held(struct aspace *to, struct page_fill *fill,
		     const struct page_walk *from, const struct region *region)
{
	phys_t copy = populate_frame(to, region, from->virt, 0);
	int error;

	if (copy == FRAME_NONE)
		return -ENOMEM;
	memcpy(frame_address(copy), frame_address(from->leaf.start), PAGE_SIZE);
	error = paging_fill(fill, from->virt, copy, PAGE_SIZE,
			    from->leaf.flags);
	if (error)
		frame_free(copy, 0);
	else
		to->resident_bytes += PAGE_SIZE;
	return error;
}

/* The frames of REGION for the child too. */
static int copy_leaves(struct aspace *to, struct page_fill *fill,
		       struct aspace *from, const struct region *region)
{
	uint64_t flags = populate_flags(region, region->prot, PTE_SHARED);
	int error = frame_holds() ? split_held(from, region) : 0;
	struct page_walk walk = paging_walk(from->root, region->start,
					    region->end);

	while (!error && paging_step(&walk))
		error = is_held(region, &walk.leaf) ?
			copy_held(to, fill, &walk, region) :
			copy_leaf(to, fill, &walk, flags);
	return error;
}

/* What madvise(2) said of it holds for the child's children; locks end. */
static int copy_region(struct aspace *to, struct page_fill *fill,
		       struct aspace *from, const struct region *region)
{
	struct region *copy;

	if (region->flags & REGION_DONTFORK)
		return 0;
	copy = region_like(region, region->start, region->start, region->end);
	if (!copy)
		return -ENOMEM;
	copy->flags &= ~REGION_LOCK;
	region_insert(to, copy);
	return region->flags & REGION_WIPEONFORK ? 0 :
		copy_leaves(to, fill, from, region);
}

struct aspace *aspace_copy(struct aspace *from)
{
	struct aspace *to = aspace_create();
	struct page_fill fill = { 0 };
	struct region *region;
	int error = 0;

	if (!to)
		return NULL;
	fill.root = to->root;
	list_add(&from->relatives, &to->relatives);
	to->of_kernel = from->of_kernel;
	to->lazy = from->lazy;
	to->splits = from->splits = FORK_SPLITS;
	to->barriers = from->barriers;
	to->brk_start = from->brk_start;
	to->brk = from->brk;
	to->arg_start = from->arg_start;
	to->arg_end = from->arg_end;
	to->env_start = from->env_start;
	to->env_end = from->env_end;
	to->stack_top = from->stack_top;
	list_for_each(region, &from->regions, link) {
		error = copy_region(to, &fill, from, region);
		if (error)
			break;
	}
	tlb_flush(from->root, 0, USER_TOP);
	region_merge(to, 0, USER_TOP);
	if (!error)
		return to;
	aspace_put(to);
	return NULL;
}

/* Put a copy in the place of the page at VIRT.  -EAGAIN: not this large. */
static int replace(struct aspace *aspace, const struct region *region,
		   uint64_t virt, const struct page_leaf *leaf, uint64_t flags)
{
	unsigned order = frame_order(leaf->size);
	phys_t copy = populate_frame(aspace, region, virt, order);

	if (copy == FRAME_NONE)
		return order ? -EAGAIN : -ENOMEM;
	memcpy(frame_address(copy), frame_address(leaf->start), leaf->size);
	paging_unmap(aspace->root, virt);
	/* The tables are there, so this cannot fail. */
	paging_map(aspace->root, virt, copy, leaf->size, flags);
	tlb_flush(aspace->root, virt, virt + leaf->size);
	frame_put(leaf->start, order);
	return 0;
}

/*
 * Is a page of SIZE copied whole when it is written?  After fork(2) most write
 * to a few places before one executes something else: so the first large pages
 * are split, and only 4 KiB copied.  Who goes on writing wants large pages.
 */
static bool copies_whole(struct aspace *aspace, uint64_t size)
{
	if (size > LARGE_SIZE || frame_free_total() < POPULATE_AMPLE)
		return false;
	if (aspace->splits == 0)
		return true;
	aspace->splits--;
	return false;
}

int share_break(struct aspace *aspace, const struct region *region,
		uint64_t address)
{
	uint64_t flags = populate_flags(region, region->prot, 0);
	int error;

	for (;;) {
		struct page_leaf leaf = paging_lookup(aspace->root, address);
		uint64_t virt = ALIGN_DOWN(address, leaf.size);

		if (!frame_is_shared(leaf.start, frame_order(leaf.size))) {
			paging_protect(aspace->root, virt, flags);
			tlb_flush_page(ALIGN_DOWN(address, PAGE_SIZE));
			return 0;
		}
		error = -EAGAIN;
		if (leaf.size == PAGE_SIZE || copies_whole(aspace, leaf.size))
			error = replace(aspace, region, virt, &leaf, flags);
		if (error != -EAGAIN)
			return error;
		error = paging_split(aspace->root, address);
		if (error)
			return error;
	}
}

/*
 * The frames of a private region are ASPACE's alone, but for those of its file.
 * What may not be written stays as it is until it may and is.
 */
static void take_back(struct aspace *aspace, const struct region *region)
{
	uint64_t flags = populate_flags(region, region->prot, 0);
	struct page_walk walk = paging_walk(aspace->root, region->start,
					    region->end);

	while (paging_step(&walk)) {
		unsigned order = frame_order(walk.leaf.size);

		if (walk.leaf.flags & PTE_SHARED &&
		    !(region->file && frame_is_shared(walk.leaf.start, order)))
			paging_walk_protect(&walk, flags);
	}
}

void share_leave(struct aspace *aspace)
{
	struct aspace *other = list_entry(aspace->relatives.next,
					  struct aspace, relatives);
	struct region *region;

	if (list_empty(&aspace->relatives))
		return;
	list_remove(&aspace->relatives);
	if (!list_empty(&other->relatives))
		return;
	list_for_each(region, &other->regions, link)
		if (!region_shares(region) && region->prot & PROT_WRITE)
			take_back(other, region);
}
