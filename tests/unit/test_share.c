/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork(2) and shared mappings (cokernel/mm/share.c and companions) against a
 * simple model: of each page of each address space, what it must contain.
 * Random calls, some of them running out of memory half-way.
 *
 *	test_share [SEED [STEPS]]
 *
 * Built on the host by tests/unit/share.sh, with the co-kernel's page tables.
 */
#include "fake_memory.h"
#include <linux/mman.h>
#include <mm/populate.h>

#define SPACES		6
#define BASE		0x40000000ull	/* of a 2 MiB page */
#define WINDOW_PAGES	1536ull		/* 6 MiB */
#define SHARED_MAPS	10000		/* that ever were */
#define SIGNAL_BUS	7
#define SIGNAL_SEGV	11
#define ACCESS_WRITE	0x02
#define RW		(PROT_READ | PROT_WRITE)

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

/*
 * What a program does that reads or writes ADDRESS: the word's place, or NULL
 * and the signal it gets.
 */
static uint64_t *access_word(struct aspace *as, uint64_t address, bool write,
			     int *signal)
{
	*signal = 0;
	for (int tries = 0; tries < 4; tries++) {
		struct page_leaf leaf = paging_lookup(as->root, address);
		int code;

		if (leaf.flags & PTE_PRESENT &&
		    (!write || leaf.flags & PTE_WRITE))
			return (uint64_t *)((uint8_t *)
				frame_address(leaf.start) +
				address % leaf.size);
		*signal = aspace_fault(as, address, write ? ACCESS_WRITE : 0,
				       &code);
		if (*signal)
			return NULL;
	}
	fail("a fault that is resolved comes again", address);
	return NULL;
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

static void step_protect(struct space *space)
{
	int prot = one_in(3) ? PROT_NONE : one_in(3) ? PROT_READ : RW, error;
	bool all = true;
	size_t at, n;

	any_span(&at, &n);
	for (size_t i = at; i < at + n; i++)
		all = all && space->page[i].mapped;
	error = aspace_protect(space->as, address_of(at), n * PAGE_SIZE, prot);
	CHECK(!error || error == -ENOMEM, error);
	CHECK(error || all, at);
	for (size_t i = at; !error && i < at + n; i++)
		space->page[i].prot = prot;
}

static void step_drop(struct space *space)
{
	size_t at, n;
	int error;

	any_span(&at, &n);
	error = aspace_advise(space->as, address_of(at), n * PAGE_SIZE,
			      MADV_DONTNEED);
	CHECK(!error || error == -ENOMEM, error);
	/* -ENOMEM also says that not all was mapped: then it is done. */
	for (size_t i = at; i < at + n; i++) {
		struct page_leaf leaf = paging_lookup(space->as->root,
						      address_of(i));

		if (!space->page[i].shared && (!error || !leaf.flags))
			space->page[i].value = 0;
	}
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

static void step_fork(struct space *space)
{
	struct space *child = any_space(false);

	if (!child)
		return;
	child->as = aspace_copy(space->as);
	if (child->as) {
		memcpy(child->page, space->page, sizeof(child->page));
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
			step_drop, step_fork, step_fork, step_poke,
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

/* Single cases. */

static struct aspace *with_pages(size_t pages)
{
	struct aspace *as = aspace_create();

	CHECK(aspace_map(as, BASE, pages * PAGE_SIZE, RW, MAP_FIXED |
			 MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0) == BASE, 0);
	return as;
}

static void pages_far_apart_are_found(void)
{
	static const uint64_t places[] = {
		0x10000, 0x1ff000, 0x200000, 0x3fffffff000, 0x7fffffffe000,
	};
	const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
	struct aspace *as = aspace_create();
	uint64_t virt = 0;
	struct page_leaf leaf;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		CHECK(aspace_map(as, places[i], PAGE_SIZE, RW, flags, NULL,
				 0) == (int64_t)places[i], i);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		CHECK(paging_next(as->root, virt, places[i], NULL) ==
		      places[i], i);
		virt = paging_next(as->root, virt, USER_TOP, &leaf);
		CHECK(virt == places[i], virt);
		CHECK(leaf.start == paging_lookup(as->root, virt).start, virt);
		CHECK(paging_next(as->root, virt + 1, USER_TOP, NULL) ==
		      virt + 1, virt);
		virt += leaf.size;
	}
	CHECK(paging_next(as->root, virt, USER_TOP, NULL) == USER_TOP, virt);
	aspace_put(as);
	passed("pages far apart are found");
}

static void the_last_one_writes_without_a_fault(void)
{
	struct aspace *parent = with_pages(1024), *child, *other;

	child = aspace_copy(parent);
	other = aspace_copy(child);
	CHECK(child && other, 0);
	CHECK(!(paging_lookup(parent->root, BASE).flags & PTE_WRITE), 0);
	aspace_put(child);
	CHECK(!(paging_lookup(parent->root, BASE).flags & PTE_WRITE), 0);
	aspace_put(other);
	for (uint64_t at = BASE; at < BASE + 1024 * PAGE_SIZE; at += PAGE_SIZE)
		CHECK(paging_lookup(parent->root, at).flags & PTE_WRITE, at);
	CHECK(paging_lookup(parent->root, BASE).size == LARGE_SIZE, 0);
	aspace_put(parent);
	passed("the last of several writes without a fault, in large pages");
}

static uint64_t write_page(struct aspace *as, uint64_t at)
{
	uint64_t frames = fake.frames;
	int signal;

	*access_word(as, at, true, &signal) = 1;
	return fake.frames - frames;
}

/* Who has just forked writes little: 4 KiB, and a table for a split page. */
static void large_pages_are_copied_whole_by_who_goes_on(void)
{
	const size_t large = 24;
	struct aspace *parent = with_pages(large * 512);
	struct aspace *child = aspace_copy(parent);
	uint64_t at = BASE;
	size_t split = 0;

	while (write_page(child, at) == 2) {
		CHECK(paging_lookup(child->root, at).size == PAGE_SIZE, at);
		CHECK(write_page(child, at + LARGE_SIZE - 8) == 1, at);
		CHECK(write_page(child, at + 8) == 0, at);
		at += LARGE_SIZE;
		CHECK(++split < large - 2, split);
	}
	CHECK(split > 0, split);
	CHECK(paging_lookup(child->root, at).size == LARGE_SIZE, at);
	at += LARGE_SIZE;
	CHECK(write_page(child, at) == 512, at);
	/* Where memory is scarce none is copied whole. */
	at += LARGE_SIZE;
	fake.limit = fake.frames + 100;
	CHECK(write_page(child, at) == 2, at);
	CHECK(paging_lookup(child->root, at).size == PAGE_SIZE, at);
	fake.limit = ARENA_FRAMES;
	/* The parent, too, has just forked. */
	CHECK(write_page(parent, at + LARGE_SIZE) == 2, at);
	aspace_put(child);
	aspace_put(parent);
	passed("large pages are copied whole by who goes on writing");
}

/*
 * A page that a device writes to stays its program's, whoever forks; the child
 * gets what is there so far, and shares all else.
 */
static void what_a_device_uses_stays_the_parents(void)
{
	struct aspace *parent = with_pages(1024), *child;
	uint64_t at = BASE + 700 * PAGE_SIZE;
	phys_t frame = paging_lookup(parent->root, at).start +
		at % LARGE_SIZE;
	uint64_t *device = frame_address(frame), frames, *word;
	int signal;

	*access_word(parent, at, true, &signal) = 1;
	frame_hold(frame, PAGE_SIZE);
	child = aspace_copy(parent);
	CHECK(child, 0);
	CHECK(paging_lookup(parent->root, BASE).size == LARGE_SIZE, 0);
	CHECK(paging_lookup(parent->root, BASE).flags & PTE_SHARED, 0);
	CHECK(!(paging_lookup(parent->root, BASE).flags & PTE_WRITE), 0);
	CHECK(paging_lookup(parent->root, at - PAGE_SIZE).flags & PTE_SHARED,
	      0);
	CHECK(paging_lookup(parent->root, at).start == frame, at);
	*device = 2;
	word = access_word(parent, at, true, &signal);
	CHECK(word == device && *word == 2, at);
	word = access_word(child, at, true, &signal);
	CHECK(*word == 1 && word != device, at);
	CHECK(child->resident_bytes == 1024 * PAGE_SIZE, 0);
	aspace_put(child);
	/* Nor does anybody get it when it is mapped no more. */
	frames = fake.frames;
	CHECK(!aspace_unmap(parent, BASE, 1024 * PAGE_SIZE), 0);
	CHECK(fake.frames == frames - 1023, fake.frames);
	CHECK(fake.used[frame_index(frame)] == 1, frame);
	frame_release(frame, PAGE_SIZE);
	CHECK(fake.frames == frames - 1024, fake.frames);
	aspace_put(parent);
	passed("what a device uses stays the parent's, and is freed at the end");
}

/* What a device only reads, and others have as well, is shared on. */
static void what_is_shared_already_is_not_copied(void)
{
	struct aspace *parent = with_pages(512), *child, *other;
	phys_t frame = paging_lookup(parent->root, BASE).start;
	uint64_t frames;

	child = aspace_copy(parent);
	frame_hold(frame, PAGE_SIZE);
	frames = fake.frames;
	other = aspace_copy(child);
	CHECK(paging_lookup(other->root, BASE).start == frame, 0);
	CHECK(fake.frames - frames < 8, fake.frames);
	frame_release(frame, PAGE_SIZE);
	aspace_put(other);
	aspace_put(child);
	aspace_put(parent);
	passed("what is shared already is not copied");
}

static void shared_memory_is_large(void)
{
	struct aspace *parent = aspace_create(), *child;
	uint64_t length = 1024 * PAGE_SIZE;
	int signal;

	CHECK(aspace_map(parent, BASE, length, RW, MAP_FIXED | MAP_SHARED |
			 MAP_ANONYMOUS, NULL, 0) == BASE, 0);
	CHECK(paging_lookup(parent->root, BASE).size == LARGE_SIZE, 0);
	child = aspace_copy(parent);
	*access_word(child, BASE + length - 8, true, &signal) = 77;
	CHECK(*access_word(parent, BASE + length - 8, false, &signal) == 77,
	      0);
	CHECK(paging_lookup(parent->root, BASE).flags & PTE_WRITE, 0);
	aspace_put(parent);
	CHECK(*access_word(child, BASE + length - 8, false, &signal) == 77, 0);
	aspace_put(child);
	passed("shared memory is one for all, in large pages");
}

/* A file of three pages, the middle one a hole; then it shrinks. */
static void what_the_file_loses_is_forgotten(void)
{
	struct file *file = file_shared_memory(3 * PAGE_SIZE);
	struct fake_memory *memory = (struct fake_memory *)file;
	struct aspace *as = aspace_create();
	phys_t frame;
	int signal;

	for (uint64_t at = 0; at < 3; at += 2) {
		CHECK(!file_frame(file, at * PAGE_SIZE, PAGE_SIZE, true,
				  &frame), at);
		frame_put(frame, 0);
	}
	CHECK(aspace_map(as, BASE, 4 * PAGE_SIZE, RW, MAP_FIXED | MAP_SHARED,
			 file, 0) == BASE, 0);
	CHECK(paging_lookup(as->root, BASE).flags, 0);
	CHECK(!paging_lookup(as->root, BASE + PAGE_SIZE).flags, 0);
	CHECK(paging_lookup(as->root, BASE + 2 * PAGE_SIZE).flags, 0);
	CHECK(access_word(as, BASE + PAGE_SIZE, true, &signal), signal);
	CHECK(memory->frame[1], 0);
	CHECK(!access_word(as, BASE + 3 * PAGE_SIZE, true, &signal), 0);
	CHECK(signal == SIGNAL_BUS, signal);
	aspace_forget(file, PAGE_SIZE, UINT64_MAX);
	memory->size = PAGE_SIZE;
	CHECK(access_word(as, BASE, true, &signal), signal);
	CHECK(!access_word(as, BASE + PAGE_SIZE, true, &signal), 0);
	CHECK(signal == SIGNAL_BUS, signal);
	aspace_put(as);
	file_put(file);
	passed("what a file has no more, its mappings have no more");
}

/* As shmat(2) has it. */
static void attached_memory_is_given_once(void)
{
	struct aspace *first = aspace_create(), *second = aspace_create();
	const uint64_t length = 1024 * PAGE_SIZE;
	const int flags = MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS;
	int signal;

	segment = (struct fake_memory *)file_shared_memory(length);
	CHECK(aspace_map(first, BASE, length, RW, flags, &segment->file, 0) ==
	      BASE, 0);
	CHECK(paging_lookup(first->root, BASE + LARGE_SIZE).size == LARGE_SIZE,
	      0);
	/* Room for page tables alone. */
	fake.limit = fake.frames + 4;
	CHECK(aspace_map(second, BASE, length, RW, flags, &segment->file, 0) ==
	      BASE, 0);
	CHECK(!aspace_protect(second, BASE, PAGE_SIZE, PROT_NONE), 0);
	CHECK(!aspace_protect(second, BASE, PAGE_SIZE, RW), 0);
	fake.limit = ARENA_FRAMES;
	CHECK(segment->regions == 2, segment->regions);
	*access_word(second, BASE, true, &signal) = 5;
	CHECK(*access_word(first, BASE, false, &signal) == 5, 0);
	CHECK(!aspace_unmap(first, BASE + PAGE_SIZE, PAGE_SIZE), 0);
	CHECK(segment->regions == 3, segment->regions);
	CHECK(!aspace_detach(first, BASE, &memory_operations), 0);
	CHECK(segment->regions == 1, segment->regions);
	CHECK(aspace_detach(first, BASE, &memory_operations) == -EINVAL, 0);
	CHECK(aspace_detach(second, BASE, &fake_operations) == -EINVAL, 0);
	file_put(&segment->file);
	aspace_put(first);
	aspace_put(second);
	passed("memory that is attached several times is given once");
}

/* A file of 2 MiB in one piece, a page and a hole. */
static void what_is_only_read_is_the_files(void)
{
	struct file *file = file_shared_memory(514 * PAGE_SIZE);
	struct fake_memory *memory = (struct fake_memory *)file;
	struct aspace *as = aspace_create(), *child;
	const uint64_t length = 514 * PAGE_SIZE, page = BASE + LARGE_SIZE;
	const int flags = MAP_FIXED | MAP_PRIVATE;
	uint64_t *word, value = 9;
	uint64_t frames;
	phys_t frame;
	int signal;

	CHECK(!file_frame(file, 0, LARGE_SIZE, true, &frame), 0);
	frame_put(frame, FRAME_ORDER_LARGE);
	CHECK(!file_frame(file, LARGE_SIZE, PAGE_SIZE, true, &frame), 0);
	frame_put(frame, 0);
	word = frame_address(frame);
	*word = 5;
	/* Tables, and a page for the hole. */
	frames = fake.frames;
	fake.limit = frames + 6;
	CHECK(aspace_map(as, BASE, length, PROT_READ, flags, file, 0) == BASE,
	      0);
	CHECK(paging_lookup(as->root, BASE).size == LARGE_SIZE, 0);
	CHECK(paging_lookup(as->root, BASE).start == memory->frame[0], 0);
	CHECK(paging_lookup(as->root, page).start == frame, 0);
	CHECK(paging_lookup(as->root, page + PAGE_SIZE).flags, 0);
	CHECK(!memory->frame[513], 0);
	/* What is written to the file shows, as from Linux' page cache. */
	*word = 6;
	CHECK(*access_word(as, page, false, &signal) == 6, 0);
	CHECK(!access_word(as, page, true, &signal), 0);
	CHECK(signal == SIGNAL_SEGV, signal);
	/* Nobody writes to the file by it: not the kernel, no child. */
	CHECK(!aspace_write(as, page, &value, sizeof(value)), 0);
	CHECK(*word == 6 && *access_word(as, page, false, &signal) == 9, 0);
	fake.limit = ARENA_FRAMES;
	CHECK(!aspace_protect(as, BASE, length, RW), 0);
	child = aspace_copy(as);
	aspace_put(child);
	*access_word(as, BASE, true, &signal) = 7;
	word = frame_address(memory->frame[0]);
	CHECK(*word == 0, *word);
	/* What may be written is copied at once: no faults later. */
	CHECK(aspace_map(as, page + length, PAGE_SIZE, RW, flags, file, 0) ==
	      (int64_t)(page + length), 0);
	CHECK(paging_lookup(as->root, page + length).flags & PTE_WRITE, 0);
	/* Taken away, and touched by the kernel first. */
	CHECK(!aspace_protect(as, BASE, length, PROT_READ), 0);
	CHECK(!aspace_advise(as, BASE, length, MADV_DONTNEED), 0);
	CHECK(!aspace_write(as, BASE, &value, sizeof(value)), 0);
	CHECK(*word == 0 && *access_word(as, BASE, false, &signal) == 9, 0);
	aspace_put(as);
	file_put(file);
	passed("what is only read is the file's own");
}

static void sealed_files_are_not_written(void)
{
	struct file *file = file_shared_memory(PAGE_SIZE);
	struct aspace *before = aspace_create(), *as = aspace_create();
	const int flags = MAP_FIXED | MAP_SHARED;

	CHECK(!aspace_writes(file), 0);
	CHECK(aspace_map(before, BASE, PAGE_SIZE, PROT_READ, flags, file, 0) ==
	      BASE, 0);
	CHECK(aspace_writes(file), 0);
	fake.seals = 0x10;		/* F_SEAL_FUTURE_WRITE */
	CHECK(aspace_map(as, BASE, PAGE_SIZE, RW, flags, file, 0) == -EPERM,
	      0);
	CHECK(aspace_map(as, BASE, PAGE_SIZE, PROT_READ, flags, file, 0) ==
	      BASE, 0);
	CHECK(aspace_protect(as, BASE, PAGE_SIZE, RW) == -EACCES, 0);
	CHECK(!aspace_protect(before, BASE, PAGE_SIZE, RW), 0);
	aspace_put(before);
	CHECK(!aspace_writes(file), 0);
	fake.seals = 0;
	/* What a program says of that means nothing. */
	CHECK(aspace_map(as, BASE, PAGE_SIZE, PROT_READ, flags | MAP_DENYWRITE,
			 file, 0) == BASE, 0);
	CHECK(!aspace_protect(as, BASE, PAGE_SIZE, RW), 0);
	aspace_put(as);
	file_put(file);
	passed("files that are sealed are not written by mappings");
}

static void who_may_not_write_does_not(void)
{
	struct aspace *as = aspace_create();
	uint32_t word = 7;
	int signal;

	CHECK(aspace_map(as, BASE, PAGE_SIZE, PROT_READ, MAP_FIXED |
			 MAP_SHARED | MAP_ANONYMOUS, NULL, 0) == BASE, 0);
	CHECK(aspace_write_as_user(as, BASE, &word, 4) == -EFAULT, 0);
	CHECK(*access_word(as, BASE, false, &signal) == 0, 0);
	CHECK(!aspace_protect(as, BASE, PAGE_SIZE, RW), 0);
	CHECK(!aspace_write_as_user(as, BASE, &word, 4), 0);
	CHECK(*access_word(as, BASE, false, &signal) == 7, 0);
	CHECK(aspace_write_as_user(as, BASE + PAGE_SIZE, &word, 4) == -EFAULT,
	      0);
	aspace_put(as);
	passed("the kernel does not write for who may not");
}

int main(int argc, char **argv)
{
	uint64_t steps = 5000, frames;
	long objects;

	fake_init();
	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		steps = strtoul(argv[2], NULL, 0);
	printf("1..13\n# seed %lu\n", seed);
	frames = fake.frames;
	objects = fake.objects;
	pages_far_apart_are_found();
	the_last_one_writes_without_a_fault();
	large_pages_are_copied_whole_by_who_goes_on();
	what_a_device_uses_stays_the_parents();
	what_is_shared_already_is_not_copied();
	shared_memory_is_large();
	what_the_file_loses_is_forgotten();
	who_may_not_write_does_not();
	attached_memory_is_given_once();
	what_is_only_read_is_the_files();
	sealed_files_are_not_written();
	nothing_is_left(frames, objects);
	passed("nothing is left: frames, objects");
	random_calls(steps);
	return 0;
}
