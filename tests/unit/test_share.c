/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork(2) and shared mappings (cokernel/mm/share.c and companions), one case
 * after the other.
 *
 *	test_share
 *
 * Built on the host by tests/unit/share.sh, with the co-kernel's page tables.
 */
#include "share_play.h"

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
	struct fake_memory *memory =
		(struct fake_memory *)file_shared_memory(length);
	int signal;

	CHECK(aspace_map(first, BASE, length, RW, flags, &memory->file, 0) ==
	      BASE, 0);
	CHECK(paging_lookup(first->root, BASE + LARGE_SIZE).size == LARGE_SIZE,
	      0);
	/* Room for page tables alone. */
	fake.limit = fake.frames + 4;
	CHECK(aspace_map(second, BASE, length, RW, flags, &memory->file, 0) ==
	      BASE, 0);
	CHECK(!aspace_protect(second, BASE, PAGE_SIZE, PROT_NONE), 0);
	CHECK(!aspace_protect(second, BASE, PAGE_SIZE, RW), 0);
	fake.limit = ARENA_FRAMES;
	CHECK(memory->regions == 2, memory->regions);
	*access_word(second, BASE, true, &signal) = 5;
	CHECK(*access_word(first, BASE, false, &signal) == 5, 0);
	CHECK(!aspace_unmap(first, BASE + PAGE_SIZE, PAGE_SIZE), 0);
	CHECK(memory->regions == 3, memory->regions);
	CHECK(!aspace_detach(first, BASE, &memory_operations), 0);
	CHECK(memory->regions == 1, memory->regions);
	CHECK(aspace_detach(first, BASE, &memory_operations) == -EINVAL, 0);
	CHECK(aspace_detach(second, BASE, &fake_operations) == -EINVAL, 0);
	file_put(&memory->file);
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

int main(void)
{
	uint64_t frames;

	fake_init();
	printf("1..12\n");
	frames = fake.frames;
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
	CHECK(fake.frames == frames, fake.frames);
	CHECK(!fake.objects, fake.objects);
	passed("nothing is left: frames, objects");
	return 0;
}
