/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory: moving, advising, locking, and what is known of it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/membarrier.h>
#include <linux/mman.h>
#include <signal.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "conform.h"

#define PAGE	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#define OWN	(MAP_PRIVATE | MAP_ANONYMOUS)

static bool failed(long result)
{
	return result < 0 && result >= -4095;
}

/* What becomes of a child that reads a byte. */
static long reading(const volatile void *address)
{
	pid_t pid;

	CHILD(pid)
		(void)*(const volatile char *)address;
	return ended(pid);
}

static char *shared(size_t size)
{
	char *p = mmap(NULL, size, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	NEEDS(p != MAP_FAILED);
	return p;
}

/* mremap(2) */

CONFORM(mremap, "shrinks in place; grows in place where there is room")
{
	char *p = memory(4 * PAGE);

	p[0] = 1, p[PAGE] = 2;
	HOLDS(CALL(mremap, p, 4 * PAGE, 2 * PAGE, 0) == (long)p);
	GIVES(128 + SIGSEGV, reading(p + 2 * PAGE));
	HOLDS(CALL(mremap, p, 2 * PAGE, 3 * PAGE, 0) == (long)p);
	GIVES(0, p[2 * PAGE]);
	HOLDS(p[0] == 1 && p[PAGE] == 2);
}

CONFORM(mremap, "ENOMEM: no room in place; MREMAP_MAYMOVE goes elsewhere")
{
	char *p = memory(4 * PAGE);
	long q;

	p[0] = 1;
	GIVES(-ENOMEM, CALL(mremap, p, PAGE, 2 * PAGE, 0));
	q = CALL(mremap, p, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	HOLDS(!failed(q) && q != (long)p);
	GIVES(1, *(char *)q);
	GIVES(0, *((char *)q + 2 * PAGE));
	GIVES(128 + SIGSEGV, reading(p));
	GIVES(0, reading(p + PAGE));
}

CONFORM(mremap, "MREMAP_FIXED: in place of what is there")
{
	char *p = memory(2 * PAGE), *q = memory(4 * PAGE);

	p[0] = 1;
	q[PAGE] = 2, q[3 * PAGE] = 3;
	HOLDS(CALL(mremap, p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   q + PAGE) == (long)(q + PAGE));
	GIVES(1, q[PAGE]);
	GIVES(3, q[3 * PAGE]);
	GIVES(128 + SIGSEGV, reading(p));
}

CONFORM(mremap, "MREMAP_DONTUNMAP: the old place stays, empty")
{
	char *p = memory(2 * PAGE);
	long q;

	p[0] = 1;
	q = CALL(mremap, p, 2 * PAGE, 2 * PAGE,
		 MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	NEEDS(!failed(q));
	GIVES(1, *(char *)q);
	GIVES(0, p[0]);
	GIVES(-EINVAL, CALL(mremap, p, 2 * PAGE, 3 * PAGE,
			    MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
}

CONFORM(mremap, "an old size of 0: another mapping of what is shared")
{
	char *p = shared(PAGE);
	long q = CALL(mremap, p, 0, PAGE, MREMAP_MAYMOVE);

	NEEDS(!failed(q));
	p[0] = 7;
	GIVES(7, *(char *)q);
	GIVES(-EINVAL, CALL(mremap, memory(PAGE), 0, PAGE, MREMAP_MAYMOVE));
}

CONFORM(mremap, "EINVAL: not aligned, no new size, flags, overlapping")
{
	char *p = memory(4 * PAGE);

	GIVES(-EINVAL, CALL(mremap, p + 1, PAGE, PAGE, 0));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, 0, 0));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, PAGE, 8));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, PAGE, MREMAP_FIXED, p));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, PAGE, MREMAP_DONTUNMAP, 0));
	GIVES(-EINVAL, CALL(mremap, p, 2 * PAGE, 2 * PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, p + 100));
	GIVES(-EINVAL, CALL(mremap, p, PAGE, PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, 1ul << 63));
}

CONFORM(mremap, "EFAULT: where nothing is, across mappings")
{
	char *p = memory(4 * PAGE);

	NEEDS(munmap(p + PAGE, PAGE) == 0);
	GIVES(-EFAULT, CALL(mremap, p + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	GIVES(-EFAULT, CALL(mremap, p, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));
	GIVES(-ENOMEM, CALL(mremap, p, PAGE, 1ul << 46, 0));
}

/* madvise(2) */

CONFORM(madvise, "MADV_DONTNEED: private memory is zeroed, shared is not")
{
	char *p = memory(2 * PAGE), *q = shared(PAGE), *file;
	int fd = file_with("file", "hello");

	file = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	p[0] = p[PAGE] = q[0] = 1;
	file[0] = 'J';
	GIVES(0, CALL(madvise, p, PAGE, MADV_DONTNEED));
	GIVES(0, p[0]);
	GIVES(1, p[PAGE]);
	GIVES(0, CALL(madvise, q, PAGE, MADV_DONTNEED));
	GIVES(1, q[0]);
	GIVES(0, CALL(madvise, file, PAGE, MADV_DONTNEED));
	GIVES('h', file[0]);
}

CONFORM(madvise, "advice without an effect to be seen")
{
	const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTDUMP, MADV_DODUMP, MADV_DOFORK, MADV_COLD,
		MADV_PAGEOUT,
	};
	char *p = memory(PAGE);

	p[0] = 1;
	for (unsigned i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		GIVES(0, CALL(madvise, p, PAGE, advice[i]));
	GIVES(1, p[0]);
}

CONFORM(madvise, "MADV_FREE: old or zero until written; EINVAL: of a file")
{
	char *p = memory(PAGE), *file;

	p[0] = 1;
	GIVES(0, CALL(madvise, p, PAGE, MADV_FREE));
	HOLDS(p[0] == 0 || p[0] == 1);
	p[0] = 2;
	GIVES(2, p[0]);
	file = mmap(NULL, PAGE, RW, MAP_SHARED, file_with("file", "x"), 0);
	GIVES(-EINVAL, CALL(madvise, file, PAGE, MADV_FREE));
}

CONFORM(madvise, "MADV_POPULATE_READ, MADV_POPULATE_WRITE")
{
	char *p = memory(2 * PAGE), *none;

	none = mmap(NULL, PAGE, PROT_NONE, OWN, -1, 0);
	GIVES(0, CALL(madvise, p, 2 * PAGE, MADV_POPULATE_READ));
	GIVES(0, CALL(madvise, p, 2 * PAGE, MADV_POPULATE_WRITE));
	GIVES(0, p[PAGE]);
	GIVES(-EINVAL, CALL(madvise, none, PAGE, MADV_POPULATE_READ));
	NEEDS(mprotect(p, PAGE, PROT_READ) == 0);
	GIVES(-EINVAL, CALL(madvise, p, PAGE, MADV_POPULATE_WRITE));
}

CONFORM(madvise, "MADV_DONTFORK: a child has none of it; MADV_DOFORK")
{
	char *p = memory(PAGE);

	GIVES(0, CALL(madvise, p, PAGE, MADV_DONTFORK));
	GIVES(128 + SIGSEGV, reading(p));
	GIVES(0, CALL(madvise, p, PAGE, MADV_DOFORK));
	GIVES(0, reading(p));
}

CONFORM(madvise, "MADV_WIPEONFORK: a child finds it zeroed; MADV_KEEPONFORK")
{
	char *p = memory(PAGE);
	pid_t pid;

	p[0] = 5;
	GIVES(0, CALL(madvise, p, PAGE, MADV_WIPEONFORK));
	CHILD(pid)
		_exit(p[0]);
	GIVES(0, ended(pid));
	GIVES(5, p[0]);
	GIVES(0, CALL(madvise, p, PAGE, MADV_KEEPONFORK));
	CHILD(pid)
		_exit(p[0]);
	GIVES(5, ended(pid));
	GIVES(-EINVAL, CALL(madvise, shared(PAGE), PAGE, MADV_WIPEONFORK));
}

CONFORM(madvise, "MADV_REMOVE: a hole in a shared mapping's file")
{
	char *p = shared(2 * PAGE);

	p[0] = p[PAGE] = 1;
	GIVES(0, CALL(madvise, p, PAGE, MADV_REMOVE));
	GIVES(0, p[0]);
	GIVES(1, p[PAGE]);
	GIVES(-EINVAL, CALL(madvise, memory(PAGE), PAGE, MADV_REMOVE));
}

CONFORM(madvise, "EINVAL: not aligned, no such advice; ENOMEM: holes")
{
	char *p = memory(4 * PAGE);

	NEEDS(munmap(p + PAGE, PAGE) == 0);
	p[2 * PAGE] = 1;
	GIVES(-EINVAL, CALL(madvise, p + 1, PAGE, MADV_NORMAL));
	GIVES(-EINVAL, CALL(madvise, p, PAGE, 99));
	GIVES(-EINVAL, CALL(madvise, p, -1, MADV_NORMAL));
	GIVES(-ENOMEM, CALL(madvise, p, 4 * PAGE, MADV_DONTNEED));
	GIVES(0, p[2 * PAGE]);
	GIVES(-ENOMEM, CALL(madvise, p, 4 * PAGE, MADV_NORMAL));
	GIVES(0, CALL(madvise, p, 0, MADV_DONTNEED));
}

/* mincore(2) */

CONFORM(mincore, "a byte for each page; EINVAL, ENOMEM, EFAULT")
{
	char *p = memory(4 * PAGE);
	unsigned char in[4] = { 0 };

	p[0] = p[2 * PAGE] = 1;
	GIVES(0, CALL(mincore, p, 4 * PAGE, in));
	HOLDS((in[0] & 1) && (in[2] & 1));
	NEEDS(munmap(p + 3 * PAGE, PAGE) == 0);
	GIVES(-EINVAL, CALL(mincore, p + 1, PAGE, in));
	GIVES(-ENOMEM, CALL(mincore, p, 4 * PAGE, in));
	GIVES(-ENOMEM, CALL(mincore, p, -1, in));
	GIVES(0, CALL(mincore, p, 0, in));
	FAULTS(OUT & ~FAULT_EDGE, p2, CALL(mincore, p, 3 * PAGE, p2));
}

/* msync(2) */

CONFORM(msync, "MS_SYNC, MS_ASYNC, MS_INVALIDATE of files and others")
{
	int fd = file_with("file", "hello");
	char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);

	p[0] = 'J';
	GIVES(0, CALL(msync, p, PAGE, MS_SYNC));
	GIVES(0, CALL(msync, p, 5, MS_ASYNC));
	GIVES(0, CALL(msync, p, PAGE, MS_SYNC | MS_INVALIDATE));
	GIVES(0, CALL(msync, p, PAGE, 0));
	GIVES(0, CALL(msync, memory(PAGE), PAGE, MS_SYNC));
}

CONFORM(msync, "EINVAL: not aligned, flags; ENOMEM")
{
	char *p = memory(2 * PAGE);

	GIVES(-EINVAL, CALL(msync, p + 1, PAGE, MS_SYNC));
	GIVES(-EINVAL, CALL(msync, p, PAGE, MS_SYNC | MS_ASYNC));
	GIVES(-EINVAL, CALL(msync, p, PAGE, 8));
	NEEDS(munmap(p + PAGE, PAGE) == 0);
	GIVES(-ENOMEM, CALL(msync, p, 2 * PAGE, MS_SYNC));
	GIVES(-ENOMEM, CALL(msync, p, -PAGE, MS_SYNC));
}

CONFORM(msync, "MS_INVALIDATE: EBUSY of locked memory")
{
	char *p = memory(PAGE);

	NEEDS(mlock(p, PAGE) == 0);
	GIVES(-EBUSY, CALL(msync, p, PAGE, MS_INVALIDATE));
}

/* mlock(2) and its relatives */

CONFORM(mlock, "RLIMIT_MEMLOCK: EPERM, but for root")
{
	const struct rlimit limit = { 0, 0 };

	NEEDS(CALL(setrlimit, RLIMIT_MEMLOCK, &limit) == 0);
	become(NOBODY);
	GIVES(-EPERM, CALL(mlock, memory(PAGE), PAGE));
}

CONFORM(mlock, "gives what would come on touch; EINVAL, ENOMEM")
{
	char *p = memory(4 * PAGE);
	unsigned char in[4] = { 0 };

	GIVES(0, CALL(mlock, p + 100, 3 * PAGE));
	GIVES(0, CALL(mincore, p, 4 * PAGE, in));
	HOLDS(in[0] & in[1] & in[2] & in[3] & 1);
	NEEDS(munmap(p + PAGE, PAGE) == 0);
	GIVES(-ENOMEM, CALL(mlock, p, 3 * PAGE));
	GIVES(-EINVAL, CALL(mlock, p, -PAGE));
	GIVES(0, CALL(mlock, p, 0));
}

CONFORM(mlock2, "MLOCK_ONFAULT; EINVAL: other flags")
{
	char *p = memory(2 * PAGE);

	GIVES(0, CALL(mlock2, p, 2 * PAGE, 0));
	GIVES(0, CALL(mlock2, p, 2 * PAGE, MLOCK_ONFAULT));
	GIVES(-EINVAL, CALL(mlock2, p, 2 * PAGE, 2));
	NEEDS(munmap(p + PAGE, PAGE) == 0);
	GIVES(-ENOMEM, CALL(mlock2, p, 2 * PAGE, 0));
	GIVES(-ENOMEM, CALL(mlock2, p, 2 * PAGE, MLOCK_ONFAULT));
}

CONFORM(munlock, "also what is not locked; EINVAL, ENOMEM")
{
	char *p = memory(2 * PAGE);

	GIVES(0, CALL(munlock, p + 5, PAGE));
	NEEDS(munmap(p + PAGE, PAGE) == 0);
	GIVES(-ENOMEM, CALL(munlock, p, 2 * PAGE));
	GIVES(-EINVAL, CALL(munlock, p, -PAGE));
}

CONFORM(mlockall, "MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT; EINVAL")
{
	unsigned char in = 0;
	char *p;

	GIVES(-EINVAL, CALL(mlockall, 0));
	GIVES(-EINVAL, CALL(mlockall, 8));
	GIVES(-EINVAL, CALL(mlockall, MCL_ONFAULT));
	GIVES(0, CALL(mlockall, MCL_CURRENT | MCL_FUTURE));
	p = memory(PAGE);
	GIVES(0, CALL(mincore, p, PAGE, &in));
	GIVES(1, in & 1);
	GIVES(0, CALL(mlockall, MCL_CURRENT | MCL_ONFAULT));
}

CONFORM(munlockall, "succeeds")
{
	GIVES(0, CALL(munlockall));
	NEEDS(CALL(mlockall, MCL_CURRENT) == 0);
	GIVES(0, CALL(munlockall));
}

/* membarrier(2) */

CONFORM(membarrier, "MEMBARRIER_CMD_QUERY says what there is; GLOBAL works")
{
	long known = CALL(membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	HOLDS(known > 0 && (known & MEMBARRIER_CMD_GLOBAL));
	HOLDS(known & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	GIVES(0, CALL(membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
}

CONFORM(membarrier, "expedited ones; EPERM: before they are registered")
{
	GIVES(-EPERM, CALL(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	GIVES(0, CALL(membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
		      0));
	GIVES(0, CALL(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	GIVES(-EPERM, CALL(membarrier,
			   MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
	GIVES(0, CALL(membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
	GIVES(0, CALL(membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0,
		      0));
}

CONFORM(membarrier, "EINVAL: commands, several at once, flags")
{
	GIVES(-EINVAL, CALL(membarrier, 1 << 20, 0, 0));
	GIVES(-EINVAL, CALL(membarrier, -1, 0, 0));
	GIVES(-EINVAL, CALL(membarrier, 3, 0, 0));
	GIVES(-EINVAL, CALL(membarrier, MEMBARRIER_CMD_GLOBAL, 1, 0));
	GIVES(-EINVAL, CALL(membarrier, MEMBARRIER_CMD_QUERY, 1, 0));
}

/* set_mempolicy(2), get_mempolicy(2), mbind(2), move_pages(2): of one node. */

CONFORM(set_mempolicy, "modes, nodes; EINVAL, EFAULT")
{
	unsigned long first = 1, far = 1ul << 40;

	GIVES(0, CALL(set_mempolicy, MPOL_BIND, &first, 64));
	GIVES(0, CALL(set_mempolicy, MPOL_INTERLEAVE, &first, 64));
	GIVES(0, CALL(set_mempolicy, MPOL_PREFERRED, &first, 64));
	GIVES(0, CALL(set_mempolicy, MPOL_PREFERRED, 0, 0));
	GIVES(0, CALL(set_mempolicy, MPOL_LOCAL, 0, 0));
	GIVES(0, CALL(set_mempolicy, MPOL_DEFAULT, 0, 0));
	GIVES(-EINVAL, CALL(set_mempolicy, MPOL_DEFAULT, &first, 64));
	GIVES(-EINVAL, CALL(set_mempolicy, MPOL_BIND, 0, 0));
	GIVES(-EINVAL, CALL(set_mempolicy, MPOL_BIND, &far, 64));
	GIVES(-EINVAL, CALL(set_mempolicy, 99, &first, 64));
	FAULTS(IN & ~FAULT_NULL, p, CALL(set_mempolicy, MPOL_BIND, p, 64));
}

CONFORM(get_mempolicy, "the process's, a page's, the allowed nodes")
{
	unsigned long nodes[16] = { 1 };
	char *page = memory(PAGE);
	int mode = -1;

	GIVES(0, CALL(get_mempolicy, &mode, 0, 0, 0, 0));
	HOLDS(mode == MPOL_DEFAULT);
	NEEDS(!CALL(set_mempolicy, MPOL_BIND, nodes, 64));
	nodes[0] = 0;
	GIVES(0, CALL(get_mempolicy, &mode, nodes, 1024, 0, 0));
	HOLDS(mode == MPOL_BIND && nodes[0] == 1);
	*page = 1;
	GIVES(0, CALL(get_mempolicy, &mode, 0, 0, page,
		      MPOL_F_NODE | MPOL_F_ADDR));
	HOLDS(mode == 0);
	GIVES(0, CALL(get_mempolicy, 0, nodes, 1024, 0, MPOL_F_MEMS_ALLOWED));
	HOLDS(nodes[0] & 1);
	GIVES(-EINVAL, CALL(get_mempolicy, &mode, 0, 0, page, 0));
	GIVES(-EINVAL, CALL(get_mempolicy, &mode, 0, 0, 0, 99));
	GIVES(-EFAULT, CALL(get_mempolicy, &mode, 0, 0, 8, MPOL_F_ADDR));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(get_mempolicy, p, 0, 0, 0, 0));
}

CONFORM(mbind, "a range's policy; EINVAL, EFAULT")
{
	unsigned long first = 1;
	char *pages = memory(4 * PAGE);
	int mode = -1;

	GIVES(0, CALL(mbind, pages + PAGE, 2 * PAGE, MPOL_BIND, &first, 64, 0));
	GIVES(0, CALL(get_mempolicy, &mode, 0, 0, pages + PAGE, MPOL_F_ADDR));
	HOLDS(mode == MPOL_BIND);
	GIVES(0, CALL(get_mempolicy, &mode, 0, 0, pages, MPOL_F_ADDR));
	HOLDS(mode == MPOL_DEFAULT);
	GIVES(0, CALL(mbind, pages, 4 * PAGE, MPOL_DEFAULT, 0, 0, MPOL_MF_MOVE));
	GIVES(-EINVAL, CALL(mbind, pages + 1, PAGE, MPOL_BIND, &first, 64, 0));
	GIVES(-EINVAL, CALL(mbind, pages, PAGE, MPOL_BIND, &first, 64, 8));
	GIVES(-EINVAL, CALL(mbind, pages, PAGE, 99, &first, 64, 0));
	GIVES(-EFAULT, CALL(mbind, 0x10000, PAGE, MPOL_BIND, &first, 64, 0));
}

CONFORM(move_pages, "where pages are, moving them; EINVAL, ESRCH, ENODEV")
{
	char *pages = memory(2 * PAGE);
	void *which[2] = { pages, pages + PAGE };
	int nodes[2] = { 0, 0 }, status[2] = { 9, 9 }, far[2] = { 0, 63 };

	*pages = pages[PAGE] = 1;
	GIVES(0, CALL(move_pages, 0, 2, which, 0, status, 0));
	HOLDS(status[0] == 0 && status[1] == 0);
	GIVES(0, CALL(move_pages, 0, 2, which, nodes, status, MPOL_MF_MOVE));
	HOLDS(status[0] == 0 && status[1] == 0);
	which[1] = NULL;
	GIVES(0, CALL(move_pages, 0, 2, which, 0, status, 0));
	SHOWS(status[1]);
	GIVES(-EINVAL, CALL(move_pages, 0, 2, which, nodes, status, 99));
	GIVES(-ENODEV, CALL(move_pages, 0, 2, which, far, status, MPOL_MF_MOVE));
	GIVES(-ESRCH, CALL(move_pages, 999999, 2, which, 0, status, 0));
	FAULTS(IN, p, CALL(move_pages, 0, 2, p, 0, status, 0));
}
