/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces (cokernel/mm/aspace.c and companions) against a simple model
 * (aspace_model.h).  Random calls, some of them running out of memory half-way;
 * after each of them everything is compared, and at the end no frame, object or
 * file user may be left.
 *
 *	test_aspace_random [SEED [STEPS]]
 */
#include "aspace_model.h"

/* The model. */

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

/* So that it ends where a region does more often than by chance. */
static void span_to_border(struct span *span)
{
	size_t n = span->n;

	while (n > 1 && page_continues(span->at + n))
		n--;
	if (n > 1) {
		span->n = n;
		span->length = n * PAGE_SIZE;
	}
}

static void step_protect(void)
{
	struct span span = random_span();
	int prot = random_prot(), error;

	if (one_in(2))
		span_to_border(&span);
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
	static struct page before[PAGES];
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

int main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoul(argv[2], NULL, 0) : 6000;

	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0) | 1;
	printf("1..2\n# seed %lu\n", seed);
	fake_init();
	begin();
	random_steps(count);
	passed("random calls agree with the model");
	end("nothing is left: frames, objects, users of the file");
	free(fake.leaves);
	return 0;
}
