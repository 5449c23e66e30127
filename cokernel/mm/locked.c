/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mlock(2) and its kin.  Nothing is ever paged out, so locking is giving what
 * would come on touch, and an account of what was locked.
 */
#include <errno.h>
#include <mm/limit.h>
#include <mm/populate.h>

/* Make ADDRESS a border if what lies there is not locked as FLAGS say. */
static int lock_cut(struct aspace *aspace, uint64_t address, int flags)
{
	const struct region *region = region_find(aspace, address);

	return !region || (region->flags & REGION_LOCK) == flags ? 0 :
		region_split(aspace, address);
}

/* Regions of [START, END) get FLAGS instead of what they had of locks. */
static int lock_mark(struct aspace *aspace, uint64_t start, uint64_t end,
		     int flags)
{
	struct region *region;
	int error = lock_cut(aspace, start, flags);

	if (!error)
		error = lock_cut(aspace, end, flags);
	for_regions(region, aspace, start, error ? start : end)
		region->flags = (region->flags & ~REGION_LOCK) | flags;
	region_merge(aspace, start, end);
	return error;
}

static uint64_t locked_in(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct region *region;
	uint64_t bytes = 0;

	for_regions(region, aspace, start, end)
		if (region->flags & MAP_LOCKED)
			bytes += MIN(region->end, end) -
				MAX(region->start, start);
	return bytes;
}

int aspace_lock(struct aspace *aspace, uint64_t address, uint64_t length,
		bool on_fault)
{
	uint64_t end = address + length;
	uint64_t run = region_run(aspace, address, end);
	uint64_t more = length - locked_in(aspace, address, end);
	int error = limit_lock(aspace, more);

	if (error)
		return error == -EPERM ? -EPERM : -ENOMEM;
	/* Linux, too, locks what lies before a hole. */
	error = lock_mark(aspace, address, run,
			  MAP_LOCKED | (on_fault ? REGION_ONFAULT : 0));
	if (error || run < end)
		return -ENOMEM;
	error = on_fault ? 0 : aspace_populate(aspace, address, length, 0);
	return !error ? 0 : error == -ENOMEM ? -EAGAIN : -ENOMEM;
}

int aspace_unlock(struct aspace *aspace, uint64_t address, uint64_t length)
{
	uint64_t end = address + length;
	uint64_t run = region_run(aspace, address, end);
	int error = lock_mark(aspace, address, run, 0);

	return error || run < end ? -ENOMEM : 0;
}

int aspace_lock_all(struct aspace *aspace, int flags)
{
	int how = flags & (MCL_FUTURE | MCL_ONFAULT);
	uint64_t limit = limits_now().locked;
	struct region *region;

	if (!limit)
		return -EPERM;
	if (flags & MCL_CURRENT && aspace->mapped_bytes > limit)
		return -ENOMEM;
	aspace->lock_future = flags & MCL_FUTURE ? how : 0;
	if (!(flags & MCL_CURRENT))
		return 0;
	list_for_each(region, &aspace->regions, link)
		region->flags = (region->flags & ~REGION_LOCK) |
			region_lock_flags(flags);
	region_merge(aspace, 0, UINT64_MAX);
	/* As far as memory reaches. */
	list_for_each(region, &aspace->regions, link)
		if (!(flags & MCL_ONFAULT))
			aspace_populate(aspace, region->start,
					region->end - region->start, 0);
	return 0;
}

void aspace_unlock_all(struct aspace *aspace)
{
	struct region *region;

	aspace->lock_future = 0;
	list_for_each(region, &aspace->regions, link)
		region->flags &= ~REGION_LOCK;
	region_merge(aspace, 0, UINT64_MAX);
}
