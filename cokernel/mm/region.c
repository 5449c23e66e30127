/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ordered list of an address space's regions.  Only region_find() and
 * region_gap() search it, so that a tree can replace the list there.
 */
#include <errno.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <mm/object.h>
#include <mm/region.h>

struct region *region_find(struct aspace *aspace, uint64_t address)
{
	struct region *region;

	list_for_each(region, &aspace->regions, link)
		if (region->end > address)
			return region;
	return NULL;
}

struct region *region_next(struct aspace *aspace, struct region *region)
{
	if (region->link.next == &aspace->regions)
		return NULL;
	return list_entry(region->link.next, struct region, link);
}

static struct region *region_previous(struct aspace *aspace,
				      struct region *region)
{
	if (region->link.prev == &aspace->regions)
		return NULL;
	return list_entry(region->link.prev, struct region, link);
}

bool region_none(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct region *region = region_find(aspace, start);

	return !region || region->start >= end;
}

/* The aligned start of LENGTH bytes at the top of [LOW, HIGH); 0: no room. */
static uint64_t region_fit(uint64_t low, uint64_t high, uint64_t length,
			   uint64_t align, uint64_t skew)
{
	uint64_t start;

	if (high < low || high - low < length || high - length < skew)
		return 0;
	start = ALIGN_DOWN(high - length - skew, align) + skew;
	return start >= low ? start : 0;
}

uint64_t region_gap(struct aspace *aspace, uint64_t length, uint64_t align,
		    uint64_t skew, uint64_t ceiling)
{
	uint64_t high = ceiling, start;
	struct list *link;

	for (link = aspace->regions.prev; link != &aspace->regions;
	     link = link->prev) {
		struct region *region = list_entry(link, struct region, link);

		start = region_fit(region->end, high, length, align, skew);
		if (start)
			return start;
		high = MIN(high, region->start);
		if (region->flags & MAP_GROWSDOWN)
			high -= MIN(high, REGION_STACK_GAP);
	}
	return region_fit(REGION_LOWEST, high, length, align, skew);
}

struct region *region_create(uint64_t start, uint64_t end, int prot, int flags,
			     struct file *file, uint64_t offset)
{
	struct region *region = object_alloc(sizeof(*region));

	if (!region)
		return NULL;
	list_init(&region->link);
	region->start = start;
	region->end = end;
	region->prot = prot;
	region->flags = flags & REGION_FLAGS;
	region->file = file ? file_get(file) : NULL;
	region->offset = offset;
	return region;
}

void region_free(struct region *region)
{
	if (region->file)
		file_put(region->file);
	object_free(region);
}

void region_insert(struct aspace *aspace, struct region *region)
{
	struct region *after = region_find(aspace, region->start);

	/* Before AFTER: at the tail of the list that AFTER would head. */
	list_add_tail(after ? &after->link : &aspace->regions, &region->link);
	aspace->region_count++;
	aspace->mapped_bytes += region->end - region->start;
}

void region_remove(struct aspace *aspace, struct region *region)
{
	list_remove(&region->link);
	aspace->region_count--;
	aspace->mapped_bytes -= region->end - region->start;
	region_free(region);
}

int region_split(struct aspace *aspace, uint64_t address)
{
	struct region *region = region_find(aspace, address), *upper;

	if (!region || region->start >= address)
		return 0;
	if (aspace->region_count >= REGION_LIMIT)
		return -ENOMEM;
	upper = region_create(address, region->end, region->prot,
			      region->flags, region->file,
			      region->offset + (address - region->start));
	if (!upper)
		return -ENOMEM;
	region->end = address;
	list_add(&region->link, &upper->link);
	aspace->region_count++;
	return 0;
}

static bool region_mergeable(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->prot == b->prot &&
	       a->flags == b->flags && a->file == b->file &&
	       (!a->file || a->offset + (a->end - a->start) == b->offset);
}

void region_merge(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct region *region = region_find(aspace, start), *next;

	if (!region)
		return;
	if (region_previous(aspace, region))
		region = region_previous(aspace, region);
	while ((next = region_next(aspace, region)) && next->start <= end) {
		if (region_mergeable(region, next)) {
			region->end = next->end;
			list_remove(&next->link);
			aspace->region_count--;
			region_free(next);
		} else {
			region = next;
		}
	}
}
