/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that comes on touch, and everything that asks for it otherwise:
 * page faults, mlock(2), madvise(2), and reaching into another address space.
 */
#include <errno.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/mman.h>
#include <lib/string.h>
#include <mm/frame.h>
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

int aspace_fault(struct aspace *aspace, uint64_t address, uint64_t error,
		 int *code)
{
	struct region *region = NULL;
	struct page_leaf leaf;

	*code = SEGV_MAPERR;
	if (address < USER_TOP && !(error & FAULT_RESERVED))
		region = region_find(aspace, address);
	if (!region || region->start > address)
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

int aspace_populate(struct aspace *aspace, uint64_t address, uint64_t length)
{
	uint64_t end = ALIGN_UP(address + length, PAGE_SIZE), missing;
	struct region *region;
	int error;

	address = ALIGN_DOWN(address, PAGE_SIZE);
	if (!aspace_covers(aspace, address, end - address))
		return -ENOMEM;
	for (region = region_find(aspace, address);
	     region && region->start < end;
	     region = region_next(aspace, region)) {
		uint64_t from = MAX(region->start, address);
		uint64_t to = MIN(region->end, end);

		if (region->prot == PROT_NONE)
			continue;
		missing = populate_missing(aspace, region, from, to);
		if (missing > frame_free_total())
			return -ENOMEM;
		error = populate_range(aspace, region, from, to, region->prot);
		if (error)
			return error;
	}
	return 0;
}

void aspace_populate_all(struct aspace *aspace)
{
	struct region *region;

	list_for_each(region, &aspace->regions, link)
		aspace_populate(aspace, region->start,
				region->end - region->start);
}

/* MADV_DONTNEED: what is private comes anew on touch. */
static int advise_drop(struct aspace *aspace, uint64_t start, uint64_t end)
{
	struct region *region;
	int error = populate_split(aspace, start);

	if (!error)
		error = populate_split(aspace, end);
	if (error)
		return error;
	for (region = region_find(aspace, start);
	     region && region->start < end;
	     region = region_next(aspace, region))
		if ((region->flags & MAP_TYPE) == MAP_PRIVATE)
			populate_remove(aspace, MAX(region->start, start),
					MIN(region->end, end));
	return 0;
}

static int advise_apply(struct aspace *aspace, uint64_t start, uint64_t end,
			int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		return advise_drop(aspace, start, end);
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return aspace_populate(aspace, start, end - start);
	case MADV_FREE:		/* "may": keeping the pages costs no fault */
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_COLD:
	case MADV_PAGEOUT:
		return 0;
	}
	/* DONTFORK, WIPEONFORK, REMOVE, MERGEABLE...: would be a promise. */
	return -EINVAL;
}

int aspace_advise(struct aspace *aspace, uint64_t address, uint64_t length,
		  int advice)
{
	uint64_t end;
	int error;

	if (address % PAGE_SIZE || address > USER_TOP ||
	    length > USER_TOP - address)
		return -EINVAL;
	end = address + ALIGN_UP(length, PAGE_SIZE);
	error = advise_apply(aspace, address, end, advice);
	if (!error && !aspace_covers(aspace, address, end - address))
		error = -ENOMEM;
	return error;
}

/*
 * The page of ADDRESS in the direct map, given now if need be.  RIGHTS (PROT_*)
 * are what its region must allow.
 */
static int write_page(struct aspace *aspace, uint64_t address, int rights,
		      uint8_t **to)
{
	struct page_leaf leaf = paging_lookup(aspace->root, address);
	const struct region *region = region_find(aspace, address);
	int error = 0;

	if (!region || region->start > address || rights & ~region->prot ||
	    (!leaf.flags && region->prot == PROT_NONE))
		return -EFAULT;
	if (!leaf.flags)
		error = populate_touch(aspace, region, address);
	else if (leaf.flags & PTE_SHARED && !region_shares(region))
		error = share_break(aspace, region, address);
	if (error)
		return -ENOMEM;
	leaf = paging_lookup(aspace->root, address);
	*to = (uint8_t *)frame_address(leaf.start) + address % leaf.size;
	return 0;
}

static int write_pages(struct aspace *aspace, uint64_t address, int rights,
		       const uint8_t *from, size_t n)
{
	uint8_t *to;

	while (n) {
		size_t part = MIN(n, PAGE_SIZE - address % PAGE_SIZE);
		int error = address < USER_TOP ?
			    write_page(aspace, address, rights, &to) : -EFAULT;

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
