/* SPDX-License-Identifier: GPL-2.0-only */
/* mmap and its kin, over mm/aspace.h; about nodes see memory_node.c. */
#include <linux/fcntl.h>
#include <linux/membarrier.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/paging.h>
#include <mm/region.h>
#include <mm/tlb.h>
#include <mm/uaccess.h>
#include <sys/calls.h>

#define MEMBARRIER_REGISTER	(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | \
	MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
	MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
/* Those that are to be registered for, by the next bit. */
#define MEMBARRIER_PRIVATE	(MEMBARRIER_CMD_PRIVATE_EXPEDITED | \
	MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)
#define MINCORE_PART	256		/* pages looked at in one go */

static struct aspace *own(void)
{
	return current()->process->aspace;
}

/* ADDRESS must be page-aligned, and the range not wrap; *END is rounded up. */
static int range_end(uint64_t address, uint64_t length, uint64_t *end)
{
	if (address % PAGE_SIZE)
		return -EINVAL;
	*end = address + ALIGN_UP(length, PAGE_SIZE);
	if (length > USER_TOP || *end < address || *end > USER_TOP)
		return -ENOMEM;
	return 0;
}

int64_t sys_mmap(uint64_t address, uint64_t length, uint64_t prot,
		 uint64_t flags, uint64_t fd, uint64_t offset)
{
	struct file *file = NULL;
	int64_t result;

	if (!(flags & MAP_ANONYMOUS)) {
		file = fd_get((int)fd);
		if (!file)
			return -EBADF;
	}
	result = file && file->flags & O_PATH ? -EBADF :
		aspace_map(own(), address, length, (int)prot, (int)flags,
			   file, offset);
	if (file)
		file_put(file);
	return result;
}

int64_t sys_munmap(uint64_t address, uint64_t length, uint64_t c, uint64_t d,
		   uint64_t e, uint64_t f)
{
	(void)c, (void)d, (void)e, (void)f;
	return aspace_unmap(own(), address, length);
}

int64_t sys_mprotect(uint64_t address, uint64_t length, uint64_t prot,
		     uint64_t d, uint64_t e, uint64_t f)
{
	(void)d, (void)e, (void)f;
	return aspace_protect(own(), address, length, (int)prot);
}

int64_t sys_brk(uint64_t brk, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		uint64_t f)
{
	(void)b, (void)c, (void)d, (void)e, (void)f;
	return (int64_t)aspace_brk(own(), brk);
}

int64_t sys_mremap(uint64_t old, uint64_t old_length, uint64_t new_length,
		   uint64_t flags, uint64_t new, uint64_t f)
{
	(void)f;
	return aspace_remap(own(), old, old_length, new_length, (int)flags,
			    new);
}

int64_t sys_madvise(uint64_t address, uint64_t length, uint64_t advice,
		    uint64_t d, uint64_t e, uint64_t f)
{
	(void)d, (void)e, (void)f;
	return aspace_advise(own(), address, length, (int)advice);
}

/* Which of the pages from ADDRESS on have frames? */
static void mincore_part(uint64_t address, uint8_t *resident, size_t pages)
{
	size_t i;

	for (i = 0; i < pages; i++, address += PAGE_SIZE)
		resident[i] = paging_lookup(own()->root, address).flags != 0;
}

int64_t sys_mincore(uint64_t address, uint64_t length, uint64_t vector,
		    uint64_t d, uint64_t e, uint64_t f)
{
	uint8_t resident[MINCORE_PART];
	uint64_t end;
	int error = range_end(address, length, &end);

	(void)d, (void)e, (void)f;
	if (!error && !aspace_covers(own(), address, end - address))
		error = -ENOMEM;
	while (!error && address < end) {
		size_t pages = MIN((end - address) / PAGE_SIZE,
				   (uint64_t)MINCORE_PART);

		mincore_part(address, resident, pages);
		error = copy_to_user(vector, resident, pages);
		address += pages * PAGE_SIZE;
		vector += pages;
	}
	return error;
}

static bool any_locked(uint64_t start, uint64_t end)
{
	struct region *region;

	for_regions(region, own(), start, end)
		if (region->flags & MAP_LOCKED)
			return true;
	return false;
}

/* A shared mapping has the file's own pages, so there is nothing to write. */
int64_t sys_msync(uint64_t address, uint64_t length, uint64_t flags, uint64_t d,
		  uint64_t e, uint64_t f)
{
	uint64_t end;
	int error;

	(void)d, (void)e, (void)f;
	if (flags & ~(uint64_t)(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	error = range_end(address, length, &end);
	if (!error && flags & MS_INVALIDATE && any_locked(address, end))
		error = -EBUSY;
	if (!error && !aspace_covers(own(), address, end - address))
		error = -ENOMEM;
	return error;
}

/* The whole pages that [*START, *START + LENGTH) touches. */
static int lock_range(uint64_t *start, uint64_t *length)
{
	uint64_t first = ALIGN_DOWN(*start, PAGE_SIZE), end;

	*length = ALIGN_UP(*length + (*start - first), PAGE_SIZE);
	*start = first;
	end = first + *length;
	if (end < first)
		return -EINVAL;
	return end > USER_TOP ? -ENOMEM : 0;
}

static int64_t memory_lock(uint64_t start, uint64_t length, bool on_fault)
{
	int error = lock_range(&start, &length);

	return error ? error : aspace_lock(own(), start, length, on_fault);
}

SYSCALL_DEFINE(mlock)
{
	return memory_lock(a, b, false);
}

SYSCALL_DEFINE(mlock2)
{
	if ((int)c & ~MLOCK_ONFAULT)
		return -EINVAL;
	return memory_lock(a, b, (int)c & MLOCK_ONFAULT);
}

SYSCALL_DEFINE(munlock)
{
	int error = lock_range(&a, &b);

	return error ? error : aspace_unlock(own(), a, b);
}

SYSCALL_DEFINE(mlockall)
{
	int flags = (int)a;

	if (!flags || flags == MCL_ONFAULT ||
	    flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	return aspace_lock_all(own(), flags);
}

SYSCALL_DEFINE(munlockall)
{
	aspace_unlock_all(own());
	return 0;
}

int64_t sys_membarrier(uint64_t command, uint64_t flags, uint64_t c, uint64_t d,
		       uint64_t e, uint64_t f)
{
	const uint64_t commands = MEMBARRIER_CMD_GLOBAL |
		MEMBARRIER_CMD_GLOBAL_EXPEDITED |
		MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
		MEMBARRIER_CMD_PRIVATE_EXPEDITED |
		MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |
		MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |
		MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

	(void)c, (void)d, (void)e, (void)f;
	command = (uint32_t)command;
	if (flags)
		return -EINVAL;
	if (command == MEMBARRIER_CMD_QUERY)
		return (int64_t)commands;
	if (command & ~commands || command & (command - 1))
		return -EINVAL;
	if (command & MEMBARRIER_REGISTER) {
		own()->barriers |= (unsigned)command;
		return 0;
	}
	if (command & MEMBARRIER_PRIVATE && !(own()->barriers & command << 1))
		return -EPERM;
	/* Interrupting the other CPUs on this memory is all of them in one. */
	tlb_synchronise(own()->root);
	return 0;
}
