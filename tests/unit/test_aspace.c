/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces (cokernel/mm/aspace.c and companions) against a simple model:
 * an array that says of each page what it must be.  Random calls, some of them
 * running out of memory half-way; after each of them everything is compared,
 * and at the end no frame, object or file user may be left.
 *
 *	test_aspace [SEED [STEPS]]
 *
 * Built on the host by tests/unit/aspace.sh.
 */
#include "fake_memory.h"
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <mm/populate.h>

#define WINDOW_PAGES	4096ull			/* 16 MiB each */
#define WINDOW_LOW	0x100000000ull		/* for MAP_FIXED */
#define WINDOW_HIGH	(REGION_CEILING - WINDOW_PAGES * PAGE_SIZE)
#define PAGES		(2 * WINDOW_PAGES)
#define SIGNAL_BUS	7
#define SIGNAL_SEGV	11
#define ACCESS_WRITE	0x02
#define ACCESS_FETCH	0x10

enum presence { NEVER, MAY, MUST };

struct page {
	bool mapped, file;
	enum presence presence;
	int prot, flags;
	int policy;		/* of policies[] */
	uint64_t file_page;
	uint64_t value;		/* of the first 8 bytes, once it is there */
};

static const struct policy policies[] = {
	{ 0 },
	{ .mode = MPOL_BIND, .asked = 2 },
	{ .mode = MPOL_PREFERRED, .asked = 3 },
	{ .mode = MPOL_INTERLEAVE, .asked = 3 },
	{ .mode = MPOL_INTERLEAVE, .flags = MPOL_F_STATIC_NODES, .asked = 7 },
	{ .mode = MPOL_BIND, .flags = MPOL_F_RELATIVE_NODES, .asked = 8 },
};

static struct page model[PAGES], before[PAGES];
static struct aspace *as;

/* The model. */

static uint64_t page_address(size_t i)
{
	return i < WINDOW_PAGES ? WINDOW_LOW + i * PAGE_SIZE :
	       WINDOW_HIGH + (i - WINDOW_PAGES) * PAGE_SIZE;
}

/* PAGES: in no window. */
static size_t page_index(uint64_t address)
{
	if (address - WINDOW_LOW < WINDOW_PAGES * PAGE_SIZE)
		return (address - WINDOW_LOW) / PAGE_SIZE;
	if (address - WINDOW_HIGH < WINDOW_PAGES * PAGE_SIZE)
		return WINDOW_PAGES + (address - WINDOW_HIGH) / PAGE_SIZE;
	return PAGES;
}

static bool page_in_file(const struct page *page)
{
	return page->file_page * PAGE_SIZE < FILE_BYTES;
}

/* Are page I and the one before it of one region? */
static bool page_continues(size_t i)
{
	const struct page *a = &model[i - 1], *b = &model[i];

	return i % WINDOW_PAGES && a->mapped && b->mapped &&
	       a->prot == b->prot && a->flags == b->flags &&
	       a->file == b->file && a->policy == b->policy &&
	       (!a->file || a->file_page + 1 == b->file_page);
}

/* What giving memory to pages [FROM, TO) of one region means for them. */
static void model_give(size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++) {
		struct page *page = &model[i];

		if (page->presence == MUST || page->prot == PROT_NONE ||
		    (page->file && !page_in_file(page)))
			continue;
		page->presence = MUST;
		if ((page->flags & REGION_LOCK) == MAP_LOCKED)
			continue;
		if (page->flags & MAP_NORESERVE ||
		    (page->flags & MAP_STACK && to - i > 16))
			page->presence = MAY;
	}
}

static void model_map(size_t at, size_t n, const struct page *like)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct page *page = &model[at + i];

		*page = *like;
		page->mapped = true;
		page->presence = NEVER;
		page->file_page += page->file ? i : 0;
		page->value = page->file && page_in_file(page) ?
			      file_token(page->file_page) : 0;
	}
	model_give(at, at + n);
}

/* Comparing. */

static uint64_t leaf_flags(int prot)
{
	uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED;

	if (!prot)
		return PTE_NOACCESS | PTE_NX;
	return flags | (prot & PROT_WRITE ? PTE_WRITE | PTE_DIRTY : 0) |
	       (prot & PROT_EXEC ? 0 : PTE_NX);
}

static void verify_page(size_t i)
{
	uint64_t address = page_address(i), value;
	struct page_leaf leaf = paging_lookup(as->root, address);
	const struct page *page = &model[i];

	CHECK(page->mapped || !leaf.flags, address);
	CHECK(page->presence != MUST || leaf.flags, address);
	CHECK(page->presence != NEVER || !leaf.flags, address);
	if (!leaf.flags)
		return;
	CHECK(leaf.flags == leaf_flags(page->prot), address);
	memcpy(&value, (uint8_t *)frame_address(leaf.start) +
	       address % leaf.size, sizeof(value));
	CHECK(value == page->value, address);
}

/*
 * The tree of the regions below NODE, of which *NEXT is the first, is what an
 * AA tree must be.  Returns the most room before any of them.
 */
static uint64_t verify_tree(const struct region *node, struct region **next)
{
	uint64_t before = 0, here, left, right, most;

	if (!node)
		return 0;
	CHECK(node->level == (node->left ? node->left->level : 0) + 1,
	      node->start);
	CHECK(!node->right || node->right->level + 1 >= node->level,
	      node->start);
	CHECK(!node->right || (node->right->level <= node->level &&
	      (!node->right->right ||
	       node->right->right->level < node->level)), node->start);
	CHECK(node->level < 2 || node->right, node->start);
	left = verify_tree(node->left, next);
	CHECK(*next == node, node->start);
	if (region_previous(as, *next))
		before = region_previous(as, *next)->end;
	else
		before = MIN(REGION_LOWEST, node->start);
	here = node->start - before;
	CHECK(node->free_before == here, node->start);
	if (node->flags & MAP_GROWSDOWN)
		here -= MIN(here, REGION_STACK_GAP);
	*next = region_next(as, *next);
	right = verify_tree(node->right, next);
	most = MAX(here, MAX(left, right));
	CHECK(node->most_room == most, node->start);
	return most;
}

/* The regions are exactly the model's runs of equal pages. */
static void verify_regions(void)
{
	uint64_t mapped = 0;
	struct region *region;
	unsigned count = 0;
	size_t i = 0;

	list_for_each(region, &as->regions, link) {
		for (; i < PAGES && !model[i].mapped; i++)
			;
		CHECK(i < PAGES && region->start == page_address(i),
		      region->start);
		CHECK(region->prot == model[i].prot, region->start);
		CHECK(region->flags == model[i].flags, region->start);
		CHECK(!memcmp(&region->policy, &policies[model[i].policy],
			      sizeof(region->policy)), region->start);
		CHECK(!region->file == !model[i].file, region->start);
		CHECK(!region->file || region->offset ==
		      model[i].file_page * PAGE_SIZE, region->start);
		for (i++; i < PAGES && page_continues(i); i++)
			;
		CHECK(region->end == page_address(i - 1) + PAGE_SIZE,
		      region->end);
		mapped += region->end - region->start;
		count++;
	}
	for (; i < PAGES; i++)
		CHECK(!model[i].mapped, page_address(i));
	CHECK(as->mapped_bytes == mapped, mapped);
	CHECK(as->region_count == count, count);
	region = region_find(as, 0);
	CHECK(!region || !region_previous(as, region), region->start);
	verify_tree(as->tree, &region);
	CHECK(!region, region->start);
}

/* Does what a TLB holds allow anything that the tables do not? */
static bool allows_more(uint64_t held, uint64_t flags)
{
	return (held & ~flags & (PTE_PRESENT | PTE_USER | PTE_WRITE)) ||
		(flags & ~held & PTE_NX);
}

static void verify_frames(void)
{
	uint64_t bytes = populate_resident(as, 0, USER_TOP);
	size_t i;

	CHECK(as->resident_bytes == bytes, bytes);
#ifndef REAL_PAGING
	CHECK(fake.frames << PAGE_SHIFT == bytes, bytes);
#endif
	for (i = 0; i < TLB_ENTRIES; i++) {
		struct leaf *entry = &fake.tlb[i];
		struct page_leaf leaf;

		if (!entry->page.size)
			continue;
		leaf = paging_lookup(as->root, entry->virt);
		CHECK(!allows_more(entry->page.flags, leaf.flags), entry->virt);
		CHECK(leaf.size <= entry->page.size, entry->virt);
		CHECK(leaf.start + entry->virt % leaf.size ==
		      entry->page.start, entry->virt);
	}
}

static void verify(void)
{
	size_t i;

	verify_regions();
	for (i = 0; i < PAGES; i++)
		verify_page(i);
	verify_frames();
}

/* The random calls. */

struct span {
	size_t at, n;
	uint64_t address, length;
};

static struct span random_span(void)
{
	struct span span;
	size_t room;

	span.at = random_below(PAGES);
	if (one_in(3))
		span.at &= ~511ull;
	room = WINDOW_PAGES - span.at % WINDOW_PAGES;
	span.n = 1 + random_below(one_in(2) ? 32 : 1200);
	span.n = MIN(span.n, room);
	span.address = page_address(span.at);
	span.length = span.n * PAGE_SIZE;
	return span;
}

static int random_prot(void)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
	};

	return prots[random_below(ARRAY_SIZE(prots))];
}

static struct page random_kind(void)
{
	static const int flags[] = {
		MAP_PRIVATE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS,
		MAP_PRIVATE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
	};
	struct page kind = { .prot = random_prot() };

	kind.flags = flags[random_below(ARRAY_SIZE(flags))];
	kind.file = !(kind.flags & MAP_ANONYMOUS);
	kind.file_page = kind.file ? random_below(120) : 0;
	return kind;
}

static void step_map(void)
{
	struct page kind = random_kind();
	struct span span = random_span();
	int extra = one_in(4) ? 0 : one_in(3) ? MAP_FIXED_NOREPLACE : MAP_FIXED;
	bool none = region_none(as, span.address, span.address + span.length);
	int64_t result;
	size_t at;

	result = aspace_map(as, extra ? span.address : 0, span.length,
			    kind.prot, kind.flags | extra,
			    kind.file ? &fake_file : NULL,
			    kind.file_page * PAGE_SIZE);
	if (kind.prot == PROT_NONE)	/* mprotect(2) shall fill it */
		kind.flags &= ~MAP_NORESERVE;
	if (result < 0) {
		CHECK(result == -ENOMEM || (result == -EEXIST && !none &&
		      extra == MAP_FIXED_NOREPLACE), result);
		/* POSIX: what was there may be gone. */
		if (extra == MAP_FIXED && !none &&
		    region_none(as, span.address, span.address + span.length))
			memset(&model[span.at], 0, span.n * sizeof(*model));
		return;
	}
	CHECK(extra != MAP_FIXED_NOREPLACE || none, span.address);
	CHECK(!extra || (uint64_t)result == span.address, result);
	at = page_index((uint64_t)result);
	if (at == PAGES) {
		fake.fail_after = -1;
		CHECK(!aspace_unmap(as, (uint64_t)result, span.length), result);
		return;
	}
	if (!extra && !none)
		CHECK(span.n < 512 || result % LARGE_SIZE == 0 ||
		      !region_gap(as, span.length, LARGE_SIZE, 0,
				  (uint64_t)result + span.length), result);
	model_map(at, span.n, &kind);
}

static void step_unmap(void)
{
	struct span span = random_span();
	int error = aspace_unmap(as, span.address, span.length);

	CHECK(!error || error == -ENOMEM, error);
	if (!error)
		memset(&model[span.at], 0, span.n * sizeof(*model));
}

static bool model_covers(size_t at, size_t n)
{
	while (n--)
		if (!model[at++].mapped)
			return false;
	return true;
}

/* Memory is given run by run, as they were before the change. */
static void model_protect(size_t at, size_t n, int prot)
{
	static bool border[PAGES + 1], fresh[PAGES];
	size_t i, end;

	for (i = at; i < at + n; i++) {
		border[i] = i == at || !page_continues(i);
		fresh[i] = model[i].prot == PROT_NONE;
	}
	border[at + n] = true;
	for (i = at; i < at + n; i++)
		model[i].prot = prot;
	for (i = at; i < at + n; i = end) {
		for (end = i + 1; !border[end]; end++)
			;
		if (fresh[i])
			model_give(i, end);
	}
}

static void step_protect(void)
{
	struct span span = random_span();
	int prot = random_prot(), error;

	error = aspace_protect(as, span.address, span.length, prot);
	if (!model_covers(span.at, span.n)) {
		CHECK(error == -ENOMEM, error);
		return;
	}
	CHECK(!error || error == -ENOMEM, error);
	if (error)
		return;
	model_protect(span.at, span.n, prot);
}

static int touch_expect(const struct page *page, uint64_t error)
{
	bool allowed = page->prot != PROT_NONE;

	if (error & ACCESS_WRITE)
		allowed = page->prot & PROT_WRITE;
	if (error & ACCESS_FETCH)
		allowed = page->prot & PROT_EXEC;
	if (!page->mapped || !allowed)
		return SIGNAL_SEGV;
	return page->file && !page_in_file(page) ? SIGNAL_BUS : 0;
}

/* As the CPU does it: look, fault, look again. */
static int touch(uint64_t address, uint64_t error, uint64_t value)
{
	struct page_leaf leaf;
	int tries, code, signal;
	uint64_t *to;

	for (tries = 0; tries < 2; tries++) {
		leaf = paging_lookup(as->root, address);
		if (leaf.flags & PTE_PRESENT &&
		    (!(error & ACCESS_WRITE) || leaf.flags & PTE_WRITE) &&
		    (!(error & ACCESS_FETCH) || !(leaf.flags & PTE_NX))) {
			to = (uint64_t *)((uint8_t *)frame_address(leaf.start) +
					  address % leaf.size);
			tlb_use(address, leaf);
			if (error & ACCESS_WRITE)
				*to = value;
			return 0;
		}
		signal = aspace_fault(as, address, error, &code);
		if (signal)
			return signal;
	}
	fail("the fault was not resolved", address);
	return 0;
}

static void step_touch(void)
{
	static const uint64_t errors[] = { 0, ACCESS_WRITE, ACCESS_FETCH };
	uint64_t error = errors[random_below(3)], value = seed;
	size_t i = random_below(PAGES);
	struct page *page = &model[i];
	bool starved = fake.fail_after >= 0 || fake.limit < ARENA_FRAMES;
	int signal = touch(page_address(i), error, value);

	CHECK(signal == touch_expect(page, error) ||
	      (starved && signal == SIGNAL_BUS && page->presence != MUST),
	      page_address(i));
	if (signal)
		return;
	page->presence = MUST;
	if (error & ACCESS_WRITE)
		page->value = value;
	/* It may have brought the 2 MiB around it: those stay MAY. */
}

static void model_drop(struct page *page)
{
	if (page->presence == MUST)
		page->presence = MAY;
	page->value = page->file && page_in_file(page) ?
		      file_token(page->file_page) : 0;
}

static void step_advise(void)
{
	struct span span = random_span();
	bool covered = model_covers(span.at, span.n), failing = false;
	int error, expected = 0;
	size_t i;

	/* A hole's -ENOMEM comes after the work, a lack of memory before. */
	if (!covered)
		fake.fail_after = -1;
	failing = fake.fail_after >= 0;
	error = aspace_advise(as, span.address, span.length, MADV_DONTNEED);
	if (failing && error == -ENOMEM)
		return;
	for (i = span.at; i < span.at + span.n && !expected; i++) {
		if (!model[i].mapped)
			continue;
		if (model[i].flags & MAP_LOCKED)
			expected = -EINVAL;
		else
			model_drop(&model[i]);
	}
	CHECK(error == (expected ? expected : covered ? 0 : -ENOMEM), error);
}

/* Advice that is remembered, and policies: only where all is mapped. */
static void step_mark(void)
{
	static const struct {
		int advice, clear, set;
	} marks[] = {
		{ MADV_DONTFORK, 0, REGION_DONTFORK },
		{ MADV_DOFORK, REGION_DONTFORK, 0 },
		{ MADV_NOHUGEPAGE, 0, REGION_SMALL },
		{ MADV_HUGEPAGE, REGION_SMALL, 0 },
		{ MADV_KEEPONFORK, REGION_WIPEONFORK, 0 },
	};
	size_t which = random_below(ARRAY_SIZE(marks)), i;
	struct span span = random_span();
	bool covered = model_covers(span.at, span.n);
	int error;

	if (!covered)
		fake.fail_after = -1;
	error = aspace_advise(as, span.address, span.length,
			      marks[which].advice);
	if (fake.fail_after >= 0 && error)
		return;
	CHECK(error == (covered ? 0 : -ENOMEM), error);
	for (i = span.at; i < span.at + span.n; i++)
		if (model[i].mapped)
			model[i].flags = (model[i].flags &
					  ~marks[which].clear) |
					 marks[which].set;
}

/* All that is there is where POLICY has it. */
static void verify_places(const struct span *span, const struct policy *policy)
{
	uint64_t end = span->address + span->length, virt = span->address;
	struct page_leaf leaf;

	while ((virt = paging_next(as->root, virt, end, &leaf)) < end) {
		const struct region *region = region_find(as, virt);
		uint64_t base = ALIGN_DOWN(virt, leaf.size);
		uint64_t nodes = policy_place(policy, (region->offset + base -
						       region->start) /
					      leaf.size);

		CHECK(!nodes || nodes >> frame_node(leaf.start) & 1, virt);
		virt = base + leaf.size;
	}
}

static void step_bind(void)
{
	struct span span = random_span();
	bool rich = fake.fail_after < 0 && fake.limit == ARENA_FRAMES;
	int which = (int)random_below(ARRAY_SIZE(policies)), error;
	size_t i;

	error = aspace_bind(as, span.address, span.address + span.length,
			    &policies[which]);
	if (!model_covers(span.at, span.n)) {
		CHECK(error == -EFAULT, error);
		return;
	}
	CHECK(!error || (!rich && (error == -ENOMEM || error == -EIO)), error);
	for (i = span.at; error != -ENOMEM && i < span.at + span.n; i++)
		model[i].policy = which;
	if (!error)
		verify_places(&span, &policies[which]);
}

static void step_lock(void)
{
	struct span span = random_span();
	int kind = (int)random_below(3), set = kind ? MAP_LOCKED : 0;
	int error, expected = 0;
	size_t i;

	/* Else -ENOMEM could be anything. */
	fake.fail_after = -1;
	set |= kind == 2 ? REGION_ONFAULT : 0;
	error = kind ? aspace_lock(as, span.address, span.length, kind == 2) :
		aspace_unlock(as, span.address, span.length);
	for (i = span.at; i < span.at + span.n && model[i].mapped; i++)
		model[i].flags = (model[i].flags & ~REGION_LOCK) | set;
	if (i < span.at + span.n)
		expected = -ENOMEM;
	for (i = span.at; kind == 1 && !expected && error != -EAGAIN &&
	     i < span.at + span.n; i++) {
		if (model[i].prot == PROT_NONE ||
		    (model[i].file && !page_in_file(&model[i])))
			expected = -ENOMEM;
		else if (!error)
			model[i].presence = MUST;
	}
	CHECK(error == expected || (error == -EAGAIN && kind == 1 &&
	      fake.limit < ARENA_FRAMES), error);
}

static void step_populate(void)
{
	struct span span = random_span();
	int access = one_in(3) ? 0 : one_in(2) ? PROT_READ : PROT_WRITE;
	int error = aspace_populate(as, span.address, span.length, access);
	size_t i;

	if (error == -ENOMEM)
		return;
	for (i = span.at; i < span.at + span.n; i++) {
		const struct page *page = &model[i];

		/* What comes first is said first. */
		CHECK(page->mapped, i);
		if (page->prot == PROT_NONE || access & ~page->prot) {
			CHECK(error == -EACCES || error == -EFAULT, error);
			return;
		}
		if (page->file && !page_in_file(page)) {
			CHECK(error == -EFAULT, error);
			return;
		}
		model[i].presence = MUST;
	}
	CHECK(!error, error);
}

/* Pages [AT, AT + N) go to TO and become M. */
static void model_remap(size_t at, size_t n, size_t to, size_t m)
{
	struct page like = model[at + n - 1];

	memcpy(before, model + at, n * sizeof(*model));
	memset(model + at, 0, n * sizeof(*model));
	if (to == PAGES)
		return;
	memcpy(model + to, before, MIN(n, m) * sizeof(*model));
	if (m > n) {
		like.file_page += like.file;
		model_map(to + n, m - n, &like);
	}
}

static bool model_one_region(size_t at, size_t n)
{
	size_t i;

	for (i = at + 1; i < at + n; i++)
		if (!page_continues(i))
			return false;
	return model[at].mapped;
}

static void step_remap(void)
{
	struct span span = random_span(), to = random_span();
	bool fixed = one_in(4) && fake.fail_after < 0;
	int flags = fixed ? MREMAP_MAYMOVE | MREMAP_FIXED :
			    one_in(3) ? 0 : MREMAP_MAYMOVE;
	size_t at, room, i;
	int64_t result;

	while (span.n > 1 && !model_one_region(span.at, span.n))
		span.length = --span.n * PAGE_SIZE;
	if (fixed && (fake.limit < ARENA_FRAMES ||
		      (to.at < span.at + span.n && span.at < to.at + to.n)))
		return;
	result = aspace_remap(as, span.address, span.length, to.length, flags,
			      to.address);
	if (!model[span.at].mapped) {
		CHECK(result == -EFAULT, result);
		return;
	}
	if (result < 0) {
		CHECK(result == -ENOMEM, result);
		return;
	}
	if (fixed)
		memset(model + to.at, 0, to.n * sizeof(*model));
	at = page_index((uint64_t)result);
	room = at == PAGES ? 0 : WINDOW_PAGES - at % WINDOW_PAGES;
	model_remap(span.at, span.n, at, MIN(to.n, room));
	if (room >= to.n)
		return;
	/* It has left the window, and a stack's top with it. */
	fake.fail_after = -1;
	CHECK(!aspace_unmap(as, (uint64_t)result + room * PAGE_SIZE,
			    to.length - room * PAGE_SIZE), result);
	for (i = span.n; i < room; i++)
		if (model[at + i].presence == MUST &&
		    model[at + i].flags & MAP_STACK)
			model[at + i].presence = MAY;
}

/* Let the TLB know some pages, for what comes to forget to flush them. */
static void warm_tlb(void)
{
	int i;

	for (i = 0; i < TLB_ENTRIES; i++) {
		uint64_t address = page_address(random_below(PAGES));
		struct page_leaf leaf = paging_lookup(as->root, address);

		if (leaf.flags & PTE_PRESENT)
			tlb_use(address, leaf);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned weight;
} steps[] = {
	{ "map", step_map, 3 }, { "unmap", step_unmap, 2 },
	{ "protect", step_protect, 3 }, { "touch", step_touch, 4 },
	{ "advise", step_advise, 1 }, { "populate", step_populate, 1 },
	{ "remap", step_remap, 2 }, { "mark", step_mark, 1 },
	{ "bind", step_bind, 2 }, { "lock", step_lock, 1 },
};

static void random_step(uint64_t number)
{
	uint64_t pick = random_below(20);
	size_t i = 0;

	while (pick >= steps[i].weight)
		pick -= steps[i++].weight;
	snprintf(fake.doing, sizeof(fake.doing), "step %lu, %s, %ld to go",
		 number, steps[i].name, fake.fail_after);
	steps[i].run();
}

static void random_steps(uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		if (one_in(6))
			fake.fail_after =
				(long)random_below(one_in(2) ? 6 : 99);
		if (one_in(50))
			fake.limit = one_in(2) ? ARENA_FRAMES : 4000;
		warm_tlb();
		random_step(i);
		fake.fail_after = -1;
		verify();
	}
	fake.limit = ARENA_FRAMES;
}

/* Chosen cases. */

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
	passed("1 GiB pages are used, split where needed and given back");
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
	passed("too much fails fast; what is replaced counts as free");
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
	passed("brk grows, shrinks and does not run into mappings");
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
	passed("stacks come on touch but for their top, and end");
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
	passed("a file's pages are copied, its last is filled up, then SIGBUS");
}

/* Unaligned to each other, so that large pages are split, at every failure. */
static void test_move(int prot)
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
	passed("what is wrong is refused as Linux does");
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
	passed("MAP_NORESERVE comes on touch");
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
	passed("no more than 65530 regions");
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
	passed("programs' frames are not the kernel's");
}

int main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoul(argv[2], NULL, 0) : 6000;
	uint64_t frames;

	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0) | 1;
	printf("1..12\n# seed %lu\n", seed);
	fake_init();
	frames = fake.frames;
	as = aspace_create();
	test_huge();
#ifndef REAL_PAGING	/* tables take frames, too */
	test_exhaustion();
#endif
	test_brk();
	test_stack();
	test_file();
	test_move(PROT_NONE);
	test_move(RW);
	passed("a move that fails at any point has changed nothing");
	test_errors();
	test_owner();
	test_reserve();
	if (argc < 3)
		test_limit();
	else
		passed("no more than 65530 regions # SKIP");
	verify();
	random_steps(count);
	passed("random calls agree with the model");
	aspace_put(as);
	CHECK(fake.frames == frames, fake.frames);
	CHECK(!fake.objects, fake.objects);
	CHECK(fake_file.users == 1, fake_file.users);
	passed("nothing is left: frames, objects, users of the file");
	free(fake.leaves);
	return 0;
}
