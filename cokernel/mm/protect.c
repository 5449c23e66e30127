/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mprotect(2).  A PROT_NONE region that becomes accessible gets its frames
 * here; one that becomes PROT_NONE keeps those it has.  All that can fail comes
 * first: a call that fails has changed nothing.
 */
#include <errno.h>
#include <linux/mman.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/paging.h>
#include <mm/populate.h>

/* One mprotect(2) on its way. */
struct change {
	struct aspace *aspace;
	uint64_t start, end;
	int prot;
};

#define for_each_region(region, change)					\
	for_regions(region, (change)->aspace, (change)->start, (change)->end)

/* The part of REGION that changes, and where frames are given in it. */
static uint64_t change_part(const struct change *change,
			    const struct region *region, uint64_t *start,
			    uint64_t *end)
{
	*start = MAX(region->start, change->start);
	*end = MIN(region->end, change->end);
	if (region->prot != PROT_NONE || change->prot == PROT_NONE)
		return *end;
	return populate_eager(region, *start, *end);
}

/* May it be?  Is there memory for it? */
static int change_check(const struct change *change)
{
	uint64_t need = 0, data = 0, start, end, eager;
	struct region *region;

	if (!aspace_covers(change->aspace, change->start,
			   change->end - change->start))
		return -ENOMEM;
	for_each_region(region, change) {
		if (change->prot & PROT_WRITE &&
		    region->flags & REGION_READ_ONLY)
			return -EACCES;
		eager = change_part(change, region, &start, &end);
		need += populate_missing(change->aspace, region, eager, end,
					 change->prot);
		if (!limit_is_data(region->prot, region->flags) &&
		    limit_is_data(change->prot, region->flags))
			data += end - start;
	}
	return frame_ensure(need) ? limit_data(change->aspace, data) : -ENOMEM;
}

/* Make ADDRESS a border if what lies there changes. */
static int change_cut(const struct change *change, uint64_t address)
{
	const struct region *region = region_find(change->aspace, address);

	return !region || region->prot == change->prot ? 0 :
		region_split(change->aspace, address);
}

/* Give frames to what becomes accessible; all of them or none. */
static int change_populate(const struct change *change)
{
	uint64_t start, end, eager;
	struct region *region, *failed;
	int error = 0;

	for_each_region(region, change) {
		eager = change_part(change, region, &start, &end);
		error = populate_range(change->aspace, region, eager, end,
				       change->prot);
		if (error)
			break;
	}
	if (!error)
		return 0;
	failed = region;
	for_each_region(region, change) {
		eager = change_part(change, region, &start, &end);
		populate_undo(change->aspace, eager, end);
		if (region == failed)
			break;
	}
	return error;
}

static void change_apply(const struct change *change)
{
	uint64_t start, end;
	struct region *region;

	for_each_region(region, change) {
		if (region->prot == change->prot)
			continue;
		change_part(change, region, &start, &end);
		populate_protect(change->aspace, region, start, end,
				 change->prot);
		region->prot = change->prot;
	}
}

/* PROT_GROWSDOWN: from the start of the stack that ADDRESS is in. */
static int change_grow(struct change *change)
{
	struct region *region = region_find(change->aspace, change->start);

	if (!region || region->start > change->start)
		return -ENOMEM;
	if (!(region->flags & MAP_GROWSDOWN))
		return -EINVAL;
	change->start = region->start;
	return 0;
}

int aspace_protect(struct aspace *aspace, uint64_t address, uint64_t length,
		   int prot)
{
	struct change change = {
		.aspace = aspace, .start = address,
		.prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC),
	};
	int error;

	if (address % PAGE_SIZE ||
	    prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM |
		     PROT_GROWSDOWN))
		return -EINVAL;
	if (!length)
		return 0;
	if (address >= USER_TOP || length > USER_TOP - address)
		return -ENOMEM;
	change.end = address + ALIGN_UP(length, PAGE_SIZE);
	if (prot & PROT_GROWSDOWN) {
		error = change_grow(&change);
		if (error)
			return error;
	}
	error = change_check(&change);
	if (!error)
		error = change_cut(&change, change.start);
	if (!error)
		error = change_cut(&change, change.end);
	if (!error)
		error = change_populate(&change);
	if (!error)
		change_apply(&change);
	region_merge(aspace, change.start, change.end);
	return error;
}
