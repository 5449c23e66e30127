/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that change their place in physical memory while programs use them:
 * to other nodes (mbind(2), move_pages(2)), and together into a large page
 * (MADV_COLLAPSE).  Nobody reaches a page that is being copied: who touches it
 * waits in its page fault for the kernel lock.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/paging.h>
#include <mm/populate.h>
#include <mm/tlb.h>

/* Pages of a region that are to be on certain nodes. */
struct move {
	struct aspace *aspace;
	const struct region *region;
	uint64_t start, end;
	const struct policy *policy;
	bool misplaced;		/* some are not where they should be */
};

static bool leaf_is_on(const struct page_leaf *leaf, uint64_t nodes)
{
	return !nodes || frame_node_bit(frame_node(leaf->start)) & nodes;
}

/* May another's view of it, or a device's, depend on where it is? */
static bool leaf_is_fixed(const struct move *move,
			  const struct page_leaf *leaf)
{
	return leaf->flags & PTE_SHARED || move->aspace->of_kernel ||
		frame_is_held(leaf->start, frame_order(leaf->size));
}

/* Put the page at VIRT into NEW. */
static void leaf_replace(struct aspace *aspace, uint64_t virt,
			 const struct page_leaf *leaf, phys_t new)
{
	phys_t root = aspace->root;

	paging_protect(root, virt, PTE_NOACCESS | PTE_NX);
	tlb_flush(root, virt, virt + leaf->size);
	memcpy(frame_address(new), frame_address(leaf->start), leaf->size);
	paging_unmap(root, virt);
	/* The tables are there, so this cannot fail; it makes it present. */
	paging_map(root, virt, new, leaf->size, leaf->flags);
	paging_protect(root, virt, leaf->flags);
	frame_free(leaf->start, frame_order(leaf->size));
}

static bool has_memory(uint64_t nodes)
{
	phys_t frame = frame_alloc_nodes(0, nodes);

	if (frame != FRAME_NONE)
		frame_free(frame, 0);
	return frame != FRAME_NONE;
}

/* The page at VIRT to NODES.  -EAGAIN: it has been split for that. */
static int leaf_move(const struct move *move, uint64_t virt,
		     const struct page_leaf *leaf, uint64_t nodes)
{
	unsigned order = frame_order(leaf->size);
	phys_t new = FRAME_NONE;

	if (order <= FRAME_ORDER_LARGE &&
	    virt >= move->start && virt + leaf->size <= move->end)
		new = frame_alloc_nodes(order, nodes);
	if (new != FRAME_NONE) {
		leaf_replace(move->aspace, virt, leaf, new);
		return 0;
	}
	if (!order || !has_memory(nodes) ||
	    paging_split(move->aspace->root, virt))
		return -ENOMEM;
	return -EAGAIN;
}

/* The page at VIRT goes where the policy has it; returns where the next is. */
static uint64_t move_page(struct move *move, uint64_t virt)
{
	struct page_leaf leaf = paging_lookup(move->aspace->root, virt);
	uint64_t offset, nodes, base = ALIGN_DOWN(virt, leaf.size);
	int error = 0;

	/* In larger ones nodes could not take turns. */
	if (leaf.size > LARGE_SIZE && move->policy->mode == MPOL_INTERLEAVE &&
	    !paging_split(move->aspace->root, virt))
		return virt;
	offset = move->region->offset + (base - move->region->start);
	nodes = policy_place(move->policy, offset / leaf.size);
	if (leaf_is_on(&leaf, nodes))
		return base + leaf.size;
	if (leaf_is_fixed(move, &leaf))
		error = -EACCES;
	else
		error = leaf_move(move, base, &leaf, nodes);
	if (error == -EAGAIN)
		return virt;
	move->misplaced |= error != 0;
	return base + leaf.size;
}

static void move_pages(struct move *move)
{
	uint64_t virt = move->start;

	while ((virt = paging_next(move->aspace->root, virt, move->end,
				   NULL)) < move->end)
		virt = move_page(move, virt);
}

/* [START, END) are whole regions. */
static bool bind_regions(struct aspace *aspace, uint64_t start, uint64_t end,
			 const struct policy *policy)
{
	struct move move = { .aspace = aspace, .policy = policy };
	struct region *region;

	for_regions(region, aspace, start, end) {
		region->policy = *policy;
		region->policy.turn = 0;
		move.region = region;
		move.start = region->start;
		move.end = region->end;
		move_pages(&move);
	}
	return !move.misplaced;
}

int aspace_bind(struct aspace *aspace, uint64_t start, uint64_t end,
		const struct policy *policy)
{
	bool all = true;
	int error;

	if (!aspace_covers(aspace, start, end - start))
		return -EFAULT;
	error = region_split(aspace, start);
	if (!error)
		error = region_split(aspace, end);
	if (!error)
		all = bind_regions(aspace, start, end, policy);
	region_merge(aspace, start, end);
	return error ? error : !all ? -EIO : 0;
}

int aspace_move_page(struct aspace *aspace, uint64_t address, uint32_t node)
{
	const struct policy policy = {
		.mode = MPOL_BIND, .asked = 1ull << node,
	};
	struct move move = {
		.aspace = aspace, .policy = &policy,
		.region = region_find(aspace, address),
		.start = ALIGN_DOWN(address, PAGE_SIZE),
	};
	struct page_leaf leaf;

	if (!move.region || move.region->start > address)
		return -EFAULT;
	move.end = move.start + PAGE_SIZE;
	leaf = paging_lookup(aspace->root, address);
	if (!leaf.flags)
		return -ENOENT;
	if (!leaf_is_on(&leaf, policy.asked) && leaf_is_fixed(&move, &leaf))
		return -EACCES;
	move_pages(&move);
	return move.misplaced ? -ENOMEM : (int)node;
}

int aspace_page_node(struct aspace *aspace, uint64_t address)
{
	const struct region *region = region_find(aspace, address);
	struct page_leaf leaf = paging_lookup(aspace->root, address);

	if (!region || region->start > address)
		return -EFAULT;
	return leaf.flags ? (int)frame_node(leaf.start) : -ENOENT;
}

/* Copy what is in the 2 MiB at VIRT to NEW, and zeroes where nothing is. */
static void gather_copy(struct aspace *aspace, uint64_t virt, uint8_t *new)
{
	struct page_walk walk = paging_walk(aspace->root, virt,
					    virt + LARGE_SIZE);

	memset(new, 0, LARGE_SIZE);
	while (paging_step(&walk))
		memcpy(new + (walk.virt - virt), frame_address(walk.leaf.start),
		       walk.leaf.size);
}

static bool gather_is_held(struct aspace *aspace, uint64_t virt)
{
	struct page_walk walk = paging_walk(aspace->root, virt,
					    virt + LARGE_SIZE);

	while (paging_step(&walk))
		if (frame_is_held(walk.leaf.start, frame_order(walk.leaf.size)))
			return true;
	return false;
}

int move_gather(struct aspace *aspace, const struct region *region,
		uint64_t virt)
{
	uint64_t end = virt + LARGE_SIZE;
	phys_t new;
	int error;

	if (paging_lookup(aspace->root, virt).size >= LARGE_SIZE)
		return 0;
	if (gather_is_held(aspace, virt))
		return -EAGAIN;
	new = populate_frame(aspace, region, virt, FRAME_ORDER_LARGE);
	if (new == FRAME_NONE)
		return -ENOMEM;
	populate_protect(aspace, region, virt, end, PROT_NONE);
	gather_copy(aspace, virt, frame_address(new));
	populate_remove(aspace, virt, end);
	/* This can fail only where there was nothing, not even tables. */
	error = paging_map(aspace->root, virt, new, LARGE_SIZE,
			   populate_flags(region, region->prot, 0));
	if (error)
		frame_free(new, FRAME_ORDER_LARGE);
	else
		aspace->resident_bytes += LARGE_SIZE;
	return error;
}
