/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * madvise(2).  Advice about paging and read-ahead says nothing to a kernel that
 * does neither, and is taken; what is a promise is kept.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <mm/paging.h>
#include <mm/populate.h>

struct part;

struct advice {
	int (*apply)(const struct part *part);	/* NULL: there is none */
	bool cuts_pages;	/* no page may reach over the part's borders */
	int access;		/* PROT_* that is asked for */
	int clear, set;		/* flags of regions */
};

/* What of a region some advice is given for. */
struct part {
	struct aspace *aspace;
	struct region *region;
	uint64_t start, end;
	const struct advice *advice;
};

static bool is_anonymous(const struct region *region)
{
	return !region->file && !region_shares(region);
}

static int advise_nothing(const struct part *part)
{
	(void)part;
	return 0;
}

/* What FLAGS of a region are once it has been given ADVICE. */
static int advise_flags(const struct advice *advice, int flags)
{
	return (flags & ~advice->clear) | advice->set;
}

/* The region remembers; if that is news to it, it ends where the part does. */
static int advise_mark(const struct part *part)
{
	struct region *region = part->region;

	if (part->advice->set & REGION_WIPEONFORK && !is_anonymous(region))
		return -EINVAL;
	region->flags = advise_flags(part->advice, region->flags);
	return 0;
}

/* What is private comes anew on touch; what is shared the file has. */
static int advise_drop_locked(const struct part *part)
{
	if (!region_shares(part->region))
		populate_remove(part->aspace, part->start, part->end);
	return 0;
}

static int advise_drop(const struct part *part)
{
	return part->region->flags & MAP_LOCKED ? -EINVAL :
		advise_drop_locked(part);
}

/* Who reads it again may find what was there: it stays, and costs no fault. */
static int advise_free(const struct part *part)
{
	return part->region->flags & MAP_LOCKED || !is_anonymous(part->region) ?
		-EINVAL : 0;
}

static int advise_populate(const struct part *part)
{
	int error = aspace_populate(part->aspace, part->start,
				    part->end - part->start,
				    part->advice->access);

	return error == -EACCES ? -EINVAL : error;
}

static int advise_collapse(const struct part *part)
{
	const struct region *region = part->region;
	uint64_t virt = ALIGN_UP(region->start, LARGE_SIZE);
	int error = 0;

	if (!is_anonymous(region) || region->prot == PROT_NONE ||
	    virt + LARGE_SIZE > region->end)
		return -EINVAL;
	for (virt = ALIGN_UP(part->start, LARGE_SIZE);
	     virt + LARGE_SIZE <= part->end && !error; virt += LARGE_SIZE)
		error = move_gather(part->aspace, part->region, virt);
	return error;
}

static int advise_remove(const struct part *part)
{
	const struct region *region = part->region;
	uint64_t offset = region->offset + (part->start - region->start);

	if (region->flags & MAP_LOCKED || !region->file)
		return -EINVAL;
	if (!region_shares(region) ||
	    (region->file->flags & O_ACCMODE) != O_RDWR)
		return -EACCES;
	return file_punch(region->file, offset,
			  offset + (part->end - part->start));
}

static const struct advice advices[] = {
	[MADV_NORMAL] = { .apply = advise_nothing },
	[MADV_RANDOM] = { .apply = advise_nothing },
	[MADV_SEQUENTIAL] = { .apply = advise_nothing },
	[MADV_WILLNEED] = { .apply = advise_nothing },
	[MADV_DONTNEED] = { .apply = advise_drop, .cuts_pages = true },
	[MADV_FREE] = { .apply = advise_free },
	[MADV_REMOVE] = { .apply = advise_remove },
	[MADV_DONTFORK] = { .apply = advise_mark, .set = REGION_DONTFORK },
	[MADV_DOFORK] = { .apply = advise_mark, .clear = REGION_DONTFORK },
	[MADV_HUGEPAGE] = { .apply = advise_mark, .clear = REGION_SMALL },
	[MADV_NOHUGEPAGE] = { .apply = advise_mark, .set = REGION_SMALL },
	[MADV_DONTDUMP] = { .apply = advise_nothing },
	[MADV_DODUMP] = { .apply = advise_nothing },
	[MADV_WIPEONFORK] = { .apply = advise_mark, .set = REGION_WIPEONFORK },
	[MADV_KEEPONFORK] = { .apply = advise_mark,
			      .clear = REGION_WIPEONFORK },
	[MADV_COLD] = { .apply = advise_nothing },
	[MADV_PAGEOUT] = { .apply = advise_nothing },
	[MADV_POPULATE_READ] = { .apply = advise_populate,
				 .access = PROT_READ },
	[MADV_POPULATE_WRITE] = { .apply = advise_populate,
				  .access = PROT_WRITE },
	[MADV_COLLAPSE] = { .apply = advise_collapse },
	[MADV_DONTNEED_LOCKED] = { .apply = advise_drop_locked,
				   .cuts_pages = true },
};

/* Make ADDRESS a border of what ADVICE changes. */
static int advise_cut(struct aspace *aspace, uint64_t address,
		      const struct advice *advice)
{
	const struct region *region = region_find(aspace, address);

	if (advice->cuts_pages)
		return populate_split(aspace, address);
	return !region || region->flags == advise_flags(advice, region->flags) ?
		0 : region_split(aspace, address);
}

/* Where there are regions: that there are holes is said in the end. */
static int advise_range(struct aspace *aspace, uint64_t start, uint64_t end,
			const struct advice *advice)
{
	struct part part = { .aspace = aspace, .advice = advice };
	int error = advise_cut(aspace, start, advice);

	if (!error)
		error = advise_cut(aspace, end, advice);
	if (error)
		return error;
	for_regions(part.region, aspace, start, end) {
		part.start = MAX(part.region->start, start);
		part.end = MIN(part.region->end, end);
		error = advice->apply(&part);
		if (error)
			return error;
	}
	return 0;
}

int aspace_advise(struct aspace *aspace, uint64_t address, uint64_t length,
		  int advice)
{
	uint64_t end = address + ALIGN_UP(length, PAGE_SIZE);
	int error;

	if (advice < 0 || advice >= (int)ARRAY_SIZE(advices) ||
	    !advices[advice].apply || address % PAGE_SIZE || end < address ||
	    length > ALIGN_UP(length, PAGE_SIZE))
		return -EINVAL;
	if (!length)
		return 0;
	/* Beyond lie the kernel's pages. */
	if (address >= USER_TOP)
		return -ENOMEM;
	error = advise_range(aspace, address, MIN(end, USER_TOP),
			     &advices[advice]);
	region_merge(aspace, address, end);
	if (!error && !aspace_covers(aspace, address, end - address))
		error = -ENOMEM;
	return error;
}
