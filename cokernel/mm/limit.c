/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See mm/limit.h.  Nearly all programs run without limits, so what has one is
 * counted when it is asked for, not kept.
 */
#include <errno.h>
#include <mm/limit.h>

static void (*ask_above)(struct limits *limits);

void limits_register(void (*ask)(struct limits *limits))
{
	ask_above = ask;
}

struct limits limits_now(void)
{
	struct limits limits = {
		LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
	};

	if (ask_above)
		ask_above(&limits);
	return limits;
}

bool limit_is_data(int prot, int flags)
{
	return prot & PROT_WRITE && (flags & MAP_TYPE) == MAP_PRIVATE &&
		!(flags & MAP_GROWSDOWN);
}

static uint64_t data_bytes(struct aspace *aspace)
{
	const struct region *region;
	uint64_t bytes = 0;

	list_for_each(region, &aspace->regions, link)
		if (limit_is_data(region->prot, region->flags))
			bytes += region->end - region->start;
	return bytes;
}

uint64_t limit_locked(struct aspace *aspace)
{
	const struct region *region;
	uint64_t bytes = 0;

	list_for_each(region, &aspace->regions, link)
		if (region->flags & MAP_LOCKED)
			bytes += region->end - region->start;
	return bytes;
}

/* Does BYTES more than USED go beyond LIMIT? */
static bool beyond(uint64_t limit, uint64_t used, uint64_t bytes)
{
	return used > limit || bytes > limit - used;
}

int limit_data(struct aspace *aspace, uint64_t bytes)
{
	uint64_t limit = limits_now().data;

	return bytes && limit != LIMIT_NONE &&
		beyond(limit, data_bytes(aspace), bytes) ? -ENOMEM : 0;
}

int limit_map(struct aspace *aspace, int prot, int flags, uint64_t bytes)
{
	if (bytes && beyond(limits_now().total, aspace->mapped_bytes, bytes))
		return -ENOMEM;
	return limit_is_data(prot, flags) ? limit_data(aspace, bytes) : 0;
}

int limit_lock(struct aspace *aspace, uint64_t bytes)
{
	uint64_t limit = limits_now().locked;

	if (limit == LIMIT_NONE)
		return 0;
	if (!limit)
		return -EPERM;
	return beyond(limit, limit_locked(aspace), bytes) ? -EAGAIN : 0;
}
