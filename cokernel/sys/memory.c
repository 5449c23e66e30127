/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmap and its kin, over mm/aspace.h.
 *
 * Nothing is ever paged out, so locking is giving what would come on touch.
 * All memory is of one node, which programs see as node 0: policies are
 * checked, and every one that allows node 0 is kept without doing anything.
 */
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/paging.h>
#include <mm/tlb.h>
#include <mm/uaccess.h>
#include <sys/calls.h>

#define MASK_BITS	64		/* of a word of a node mask */
#define MASK_BITS_MAX	(PAGE_SIZE * 8)
#define MEMBARRIER_REGISTER	(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | \
	MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
	MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
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
	result = aspace_map(own(), address, length, (int)prot, (int)flags,
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
	if (!error && !aspace_covers(own(), address, end - address))
		error = -ENOMEM;
	return error;
}

static int64_t memory_lock(uint64_t address, uint64_t length, bool on_fault)
{
	uint64_t start = ALIGN_DOWN(address, PAGE_SIZE), end;
	int error;

	if (length > USER_TOP)
		return -ENOMEM;
	error = range_end(start, length + (address - start), &end);
	if (error)
		return error;
	if (on_fault)
		return aspace_covers(own(), start, end - start) ? 0 : -ENOMEM;
	return aspace_populate(own(), start, end - start);
}

int64_t sys_mlock(uint64_t address, uint64_t length, uint64_t c, uint64_t d,
		  uint64_t e, uint64_t f)
{
	(void)c, (void)d, (void)e, (void)f;
	return memory_lock(address, length, false);
}

int64_t sys_mlock2(uint64_t address, uint64_t length, uint64_t flags,
		   uint64_t d, uint64_t e, uint64_t f)
{
	(void)d, (void)e, (void)f;
	if (flags & ~(uint64_t)MLOCK_ONFAULT)
		return -EINVAL;
	return memory_lock(address, length, flags & MLOCK_ONFAULT);
}

int64_t sys_munlock(uint64_t address, uint64_t length, uint64_t c, uint64_t d,
		    uint64_t e, uint64_t f)
{
	(void)c, (void)d, (void)e, (void)f;
	return memory_lock(address, length, true);
}

int64_t sys_mlockall(uint64_t flags, uint64_t b, uint64_t c, uint64_t d,
		     uint64_t e, uint64_t f)
{
	bool on_fault = flags & MCL_ONFAULT;

	(void)b, (void)c, (void)d, (void)e, (void)f;
	if (!flags || flags == MCL_ONFAULT ||
	    flags & ~(uint64_t)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	own()->lock_future = flags & MCL_FUTURE && !on_fault;
	if (flags & MCL_CURRENT && !on_fault)
		aspace_populate_all(own());
	return 0;
}

int64_t sys_munlockall(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		       uint64_t e, uint64_t f)
{
	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	own()->lock_future = false;
	return 0;
}

/* A node mask of BITS - 1 bits, as Linux counts: is node 0 in it?  Any? */
static int mask_read(uint64_t user, uint64_t bits, bool *zero, bool *any)
{
	uint64_t word, i;

	*zero = *any = false;
	if (!user || bits <= 1)
		return 0;
	bits--;
	if (bits > MASK_BITS_MAX)
		return -EINVAL;
	for (i = 0; i < bits; i += MASK_BITS) {
		if (get_user(word, user + i / 8))
			return -EFAULT;
		if (bits - i < MASK_BITS)
			word &= (1ull << (bits - i)) - 1;
		*zero |= !i && word & 1;
		*any |= word != 0;
	}
	return 0;
}

static int policy_check(uint64_t mode, uint64_t mask, uint64_t bits)
{
	bool zero, any;
	int error = mask_read(mask, bits, &zero, &any);

	if (error)
		return error;
	if (mode & MPOL_F_STATIC_NODES && mode & MPOL_F_RELATIVE_NODES)
		return -EINVAL;
	switch (mode & ~(uint64_t)MPOL_MODE_FLAGS) {
	case MPOL_DEFAULT:
	case MPOL_LOCAL:
		return any || mode & MPOL_MODE_FLAGS ? -EINVAL : 0;
	case MPOL_PREFERRED:
		return any && !zero ? -EINVAL : 0;
	case MPOL_BIND:
	case MPOL_INTERLEAVE:
	case MPOL_PREFERRED_MANY:
		return zero ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int64_t sys_mbind(uint64_t address, uint64_t length, uint64_t mode,
		  uint64_t mask, uint64_t bits, uint64_t flags)
{
	uint64_t end;
	int error;

	if (flags & ~(uint64_t)MPOL_MF_VALID)
		return -EINVAL;
	error = range_end(address, length, &end);
	if (error)
		return -EINVAL;
	error = policy_check(mode, mask, bits);
	if (!error && !aspace_covers(own(), address, end - address))
		error = -EFAULT;
	return error;
}

int64_t sys_set_mempolicy(uint64_t mode, uint64_t mask, uint64_t bits,
			  uint64_t d, uint64_t e, uint64_t f)
{
	(void)d, (void)e, (void)f;
	return policy_check((uint32_t)mode, mask, bits);
}

/* Write a mask of BITS - 1 bits with node 0 alone, or none. */
static int mask_write(uint64_t user, uint64_t bits, bool zero)
{
	uint64_t word = zero, i;

	if (bits < 1 || bits > MASK_BITS_MAX)
		return -EINVAL;
	for (i = 0; i + 1 < bits; i += MASK_BITS, word = 0)
		if (put_user(word, user + i / 8))
			return -EFAULT;
	return 0;
}

int64_t sys_get_mempolicy(uint64_t mode, uint64_t mask, uint64_t bits,
			  uint64_t address, uint64_t flags, uint64_t f)
{
	/* MPOL_DEFAULT; with MPOL_F_NODE the node, which is 0 as well. */
	int answer = MPOL_DEFAULT;

	(void)f;
	if (flags & ~(uint64_t)(MPOL_F_NODE | MPOL_F_ADDR |
				MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (flags & MPOL_F_MEMS_ALLOWED && flags & (MPOL_F_NODE | MPOL_F_ADDR))
		return -EINVAL;
	if (!(flags & MPOL_F_ADDR) && (address || flags & MPOL_F_NODE))
		return -EINVAL;
	if (flags & MPOL_F_ADDR && !aspace_covers(own(), address, 1))
		return -EFAULT;
	if (mode && put_user(answer, mode))
		return -EFAULT;
	return mask ? mask_write(mask, bits, flags & MPOL_F_MEMS_ALLOWED) : 0;
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
	/* Interrupting the other CPUs on this memory is all of them in one. */
	if (!(command & MEMBARRIER_REGISTER))
		tlb_synchronise(own()->root);
	return 0;
}
