/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rarer calls on memory, one by one: growing stacks, limits, locks, advice,
 * what mremap(2) can, and nodes (cokernel/mm/).
 *
 *	test_mapping
 *
 * Built on the host by tests/unit/mapping.sh, with the co-kernel's page tables.
 */
#include "fake_memory.h"
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <mm/populate.h>

#define BASE		0x40000000ull	/* of a 1 GiB page */
#define SIGNAL_BUS	7
#define SIGNAL_SEGV	11
#define ACCESS_WRITE	0x02
#define READ		PROT_READ
#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED		(MAP_SHARED | MAP_ANONYMOUS)
#define P		PAGE_SIZE

static struct aspace *as;

/* N pages at page AT of BASE. */
static void map(uint64_t at, uint64_t n, int prot, int flags)
{
	uint64_t address = BASE + at * P;

	CHECK(aspace_map(as, address, n * P, prot, flags | MAP_FIXED, NULL,
			 0) == (int64_t)address, at);
}

static uint64_t *word_at(struct aspace *aspace, uint64_t address)
{
	struct page_leaf leaf = paging_lookup(aspace->root, address);
	int code;

	if (!(leaf.flags & PTE_PRESENT)) {
		CHECK(!aspace_fault(aspace, address, 0, &code), address);
		leaf = paging_lookup(aspace->root, address);
	}
	return (uint64_t *)((uint8_t *)frame_address(leaf.start) +
			    address % leaf.size);
}

static uint64_t *word(uint64_t page)
{
	return word_at(as, BASE + page * P);
}

static bool is_there(uint64_t page)
{
	return paging_lookup(as->root, BASE + page * P).flags;
}

static int fault(uint64_t address)
{
	int code;

	return aspace_fault(as, address, ACCESS_WRITE, &code);
}

static void begin(void)
{
	as = aspace_create();
	CHECK(as, 0);
	fake.limits = (struct limits){ LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
				       8ull << 20, LIMIT_NONE };
	fake.policy = (struct policy){ 0 };
	fake.limit = ARENA_FRAMES;
}

static void end(const char *what)
{
	aspace_put(as);
	CHECK(fake.frames == 1, fake.frames);	/* the kernel's root */
	CHECK(!fake.objects, fake.objects);
	passed(what);
}

/* Stacks. */

static void stacks_grow(void)
{
	struct region *region;

	begin();
	map(4000, 4, RW, ANON | MAP_GROWSDOWN);
	map(0, 2, RW, ANON);
	CHECK(!fault(BASE + 3999 * P + 8), 0);
	CHECK(!fault(BASE + 3000 * P), 0);
	region = region_find(as, BASE + 3000 * P);
	CHECK(region->start == BASE + 3000 * P, region->start);
	CHECK(region->end == BASE + 4004 * P, region->end);
	CHECK(as->mapped_bytes == 1006 * P, as->mapped_bytes);
	CHECK(is_there(3000) && is_there(3999) && !is_there(3500), 0);
	CHECK(region_find(as, BASE + 2 * P) == region, 0);
	/* To RLIMIT_STACK, and not onto others. */
	CHECK(fault(BASE + (4004 - 2048) * P - 8) == SIGNAL_SEGV, 0);
	CHECK(!fault(BASE + (4004 - 2048) * P), 0);
	fake.limits.stack = LIMIT_NONE;
	CHECK(fault(BASE + 257 * P) == SIGNAL_SEGV, 0);
	CHECK(!fault(BASE + 258 * P), 0);
	CHECK(fault(BASE + 100 * P) == SIGNAL_SEGV, 0);
	CHECK(region_find(as, BASE + 2 * P)->start == BASE + 258 * P, 0);
	/* What cannot be reached may be close. */
	CHECK(!aspace_protect(as, BASE, 2 * P, PROT_NONE), 0);
	CHECK(!fault(BASE + 2 * P), 0);
	/* The room before it is found, and kept. */
	CHECK(region_gap(as, P, P, 0, BASE + 4000 * P) == BASE - P, 0);
	end("stacks grow to their limit, and keep their distance");
}

static void stacks_do_not_grow_beyond(void)
{
	begin();
	map(1000, 4, RW, ANON | MAP_GROWSDOWN);
	map(2000, 4, RW, ANON);
	CHECK(fault(BASE + 1999 * P) == SIGNAL_SEGV, 0);
	fake.limits.total = 10 * P;
	CHECK(!fault(BASE + 998 * P), 0);
	CHECK(fault(BASE + 997 * P) == SIGNAL_SEGV, 0);
	CHECK(!aspace_unmap(as, BASE, 1024 * P), 0);
	CHECK(fault(BASE + 999 * P) == SIGNAL_SEGV, 0);
	end("nothing else grows, nor beyond the limit of all memory");
}

/* Limits. */

static int64_t map_anywhere(uint64_t n, int prot, int flags)
{
	return aspace_map(as, 0, n * P, prot, flags, NULL, 0);
}

static void all_memory_has_a_limit(void)
{
	begin();
	fake.limits.total = 20 * P;
	map(0, 15, RW, ANON);
	CHECK(map_anywhere(6, PROT_NONE, ANON) == -ENOMEM, 0);
	CHECK(map_anywhere(5, READ, SHARED) > 0, 0);
	map(5, 10, READ, ANON);		/* in place of others */
	map(5, 10, RW, ANON);
	CHECK(aspace_map(as, BASE + 10 * P, 6 * P, RW, ANON | MAP_FIXED, NULL,
			 0) == -ENOMEM, 0);
	CHECK(aspace_remap(as, BASE, 15 * P, 16 * P, MREMAP_MAYMOVE, 0) ==
	      -ENOMEM, 0);
	CHECK(aspace_remap(as, BASE, 15 * P, 15 * P, MREMAP_MAYMOVE |
			   MREMAP_DONTUNMAP, 0) == -ENOMEM, 0);
	CHECK(aspace_remap(as, BASE, 15 * P, 15 * P, MREMAP_MAYMOVE |
			   MREMAP_FIXED, BASE + 100 * P) > 0, 0);
	as->brk_start = as->brk = BASE;
	CHECK(aspace_brk(as, BASE + P) == BASE, 0);
	fake.limits.total = LIMIT_NONE;
	fake.limits.heap = 3 * P;
	CHECK(aspace_brk(as, BASE + 3 * P) == BASE + 3 * P, 0);
	CHECK(aspace_brk(as, BASE + 3 * P + 1) == BASE + 3 * P, 0);
	end("RLIMIT_AS, and RLIMIT_DATA for the heap");
}

static void data_has_a_limit(void)
{
	begin();
	fake.limits.data = 10 * P;
	map(0, 10, RW, ANON);
	CHECK(map_anywhere(1, RW, ANON) == -ENOMEM, 0);
	CHECK(map_anywhere(1, RW, SHARED) > 0, 0);
	CHECK(map_anywhere(1, RW, ANON | MAP_GROWSDOWN) > 0, 0);
	map(20, 5, READ, ANON);
	CHECK(aspace_protect(as, BASE + 20 * P, P, RW) == -ENOMEM, 0);
	CHECK(!aspace_protect(as, BASE, P, READ), 0);
	CHECK(!aspace_protect(as, BASE + 20 * P, P, RW), 0);
	/* What has it already costs nothing. */
	CHECK(!aspace_protect(as, BASE + 20 * P, P, RW | PROT_EXEC), 0);
	end("RLIMIT_DATA counts what is private and writable");
}

/* Locks. */

static void locks_have_a_limit(void)
{
	begin();
	fake.limits.locked = 4 * P;
	map(0, 10, RW, ANON | MAP_NORESERVE);
	CHECK(!aspace_lock(as, BASE, 3 * P, false), 0);
	CHECK(is_there(2) && !is_there(3) && limit_locked(as) == 3 * P, 0);
	CHECK(!aspace_lock(as, BASE, 3 * P, false), 0);
	CHECK(aspace_lock(as, BASE + 2 * P, 3 * P, false) == -ENOMEM, 0);
	CHECK(!aspace_lock(as, BASE + 3 * P, P, true), 0);
	CHECK(!is_there(3) && limit_locked(as) == 4 * P, 0);
	CHECK(map_anywhere(1, RW, ANON | MAP_LOCKED) == -EAGAIN, 0);
	CHECK(aspace_lock_all(as, MCL_CURRENT) == -ENOMEM, 0);
	CHECK(!aspace_lock_all(as, MCL_FUTURE), 0);
	CHECK(map_anywhere(1, RW, ANON) == -EAGAIN, 0);
	CHECK(aspace_remap(as, BASE, P, 3 * P, MREMAP_MAYMOVE, 0) == -EAGAIN,
	      0);
	aspace_unlock_all(as);
	CHECK(!limit_locked(as) && as->region_count == 1, 0);
	CHECK(map_anywhere(1, RW, ANON) > 0, 0);
	fake.limits.locked = 0;
	CHECK(aspace_lock(as, BASE, 0, false) == -EPERM, 0);
	CHECK(aspace_lock_all(as, MCL_FUTURE) == -EPERM, 0);
	CHECK(map_anywhere(1, RW, ANON | MAP_LOCKED) == -EPERM, 0);
	CHECK(!aspace_unlock(as, BASE, 10 * P), 0);
	end("RLIMIT_MEMLOCK");
}

static void what_is_locked_is_there(void)
{
	begin();
	map(0, 4, PROT_NONE, ANON);
	map(10, 2, RW, ANON | MAP_LOCKED | MAP_NORESERVE);
	CHECK(is_there(11), 0);
	CHECK(aspace_lock(as, BASE, 4 * P, false) == -ENOMEM, 0);
	CHECK(!aspace_protect(as, BASE, 4 * P, RW), 0);
	CHECK(aspace_advise(as, BASE, P, MADV_DONTNEED) == -EINVAL, 0);
	CHECK(!aspace_advise(as, BASE, P, MADV_DONTNEED_LOCKED), 0);
	CHECK(!is_there(0) && is_there(1), 0);
	CHECK(!aspace_lock_all(as, MCL_FUTURE), 0);
	map(20, 1000, RW, ANON | MAP_STACK);
	CHECK(is_there(20), 0);
	CHECK(!aspace_lock_all(as, MCL_FUTURE | MCL_ONFAULT), 0);
	map(2000, 1000, RW, ANON | MAP_STACK);
	CHECK(!is_there(2000), 0);
	CHECK(aspace_lock(as, BASE + 3 * P, 2 * P, false) == -ENOMEM, 0);
	end("locking gives what would come on touch");
}

/* Advice. */

static void advice_is_kept_at_fork(void)
{
	struct aspace *child;

	begin();
	map(0, 6, RW, ANON);
	*word(0) = 1;
	*word(2) = 2;
	*word(4) = 4;
	CHECK(!aspace_advise(as, BASE + 2 * P, 2 * P, MADV_WIPEONFORK), 0);
	CHECK(!aspace_advise(as, BASE + 4 * P, P, MADV_DONTFORK), 0);
	CHECK(!aspace_lock(as, BASE, P, false), 0);
	CHECK(as->region_count == 5, as->region_count);
	child = aspace_copy(as);
	CHECK(child->region_count == 3, child->region_count);
	CHECK(!limit_locked(child), 0);
	CHECK(*word_at(child, BASE) == 1, 0);
	CHECK(*word_at(child, BASE + 2 * P) == 0, 0);
	CHECK(region_none(child, BASE + 4 * P, BASE + 5 * P), 0);
	CHECK(!aspace_advise(child, BASE + 2 * P, 2 * P, MADV_KEEPONFORK), 0);
	CHECK(child->region_count == 2, child->region_count);
	aspace_put(child);
	CHECK(*word(2) == 2 && *word(4) == 4, 0);
	CHECK(!aspace_advise(as, BASE, 6 * P, MADV_DOFORK), 0);
	map(10, 2, RW, SHARED);
	CHECK(aspace_advise(as, BASE + 10 * P, P, MADV_WIPEONFORK) == -EINVAL,
	      0);
	end("MADV_WIPEONFORK and MADV_DONTFORK, and locks end");
}

static uint64_t flags_of(struct aspace *aspace, uint64_t page)
{
	return paging_lookup(aspace->root, BASE + page * P).flags;
}

/* Page 1 is of another region than the rest of its 2 MiB. */
static void pages_end_where_a_lock_does(void)
{
	struct aspace *child;

	begin();
	map(0, 1024, RW, ANON);
	*word(0) = *word(1) = 1;
	CHECK(!aspace_lock(as, BASE + P, P, false), 0);
	child = aspace_copy(as);
	CHECK(child && *word_at(child, BASE + P) == 1, 0);
	aspace_put(child);
	CHECK(aspace_advise(as, BASE, 3 * P, MADV_DONTNEED) == -EINVAL, 0);
	CHECK(*word(0) == 0 && *word(1) == 1, 0);
	CHECK(!aspace_protect(as, BASE + P, P, PROT_NONE), 0);
	CHECK(!(flags_of(as, 1) & PTE_PRESENT), 0);
	CHECK(flags_of(as, 2) & PTE_WRITE, 0);
	CHECK(paging_lookup(as->root, BASE + 512 * P).size == LARGE_SIZE, 0);
	end("pages end where a lock does");
}

static void pages_end_where_advice_does(void)
{
	struct aspace *child;

	begin();
	map(0, 1024, RW, ANON);
	*word(0) = *word(512) = 1;
	CHECK(!aspace_advise(as, BASE, P, MADV_DONTFORK), 0);
	CHECK(!aspace_advise(as, BASE + 512 * P, P, MADV_WIPEONFORK), 0);
	child = aspace_copy(as);
	CHECK(child && !flags_of(child, 0) && flags_of(child, 1), 0);
	CHECK(!flags_of(child, 512) && flags_of(child, 513), 0);
	aspace_put(child);
	end("pages end where advice does");
}

static void what_changes_nothing_cuts_nothing(void)
{
	begin();
	map(0, 512, RW, ANON);
	CHECK(!aspace_advise(as, BASE + P, P, MADV_HUGEPAGE), 0);
	CHECK(!aspace_unlock(as, BASE + P, P), 0);
	CHECK(!aspace_lock(as, BASE, 512 * P, false), 0);
	CHECK(!aspace_lock(as, BASE + P, P, false), 0);
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	CHECK(as->region_count == 1, as->region_count);
	end("what changes nothing cuts nothing");
}

static void advice_for_what_it_fits(void)
{
	begin();
	map(0, 4, PROT_NONE, ANON);
	map(4, 4, READ, ANON | MAP_NORESERVE);
	map(10, 4, RW, SHARED);
	CHECK(aspace_advise(as, BASE, P, MADV_POPULATE_READ) == -EINVAL, 0);
	CHECK(!aspace_advise(as, BASE + 4 * P, 2 * P, MADV_POPULATE_READ), 0);
	CHECK(is_there(5) && !is_there(6), 0);
	CHECK(aspace_advise(as, BASE + 4 * P, P, MADV_POPULATE_WRITE) ==
	      -EINVAL, 0);
	CHECK(aspace_advise(as, BASE + 7 * P, 4 * P, MADV_POPULATE_READ) ==
	      -ENOMEM, 0);
	CHECK(aspace_advise(as, BASE + 10 * P, P, MADV_FREE) == -EINVAL, 0);
	CHECK(!aspace_advise(as, BASE, 4 * P, MADV_FREE), 0);
	/* The file has the others still. */
	*word(10) = 10;
	*word(11) = 11;
	CHECK(!aspace_advise(as, BASE + 11 * P, P, MADV_REMOVE), 0);
	CHECK(!is_there(11) && *word(11) == 0 && *word(10) == 10, 0);
	CHECK(aspace_advise(as, BASE, P, MADV_REMOVE) == -EINVAL, 0);
	end("advice is refused where it makes no sense");
}

static void populating_breaks_what_is_shared(void)
{
	struct aspace *child;

	begin();
	map(0, 4, RW, ANON);
	child = aspace_copy(as);
	CHECK(!aspace_advise(as, BASE, P, MADV_POPULATE_READ), 0);
	CHECK(!(paging_lookup(as->root, BASE).flags & PTE_WRITE), 0);
	CHECK(!aspace_advise(as, BASE, P, MADV_POPULATE_WRITE), 0);
	CHECK(paging_lookup(as->root, BASE).flags & PTE_WRITE, 0);
	CHECK(!aspace_lock(as, BASE + P, P, false), 0);
	CHECK(paging_lookup(as->root, BASE + P).flags & PTE_WRITE, 0);
	CHECK(!(paging_lookup(as->root, BASE + 2 * P).flags & PTE_WRITE), 0);
	aspace_put(child);
	end("who asks for memory to write to takes no fault for it later");
}

static void small_pages_become_a_large_one(void)
{
	uint64_t i, frames;
	phys_t used;

	begin();
	map(0, 1024, RW, ANON | MAP_NORESERVE | MAP_STACK);
	CHECK(!aspace_advise(as, BASE, 1024 * P, MADV_NOHUGEPAGE), 0);
	for (i = 1; i < 512; i++)
		*word(i) = i;
	CHECK(paging_lookup(as->root, BASE + P).size == P, 0);
	CHECK(!aspace_advise(as, BASE, 1024 * P, MADV_COLLAPSE), 0);
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	CHECK(paging_lookup(as->root, BASE).flags & PTE_WRITE, 0);
	CHECK(paging_lookup(as->root, BASE + LARGE_SIZE).size == LARGE_SIZE,
	      0);
	for (i = 0; i < 512; i++)
		CHECK(*word(i) == i, i);
	CHECK(as->resident_bytes == 1024 * P, as->resident_bytes);
	/* Without memory for it all stays. */
	CHECK(!populate_split(as, BASE + P), 0);
	frames = fake.frames;
	fake.limit = frames + 100;
	CHECK(aspace_advise(as, BASE, 512 * P, MADV_COLLAPSE) == -ENOMEM, 0);
	CHECK(fake.frames == frames && *word(77) == 77, 0);
	fake.limit = ARENA_FRAMES;
	/* Nor is anything put elsewhere while a device uses it. */
	used = paging_lookup(as->root, BASE + 77 * P).start;
	frame_hold(used, P);
	CHECK(aspace_advise(as, BASE, 512 * P, MADV_COLLAPSE) == -EAGAIN, 0);
	CHECK(fake.frames == frames && word(77) == frame_address(used), 0);
	frame_release(used, P);
	CHECK(!aspace_advise(as, BASE, 512 * P, MADV_COLLAPSE), 0);
	map(2000, 4, RW, ANON);
	CHECK(aspace_advise(as, BASE + 2000 * P, 4 * P, MADV_COLLAPSE) ==
	      -EINVAL, 0);
	end("MADV_COLLAPSE");
}

/* mremap(2). */

static void shared_memory_twice(void)
{
	int64_t second;

	begin();
	map(0, 8, RW, SHARED);
	*word(1) = 1;
	second = aspace_remap(as, BASE + P, 0, 3 * P, MREMAP_MAYMOVE, 0);
	CHECK(second > 0 && *word_at(as, (uint64_t)second) == 1, second);
	*word_at(as, (uint64_t)second + P) = 2;
	CHECK(*word(2) == 2 && as->region_count == 2, as->region_count);
	CHECK(aspace_remap(as, BASE, 0, P, 0, 0) == -ENOMEM, 0);
	CHECK(aspace_remap(as, BASE, 0, 0, MREMAP_MAYMOVE, 0) == -EINVAL, 0);
	map(100, 1, RW, ANON);
	CHECK(aspace_remap(as, BASE + 100 * P, 0, P, MREMAP_MAYMOVE, 0) ==
	      -EINVAL, 0);
	end("an old length of 0 shows shared memory twice");
}

/* As Linux has it: the new place is cleared before anybody looks. */
static void shared_memory_in_its_own_place(void)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;

	begin();
	map(0, 4, RW, SHARED);
	CHECK(aspace_remap(as, BASE + P, 0, P, flags, BASE + P) == -EFAULT, 0);
	CHECK(as->region_count == 2 && as->mapped_bytes == 3 * P, 0);
	/* No other mapping lies above. */
	CHECK(aspace_remap(as, BASE + 3 * P, 0, P, flags, BASE + 3 * P) ==
	      -EFAULT, 0);
	CHECK(as->region_count == 2 && as->mapped_bytes == 2 * P, 0);
	end("what is shared is not shown again in its own place");
}

static void pages_without_the_mapping(void)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	int64_t to;

	begin();
	map(0, 8, RW, ANON);
	*word(3) = 3;
	CHECK(aspace_remap(as, BASE, P, P, MREMAP_DONTUNMAP, 0) == -EINVAL, 0);
	CHECK(aspace_remap(as, BASE, P, 2 * P, flags, 0) == -EINVAL, 0);
	CHECK(!aspace_lock(as, BASE + 2 * P, 4 * P, false), 0);
	to = aspace_remap(as, BASE + 2 * P, 4 * P, 4 * P, flags, 0);
	CHECK(to > 0 && *word_at(as, (uint64_t)to + P) == 3, to);
	CHECK(!is_there(3) && is_there(1) && is_there(6), 0);
	CHECK(*word(3) == 0 && as->region_count == 2, as->region_count);
	CHECK(limit_locked(as) == 4 * P, 0);
	to = aspace_remap(as, (uint64_t)to, 4 * P, 4 * P,
			  flags | MREMAP_FIXED, BASE + 100 * P);
	CHECK(to == (int64_t)(BASE + 100 * P) && *word(101) == 3, to);
	/* What is shared is in both places. */
	map(200, 2, RW, SHARED);
	*word(200) = 200;
	to = aspace_remap(as, BASE + 200 * P, 2 * P, 2 * P, flags, 0);
	CHECK(*word_at(as, (uint64_t)to) == 200 && *word(200) == 200, to);
	end("MREMAP_DONTUNMAP leaves the mapping without its pages");
}

static void cutting_reaches_over_several(void)
{
	begin();
	map(0, 2, RW, ANON);
	map(2, 2, READ, ANON);
	map(6, 2, RW, ANON);
	CHECK(aspace_remap(as, BASE, 8 * P, P, 0, 0) == BASE, 0);
	CHECK(as->region_count == 1 && as->mapped_bytes == P, 0);
	CHECK(aspace_remap(as, BASE, 2 * P, 3 * P, MREMAP_MAYMOVE, 0) ==
	      -EFAULT, 0);
	end("mremap cuts off more than one mapping, but moves one alone");
}

/* Nodes. */

static unsigned node_of_page(uint64_t page)
{
	int node = aspace_page_node(as, BASE + page * P);

	CHECK(node >= 0, page);
	return (unsigned)node;
}

static void bind(uint64_t at, uint64_t n, int mode, uint64_t nodes, int result)
{
	struct policy policy;

	CHECK(!policy_make(&policy, mode, nodes), mode);
	CHECK(aspace_bind(as, BASE + at * P, BASE + (at + n) * P, &policy) ==
	      result, at);
}

static void memory_comes_from_where_the_task_says(void)
{
	uint64_t i, count[NODES] = { 0 };

	begin();
	map(0, 512, RW, ANON);
	CHECK(node_of_page(0) == 0, 0);
	CHECK(!policy_make(&fake.policy, MPOL_BIND, 2), 0);
	map(512, 512, RW, ANON);
	CHECK(node_of_page(512) == 1, 0);
	CHECK(!policy_make(&fake.policy, MPOL_INTERLEAVE, 3), 0);
	map(1025, 8, RW, ANON);
	for (i = 1025; i < 1033; i++)
		count[node_of_page(i)]++;
	CHECK(count[0] == 4 && count[1] == 4, count[0]);
	/* The nearest of several. */
	CHECK(!policy_make(&fake.policy, MPOL_PREFERRED_MANY, 3), 0);
	map(1100, 4, RW, ANON);
	CHECK(node_of_page(1100) == 0, 0);
	end("set_mempolicy(2) says where memory comes from");
}

static void bound_memory_is_nowhere_else(void)
{
	begin();
	CHECK(!policy_make(&fake.policy, MPOL_BIND, 2), 0);
	fake.full = 1;
	CHECK(map_anywhere(4, RW, ANON) == -ENOMEM, 0);
	CHECK(!policy_make(&fake.policy, MPOL_PREFERRED, 2), 0);
	map(0, 4, RW, ANON);
	CHECK(node_of_page(0) == 0, 0);
	fake.full = -1;
	end("MPOL_BIND fails where MPOL_PREFERRED takes another node");
}

static void binding_moves_what_is_there(void)
{
	struct aspace *child;
	uint64_t i;

	begin();
	map(0, 2048, RW, ANON);
	for (i = 0; i < 2048; i++)
		*word(i) = i + 1;
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	bind(100, 1000, MPOL_BIND, 2, 0);
	CHECK(as->region_count == 3, as->region_count);
	CHECK((child = aspace_copy(as)), 0);
	aspace_put(child);
	for (i = 0; i < 2048; i++) {
		CHECK(*word(i) == i + 1, i);
		CHECK(node_of_page(i) == (i >= 100 && i < 1100), i);
	}
	/* What lies wholly inside stays large. */
	CHECK(paging_lookup(as->root, BASE + 512 * P).size == LARGE_SIZE, 0);
	bind(0, 2048, MPOL_INTERLEAVE, 3, 0);
	CHECK(as->region_count == 1, as->region_count);
	CHECK(node_of_page(1024) != node_of_page(1536), 0);
	for (i = 0; i < 2048; i++)
		CHECK(*word(i) == i + 1, i);
	bind(0, 2048, MPOL_DEFAULT, 0, 0);
	CHECK(as->resident_bytes == 2048 * P, as->resident_bytes);
	end("mbind(2) moves what is there, in large pages");
}

static void what_cannot_be_moved(void)
{
	struct aspace *child;
	uint64_t frames;
	phys_t used;

	begin();
	map(0, 600, RW, ANON);
	child = aspace_copy(as);
	bind(512, 4, MPOL_BIND, 2, -EIO);
	CHECK(aspace_move_page(as, BASE + 5 * P, 1) == -EACCES, 0);
	aspace_put(child);
	frames = fake.frames;
	fake.full = 1;
	bind(0, 600, MPOL_BIND, 2, -EIO);
	CHECK(fake.frames == frames, fake.frames);	/* nothing was split */
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	CHECK(aspace_move_page(as, BASE, 1) == -ENOMEM, 0);
	fake.full = -1;
	/* One page of a large one, and not while a device uses it. */
	*word(7) = 7;
	used = paging_lookup(as->root, BASE + 7 * P).start + 7 * P;
	frame_hold(used, P);
	CHECK(aspace_move_page(as, BASE + 7 * P + 5, 1) == -EACCES, 0);
	frame_release(used, P);
	CHECK(aspace_move_page(as, BASE + 7 * P + 5, 1) == 1, 0);
	CHECK(*word(7) == 7 && node_of_page(7) == 1 && node_of_page(6) == 0,
	      0);
	CHECK(aspace_move_page(as, BASE + 600 * P, 1) == -EFAULT, 0);
	map(700, 1, PROT_NONE, ANON);
	CHECK(aspace_move_page(as, BASE + 700 * P, 1) == -ENOENT, 0);
	CHECK(aspace_page_node(as, BASE + 700 * P) == -ENOENT, 0);
	bind(700, 1, MPOL_BIND, 2, 0);
	CHECK(!aspace_protect(as, BASE + 700 * P, P, RW), 0);
	CHECK(node_of_page(700) == 1, 0);
	end("what others have, or no memory is for, stays where it is");
}

static void policies_that_cannot_be(void)
{
	static const struct {
		int mode;
		uint64_t nodes;
		int result;
	} cases[] = {
		{ MPOL_DEFAULT, 1, -EINVAL },
		{ MPOL_DEFAULT | MPOL_F_STATIC_NODES, 0, 0 },
		{ MPOL_LOCAL, 1, -EINVAL },
		{ MPOL_LOCAL | MPOL_F_STATIC_NODES, 0, -EINVAL },
		{ MPOL_PREFERRED, 0, 0 },
		{ MPOL_PREFERRED | MPOL_F_RELATIVE_NODES, 0, -EINVAL },
		{ MPOL_BIND, 0, -EINVAL },
		{ MPOL_BIND, 4, -EINVAL },		/* no such node */
		{ MPOL_BIND, 5, 0 },
		{ MPOL_BIND | MPOL_F_NUMA_BALANCING, 1, 0 },
		{ MPOL_INTERLEAVE | MPOL_F_NUMA_BALANCING, 1, -EINVAL },
		{ MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, 1,
		  -EINVAL },
		{ MPOL_MAX, 1, -EINVAL }, { -1, 1, -EINVAL },
	};
	struct policy policy;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(policy_make(&policy, cases[i].mode, cases[i].nodes) ==
		      cases[i].result, i);
	CHECK(!policy_make(&policy, MPOL_INTERLEAVE | MPOL_F_RELATIVE_NODES,
			   1 << 5), 0);
	CHECK(policy_nodes(&policy) == 2, policy_nodes(&policy));
	passed("policies that cannot be are refused as Linux does");
}

/* What is reached. */

/* As many bytes of N from ADDRESS on as one piece of one region has. */
static uint64_t in_one_piece(uint64_t address, uint64_t n)
{
	const struct region *region = region_find(as, address);
	struct page_leaf first = paging_lookup(as->root, address);
	uint64_t flags = first.flags & ~(PTE_ACCESSED | PTE_DIRTY), size = 0;

	while (size < n && address + size < region->end) {
		struct page_leaf leaf = paging_lookup(as->root,
						      address + size);

		if ((leaf.flags & ~(PTE_ACCESSED | PTE_DIRTY)) != flags ||
		    leaf.size != first.size ||
		    leaf.start + (address + size) % leaf.size !=
		    first.start + address % first.size + size)
			break;
		size = MIN(size + leaf.size - (address + size) % leaf.size, n);
	}
	return MIN(size, region->end - address);
}

static uint64_t reached(uint64_t address, uint64_t n, int access)
{
	uint8_t *memory = aspace_reach(as, address, access, &n);
	struct page_leaf leaf = paging_lookup(as->root, address);

	if (!memory)
		return 0;
	CHECK(memory == (uint8_t *)frame_address(leaf.start) +
	      address % leaf.size, address);
	return n;
}

static void check_reach(uint64_t page, uint64_t n, uint64_t pages)
{
	uint64_t got = reached(BASE + page * P, n, PROT_WRITE);

	CHECK(got == in_one_piece(BASE + page * P, n), got);
	CHECK(got == MIN(n, pages * P), got);
}

static void a_piece_is_reached_whole(void)
{
	uint64_t at = BASE + 105 * P;
	struct page_leaf leaf;

	begin();
	map(100, 500, RW, ANON | MAP_POPULATE);		/* no large page */
	check_reach(100, 100, 1);
	check_reach(101, 8 * P, 8);
	CHECK(reached(BASE + 101 * P + 100, 3 * P, PROT_READ) == 3 * P, 0);
	/* What the CPU notes does not matter. */
	leaf = paging_lookup(as->root, at);
	paging_protect(as->root, at, leaf.flags & ~(PTE_ACCESSED | PTE_DIRTY));
	check_reach(101, 8 * P, 8);
	check_reach(105, 3 * P, 3);
	/* A hole, which gets a frame when it is reached itself. */
	CHECK(!aspace_advise(as, at, P, MADV_DONTNEED), 0);
	check_reach(101, 8 * P, 4);
	CHECK(!is_there(105), 0);
	CHECK(reached(at, P, PROT_WRITE) == P && is_there(105), 0);
	/* Not into what has other rights, nor into another mapping. */
	CHECK(!aspace_protect(as, BASE + 120 * P, P, PROT_READ), 0);
	check_reach(110, 20 * P, 10);
	CHECK(!reached(BASE + 120 * P, P, PROT_WRITE), 0);
	CHECK(reached(BASE + 120 * P, P, PROT_READ) == P, 0);
	CHECK(!aspace_advise(as, BASE + 140 * P, P, MADV_DONTFORK), 0);
	check_reach(130, 20 * P, 10);
	/* Nor beyond its page table, or its end. */
	CHECK(reached(BASE + 500 * P, 20 * P, PROT_WRITE) == 12 * P, 0);
	check_reach(590, 20 * P, 10);
	end("a piece of memory is reached as a whole");
}

/* After a fork each page is one's own only when it has been copied. */
static void what_is_shared_is_reached_page_by_page(void)
{
	struct aspace *other;

	begin();
	map(100, 1, RW, ANON | MAP_POPULATE);	/* the page table is there */
	map(0, 8, RW, ANON | MAP_POPULATE);
	other = aspace_copy(as);
	CHECK(other, 0);
	CHECK(reached(BASE, 8 * P, PROT_READ) == 8 * P, 0);
	CHECK(reached(BASE + 2 * P, 8 * P, PROT_WRITE) == P, 0);
	CHECK(!(paging_lookup(as->root, BASE + 2 * P).flags & PTE_SHARED), 0);
	CHECK(paging_lookup(as->root, BASE + 3 * P).flags & PTE_SHARED, 0);
	CHECK(reached(BASE, 8 * P, PROT_READ) == 2 * P, 0);
	aspace_put(other);
	end("what is shared is reached as its own, page by page");
}

static void large_pages_are_reached_together(void)
{
	uint64_t pages = LARGE_SIZE / P;

	begin();
	map(0, 2 * pages, RW, ANON | MAP_POPULATE);
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	check_reach(3, 4 * LARGE_SIZE,
		    in_one_piece(BASE + 3 * P, 4 * LARGE_SIZE) / P);
	check_reach(3, 5 * P, 5);
	end("large pages are reached together");
}

int main(void)
{
	printf("1..25\n");
	fake_init();
	stacks_grow();
	stacks_do_not_grow_beyond();
	all_memory_has_a_limit();
	data_has_a_limit();
	locks_have_a_limit();
	what_is_locked_is_there();
	advice_is_kept_at_fork();
	pages_end_where_a_lock_does();
	pages_end_where_advice_does();
	what_changes_nothing_cuts_nothing();
	advice_for_what_it_fits();
	populating_breaks_what_is_shared();
	small_pages_become_a_large_one();
	shared_memory_twice();
	shared_memory_in_its_own_place();
	pages_without_the_mapping();
	cutting_reaches_over_several();
	memory_comes_from_where_the_task_says();
	bound_memory_is_nowhere_else();
	binding_moves_what_is_there();
	what_cannot_be_moved();
	policies_that_cannot_be();
	a_piece_is_reached_whole();
	what_is_shared_is_reached_page_by_page();
	large_pages_are_reached_together();
	return 0;
}
