/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that comes on touch, and what asks for it otherwise: page faults, who
 * wants none later, and reaching into another address space.
 */
#include <errno.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/mman.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/paging.h>
#include <mm/populate.h>
#include <mm/tlb.h>

/* Page fault error codes: Intel SDM vol. 3, section 4.7. */
#define FAULT_WRITE	0x02
#define FAULT_RESERVED	0x08
#define FAULT_FETCH	0x10

static bool fault_allowed(const struct region *region, uint64_t error)
{
	if (error & FAULT_WRITE)
		return region->prot & PROT_WRITE;
	if (error & FAULT_FETCH)
		return region->prot & PROT_EXEC;
	return region->prot != PROT_NONE;
}

/*
 * Make a MAP_GROWSDOWN region begin at ADDRESS, a page below it, as far as
 * RLIMIT_STACK and what lies there let it.
 */
static bool fault_grow(struct aspace *aspace, struct region *region,
		       uint64_t address)
{
	struct region *before = region_previous(aspace, region);
	uint64_t more = region->start - address;

	if (!(region->flags & MAP_GROWSDOWN) || address < REGION_LOWEST ||
	    region->end - address > limits_now().stack)
		return false;
	if (before && address - before->end < REGION_STACK_GAP &&
	    before->prot != PROT_NONE && !(before->flags & MAP_GROWSDOWN))
		return false;
	if (limit_map(aspace, region->prot, region->flags, more) ||
	    (region->flags & MAP_LOCKED && limit_lock(aspace, more)))
		return false;
	region_extend(aspace, region, address);
	return true;
}

/* The region of ADDRESS, which it may have grown to; or NULL. */
static struct region *fault_region(struct aspace *aspace, uint64_t address)
{
	struct region *region = region_find(aspace, address);

	if (region && region->start > address &&
	    !fault_grow(aspace, region, ALIGN_DOWN(address, PAGE_SIZE)))
		return NULL;
	return region;
}

int aspace_fault(struct aspace *aspace, uint64_t address, uint64_t error,
		 int *code)
{
	struct region *region = NULL;
	struct page_leaf leaf;

	*code = SEGV_MAPERR;
	if (address < USER_TOP && !(error & FAULT_RESERVED))
		region = fault_region(aspace, address);
	if (!region)
		return SIGSEGV;
	*code = SEGV_ACCERR;
	if (!fault_allowed(region, error))
		return SIGSEGV;
	leaf = paging_lookup(aspace->root, address);
	*code = BUS_ADRERR;
	if (!leaf.flags)
		return populate_touch(aspace, region, address) ? SIGBUS : 0;
	if (error & FAULT_WRITE && !(leaf.flags & PTE_WRITE))
		return share_break(aspace, region, address) ? SIGBUS : 0;
	/* The tables allow it already: only the TLB did not know. */
	tlb_flush_page(ALIGN_DOWN(address, PAGE_SIZE));
	return 0;
}

/* Private copies of what is shared in [START, END) of a private REGION. */
static int populate_own(struct aspace *aspace, const struct region *region,
			uint64_t start, uint64_t end)
{
	uint64_t virt = start;
	struct page_leaf leaf;

	while ((virt = paging_next(aspace->root, virt, end, &leaf)) < end) {
		int error = leaf.flags & PTE_SHARED ?
			share_break(aspace, region, virt) : 0;

		if (error)
			return error;
		leaf = paging_lookup(aspace->root, virt);
		virt = ALIGN_DOWN(virt, leaf.size) + leaf.size;
	}
	return 0;
}

static int populate_region(struct aspace *aspace, const struct region *region,
			   uint64_t start, uint64_t end, int access)
{
	uint64_t extent = populate_extent(region, start, end);
	int error;

	if (region->prot == PROT_NONE || access & ~region->prot)
		return -EACCES;
	if (!frame_ensure(populate_missing(aspace, region, start, end,
					   region->prot)))
		return -ENOMEM;
	error = populate_range(aspace, region, start, end, region->prot);
	if (!error && region->prot & PROT_WRITE && access != PROT_READ &&
	    !region_shares(region))
		error = populate_own(aspace, region, start, start + extent);
	return !error && extent < end - start ? -EFAULT : error;
}

int aspace_populate(struct aspace *aspace, uint64_t address, uint64_t length,
		    int access)
{
	uint64_t end = address + length;
	struct region *region;

	if (!aspace_covers(aspace, address, length))
		return -ENOMEM;
	for_regions(region, aspace, address, end) {
		int error = populate_region(aspace, region,
					    MAX(region->start, address),
					    MIN(region->end, end), access);

		if (error)
			return error;
	}
	return 0;
}

/*
 * ADDRESS in the direct map, given now if need be, and how many of *N bytes there
 * are in one piece.  RIGHTS (PROT_*) are what its region must allow; but for
 * PROT_READ alone it is for writing.
 */
static int reach(struct aspace *aspace, uint64_t address, int rights,
		 uint8_t **to, size_t *n)
{
	struct page_leaf leaf = { 0 };
	const struct region *region = NULL;
	size_t there = *n;
	int error = 0;

	if (address < USER_TOP) {
		leaf = paging_lookup_run(aspace->root, address, &there);
		region = region_find(aspace, address);
	}
	if (!region || region->start > address || rights & ~region->prot ||
	    (!leaf.flags && region->prot == PROT_NONE))
		return -EFAULT;
	if (!leaf.flags) {
		error = populate_touch(aspace, region, address);
		there = *n;
		leaf = paging_lookup_run(aspace->root, address, &there);
	}
	if (!error && rights != PROT_READ && leaf.flags & PTE_SHARED &&
	    !region_shares(region)) {
		error = share_break(aspace, region, address);
		there = *n;
		leaf = paging_lookup_run(aspace->root, address, &there);
	}
	if (error)
		return -ENOMEM;
	*to = (uint8_t *)frame_address(leaf.start) + address % leaf.size;
	*n = MIN(there, region->end - address);
	return 0;
}

void *aspace_reach(struct aspace *aspace, uint64_t address, int access,
		   size_t *n)
{
	uint8_t *memory;

	return reach(aspace, address, access, &memory, n) ? NULL : memory;
}

static int write_pages(struct aspace *aspace, uint64_t address, int rights,
		       const uint8_t *from, size_t n)
{
	uint8_t *to;

	while (n) {
		size_t part = n;
		int error = reach(aspace, address, rights, &to, &part);

		if (error)
			return error;
		if (from) {
			memcpy(to, from, part);
			from += part;
		} else {
			memset(to, 0, part);
		}
		address += part;
		n -= part;
	}
	return 0;
}

int aspace_write(struct aspace *aspace, uint64_t address, const void *from,
		 size_t n)
{
	return write_pages(aspace, address, 0, from, n);
}

int aspace_write_as_user(struct aspace *aspace, uint64_t address,
			 const void *from, size_t n)
{
	return write_pages(aspace, address, PROT_WRITE, from, n);
}

size_t aspace_read(const struct aspace *aspace, uint64_t address, void *to,
		   size_t n)
{
	size_t done = 0;

	while (done < n && address + done < USER_TOP) {
		uint64_t at = address + done;
		size_t part = MIN(n - done, PAGE_SIZE - at % PAGE_SIZE);
		struct page_leaf leaf = paging_lookup(aspace->root, at);

		if (!leaf.flags)
			break;
		memcpy((uint8_t *)to + done,
		       (uint8_t *)frame_address(leaf.start) + at % leaf.size,
		       part);
		done += part;
	}
	return done;
}
