/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program's address space: an ordered set of regions over page tables.
 *
 * Memory is given when it is mapped, in the largest pages that fit, zeroed, so
 * that a computation takes no fault.  Exceptions: PROT_NONE takes nothing until
 * mprotect; MAP_NORESERVE and all but the top 64 KiB of MAP_GROWSDOWN and
 * MAP_STACK regions come on first touch, and so do the holes of files in shared
 * mappings.  After fork(2) memory is copied when it is first written to.
 */
#ifndef MM_ASPACE_H
#define MM_ASPACE_H

#include <lib/list.h>
#include <lib/types.h>

struct file;
struct file_operations;
struct policy;
struct region;
struct task;

struct aspace {
	phys_t root;		/* page tables */
	unsigned users;		/* tasks and others that hold it */
	struct list regions;	/* struct region, by address (private) */
	struct region *tree;	/* the same */
	struct list all;	/* on the list of all of them */
	struct list relatives;	/* those it may share frames with, by fork(2) */
	unsigned region_count;
	int lock_future;	/* MCL_FUTURE and MCL_ONFAULT of mlockall(2) */
	unsigned barriers;	/* registered by membarrier(2) */
	bool of_kernel;		/* the control task's: its frames come from
				   where the kernel's do */
	bool lazy;		/* all mappings are MAP_NORESERVE */
	unsigned splits;	/* of large pages left: see share_break() */
	uint64_t brk_start, brk;
	uint64_t mapped_bytes;	/* of regions */
	uint64_t resident_bytes; /* of frames */
	uint64_t arg_start, arg_end, env_start, env_end;
	uint64_t stack_top;
};

struct aspace *aspace_create(void);		/* NULL without memory */
/*
 * A copy, as fork(2) needs it; private memory is copied when it is written to,
 * and no more once the others have ended.  NULL without memory.
 */
struct aspace *aspace_copy(struct aspace *from);
struct aspace *aspace_get(struct aspace *aspace);
void aspace_put(struct aspace *aspace);		/* the last one frees all */

/*
 * As mmap(2), munmap(2), mprotect(2), brk(2), mremap(2), madvise(2): PROT_* and
 * MAP_* of <asm/mman.h>.  ADDRESS or size, or -errno.  FILE with MAP_SHARED and
 * MAP_ANONYMOUS is memory that is given at once, as if it had no name.
 */
int64_t aspace_map(struct aspace *aspace, uint64_t address, uint64_t length,
		   int prot, int flags, struct file *file, uint64_t offset);
int aspace_unmap(struct aspace *aspace, uint64_t address, uint64_t length);
int aspace_protect(struct aspace *aspace, uint64_t address, uint64_t length,
		   int prot);
uint64_t aspace_brk(struct aspace *aspace, uint64_t new_brk);
int64_t aspace_remap(struct aspace *aspace, uint64_t old, uint64_t old_length,
		     uint64_t new_length, int flags, uint64_t new);
int aspace_advise(struct aspace *aspace, uint64_t address, uint64_t length,
		  int advice);

/*
 * As mbind(2) of whole pages: what comes to them, and what they have, is where
 * POLICY says.  -EFAULT where no region is; -EIO if some of what they have
 * could not be moved; -ENOMEM.
 */
int aspace_bind(struct aspace *aspace, uint64_t start, uint64_t end,
		const struct policy *policy);
/*
 * As move_pages(2) for the page at ADDRESS: to NODE, and where it is.  The
 * node; -EFAULT where no region is, -ENOENT no page, -EACCES it is others' as
 * well, -ENOMEM.
 */
int aspace_move_page(struct aspace *aspace, uint64_t address, uint32_t node);
int aspace_page_node(struct aspace *aspace, uint64_t address);

/* Is all of it in regions?  ADDRESS and LENGTH need not be aligned. */
bool aspace_covers(struct aspace *aspace, uint64_t address, uint64_t length);
/*
 * Give what would come when all of it, page-aligned, was read (ACCESS
 * PROT_READ), written to (PROT_WRITE), or used as its regions allow (0).
 * -ENOMEM where no region is, or no memory; -EACCES a region does not allow it;
 * -EFAULT beyond the end of a file.  What was given until then stays.
 */
int aspace_populate(struct aspace *aspace, uint64_t address, uint64_t length,
		    int access);
/*
 * As mlock(2), mlock2(2) with MLOCK_ONFAULT, munlock(2), of whole pages, and
 * mlockall(2) (FLAGS are good), munlockall(2), for who calls: -EPERM, -ENOMEM,
 * -EAGAIN.
 */
int aspace_lock(struct aspace *aspace, uint64_t address, uint64_t length,
		bool on_fault);
int aspace_unlock(struct aspace *aspace, uint64_t address, uint64_t length);
int aspace_lock_all(struct aspace *aspace, int flags);
void aspace_unlock_all(struct aspace *aspace);
/*
 * Copy N bytes to ADDRESS, whatever the protection, in an address space that
 * need not be the current one.  FROM == NULL: zeroes.  -EFAULT, -ENOMEM.
 */
int aspace_write(struct aspace *aspace, uint64_t address, const void *from,
		 size_t n);
/* The same only where the program itself may write; else -EFAULT. */
int aspace_write_as_user(struct aspace *aspace, uint64_t address,
			 const void *from, size_t n);
/*
 * Where the kernel sees the memory at ADDRESS of an address space that need not
 * be the current one, given now if need be, and how many of *N bytes there are
 * in one piece.  NULL: the program itself may not ACCESS it (PROT_READ or
 * PROT_WRITE), or no memory.  Good until somebody changes the address space.
 */
void *aspace_reach(struct aspace *aspace, uint64_t address, int access,
		   size_t *n);
/*
 * Copy what is there of N bytes at ADDRESS, whatever the protection, in an
 * address space that need not be the current one.  Gives no memory.  Returns the
 * number of bytes up to the first that is not there.
 */
size_t aspace_read(const struct aspace *aspace, uint64_t address, void *to,
		   size_t n);

/*
 * A page fault at ADDRESS, in the current task's address space, from user mode
 * or from mm/uaccess.c.  ERROR is the trap's code.  Returns 0 if it is resolved
 * (go on), else the signal (SIGSEGV, SIGBUS), with its si_code in *CODE.
 */
int aspace_fault(struct aspace *aspace, uint64_t address, uint64_t error,
		 int *code);

/*
 * What the memory at ADDRESS is for all who have it: *OBJECT and *OFFSET are the
 * same for them, and for no other memory.
 */
void aspace_identify(struct aspace *aspace, uint64_t address,
		     const void **object, uint64_t *offset);
/*
 * The bytes [FROM, TO) of a regular file are about to go: shared mappings forget
 * their frames, and what touches them again asks the file.
 */
void aspace_forget(const struct file *file, uint64_t from, uint64_t to);

/* Could somebody write to the file by a shared mapping, now or later? */
bool aspace_writes(const struct file *file);
/*
 * Unmap what is left of the mapping that began at ADDRESS of a file that
 * OPERATIONS are for, as shmdt(2).  -EINVAL: nothing.
 */
int aspace_detach(struct aspace *aspace, uint64_t address,
		  const struct file_operations *operations);

/* One line for each region into TEXT, as /proc/PID/maps; returns the length. */
size_t aspace_describe(struct aspace *aspace, char *text, size_t size);

#endif
