/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: their life, mapping, unmapping, protecting.
 *
 * Whatever can fail (splitting regions and large pages, taking frames) is done
 * before anything is taken away, so -ENOMEM leaves all as it was.  The one
 * exception is as POSIX allows it: MAP_FIXED over something mapped is checked
 * against the free memory first, but once the old is unmapped it is gone.
 *
 * Locking: the kernel lock.  CPUs that run on the tables are made to forget
 * what is taken away (mm/tlb.h) before its frames are free.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <fs/file.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/populate.h>

#define DEV_ZERO	0x105		/* as in st_rdev */
/* What Linux knew when it got MAP_SHARED_VALIDATE, less MAP_SYNC. */
#define MAP_KNOWN	(MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | \
			 MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE | \
			 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | \
			 MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | \
			 MAP_HUGE_MASK << MAP_HUGE_SHIFT)
#define HUGETLB_SHIFT(flags) (((flags) >> MAP_HUGE_SHIFT) & MAP_HUGE_MASK)

/* One mmap(2) on its way. */
struct mapping {
	uint64_t start, length;		/* page-aligned once checked */
	int prot, flags;
	struct file *file;
	uint64_t offset;
	uint64_t align;
};

struct list aspaces = LIST_INIT(aspaces);

struct aspace *aspace_create(void)
{
	struct aspace *aspace = object_alloc(sizeof(*aspace));

	if (!aspace)
		return NULL;
	aspace->root = paging_create();
	if (aspace->root == FRAME_NONE) {
		object_free(aspace);
		return NULL;
	}
	aspace->users = 1;
	list_init(&aspace->regions);
	list_init(&aspace->relatives);
	list_add(&aspaces, &aspace->all);
	return aspace;
}

struct aspace *aspace_get(struct aspace *aspace)
{
	aspace->users++;
	return aspace;
}

/* The tables must be no CPU's by now. */
void aspace_put(struct aspace *aspace)
{
	struct region *region, *after;

	if (--aspace->users)
		return;
	list_remove(&aspace->all);
	populate_remove(aspace, 0, USER_TOP);
	share_leave(aspace);
	list_for_each_safe(region, after, &aspace->regions, link)
		region_remove(aspace, region);
	paging_destroy(aspace->root);
	object_free(aspace);
}

bool aspace_covers(struct aspace *aspace, uint64_t address, uint64_t length)
{
	uint64_t end = address + length;

	return end >= address && region_run(aspace, address, end) == end;
}

/* Can this file be mapped like that? */
static int map_check_file(struct mapping *map)
{
	int mode = map->file->flags & O_ACCMODE;
	bool sealed = file_seals(map->file) &
		      (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
	struct stat stat;

	file_stat(map->file, &stat);
	if (!map->file->operations->pread_kernel &&
	    !map->file->operations->mapped)
		return -ENODEV;
	if ((stat.st_mode & S_IFMT) != S_IFREG &&
	    (stat.st_mode & S_IFMT) != S_IFCHR)
		return -ENODEV;
	if (mode == O_WRONLY || (map->file->flags & O_PATH))
		return -EACCES;
	if ((map->flags & MAP_TYPE) == MAP_PRIVATE)
		return 0;
	if ((map->prot & PROT_WRITE) && mode != O_RDWR)
		return -EACCES;
	if ((map->prot & PROT_WRITE) && sealed)
		return -EPERM;
	if (mode != O_RDWR || sealed)
		map->flags |= REGION_READ_ONLY;
	if (stat.st_rdev == DEV_ZERO)
		map->file = NULL;
	else if ((stat.st_mode & S_IFMT) == S_IFCHR)
		return -ENODEV;
	return 0;
}

/* MAP_SHARED_VALIDATE: only what we know, and only of files. */
static int map_check_known(struct mapping *map)
{
	if ((map->flags & MAP_TYPE) != MAP_SHARED_VALIDATE)
		return 0;
	if (!map->file)
		return -EINVAL;
	if (map->flags & ~(MAP_KNOWN | MAP_TYPE))
		return -EOPNOTSUPP;
	map->flags += MAP_SHARED - MAP_SHARED_VALIDATE;
	return 0;
}

static int map_check_flags(struct mapping *map)
{
	int error = map_check_known(map), type = map->flags & MAP_TYPE;

	if (error)
		return error;
	map->flags &= ~REGION_READ_ONLY;
	if (type != MAP_SHARED && type != MAP_PRIVATE)
		return -EINVAL;
	if ((map->flags & MAP_GROWSDOWN) && (type == MAP_SHARED || map->file))
		return -EINVAL;
	if (map->flags & MAP_FIXED_NOREPLACE)
		map->flags |= MAP_FIXED;
	/* A reservation is filled by mprotect(2), not by touching it. */
	if (map->prot == PROT_NONE)
		map->flags &= ~MAP_NORESERVE;
	map->flags &= ~REGION_OWN;
	return 0;
}

/* The alignment that large pages need; of MAP_HUGETLB, the one asked for. */
static int map_check_align(struct mapping *map)
{
	int shift = HUGETLB_SHIFT(map->flags);

	map->align = PAGE_SIZE;
	if (map->flags & MAP_HUGETLB) {
		if (shift != 0 && shift != 21 && shift != 30)
			return -EINVAL;
		map->align = shift == 30 ? HUGE_SIZE : LARGE_SIZE;
	}
	if (map->length > USER_TOP)
		return -ENOMEM;
	map->length = ALIGN_UP(map->length, map->align);
	if (!(map->flags & MAP_HUGETLB)) {
		if (map->length >= HUGE_SIZE)
			map->align = HUGE_SIZE;
		else if (map->length >= LARGE_SIZE)
			map->align = LARGE_SIZE;
	}
	return 0;
}

static int map_check(struct mapping *map)
{
	int error;

	if (!map->length || map->offset % PAGE_SIZE)
		return -EINVAL;
	map->prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
	error = map_check_flags(map);
	if (!error)
		error = map_check_align(map);
	if (!error && map->file) {
		if (map->offset + map->length < map->offset ||
		    (int64_t)(map->offset + map->length) < 0)
			return -EOVERFLOW;
		error = map_check_file(map);
	}
	return error;
}

/* Is [START, START + LENGTH) in the part of memory that programs may map? */
static bool range_valid(uint64_t start, uint64_t length)
{
	return length <= USER_TOP && start <= USER_TOP - length;
}

static int map_place_fixed(struct aspace *aspace, const struct mapping *map)
{
	if (map->start % PAGE_SIZE ||
	    ((map->flags & MAP_HUGETLB) && map->start % map->align))
		return -EINVAL;
	if (!range_valid(map->start, map->length))
		return -ENOMEM;
	if (map->start < REGION_LOWEST)
		return -EPERM;
	if ((map->flags & MAP_FIXED_NOREPLACE) &&
	    !region_none(aspace, map->start, map->start + map->length))
		return -EEXIST;
	return 0;
}

/* Choose the address: as asked, or high up and aligned for large pages. */
static int map_place(struct aspace *aspace, struct mapping *map)
{
	uint64_t hint = ALIGN_DOWN(map->start, PAGE_SIZE), align = map->align;
	uint64_t ceiling = map->flags & MAP_32BIT ? 1ull << 31 : REGION_CEILING;

	if (map->flags & MAP_FIXED)
		return map_place_fixed(aspace, map);
	if (map->flags & MAP_HUGETLB)
		hint = ALIGN_DOWN(hint, align);
	if (hint >= REGION_LOWEST && range_valid(hint, map->length) &&
	    region_none(aspace, hint, hint + map->length)) {
		map->start = hint;
		return 0;
	}
	for (;;) {
		map->start = region_gap(aspace, map->length, align, 0, ceiling);
		if (map->start)
			return 0;
		if (align == PAGE_SIZE || (map->flags & MAP_HUGETLB))
			return -ENOMEM;
		align = align == HUGE_SIZE ? LARGE_SIZE : PAGE_SIZE;
	}
}

/* Where in REGION frames are given now: from there to its end. */
static uint64_t map_eager(const struct region *region, int flags)
{
	bool populate = (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;

	if (region->prot == PROT_NONE)
		return region->end;
	return populate ? region->start :
		populate_eager(region, region->start, region->end);
}

/* Is there memory for REGION from EAGER on, with what it replaces? */
static bool map_affordable(struct aspace *aspace, const struct region *region,
			   uint64_t eager)
{
	uint64_t extent = populate_extent(region, eager, region->end);
	uint64_t need, resident;

	if (extent <= frame_free_total())
		return true;
	need = extent - share_given(region, eager, eager + extent,
				    region->prot);
	resident = populate_resident(aspace, region->start, region->end);
	return frame_ensure(need - MIN(need, resident));
}

/* Put REGION where it says, in place of what is there. */
static int map_install(struct aspace *aspace, struct region *region, int flags)
{
	uint64_t start = region->start, end = region->end;
	uint64_t eager = map_eager(region, flags);
	int error;

	if (aspace->region_count >= REGION_LIMIT ||
	    !map_affordable(aspace, region, eager))
		error = -ENOMEM;
	else
		error = aspace_unmap(aspace, start, end - start);
	if (error) {
		region_free(region);
		return error;
	}
	region_insert(aspace, region);
	error = populate_range(aspace, region, eager, end, region->prot);
	if (!error)
		error = share_present(aspace, region);
	if (error) {
		populate_remove(aspace, start, end);
		region_remove(aspace, region);
	} else {
		region_merge(aspace, start, end);
	}
	return error;
}

/* What goes for it counts as gone. */
static int map_within_limits(struct aspace *aspace, const struct mapping *map)
{
	uint64_t gone = region_bytes(aspace, map->start,
				     map->start + map->length);
	bool locked = map->flags & MAP_LOCKED || aspace->lock_future;
	int error = locked ? limit_lock(aspace, map->length) : 0;

	/* mlockall(2) was allowed; that it holds for this cannot be. */
	if (error == -EPERM && !(map->flags & MAP_LOCKED))
		error = -EAGAIN;
	return error ? error : limit_map(aspace, map->prot, map->flags,
					 map->length - gone);
}

/* The region of MAP, whose place is known; NULL: no memory. */
static struct region *map_region(const struct aspace *aspace,
				 const struct mapping *map)
{
	bool nameless = !map->file && (map->flags & MAP_TYPE) == MAP_SHARED;
	struct file *file = nameless ? file_shared_memory(map->length) :
			    map->file;
	int locked = region_lock_flags(aspace->lock_future);
	struct region *region = NULL;

	if (file || !nameless)
		region = region_create(map->start, map->start + map->length,
				       map->prot, map->flags | locked, file,
				       nameless ? 0 : map->offset);
	if (nameless && file)
		file_put(file);
	return region;
}

int64_t aspace_map(struct aspace *aspace, uint64_t address, uint64_t length,
		   int prot, int flags, struct file *file, uint64_t offset)
{
	struct mapping map = {
		.start = address, .length = length, .prot = prot,
		.flags = flags | (aspace->lazy ? MAP_NORESERVE : 0),
		.offset = offset, .file = file,
	};
	struct region *region;
	int error;

	if (!(flags & MAP_ANONYMOUS) && !file)
		return -EBADF;
	error = map_check(&map);
	if (!error)
		error = map_place(aspace, &map);
	if (!error)
		error = map_within_limits(aspace, &map);
	if (error)
		return error;
	region = map_region(aspace, &map);
	if (!region)
		return -ENOMEM;
	error = map_install(aspace, region, map.flags);
	return error ? error : (int64_t)map.start;
}

/* Make both ends of [START, END) borders. */
static int range_cut(struct aspace *aspace, uint64_t start, uint64_t end)
{
	int error = region_split(aspace, start);

	if (!error)
		error = region_split(aspace, end);
	if (error)
		region_merge(aspace, start, end);
	return error;
}

int aspace_unmap(struct aspace *aspace, uint64_t address, uint64_t length)
{
	struct region *region, *next;
	uint64_t end;
	int error;

	if (address % PAGE_SIZE || !length || !range_valid(address, length))
		return -EINVAL;
	end = address + ALIGN_UP(length, PAGE_SIZE);
	if (region_none(aspace, address, end))
		return 0;
	error = range_cut(aspace, address, end);
	if (error)
		return error;
	populate_remove(aspace, address, end);
	for (region = region_find(aspace, address);
	     region && region->start < end; region = next) {
		next = region_next(aspace, region);
		region_remove(aspace, region);
	}
	return 0;
}
