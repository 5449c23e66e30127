/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork(2) and shared mappings (cokernel/mm/share.c and companions) against a
 * simple model: of each page of each address space, what it must contain.
 * Random calls, some of them running out of memory half-way.
 *
 *	test_share_random [SEED [STEPS]]
 *
 * Built on the host by tests/unit/share_random.sh, with the co-kernel's page
 * tables.
 */
#include "share_play.h"

#define SPACES		6
#define WINDOW_PAGES	1536ull		/* 6 MiB */
#define SHARED_MAPS	10000		/* that ever were */

struct page {
	bool mapped;
	int prot;
	uint64_t value;		/* private: of the first 8 bytes */
	uint64_t *shared;	/* else where that stands */
	const void *origin;	/* of which file's memory, and where in it */
	uint64_t offset;
	bool lent;		/* private, and so far the file's own */
};

struct space {
	struct aspace *as;	/* NULL: there is none */
	struct page page[WINDOW_PAGES];
};

static struct space spaces[SPACES];
static uint64_t last_value;

static uint64_t address_of(size_t page)
{
	return BASE + page * PAGE_SIZE;
}

/* Nobody may write what somebody else has a private view of. */
static void verify_leaves(const struct space *space)
{
	uint64_t virt = 0, bytes = 0;
	struct page_leaf leaf;

	while ((virt = paging_next(space->as->root, virt, USER_TOP, &leaf)) <
	       USER_TOP) {
		const struct region *region = region_find(space->as, virt);
		bool shared = frame_is_shared(leaf.start,
					      frame_order(leaf.size));

		CHECK(region && region->start <= virt &&
		      virt + leaf.size <= region->end, virt);
		CHECK(!shared || leaf.flags & PTE_SHARED, virt);
		CHECK(!(leaf.flags & PTE_WRITE) || region->prot & PROT_WRITE,
		      virt);
		CHECK(!(leaf.flags & PTE_WRITE) || region_shares(region) ||
		      !shared, virt);
		bytes += leaf.size;
		virt += leaf.size;
	}
	CHECK(bytes == space->as->resident_bytes, bytes);
}

/* Memory that is mapped by many, as by shmat(2), and privately. */
#define SEGMENT_PAGES	700ull

static struct fake_memory *segment;
static uint64_t segment_values[SEGMENT_PAGES];

/* What a private page of the file shows when it is no more the file's own. */
static void settle(struct space *space, size_t i)
{
	struct page *page = &space->page[i];
	uint64_t index = page->offset / PAGE_SIZE;
	struct page_leaf leaf;

	if (page->shared || page->origin != segment)
		return;
	leaf = paging_lookup(space->as->root, address_of(i));
	if (!leaf.flags) {
		page->lent = true;
	} else if (page->lent && leaf.start + address_of(i) % leaf.size !=
		   segment->frame[index]) {
		page->lent = false;
		page->value = segment_values[index];
	}
}

static void verify_page(struct space *space, size_t i)
{
	struct page *page = &space->page[i];
	uint64_t *word;
	int signal;

	if (!page->mapped || page->prot == PROT_NONE)
		return;
	word = access_word(space->as, address_of(i), false, &signal);
	CHECK(word, signal);
	settle(space, i);
	CHECK(*word == (page->shared ? *page->shared : page->lent ?
			segment_values[page->offset / PAGE_SIZE] : page->value),
	      address_of(i));
}

static void verify(void)
{
	for (size_t s = 0; s < SPACES; s++) {
		if (!spaces[s].as)
			continue;
		verify_leaves(&spaces[s]);
		for (size_t i = 0; i < WINDOW_PAGES; i++)
			settle(&spaces[s], i);
		for (size_t i = 0; i < WINDOW_PAGES; i++)
			verify_page(&spaces[s], i);
	}
}

/* The random calls. */

static bool memory_fails(void)
{
	return fake.fail_after == 0 || fake.limit < ARENA_FRAMES;
}

static struct space *any_space(bool there)
{
	size_t first = random_below(SPACES);

	for (size_t i = 0; i < SPACES; i++) {
		struct space *space = &spaces[(first + i) % SPACES];

		if (!space->as == !there)
			return space;
	}
	return NULL;
}

static void any_span(size_t *at, size_t *n)
{
	*at = random_below(WINDOW_PAGES);
	if (one_in(3))
		*at &= ~511ull;
	*n = 1 + random_below(one_in(2) ? 24 : 1100);
	*n = MIN(*n, WINDOW_PAGES - *at);
}

/* Zeroes that stay to the end, whoever refers to them. */
static uint64_t *shared_values(size_t n)
{
	static uint64_t *all[SHARED_MAPS];
	static size_t count;

	CHECK(count < SHARED_MAPS, count);
	all[count] = calloc(n, sizeof(uint64_t));
	return all[count++];
}

static void step_map(struct space *space)
{
	int prot = one_in(5) ? PROT_NONE : one_in(5) ? PROT_READ : RW;
	uint64_t *values = NULL;
	bool shared = one_in(3);
	size_t at, n;
	int64_t result;

	any_span(&at, &n);
	result = aspace_map(space->as, address_of(at), n * PAGE_SIZE, prot,
			    MAP_FIXED | MAP_ANONYMOUS |
			    (shared ? MAP_SHARED : MAP_PRIVATE), NULL, 0);
	if (result < 0) {
		CHECK(result == -ENOMEM, result);
		/* POSIX: what was there may be gone. */
		if (region_none(space->as, address_of(at), address_of(at + n)))
			memset(&space->page[at], 0, n * sizeof(struct page));
		return;
	}
	if (shared)
		values = shared_values(n);
	for (size_t i = 0; i < n; i++)
		space->page[at + i] = (struct page){
			.mapped = true, .prot = prot,
			.shared = shared ? &values[i] : NULL,
			.origin = values, .offset = i * PAGE_SIZE,
		};
}

static void segment_create(void)
{
	segment = (struct fake_memory *)
		file_shared_memory(SEGMENT_PAGES * PAGE_SIZE);
}

static void step_attach(struct space *space)
{
	size_t at = random_below(WINDOW_PAGES - SEGMENT_PAGES);
	int64_t result;

	if (one_in(2))
		at &= ~511ull;
	result = aspace_map(space->as, address_of(at),
			    SEGMENT_PAGES * PAGE_SIZE, RW,
			    MAP_FIXED | MAP_ANONYMOUS | MAP_SHARED,
			    &segment->file, 0);
	if (result < 0) {
		CHECK(result == -ENOMEM && memory_fails(), result);
		if (region_none(space->as, address_of(at),
				address_of(at + SEGMENT_PAGES)))
			memset(&space->page[at], 0,
			       SEGMENT_PAGES * sizeof(struct page));
		return;
	}
	for (size_t i = 0; i < SEGMENT_PAGES; i++)
		space->page[at + i] = (struct page){
			.mapped = true, .prot = RW,
			.shared = &segment_values[i],
			.origin = segment, .offset = i * PAGE_SIZE,
		};
}

static void step_borrow(struct space *space)
{
	int prot = one_in(5) ? PROT_NONE : one_in(3) ? RW : PROT_READ;
	size_t at, n, from = one_in(2) ? 0 : random_below(SEGMENT_PAGES);
	int64_t result;

	any_span(&at, &n);
	n = MIN(n, SEGMENT_PAGES - from);
	result = aspace_map(space->as, address_of(at), n * PAGE_SIZE, prot,
			    MAP_FIXED | MAP_PRIVATE, &segment->file,
			    from * PAGE_SIZE);
	if (result < 0) {
		CHECK(result == -ENOMEM && memory_fails(), result);
		if (region_none(space->as, address_of(at), address_of(at + n)))
			memset(&space->page[at], 0, n * sizeof(struct page));
		return;
	}
	for (size_t i = 0; i < n; i++)
		space->page[at + i] = (struct page){
			.mapped = true, .prot = prot, .lent = true,
			.origin = segment, .offset = (from + i) * PAGE_SIZE,
		};
}

/* Where some mapping began; or where none did. */
static size_t any_beginning(const struct space *space)
{
	size_t i = random_below(WINDOW_PAGES);

	return space->page[i].origin && i >= space->page[i].offset / PAGE_SIZE ?
		i - space->page[i].offset / PAGE_SIZE : i;
}

static void step_detach(struct space *space)
{
	size_t at = any_beginning(space);
	const void *origin = NULL;
	int error = aspace_detach(space->as, address_of(at),
				  &memory_operations);

	for (size_t i = at; i < WINDOW_PAGES; i++) {
		struct page *page = &space->page[i];

		if (!page->origin || page->offset != (i - at) * PAGE_SIZE)
			continue;
		if (!origin)
			origin = page->origin;
		if (page->origin == origin)
			memset(page, 0, sizeof(*page));
	}
	CHECK(error == (origin ? 0 : -EINVAL), error);
}

static long regions_of(const struct aspace *as)
{
	const struct region *region;
	long regions = 0;

	list_for_each(region, &as->regions, link)
		regions += region->file == &segment->file;
	return regions;
}

static void verify_attaches(void)
{
	long regions = 0;

	for (size_t s = 0; s < SPACES; s++)
		if (spaces[s].as)
			regions += regions_of(spaces[s].as);
	CHECK(regions == segment->regions, segment->regions);
}

static void step_unmap(struct space *space)
{
	size_t at, n;
	int error;

	any_span(&at, &n);
	error = aspace_unmap(space->as, address_of(at), n * PAGE_SIZE);
	CHECK(!error || error == -ENOMEM, error);
	if (!error)
		memset(&space->page[at], 0, n * sizeof(struct page));
}

/* What it begins or ends at lies in a large page more often than by chance. */
static void span_to_border(const struct space *space, size_t *at, size_t *n)
{
	const struct region *region = region_find(space->as,
						  address_of(*at + *n / 2));
	size_t border;

	if (!region || region->start <= address_of(*at) ||
	    region->start >= address_of(*at + *n))
		return;
	border = (region->start - BASE) / PAGE_SIZE;
	if (one_in(2)) {
		*n = border - *at;
	} else {
		*n = *at + *n - border;
		*at = border;
	}
}

static void step_protect(struct space *space)
{
	int prot = one_in(3) ? PROT_NONE : one_in(3) ? PROT_READ : RW, error;
	bool all = true;
	size_t at, n;

	any_span(&at, &n);
	if (one_in(2))
		span_to_border(space, &at, &n);
	for (size_t i = at; i < at + n; i++)
		all = all && space->page[i].mapped;
	error = aspace_protect(space->as, address_of(at), n * PAGE_SIZE, prot);
	CHECK(!error || error == -ENOMEM, error);
	CHECK(error || all, at);
	for (size_t i = at; !error && i < at + n; i++)
		space->page[i].prot = prot;
}

/* That locks and marks are where they should be, test_aspace_random knows. */
static int region_flags(const struct space *space, size_t i)
{
	const struct region *region = region_find(space->as, address_of(i));

	return region && region->start <= address_of(i) ? region->flags : 0;
}

static void step_drop(struct space *space)
{
	size_t at, n;
	int error;

	any_span(&at, &n);
	error = aspace_advise(space->as, address_of(at), n * PAGE_SIZE,
			      MADV_DONTNEED);
	CHECK(!error || error == -ENOMEM || error == -EINVAL, error);
	/* -ENOMEM also says that not all was mapped: then it is done. */
	for (size_t i = at; i < at + n; i++) {
		struct page_leaf leaf = paging_lookup(space->as->root,
						      address_of(i));

		if (error == -EINVAL && region_flags(space, i) & MAP_LOCKED)
			return;
		if (!space->page[i].shared && (error != -ENOMEM || !leaf.flags))
			space->page[i].value = 0;
	}
	CHECK(error != -EINVAL, at);
}

/* What makes regions end where it does, and changes no page. */
static void step_mark(struct space *space)
{
	static const int advices[] = {
		MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK,
	};
	uint64_t which = random_below(ARRAY_SIZE(advices) + 3);
	struct aspace *as = space->as;
	uint64_t address, length;
	size_t at, n;
	int error;

	any_span(&at, &n);
	address = address_of(at);
	length = n * PAGE_SIZE;
	if (which < ARRAY_SIZE(advices))
		error = aspace_advise(as, address, length, advices[which]);
	else if (which == ARRAY_SIZE(advices))
		error = aspace_unlock(as, address, length);
	else
		error = aspace_lock(as, address, length, one_in(2));
	CHECK(!error || error == -ENOMEM || error == -EAGAIN ||
	      error == -EINVAL, error);
}

static void step_write(struct space *space)
{
	size_t i = random_below(WINDOW_PAGES);
	struct page *page = &space->page[i];
	uint64_t *word;
	int signal;

	word = access_word(space->as, address_of(i), true, &signal);
	if (!word) {
		if (signal == SIGNAL_SEGV)
			CHECK(!page->mapped || !(page->prot & PROT_WRITE), i);
		else
			CHECK(signal == SIGNAL_BUS && memory_fails(), signal);
		return;
	}
	CHECK(page->mapped && page->prot & PROT_WRITE, i);
	*word = ++last_value;
	*(page->shared ? page->shared : &page->value) = last_value;
	page->lent = false;
}

/* The kernel's own writing, as for a debugger or a new program's stack. */
static void step_poke(struct space *space)
{
	size_t i = random_below(WINDOW_PAGES);
	struct page *page = &space->page[i];
	uint64_t value = last_value + 1;
	int error = aspace_write(space->as, address_of(i), &value,
				 sizeof(value));

	if (error) {
		CHECK(error == -EFAULT || error == -ENOMEM, error);
		return;
	}
	last_value++;
	CHECK(page->mapped, i);
	*(page->shared ? page->shared : &page->value) = value;
	page->lent = false;
}

static void inherit(const struct space *parent, struct space *child, size_t i)
{
	int flags = region_flags(parent, i);

	child->page[i] = parent->page[i];
	if (flags & REGION_WIPEONFORK)
		child->page[i].value = 0;
	if (flags & REGION_DONTFORK)
		child->page[i] = (struct page){ 0 };
}

static void step_fork(struct space *space)
{
	struct space *child = any_space(false);

	if (!child)
		return;
	child->as = aspace_copy(space->as);
	if (child->as) {
		for (size_t i = 0; i < WINDOW_PAGES; i++)
			inherit(space, child, i);
		if (one_in(2))
			child->as->splits = 0;	/* it has gone on */
	} else {
		CHECK(memory_fails(), 0);
	}
}

static void step_exit(struct space *space)
{
	aspace_put(space->as);
	memset(space, 0, sizeof(*space));
}

static void step(void)
{
	struct space *space = any_space(true);

	fake.fail_after = one_in(4) ? (long)random_below(8) : -1;
	fake.limit = one_in(4) ? fake.frames + random_below(700) :
		     ARENA_FRAMES;
	if (!space) {
		fake.fail_after = -1;
		fake.limit = ARENA_FRAMES;
		space = any_space(false);
		space->as = aspace_create();
	} else if (one_in(12)) {
		step_exit(space);
	} else {
		static void (*const steps[])(struct space *) = {
			step_map, step_map, step_unmap, step_protect,
			step_attach, step_attach, step_detach, step_detach,
			step_borrow, step_borrow, step_borrow,
			step_drop, step_drop, step_fork, step_fork, step_poke,
			step_mark, step_mark, step_mark, step_mark,
			step_write, step_write, step_write, step_write,
			step_write, step_write, step_write, step_write,
		};

		steps[random_below(ARRAY_SIZE(steps))](space);
	}
	fake.fail_after = -1;
	fake.limit = ARENA_FRAMES;
}

static void nothing_is_left(uint64_t frames, long objects)
{
	for (size_t s = 0; s < SPACES; s++)
		if (spaces[s].as)
			step_exit(&spaces[s]);
	CHECK(fake.frames == frames, fake.frames);
	CHECK(fake.objects == objects, fake.objects);
}

static void random_calls(uint64_t steps)
{
	uint64_t frames = fake.frames;
	long objects = fake.objects;

	segment_create();
	for (uint64_t i = 0; i < steps; i++) {
		snprintf(fake.doing, sizeof(fake.doing), "step %lu", i);
		step();
		verify();
		verify_attaches();
	}
	file_put(&segment->file);
	nothing_is_left(frames, objects);
	passed("random calls agree with the model, and leave nothing");
}

int main(int argc, char **argv)
{
	uint64_t steps = argc > 2 ? strtoul(argv[2], NULL, 0) : 5000;

	fake_init();
	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0);
	printf("1..1\n# seed %lu\n", seed);
	random_calls(steps);
	return 0;
}
