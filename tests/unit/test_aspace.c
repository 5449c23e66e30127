/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces (cokernel/mm/aspace.c and companions), call by call: sizes of
 * pages, lack of memory, brk(2), stacks, files, moves, errors, whose frames are
 * taken, MAP_NORESERVE, and the number of regions.  Random calls are those of
 * test_aspace_random.c.
 */
#include "aspace_model.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

static void test_huge(void)
{
	uint64_t at = (uint64_t)aspace_map(as, 0, HUGE_SIZE + 5 * LARGE_SIZE +
					   PAGE_SIZE, RW, ANON, NULL, 0);

	CHECK(at % HUGE_SIZE == 0, at);
	CHECK(paging_lookup(as->root, at).size == HUGE_SIZE, at);
	CHECK(paging_lookup(as->root, at + HUGE_SIZE).size == LARGE_SIZE, at);
	CHECK(paging_lookup(as->root, at + HUGE_SIZE + 5 * LARGE_SIZE).size ==
	      PAGE_SIZE, at);
	CHECK(!aspace_protect(as, at + PAGE_SIZE, PAGE_SIZE, PROT_READ), at);
	CHECK(paging_lookup(as->root, at).size == PAGE_SIZE, at);
	CHECK(paging_lookup(as->root, at + LARGE_SIZE).size == LARGE_SIZE, at);
	CHECK(!aspace_unmap(as, at, 2 * HUGE_SIZE), at);
}

static void test_exhaustion(void)
{
	uint64_t allocations;

	fake.limit = fake.frames + 1000;
	allocations = fake.allocations;
	CHECK(aspace_map(as, 0, 1001 * PAGE_SIZE, RW, ANON, NULL, 0) ==
	      -ENOMEM, 0);
	CHECK(fake.allocations - allocations <= 1, fake.allocations);
	CHECK(aspace_map(as, WINDOW_LOW, 1ull << 40, PROT_NONE, ANON, NULL, 0)
	      == WINDOW_LOW, 0);
	allocations = fake.allocations;
	CHECK(aspace_protect(as, WINDOW_LOW, 1ull << 39, RW) == -ENOMEM, 0);
	CHECK(fake.allocations == allocations, fake.allocations);
	CHECK(!aspace_protect(as, WINDOW_LOW, 1000 * PAGE_SIZE, RW), 0);
	CHECK(aspace_map(as, WINDOW_LOW, 1000 * PAGE_SIZE, RW,
			 ANON | MAP_FIXED, NULL, 0) == WINDOW_LOW, 0);
	CHECK(!aspace_unmap(as, WINDOW_LOW, 1ull << 40), 0);
	fake.limit = ARENA_FRAMES;
}

static void test_brk(void)
{
	uint64_t base = 0x40000000;

	as->brk_start = as->brk = base;
	CHECK(aspace_brk(as, 0) == base, 0);
	CHECK(aspace_brk(as, base + 100) == base + 100, 0);
	CHECK(aspace_brk(as, base + 10 * LARGE_SIZE) == base + 10 * LARGE_SIZE,
	      0);
	CHECK(as->region_count == 1, as->region_count);
	CHECK(as->resident_bytes == 10 * LARGE_SIZE, as->resident_bytes);
	CHECK(aspace_brk(as, base - 1) == base + 10 * LARGE_SIZE, 0);
	CHECK(aspace_brk(as, base + 1) == base + 1, 0);
	CHECK(as->resident_bytes == PAGE_SIZE, as->resident_bytes);
	CHECK(aspace_map(as, base + LARGE_SIZE, PAGE_SIZE, RW, ANON, NULL, 0) ==
	      (int64_t)(base + LARGE_SIZE), 0);
	CHECK(aspace_brk(as, base + 2 * LARGE_SIZE) == base + 1, 0);
	CHECK(aspace_brk(as, base) == base, 0);
	CHECK(!aspace_unmap(as, base, HUGE_SIZE), 0);
}

static void test_stack(void)
{
	uint64_t top = USER_TOP, size = 8ull << 20;
	uint64_t at = REGION_CEILING - PAGE_SIZE;
	int code;

	CHECK(aspace_map(as, top - size, size, RW, ANON | MAP_STACK |
			 MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, NULL, 0) ==
	      (int64_t)(top - size), 0);
	CHECK(as->resident_bytes == POPULATE_STACK, as->resident_bytes);
	CHECK(!touch(top - size, ACCESS_WRITE, 1), 0);
	CHECK(aspace_fault(as, top - size - 8, ACCESS_WRITE, &code) ==
	      SIGNAL_SEGV && code == 1, code);
	CHECK(aspace_fault(as, top - 8, ACCESS_FETCH, &code) ==
	      SIGNAL_SEGV && code == 2, code);
	CHECK(!aspace_unmap(as, top - size, size), 0);
	CHECK(aspace_map(as, at, PAGE_SIZE, RW, ANON | MAP_GROWSDOWN |
			 MAP_FIXED, NULL, 0) == (int64_t)at, 0);
	CHECK(aspace_map(as, 0, PAGE_SIZE, RW, ANON, NULL, 0) ==
	      (int64_t)(at - REGION_STACK_GAP - PAGE_SIZE), 0);
	CHECK(!aspace_unmap(as, WINDOW_HIGH, at + PAGE_SIZE - WINDOW_HIGH), 0);
}

static void test_file(void)
{
	uint64_t at = (uint64_t)aspace_map(as, 0, 200 * PAGE_SIZE, PROT_READ,
					   MAP_PRIVATE, &fake_file, 0);
	struct page_leaf leaf = paging_lookup(as->root, at + 100 * PAGE_SIZE);
	uint8_t *last = frame_address(leaf.start);
	char text[100];
	int code, i;

	CHECK(as->resident_bytes == 101 * PAGE_SIZE, as->resident_bytes);
	for (i = 1000; i < (int)PAGE_SIZE; i++)
		CHECK(!last[i], i);
	CHECK(last[999] == 0x77, last[999]);
	CHECK(aspace_fault(as, at + 101 * PAGE_SIZE, 0, &code) == SIGNAL_BUS &&
	      code == 2, code);
	CHECK(!aspace_write(as, at + PAGE_SIZE - 2, "abcd", 4), 0);
	CHECK(aspace_read(as, at + PAGE_SIZE - 2, text, 4) == 4 &&
	      !memcmp(text, "abcd", 4), at);
	/* Up to what is not there, and without giving it. */
	CHECK(aspace_read(as, at + 101 * PAGE_SIZE - 5, text, 100) == 5, at);
	CHECK(aspace_read(as, at + 101 * PAGE_SIZE, text, 100) == 0, at);
	CHECK(aspace_read(as, ~0ull - 1, text, 100) == 0, at);
	CHECK(as->resident_bytes == 101 * PAGE_SIZE, as->resident_bytes);
	CHECK(!aspace_unmap(as, at, 200 * PAGE_SIZE), 0);
	CHECK(aspace_map(as, 0, 1, RW, MAP_SHARED, &fake_file, 0) == -EACCES,
	      0);
}

/* Unaligned to each other, so that large pages are split, at every failure. */
static void move(int prot)
{
	uint64_t from = WINDOW_LOW, to = WINDOW_HIGH + PAGE_SIZE;
	uint64_t length = 2 * LARGE_SIZE + 3 * PAGE_SIZE, i, token;
	int64_t result;
	long after;

	CHECK(aspace_map(as, from, length, RW, ANON | MAP_FIXED, NULL, 0) > 0,
	      0);
	for (i = 0; i < length; i += PAGE_SIZE)
		CHECK(!touch(from + i, ACCESS_WRITE, i + 1), i);
	CHECK(!aspace_protect(as, from, length, prot), 0);
	for (after = 0;; after += after < 20 ? 1 : 37) {
		fake.fail_after = after;
		result = aspace_remap(as, from, length, length + LARGE_SIZE,
				      MREMAP_MAYMOVE | MREMAP_FIXED, to);
		fake.fail_after = -1;
		if (result > 0)
			break;
		CHECK(result == -ENOMEM, result);
		CHECK(as->region_count == 1, as->region_count);
		CHECK(populate_resident(as, from, from + length) == length, 0);
		CHECK(as->resident_bytes == length, as->resident_bytes);
		verify_frames();
	}
	for (i = 0; i < length; i += PAGE_SIZE) {
		struct page_leaf leaf = paging_lookup(as->root, to + i);

		memcpy(&token, (uint8_t *)frame_address(leaf.start) +
		       (to + i) % leaf.size, sizeof(token));
		CHECK(token == i + 1, i);
		CHECK(leaf.flags == leaf_flags(prot), i);
	}
	CHECK(after > (prot ? 500 : 2) && (uint64_t)result == to, after);
	CHECK(!aspace_unmap(as, to, length + LARGE_SIZE), 0);
}

static void test_move(void)
{
	move(PROT_NONE);
	move(RW);
}

static void test_errors(void)
{
	static const struct {
		int64_t result;
		uint64_t address, length;
		int prot, flags;
		uint64_t offset;
	} cases[] = {
		{ -EINVAL, 0, 0, RW, ANON, 0 },
		{ -EINVAL, 0, 1, RW, MAP_ANONYMOUS, 0 },
		{ -EINVAL, 0, 1, RW, ANON, 7 },
		{ -EINVAL, WINDOW_LOW + 1, 1, RW, ANON | MAP_FIXED, 0 },
		{ -EINVAL, 0, 1, RW, ANON | MAP_HUGETLB | 16 << MAP_HUGE_SHIFT,
		  0 },
		{ -EPERM, 0, 1, RW, ANON | MAP_FIXED, 0 },
		{ -ENOMEM, 0, 1ull << 47, 0, ANON, 0 },
		{ -ENOMEM, 0, ~0ull, 0, ANON, 0 },
		{ -ENOMEM, USER_TOP, 1, RW, ANON | MAP_FIXED, 0 },
		{ -ENOMEM, -PAGE_SIZE, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED, 0 },
		{ -EBADF, 0, 1, RW, MAP_PRIVATE, 0 },
		{ -EINVAL, 0, 1, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(aspace_map(as, cases[i].address, cases[i].length,
				 cases[i].prot, cases[i].flags, NULL,
				 cases[i].offset) == cases[i].result, i);
	CHECK(aspace_map(as, 0, 1, PROT_READ, MAP_PRIVATE, &fake_file,
			 1ull << 63) == -EOVERFLOW, 0);
	CHECK(aspace_unmap(as, 1, 1) == -EINVAL, 0);
	CHECK(aspace_unmap(as, 0, 0) == -EINVAL, 0);
	CHECK(aspace_unmap(as, PAGE_SIZE, ~0ull) == -EINVAL, 0);
	CHECK(aspace_protect(as, 1, 1, RW) == -EINVAL, 0);
	CHECK(aspace_protect(as, 0, 0, RW) == 0, 0);
	CHECK(aspace_protect(as, WINDOW_LOW, ~0ull, RW) == -ENOMEM, 0);
	CHECK(aspace_remap(as, 0, 1, ~0ull, MREMAP_MAYMOVE, 0) == -EINVAL, 0);
	CHECK(aspace_advise(as, 0, ~0ull, MADV_DONTNEED) == -EINVAL, 0);
	CHECK(aspace_advise(as, 1, 1, MADV_DONTNEED) == -EINVAL, 0);
	CHECK(aspace_advise(as, 0, 0, 7) == -EINVAL, 0);
	CHECK(aspace_advise(as, USER_TOP, 1, MADV_NORMAL) == -ENOMEM, 0);
	CHECK(aspace_write(as, ~0ull - 1, "abc", 3) == -EFAULT, 0);
	CHECK(!as->region_count && !as->resident_bytes, 0);
}

static void test_kernel(void)
{
	const uint64_t kernel = 0xffff800000000000, at = kernel + PAGE_SIZE;
	phys_t frame = frame_alloc(FRAME_ORDER_LARGE);

	CHECK(!paging_map(as->root, kernel, frame, LARGE_SIZE, PTE_WRITE), 0);
	CHECK(aspace_advise(as, at, PAGE_SIZE, MADV_DONTNEED) == -ENOMEM, 0);
	CHECK(!aspace_advise(as, at, 0, MADV_DONTNEED), 0);
	CHECK(aspace_protect(as, at, PAGE_SIZE, RW) == -ENOMEM, 0);
	CHECK(aspace_unmap(as, at, PAGE_SIZE) == -EINVAL, 0);
	CHECK(aspace_remap(as, at, PAGE_SIZE, 1, 0, 0) == -EFAULT, 0);
	CHECK(paging_unmap(as->root, kernel).size == LARGE_SIZE, 0);
	frame_free(frame, FRAME_ORDER_LARGE);
}

static void test_reserve(void)
{
	uint64_t at = (uint64_t)aspace_map(as, 0, 1ull << 40, RW,
					   ANON | MAP_NORESERVE, NULL, 0);
	struct page_leaf leaf;

	CHECK(!as->resident_bytes, as->resident_bytes);
	CHECK(!aspace_write(as, at + 5 * HUGE_SIZE, "abc", 4), at);
	leaf = paging_lookup(as->root, at + 5 * HUGE_SIZE);
	CHECK(leaf.size == LARGE_SIZE, leaf.size);
	CHECK(!strcmp(frame_address(leaf.start), "abc"), at);
	CHECK(aspace_populate(as, at, 1ull << 40, 0) == -ENOMEM, at);
	CHECK(!aspace_lock_all(as, MCL_CURRENT), at);
	CHECK(as->resident_bytes == LARGE_SIZE, as->resident_bytes);
	CHECK(aspace_advise(as, at, 1ull << 40, MADV_DONTNEED) == -EINVAL, at);
	aspace_unlock_all(as);
	CHECK(!aspace_advise(as, at, 1ull << 40, MADV_DONTNEED), at);
	CHECK(!as->resident_bytes, as->resident_bytes);
	CHECK(!aspace_unmap(as, at, 1ull << 40), at);
}

static void test_limit(void)
{
	struct region *first;
	uint64_t i;

	for (i = 0; i < REGION_LIMIT; i++)
		CHECK(aspace_map(as, WINDOW_LOW + 3 * i * PAGE_SIZE,
				 2 * PAGE_SIZE, PROT_NONE, ANON | MAP_FIXED,
				 NULL, 0) > 0, i);
	first = region_find(as, 0);
	verify_tree(as->tree, &first);
	CHECK(as->tree->level <= 17, as->tree->level);
	/* The room between them is found, and only that. */
	CHECK(region_gap(as, PAGE_SIZE, PAGE_SIZE, 0, WINDOW_LOW + 3 * i *
			 PAGE_SIZE) == WINDOW_LOW + (3 * i - 1) * PAGE_SIZE, i);
	CHECK(region_gap(as, 2 * PAGE_SIZE, PAGE_SIZE, 0, WINDOW_LOW + 3 * i *
			 PAGE_SIZE) == WINDOW_LOW - 2 * PAGE_SIZE, i);
	CHECK(aspace_map(as, 0, PAGE_SIZE, RW, ANON, NULL, 0) == -ENOMEM, 0);
	CHECK(aspace_protect(as, WINDOW_LOW, PAGE_SIZE, RW) == -ENOMEM, 0);
	CHECK(!as->resident_bytes, as->resident_bytes);
	CHECK(!aspace_unmap(as, WINDOW_LOW, 1ull << 40), 0);
}

/* The control task's frames come from where the kernel's do. */
static void test_owner(void)
{
	uint64_t before = fake.for_programs;

	for (int kernel = 0; kernel < 2; kernel++) {
		as->of_kernel = kernel;
		CHECK(aspace_map(as, WINDOW_LOW, PAGE_SIZE, RW,
				 ANON | MAP_FIXED, NULL, 0) > 0, kernel);
		CHECK(!aspace_unmap(as, WINDOW_LOW, PAGE_SIZE), kernel);
		CHECK(fake.for_programs == before + 1, kernel);
	}
	as->of_kernel = false;
}

static const struct {
	const char *name;
	void (*run)(void);
} all_tests[] = {
	{ "1 GiB pages are used, split where needed and given back",
	  test_huge },
	{ "too much fails fast; what is replaced counts as free",
	  test_exhaustion },
	{ "brk grows, shrinks and does not run into mappings",
	  test_brk },
	{ "stacks come on touch but for their top, and end",
	  test_stack },
	{ "a file's pages are copied, its last is filled up, then SIGBUS",
	  test_file },
	{ "a move that fails at any point has changed nothing",
	  test_move },
	{ "what is wrong is refused as Linux does",
	  test_errors },
	{ "the kernel's pages are out of reach",
	  test_kernel },
	{ "programs' frames are not the kernel's",
	  test_owner },
	{ "MAP_NORESERVE comes on touch",
	  test_reserve },
	{ "no more than 65530 regions",
	  test_limit },
};

int main(void)
{
	printf("1..%zu\n", ARRAY_SIZE(all_tests));
	fake_init();
	for (size_t i = 0; i < ARRAY_SIZE(all_tests); i++) {
		begin();
		all_tests[i].run();
		end(all_tests[i].name);
	}
	free(fake.leaves);
	return 0;
}
