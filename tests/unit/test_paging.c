/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's page tables (cokernel/mm/paging.c) against a model that has a
 * leaf for each page of two windows, which lie across the ends of large tables.
 * Random calls, some of them running out of memory; after each of them a walk over
 * some part must find the leaves that the model has, and no other.
 *
 *	test_paging [SEED [STEPS]]
 *
 * Built on the host by tests/unit/paging.sh.
 */
#include "fake_memory.h"

#define WINDOW_PAGES	(6 * 512)
#define WINDOWS		2
#define FLAGS		(PTE_PRESENT | PTE_USER)
#define PIECE		3		/* pages of one size, one after the other */

static const uint64_t windows[WINDOWS] = {
	0x40000000ull - 2 * LARGE_SIZE,		/* ...1 GiB... */
	0x8000000000ull - 2 * LARGE_SIZE,	/* ...512 GiB... */
};

struct model {
	uint64_t virt;		/* where the leaf begins */
	struct page_leaf leaf;	/* flags == 0: there is none */
};

static struct model model[WINDOWS][WINDOW_PAGES];
static phys_t root;
static uint64_t next_phys;

static struct model *model_at(uint64_t virt)
{
	for (int i = 0; i < WINDOWS; i++)
		if (virt - windows[i] < WINDOW_PAGES * PAGE_SIZE)
			return &model[i][(virt - windows[i]) / PAGE_SIZE];
	return NULL;
}

static uint64_t any_page(void)
{
	return windows[random_below(WINDOWS)] +
		random_below(WINDOW_PAGES) * PAGE_SIZE;
}

static bool is_free(uint64_t virt, uint64_t size)
{
	for (uint64_t at = virt; at < virt + size; at += PAGE_SIZE)
		if (!model_at(at) || model_at(at)->leaf.flags)
			return false;
	return true;
}

static void model_set(uint64_t virt, const struct page_leaf *leaf)
{
	for (uint64_t at = virt; at < virt + leaf->size; at += PAGE_SIZE)
		*model_at(at) = (struct model){ virt, *leaf };
}

static void check_leaf(const struct page_leaf *leaf, uint64_t virt)
{
	const struct model *want = model_at(virt);

	CHECK(leaf->flags == want->leaf.flags, virt);
	CHECK(!leaf->flags || (leaf->start == want->leaf.start &&
			       leaf->size == want->leaf.size), virt);
}

/* All leaves of [START, END), and then no more. */
static void check_walk(uint64_t start, uint64_t end)
{
	struct page_walk walk = paging_walk(root, start, end);

	for (int i = 0; i < WINDOWS; i++)
		for (int page = 0; page < WINDOW_PAGES;) {
			const struct model *want = &model[i][page];
			uint64_t virt = windows[i] + page++ * PAGE_SIZE;

			if (virt < start || virt >= end || !want->leaf.flags ||
			    (virt != want->virt && virt != start))
				continue;
			CHECK(paging_step(&walk), virt);
			CHECK(walk.virt == virt, walk.virt);
			check_leaf(&walk.leaf, virt);
		}
	CHECK(!paging_step(&walk), walk.virt);
	CHECK(!paging_step(&walk), walk.virt);
}

/* By one call for each page, or by all in turn. */
static void map_some(struct page_fill *fill)
{
	uint64_t size = one_in(4) ? LARGE_SIZE : PAGE_SIZE;
	uint64_t virt = ALIGN_DOWN(any_page(), size);
	uint64_t flags = FLAGS | (one_in(2) ? PTE_WRITE : 0);

	if (fill && one_in(8))
		flags = PTE_NOACCESS | PTE_USER;
	for (uint64_t n = 1 + random_below(PIECE); n > 0; n--) {
		struct page_leaf leaf = {
			.start = next_phys, .size = size, .flags = flags,
		};
		bool may_fail = fake.fail_after >= 0;
		int error = fill ?
			paging_fill(fill, virt, leaf.start, size, flags) :
			paging_map(root, virt, leaf.start, size, flags);

		if (!error) {
			CHECK(is_free(virt, size), virt);
			model_set(virt, &leaf);
		} else {
			CHECK((error == -EEXIST && !is_free(virt, size)) ||
			      (error == -ENOMEM && may_fail), virt);
		}
		next_phys += LARGE_SIZE;
		virt += size;
		if (!model_at(virt))
			break;
	}
}

static void unmap_some(void)
{
	uint64_t start = any_page(), end = start + random_below(LARGE_SIZE);
	struct page_walk walk = paging_walk(root, start, end);

	while (paging_step(&walk)) {
		struct model gone = *model_at(walk.virt);

		check_leaf(&walk.leaf, walk.virt);
		paging_walk_unmap(&walk);
		gone.leaf.flags = 0;
		model_set(gone.virt, &gone.leaf);
	}
}

static void fill_some(void)
{
	struct page_fill fill = { .root = root };

	for (uint64_t n = random_below(20); n > 0; n--) {
		map_some(&fill);
		if (one_in(8))
			unmap_some();
	}
}

static void protect_some(void)
{
	uint64_t start = any_page(), end = start + random_below(LARGE_SIZE);
	struct page_walk walk = paging_walk(root, start, end);

	while (paging_step(&walk)) {
		struct model *page = model_at(walk.virt), changed = *page;

		changed.leaf.flags = one_in(4) ? PTE_NOACCESS | PTE_USER :
			changed.leaf.flags ^ PTE_NX;
		paging_walk_protect(&walk, changed.leaf.flags);
		model_set(changed.virt, &changed.leaf);
	}
}

static void split_one(void)
{
	uint64_t virt = any_page();
	struct model whole = *model_at(virt);
	int error = paging_split(root, virt);

	if (error) {
		CHECK(error == -ENOMEM && fake.fail_after >= 0, virt);
		return;
	}
	for (uint64_t at = 0; whole.leaf.flags && at < whole.leaf.size;
	     at += PAGE_SIZE) {
		struct page_leaf part = whole.leaf;

		part.start += at;
		part.size = PAGE_SIZE;
		model_set(whole.virt + at, &part);
	}
}

static void do_something(void)
{
	fake.fail_after = one_in(8) ? (long)random_below(3) : -1;
	switch (random_below(6)) {
	case 0:
		return map_some(NULL);
	case 1:
	case 2:
		return fill_some();
	case 3:
		return unmap_some();
	case 4:
		return protect_some();
	default:
		return split_one();
	}
}

static void check_something(void)
{
	uint64_t start = any_page() + random_below(PAGE_SIZE);
	uint64_t page = any_page();
	struct page_leaf leaf = paging_lookup(root, page);

	check_leaf(&leaf, page);
	switch (random_below(3)) {
	case 0:
		return check_walk(0, USER_TOP);
	case 1:
		return check_walk(ALIGN_DOWN(start, PAGE_SIZE), USER_TOP);
	default:
		return check_walk(ALIGN_DOWN(start, PAGE_SIZE),
				  start + random_below(3 * LARGE_SIZE));
	}
}

int main(int argc, char **argv)
{
	uint64_t steps = argc > 2 ? strtoul(argv[2], NULL, 0) : 10000, before;

	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0);
	fake_init();
	before = fake.frames;
	root = paging_create();
	next_phys = HUGE_SIZE;
	for (uint64_t step = 0; step < steps; step++) {
		snprintf(fake.doing, sizeof(fake.doing), "step %lu", step);
		do_something();
		fake.fail_after = -1;
		check_something();
	}
	paging_destroy(root);
	CHECK(fake.frames == before, fake.frames);
	passed("random calls on page tables");
	printf("1..%lu\n", tests);
	return 0;
}
