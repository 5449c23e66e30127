/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The regions of an address space: a list by address for going from one to the
 * next, and a tree (mm/region_tree.c) for finding one.
 */
#include <errno.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/populate.h>
#include <mm/region_tree.h>

struct region *region_find(struct aspace *aspace, uint64_t address)
{
	return region_tree_find(aspace, address);
}

struct region *region_next(struct aspace *aspace, struct region *region)
{
	if (region->link.next == &aspace->regions)
		return NULL;
	return list_entry(region->link.next, struct region, link);
}

struct region *region_previous(struct aspace *aspace, struct region *region)
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

uint64_t region_gap(struct aspace *aspace, uint64_t length, uint64_t align,
		    uint64_t skew, uint64_t ceiling)
{
	const struct region_request request = { length, align, skew, ceiling };
	uint64_t last = REGION_LOWEST, start;

	if (!list_empty(&aspace->regions))
		last = list_entry(aspace->regions.prev, struct region,
				  link)->end;
	start = region_fit(last, ceiling, &request);
	return start ? start : region_tree_gap(aspace, &request);
}

/* The file may count its regions. */
static void region_tell(const struct region *region, int change)
{
	if (region->file && region->file->operations->mapped)
		region->file->operations->mapped(region->file, change);
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
	region_tell(region, 1);
	return region;
}

struct region *region_like(const struct region *like, uint64_t from,
			   uint64_t start, uint64_t end)
{
	uint64_t offset = like->offset + (from - like->start);
	struct region *region = region_create(start, end, like->prot,
					      like->flags, like->file, offset);

	if (region)
		region->policy = like->policy;
	return region;
}

void region_free(struct region *region)
{
	region_tell(region, -1);
	if (region->file)
		file_put(region->file);
	object_free(region);
}

void region_insert(struct aspace *aspace, struct region *region)
{
	struct region *after = region_find(aspace, region->start);

	/* Before AFTER: at the tail of the list that AFTER would head. */
	list_add_tail(after ? &after->link : &aspace->regions, &region->link);
	region_tree_insert(aspace, region);
	region_tree_refresh(aspace, after);
	aspace->region_count++;
	aspace->mapped_bytes += region->end - region->start;
}

void region_remove(struct aspace *aspace, struct region *region)
{
	struct region *after = region_next(aspace, region);

	region_tree_remove(aspace, region);
	list_remove(&region->link);
	region_tree_refresh(aspace, after);
	aspace->region_count--;
	aspace->mapped_bytes -= region->end - region->start;
	region_free(region);
}

int region_split(struct aspace *aspace, uint64_t address)
{
	struct region *region = region_find(aspace, address), *upper;
	int error;

	if (!region || region->start >= address)
		return 0;
	if (aspace->region_count >= REGION_LIMIT)
		return -ENOMEM;
	error = populate_split(aspace, address);
	if (error)
		return error;
	upper = region_like(region, address, address, region->end);
	if (!upper)
		return -ENOMEM;
	region->end = address;
	list_add(&region->link, &upper->link);
	region_tree_insert(aspace, upper);
	aspace->region_count++;
	return 0;
}

void region_extend(struct aspace *aspace, struct region *region,
		   uint64_t start)
{
	aspace->mapped_bytes += region->start - start;
	region->start = start;
	region_tree_refresh(aspace, region);
}

uint64_t region_bytes(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct region *region;
	uint64_t bytes = 0;

	for_regions(region, aspace, start, end)
		bytes += MIN(region->end, end) - MAX(region->start, start);
	return bytes;
}

uint64_t region_run(struct aspace *aspace, uint64_t address, uint64_t end)
{
	struct region *region;

	for_regions(region, aspace, address, end) {
		if (region->start > address)
			break;
		address = region->end;
	}
	return MIN(address, end);
}

static bool region_mergeable(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->prot == b->prot &&
	       a->flags == b->flags && a->file == b->file &&
	       !memcmp(&a->policy, &b->policy, sizeof(a->policy)) &&
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
			region_tree_remove(aspace, next);
			region->end = next->end;
			list_remove(&next->link);
			aspace->region_count--;
			region_free(next);
		} else {
			region = next;
		}
	}
}
