/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * brk(2) and mremap(2): mappings that change their size or place.  Moving
 * takes no frames but page tables: the pages are mapped at both places first
 * and forgotten at the old one last.
 */
#include <errno.h>
#include <linux/mman.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/paging.h>
#include <mm/populate.h>

uint64_t aspace_brk(struct aspace *aspace, uint64_t new_brk)
{
	uint64_t old_end = ALIGN_UP(aspace->brk, PAGE_SIZE), new_end;
	int64_t result = 0;

	if (new_brk < aspace->brk_start || new_brk > USER_TOP ||
	    new_brk - aspace->brk_start > limits_now().heap)
		return aspace->brk;
	new_end = ALIGN_UP(new_brk, PAGE_SIZE);
	if (new_end > old_end)
		result = aspace_map(aspace, old_end, new_end - old_end,
				    PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS |
				    MAP_FIXED_NOREPLACE, NULL, 0);
	else if (new_end < old_end)
		result = aspace_unmap(aspace, new_end, old_end - new_end);
	if (result >= 0)
		aspace->brk = new_brk;
	return aspace->brk;
}

/* One mremap(2) on its way; lengths are page-aligned. */
struct remap {
	struct aspace *aspace;
	struct region *region;		/* where OLD is */
	uint64_t old, old_length;	/* 0: what is shared, once more */
	uint64_t new, new_length;
	int flags;
};

/* May the address space grow by BYTES of what REGION is? */
static int remap_within_limits(const struct remap *remap, uint64_t bytes)
{
	const struct region *region = remap->region;

	if (region->flags & MAP_LOCKED && limit_lock(remap->aspace, bytes))
		return -EAGAIN;
	return limit_map(remap->aspace, region->prot, region->flags, bytes);
}

/* Give the frames of what is new in TO, from START on; all or none. */
static int remap_fresh(struct aspace *aspace, const struct region *to,
		       uint64_t start)
{
	uint64_t eager = to->end;
	int error;

	if (to->prot != PROT_NONE)
		eager = populate_eager(to, start, to->end);
	if (!frame_ensure(populate_missing(aspace, to, eager, to->end,
					   to->prot)))
		return -ENOMEM;
	error = populate_range(aspace, to, eager, to->end, to->prot);
	if (error)
		populate_remove(aspace, eager, to->end);
	return error;
}

/* Grow where it is.  -ENOMEM: something is in the way, or no memory. */
static int remap_extend(const struct remap *remap)
{
	struct region *region = remap->region, *more;
	uint64_t start = remap->old + remap->old_length;
	uint64_t end = remap->old + remap->new_length;
	int error;

	if (start != region->end || end < start || end > USER_TOP ||
	    !region_none(remap->aspace, start, end) ||
	    remap->aspace->region_count >= REGION_LIMIT)
		return -ENOMEM;
	error = remap_within_limits(remap, end - start);
	if (error)
		return error;
	more = region_like(region, start, start, end);
	if (!more)
		return -ENOMEM;
	error = remap_fresh(remap->aspace, more, start);
	if (error) {
		region_free(more);
		return error;
	}
	region_insert(remap->aspace, more);
	region_merge(remap->aspace, start, end);
	return 0;
}

/* Choose a place where the large pages of the old one fit. */
static int remap_place(struct remap *remap)
{
	static const uint64_t aligns[] = { HUGE_SIZE, LARGE_SIZE, PAGE_SIZE };
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		if (remap->new_length < aligns[i])
			continue;
		remap->new = region_gap(remap->aspace, remap->new_length,
					aligns[i], remap->old % aligns[i],
					REGION_CEILING);
		if (remap->new)
			return 0;
	}
	return -ENOMEM;
}

/*
 * Give the frames of TO: fresh ones beyond the old length, and the old ones, or
 * if that is 0 those of the file.
 */
static int remap_fill(const struct remap *remap, const struct region *to)
{
	struct aspace *aspace = remap->aspace;
	uint64_t length = MIN(remap->old_length, remap->new_length);
	int error = remap_fresh(aspace, to, to->start + length);

	if (error)
		return error;
	error = length ? populate_move(aspace, remap->old, to->start, length) :
		share_present(aspace, to);
	if (error)
		populate_remove(aspace, to->start + length, to->end);
	return error;
}

/* Make both ends of the old place borders. */
static int remap_cut(const struct remap *remap)
{
	struct aspace *aspace = remap->aspace;
	int error = region_split(aspace, remap->old);

	return error ? error :
		region_split(aspace, remap->old + remap->old_length);
}

/* The old place, whose pages have gone: no locks hold there any more. */
static void remap_leave(const struct remap *remap)
{
	struct aspace *aspace = remap->aspace;
	struct region *old = region_find(aspace, remap->old);

	if (!remap->old_length)
		return;
	if (!(remap->flags & MREMAP_DONTUNMAP)) {
		region_remove(aspace, old);
		return;
	}
	old->flags &= ~REGION_LOCK;
	region_merge(aspace, old->start, old->end);
}

/* To NEW, where nothing is. */
static int remap_move(const struct remap *remap)
{
	struct aspace *aspace = remap->aspace;
	struct region *from = remap->region, *to;
	int error;

	if (aspace->region_count >= REGION_LIMIT)
		return -ENOMEM;
	to = region_like(from, remap->old, remap->new,
			 remap->new + remap->new_length);
	if (!to)
		return -ENOMEM;
	error = remap->old_length ? remap_cut(remap) : 0;
	if (!error)
		error = remap_fill(remap, to);
	if (error) {
		region_free(to);
		region_merge(aspace, remap->old,
			     remap->old + remap->old_length);
		return error;
	}
	region_insert(aspace, to);
	remap_leave(remap);
	region_merge(aspace, remap->new, remap->new + remap->new_length);
	return 0;
}

static int remap_check_flags(const struct remap *remap)
{
	const int known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	int flags = remap->flags;

	if (flags & ~known || (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
			       !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP &&
	    remap->old_length != remap->new_length)
		return -EINVAL;
	if (remap->old % PAGE_SIZE || !remap->new_length)
		return -EINVAL;
	return remap->new_length > USER_TOP || remap->old_length > USER_TOP ?
		-EINVAL : 0;
}

/* The region that OLD is in. */
static int remap_find(struct remap *remap)
{
	remap->region = region_find(remap->aspace, remap->old);
	return !remap->region || remap->region->start > remap->old ?
		-EFAULT : 0;
}

static int remap_check(struct remap *remap)
{
	uint64_t end = remap->old + remap->old_length;
	int error = remap_check_flags(remap);

	if (!error)
		error = remap_find(remap);
	if (error)
		return error;
	/* Cutting something off may reach over several regions. */
	if (remap->new_length <= remap->old_length &&
	    !(remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
		return 0;
	if (!remap->old_length && !region_shares(remap->region))
		return -EINVAL;
	return end > remap->region->end ? -EFAULT : 0;
}

/* MREMAP_FIXED: clear the new place, cut off what is left behind. */
static int remap_clear(struct remap *remap)
{
	uint64_t end = remap->new + remap->new_length;
	int error;

	if (remap->new % PAGE_SIZE || remap->new_length > USER_TOP ||
	    remap->new > USER_TOP - remap->new_length ||
	    (remap->new < remap->old + remap->old_length && remap->old < end))
		return -EINVAL;
	if (remap->new < REGION_LOWEST)
		return -EPERM;
	error = aspace_unmap(remap->aspace, remap->new, remap->new_length);
	if (!error && remap->new_length < remap->old_length) {
		error = aspace_unmap(remap->aspace,
				     remap->old + remap->new_length,
				     remap->old_length - remap->new_length);
		remap->old_length = remap->new_length;
	}
	/* With an old length of 0, NEW may have been where OLD was. */
	return error ? error : remap_find(remap);
}

/* To another place, or with what was shared to a second one. */
static int remap_elsewhere(struct remap *remap)
{
	bool stays = remap->flags & MREMAP_DONTUNMAP;
	int error = remap->flags & MREMAP_FIXED ? remap_clear(remap) :
		remap_place(remap);

	if (!error)
		error = remap_within_limits(remap, remap->new_length -
					    (stays ? 0 : remap->old_length));
	return error ? error : remap_move(remap);
}

int64_t aspace_remap(struct aspace *aspace, uint64_t old, uint64_t old_length,
		     uint64_t new_length, int flags, uint64_t new)
{
	struct remap remap = {
		.aspace = aspace, .old = old, .new = new, .flags = flags,
		.old_length = ALIGN_UP(old_length, PAGE_SIZE),
		.new_length = ALIGN_UP(new_length, PAGE_SIZE),
	};
	int error = remap_check(&remap);

	if (error)
		return error;
	if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))) {
		if (remap.new_length < remap.old_length)
			error = aspace_unmap(aspace, old + remap.new_length,
					     remap.old_length -
					     remap.new_length);
		else if (remap.new_length > remap.old_length)
			error = remap_extend(&remap);
		if (!error || !(flags & MREMAP_MAYMOVE) ||
		    remap.new_length < remap.old_length)
			return error ? error : (int64_t)old;
	}
	error = remap_elsewhere(&remap);
	return error ? error : (int64_t)remap.new;
}
