/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's frames (cokernel/mm/frame.c): random calls against a model
 * that knows each frame's owner, over blocks of any size, order and adjacency.
 * The allocator's own lists must say the same as the model and be merged as far
 * as possible; so what may be allocated is known, and from which zone.
 *
 * SEED and STEPS of the environment are those of the random test.
 * Build: -ffreestanding -idirafter cokernel
 */
#include "fake_frame.h"

#define MIB		(1ull << 20)
#define ARENA_SIZE	(4ull << 30)
#define RANDOM_SIZE	(128 * MIB)	/* of it, for the random test */
#define FRAMES		(RANDOM_SIZE / PAGE_SIZE)
#define HELD_MAX	20000
#define BLOCKS		24

/* What was allocated; BYTES: with frame_alloc_bytes(), else 0. */
struct held {
	phys_t start;
	unsigned order;
	uint64_t bytes;
	unsigned more;		/* frame_get() calls */
};

static uint8_t owned[FRAMES];	/* 1: free by the model */
static struct held held[HELD_MAX];
static unsigned held_count;
static struct {
	uint64_t offset, size;
	uint32_t node;
	bool added;
} layout[BLOCKS];
static unsigned layout_count;
static uint64_t seed = 1;

static uint64_t rnd(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

static uint64_t frame_index(phys_t phys)
{
	return (uint64_t)((uint8_t *)frame_address(phys) - arena) / PAGE_SIZE;
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

/* The allocator's books. */

/* All of the piece is in blocks of the zone; those are of whole 2 MiB. */
static bool is_in_zone(phys_t phys, unsigned order, unsigned zone)
{
	for (uint64_t o = 0; o < order_size(order); o += 2 * MIB)
		if (!block_find(phys + o) ||
		    block_find(phys + o)->zone != zone)
			return false;
	return true;
}

/* The lists hold pieces, aligned, free, merged; what they hold in all. */
static bool lists_hold(uint64_t *bytes)
{
	*bytes = 0;
	for (unsigned z = 0; z < zone_count; z++)
		for (unsigned o = 0; o <= FRAME_ORDER_MAX; o++) {
			struct list *head = &zones[z].free[o], *item;

			for (item = head->next; item != head;
			     item = item->next) {
				phys_t phys = frame_of(item);
				phys_t other = phys ^ order_size(o);
				struct block *buddy = block_find(other);
				struct frame *frame = frame_find(phys);

				if (phys & (order_size(o) - 1) || !frame ||
				    !frame->is_free || frame->order != o ||
				    !is_in_zone(phys, o, z))
					return false;
				if (o < FRAME_ORDER_MAX && buddy &&
				    buddy->zone == z &&
				    frame_in(buddy, other)->is_free &&
				    frame_in(buddy, other)->order == o)
					return false;
				*bytes += order_size(o);
			}
		}
	return true;
}

/* The counts are those of the lists, block by block, and so are the stats. */
static bool books_agree(void)
{
	uint64_t bytes, sum = 0;

	if (!CHECK(lists_hold(&bytes)) || !CHECK(bytes == free_bytes) ||
	    !CHECK(host_stats->memory_free == free_bytes))
		return false;
	for (unsigned i = 0; i < block_count; i++) {
		sum += blocks[i].free_bytes;
		if (!CHECK(host_stats->block_free[blocks[i].index] ==
			   blocks[i].free_bytes))
			return false;
	}
	return CHECK(sum == free_bytes);
}

static bool zone_has(unsigned zone, unsigned order)
{
	for (; order <= FRAME_ORDER_MAX; order++)
		if (!list_empty(&zones[zone].free[order]))
			return true;
	return false;
}

/* The model. */

/* A block's free frames as the model has them. */
static uint64_t model_free(const struct block *block)
{
	uint64_t first = frame_index(block->start), sum = 0;

	for (uint64_t i = 0; i < block->frames; i++)
		sum += owned[first + i];
	return sum * PAGE_SIZE;
}

static bool model_agrees(void)
{
	for (unsigned z = 0; z < zone_count; z++)
		for (unsigned o = 0; o <= FRAME_ORDER_MAX; o++) {
			struct list *head = &zones[z].free[o], *item;

			for (item = head->next; item != head; item = item->next)
				if (!CHECK(!memchr(owned +
					frame_index(frame_of(item)), 0,
					1ull << o)))
					return false;
		}
	for (unsigned i = 0; i < block_count; i++)
		if (!CHECK(model_free(&blocks[i]) == blocks[i].free_bytes))
			return false;
	return books_agree();
}

static void mark(phys_t start, uint64_t bytes, uint8_t is_free)
{
	for (uint64_t i = 0; i < bytes / PAGE_SIZE; i++) {
		CHECK(owned[frame_index(start) + i] != is_free);
		owned[frame_index(start) + i] = is_free;
	}
}

static phys_t held_end(const struct held *h)
{
	return h->start + (h->bytes ? h->bytes : order_size(h->order));
}

/* Each frame of what is held says whose it is. */
static void stamp(const struct held *h)
{
	for (phys_t o = h->start; o < held_end(h); o += PAGE_SIZE)
		*(uint64_t *)frame_address(o) = o;
}

static bool is_stamped(phys_t start, uint64_t bytes)
{
	for (uint64_t o = 0; o < bytes; o += PAGE_SIZE)
		if (*(uint64_t *)frame_address(start + o) != start + o)
			return false;
	return true;
}

/* Is ZONE where an allocation must come from, now? */
static bool is_due(unsigned zone, unsigned order, bool user)
{
	uint32_t node = fake_cpu.node;
	bool near = false, far = false;

	for (unsigned z = 1; z < zone_count; z++)
		if (zone_has(z, order))
			*(zones[z].node == node ? &near : &far) = true;
	if (zone_has(0, order) &&
	    (!user || (!near && (zones[0].node == node || !far))))
		return zone == 0;
	return zone != 0 && (zones[zone].node == node) == near;
}

/* Random calls. */

static void hold(struct held what)
{
	mark(what.start, held_end(&what) - what.start, 0);
	stamp(&what);
	held[held_count++] = what;
}

static void call_alloc(bool user, bool zero)
{
	unsigned order = (unsigned)rnd(rnd(4) ? 4 : 15);
	bool due[ZONES], any = false;
	phys_t phys;

	for (unsigned z = 0; z < zone_count; z++) {
		due[z] = is_due(z, order, user);
		any = any || zone_has(z, order);
	}
	phys = user ? zero ? frame_alloc_user_zero(order)
			   : frame_alloc_user(order)
		    : zero ? frame_alloc_zero(order) : frame_alloc(order);
	CHECK((phys != FRAME_NONE) == any);
	if (phys == FRAME_NONE)
		return;
	CHECK(!(phys & (order_size(order) - 1)));
	CHECK(due[block_find(phys)->zone]);
	CHECK(!frame_is_shared(phys, order));
	if (zero)
		for (uint64_t o = 0; o < order_size(order); o += 8)
			if (!CHECK(!*(uint64_t *)frame_address(phys + o)))
				break;
	hold((struct held){ .start = phys, .order = order });
}

static void call_alloc_bytes(void)
{
	uint64_t bytes = 1 + rnd(rnd(2) ? 5 * PAGE_SIZE : MIB);
	phys_t phys = frame_alloc_bytes(bytes);

	if (phys != FRAME_NONE)
		hold((struct held){
			.start = phys, .bytes = ALIGN_UP(bytes, PAGE_SIZE),
		});
}

static void call_free(unsigned i)
{
	struct held *h = &held[i];

	if (h->bytes) {
		CHECK(is_stamped(h->start, h->bytes));
		frame_free_bytes(h->start, h->bytes);
		mark(h->start, h->bytes, 1);
	} else if (h->order && !h->more && !rnd(4)) {	/* a half of it */
		phys_t half = h->start + rnd(2) * order_size(--h->order);

		CHECK(is_stamped(half, order_size(h->order)));
		frame_free(half, h->order);
		mark(half, order_size(h->order), 1);
		h->start = half ^ order_size(h->order);
		return;
	} else {
		CHECK(is_stamped(h->start, order_size(h->order)));
		for (; h->more; h->more--) {
			CHECK(frame_is_shared(h->start, h->order));
			frame_put(h->start, h->order);
		}
		CHECK(!frame_is_shared(h->start, h->order));
		if (rnd(2))
			frame_free(h->start, h->order);
		else
			frame_put(h->start, h->order);
		mark(h->start, order_size(h->order), 1);
	}
	*h = held[--held_count];
}

static void call_get(unsigned i)
{
	if (held[i].bytes)
		return;
	frame_get(held[i].start, held[i].order);
	held[i].more++;
}

static void layout_random(void)
{
	uint64_t offset = 0;

	layout_count = 0;
	while (layout_count < BLOCKS) {
		uint64_t size = 2 * MIB << rnd(4);

		if (rnd(3) == 0)
			offset += 2 * MIB << rnd(3);
		if (rnd(3) == 0)
			size += 2 * MIB * rnd(4);
		if (offset + size > RANDOM_SIZE)
			break;
		layout[layout_count].offset = offset;
		layout[layout_count].size = size;
		layout[layout_count].node = (uint32_t)rnd(3);
		layout[layout_count++].added = false;
		offset += size;
	}
}

static void call_add(unsigned i)
{
	uint64_t table = table_size(layout[i].size / PAGE_SIZE);
	uint64_t used = block_count ? 0 : PAGE_SIZE * rnd(100);
	struct block *block;

	if (layout[i].added)
		return;
	layout[i].added = true;
	mark(at(layout[i].offset), layout[i].size, 1);
	if (used)
		mark(at(layout[i].offset), used, 0);
	add(i, layout[i].offset, layout[i].size, layout[i].node, used);
	block = block_find(at(layout[i].offset));
	mark(frame_of(block->frame), table, 0);
}

static void call_remove(unsigned i)
{
	phys_t start = at(layout[i].offset);
	struct block *block = block_find(start);
	bool used = false;
	phys_t table;
	uint64_t size;
	int error;

	if (!block || block->zone == ZONE_FIRST)
		return;
	table = frame_of(block->frame);
	size = table_size(block->frames);
	for (unsigned h = 0; h < held_count; h++)
		used = used || (held[h].start < start + layout[i].size &&
				held_end(&held[h]) > start);
	error = frame_remove_block(start);
	CHECK(error == (used ? -EBUSY : 0));
	if (error)
		return;
	layout[i].added = false;
	mark(table, size, 1);
	mark(start, layout[i].size, 0);
	CHECK(host_stats->block_free[i] == 0 && !block_find(start));
	/* Nobody may look there again. */
	madvise(frame_address(start), layout[i].size, MADV_DONTNEED);
}

/* Phases in which memory fills, and such in which it empties. */
static void call(uint64_t step)
{
	bool fills = step / 3000 % 2 == 0;
	unsigned what = (unsigned)rnd(100);
	unsigned one = held_count ? (unsigned)rnd(held_count) : 0;

	fake_cpu.node = (uint32_t)rnd(4);
	if (what < (fills ? 60 : 25) && held_count < HELD_MAX)
		call_alloc(rnd(2), !rnd(20));
	else if (what < 65 && held_count < HELD_MAX && fills)
		call_alloc_bytes();
	else if (what < 90 && held_count)
		call_free(one);
	else if (what < 94 && held_count)
		call_get(one);
	else if (what < 97)
		call_add((unsigned)rnd(layout_count));
	else
		call_remove((unsigned)rnd(layout_count));
}

static void one_life(uint64_t steps)
{
	uint64_t most;
	unsigned total;

	frames_begin();
	memset(owned, 0, sizeof(owned));
	held_count = 0;
	layout_random();
	for (uint64_t i = 0; i < 2 * BLOCKS; i++)
		call_add((unsigned)rnd(layout_count));
	for (uint64_t step = 0; step < steps && tap_good; step++) {
		call(step);
		if (step % 64 == 0)
			model_agrees();
	}
	while (held_count)
		call_free(0);
	model_agrees();
	/* All that is not lost to tables or taken at the start is free. */
	most = frame_free_total();
	total = block_count;
	for (unsigned i = 0; i < layout_count; i++)
		call_remove(i);
	CHECK(model_agrees() && block_count < total + !most);
	for (unsigned i = 0; i < block_count; i++)
		CHECK(blocks[i].zone == ZONE_FIRST);
}

static void random_calls_agree_with_the_model(void)
{
	uint64_t from = environment("SEED", 1);

	for (uint64_t life = 0; life < 12 && tap_good; life++) {
		seed = from + life;
		one_life(environment("STEPS", 12000));
		if (!tap_good)
			printf("# SEED=%lu\n", from + life);
	}
}

/* Chosen cases. */

#define BLOCK	(128 * MIB)

/* The first block, and 16 from 1 GiB on, in no order. */
static void two_gigabytes(void)
{
	frames_begin();
	add(0, 0, BLOCK, 0, 4 * MIB);
	for (unsigned i = 0; i < 16; i++)
		add(i + 1, HUGE_SIZE + (i * 7 % 16) * BLOCK, BLOCK, 0, 0);
}

static unsigned take_all(unsigned order, phys_t *taken, unsigned most)
{
	unsigned n = 0;

	while (n < most && (taken[n] = frame_alloc_user(order)) != FRAME_NONE)
		n++;
	return n;
}

static void adjacent_blocks_merge_up_to_1_GiB(void)
{
	phys_t huge[3];

	two_gigabytes();
	CHECK(take_all(18, huge, 3) == 2);
	CHECK(books_agree());
	for (unsigned i = 0; i < 2; i++)
		if (huge[i])
			frame_free(huge[i], 18);
	CHECK(books_agree());
}

static void a_free_block_leaves_from_the_middle_of_a_piece(void)
{
	phys_t start = at(HUGE_SIZE + 5 * BLOCK), huge[3];
	uint64_t before, all;

	two_gigabytes();
	all = frame_free_total();
	CHECK(frame_remove_block(start + PAGE_SIZE) == -ENOENT);
	CHECK(frame_remove_block(at(3ull << 30)) == -ENOENT);
	CHECK(frame_remove_block(start) == 0);
	CHECK(books_agree());
	CHECK(frame_free_total() <= all - BLOCK + table_size(BLOCK / PAGE_SIZE));
	CHECK(take_all(18, huge, 3) == 1 && huge[0] == at(2 * HUGE_SIZE));
	before = frame_free_total();
	CHECK(frame_remove_block(at(2 * HUGE_SIZE)) == -EBUSY);
	CHECK(before == frame_free_total() && books_agree());
	frame_free(huge[0], 18);
	add(6, HUGE_SIZE + 5 * BLOCK, BLOCK, 0, 0);
	CHECK(frame_free_total() == all && books_agree());
	CHECK(take_all(18, huge, 3) == 2);
}

static void one_frame_in_use_keeps_a_block(void)
{
	phys_t start = at(HUGE_SIZE), frame[3], last = FRAME_NONE;
	uint64_t pieces, after;

	frames_begin();
	add(0, 0, 2 * MIB, 0, PAGE_SIZE);
	add(1, HUGE_SIZE, 4 * MIB, 1, 0);
	add(2, HUGE_SIZE + 4 * MIB, 4 * MIB, 1, 0);
	fake_cpu.node = 1;
	for (unsigned i = 0; i < 3; i++)
		frame[i] = frame_alloc_user(0);
	for (unsigned i = 0; i < 3; i++)
		if (block_find(frame[i])->start == start)
			last = frame[i];
	start = last ? start : start + 4 * MIB;
	last = last ? last : frame[0];
	for (unsigned i = 0; i < 3; i++)
		if (frame[i] != last)
			frame_free(frame[i], 0);
	lists_hold(&pieces);
	CHECK(frame_remove_block(start) == -EBUSY);
	lists_hold(&after);
	CHECK(pieces == after && block_count == 3 && books_agree());
	frame_free(last, 0);
	CHECK(frame_remove_block(start) == 0);
	CHECK(books_agree() && block_count == 2);
}

static void nodes_beyond_the_table_share_a_zone(void)
{
	static phys_t taken[200 * 512];
	unsigned n = 0;
	uint64_t all;

	frames_begin();
	for (unsigned i = 0; i < 100; i++)
		add(i, i * 2 * MIB, 2 * MIB, i, i ? 0 : PAGE_SIZE);
	CHECK(zone_count == ZONES && books_agree());
	all = frame_free_total();
	while ((taken[n] = frame_alloc_user(0)) != FRAME_NONE) {
		fake_cpu.node = (fake_cpu.node + 37) % 101;
		n++;
	}
	CHECK(n == all / PAGE_SIZE && frame_free_total() == 0);
	CHECK(frame_alloc(0) == FRAME_NONE && books_agree());
	while (n--)
		frame_put(taken[n], 0);
	CHECK(frame_free_total() == all && books_agree());
}

/* Of a large page others still have the frames 3, 4 and 8 to 15. */
static void the_last_user_of_each_frame_frees_it(void)
{
	phys_t phys;
	uint64_t all;

	two_gigabytes();
	all = frame_free_total();
	phys = frame_alloc_user(5);
	frame_get(phys + 3 * PAGE_SIZE, 0);
	frame_get(phys + 4 * PAGE_SIZE, 0);
	frame_get(phys + 8 * PAGE_SIZE, 3);
	frame_get(phys + 8 * PAGE_SIZE, 3);
	CHECK(frame_is_shared(phys, 5) && !frame_is_shared(phys, 1));
	frame_put(phys, 5);
	CHECK(frame_free_total() == all - 10 * PAGE_SIZE && books_agree());
	CHECK(!frame_is_shared(phys + 4 * PAGE_SIZE, 0));
	CHECK(frame_is_shared(phys + 15 * PAGE_SIZE, 0));
	frame_put(phys + 3 * PAGE_SIZE, 0);
	frame_put(phys + 4 * PAGE_SIZE, 0);
	frame_put(phys + 8 * PAGE_SIZE, 3);
	CHECK(frame_free_total() == all - 8 * PAGE_SIZE && books_agree());
	frame_put(phys + 8 * PAGE_SIZE, 3);
	CHECK(frame_free_total() == all && books_agree());
}

static void sizes_that_cannot_be_are_refused(void)
{
	two_gigabytes();
	CHECK(frame_alloc_bytes(0) == FRAME_NONE);
	CHECK(frame_alloc_bytes(HUGE_SIZE + 1) == FRAME_NONE);
	CHECK(frame_alloc_bytes(~0ull) == FRAME_NONE);
	CHECK(books_agree());
}

static void free_what_is_free(void)
{
	phys_t frame = frame_alloc_user(3);

	frame_free(frame, 3);
	frame_free(frame, 3);
}

static void free_what_nobody_has(void)
{
	frame_free(at(3ull << 30), 0);
}

static void free_what_is_not_aligned(void)
{
	frame_free(frame_alloc_user(3) + PAGE_SIZE, 1);
}

static void what_breaks_the_books_is_a_panic(void)
{
	two_gigabytes();
	take_all(0, (phys_t[1]){ 0 }, 1);
	/* The buddies are in use, so the pieces stay as they are freed. */
	for (unsigned order = 0; order < 4; order++)
		frame_alloc_user(order);
	CHECK(panics(free_what_nobody_has, "frame && !frame->is_free"));
	CHECK(panics(free_what_is_not_aligned, "order_size(order) - 1"));
	CHECK(panics(free_what_is_free, "frame && !frame->is_free"));
}

/* What a shortage gives back: one frame at a time, as long as there are any. */
static phys_t spare[3];
static unsigned spares, shortages;

static bool give_one(void)
{
	shortages++;
	if (!spares)
		return false;
	frame_free(spare[--spares], 0);
	host_stats->memory_kept = spares * PAGE_SIZE;
	return true;
}

static void a_shortage_of_single_frames_is_told(void)
{
	frames_begin();
	add(0, 0, 2 * MIB, 0, 0);
	for (spares = 0; spares < 3; spares++)
		spare[spares] = frame_alloc(0);
	shortages = 0;
	frame_on_shortage(give_one);
	while (free_bytes)
		frame_alloc(0);
	CHECK(shortages == 0);
	/* Larger pieces have smaller ones in their place. */
	CHECK(frame_alloc(1) == FRAME_NONE && shortages == 0);
	CHECK(frame_alloc_user(9) == FRAME_NONE && shortages == 0);
	CHECK(frame_alloc(0) == spare[2] && shortages == 1);
	CHECK(frame_alloc_user(0) == spare[1] && shortages == 2);
	CHECK(frame_alloc_user_zero(0) == spare[0] && shortages == 3);
	CHECK(frame_alloc(0) == FRAME_NONE && shortages == 4);
	CHECK(frame_alloc_user(0) == FRAME_NONE && shortages == 5);
	spares = 3;
	host_stats->memory_kept = 3 * PAGE_SIZE;
	CHECK(frame_ensure(0) && shortages == 5);
	CHECK(frame_ensure(2 * PAGE_SIZE) && shortages == 7);
	CHECK(free_bytes == 2 * PAGE_SIZE && frame_ensure(PAGE_SIZE));
	/* Nothing is given up in vain. */
	CHECK(!frame_ensure(4 * PAGE_SIZE) && shortages == 7);
	CHECK(frame_ensure(3 * PAGE_SIZE) && shortages == 8);
	/* Of three in a row two are a piece, when they are free. */
	while (free_bytes)
		frame_alloc(0);
	spares = 3;
	CHECK(frame_alloc_bytes(2 * PAGE_SIZE) != FRAME_NONE);
	CHECK(frame_alloc_bytes(2 * PAGE_SIZE) == FRAME_NONE);
	frame_on_shortage(NULL);
	CHECK(books_agree());
}

/* Of each page that the bytes touch. */
static void what_a_device_uses_is_not_free(void)
{
	uint64_t all;
	phys_t phys;

	two_gigabytes();
	all = frame_free_total();
	phys = frame_alloc_user(3);
	CHECK(!frame_holds() && !frame_is_held(phys, 3));
	frame_hold(phys + 2 * PAGE_SIZE - 4, 8);
	frame_hold(phys + 4 * PAGE_SIZE, PAGE_SIZE);
	CHECK(frame_holds() && frame_is_held(phys, 3));
	CHECK(!frame_is_held(phys, 0) && frame_is_held(phys + PAGE_SIZE, 0));
	CHECK(frame_is_held(phys + 2 * PAGE_SIZE, 0) &&
	      !frame_is_held(phys + 3 * PAGE_SIZE, 0));
	frame_put(phys, 3);
	CHECK(frame_free_total() == all - 3 * PAGE_SIZE && books_agree());
	frame_release(phys + 4 * PAGE_SIZE, PAGE_SIZE);
	CHECK(frame_free_total() == all - 2 * PAGE_SIZE && frame_holds());
	frame_release(phys + 2 * PAGE_SIZE - 4, 8);
	CHECK(frame_free_total() == all && !frame_holds() && books_agree());
}

/* Beyond the end of a block, where its descriptors end, too. */
static void what_a_device_uses_may_be_of_two_blocks(void)
{
	phys_t huge, border;
	uint64_t all;

	two_gigabytes();
	all = frame_free_total();
	huge = frame_alloc_nodes(18, 1);
	border = huge + BLOCK;
	CHECK(block_find(border) != block_find(border - 1));
	frame_hold(border - 2 * PAGE_SIZE, 4 * PAGE_SIZE);
	CHECK(frame_is_held(border - 2 * PAGE_SIZE, 0));
	CHECK(frame_is_held(border + PAGE_SIZE, 0));
	CHECK(!frame_is_held(border + 2 * PAGE_SIZE, 0));
	frame_put(border - 2 * PAGE_SIZE, 0);
	frame_release(border - 2 * PAGE_SIZE, 4 * PAGE_SIZE);
	CHECK(!frame_holds());
	CHECK(frame_free_total() == all - HUGE_SIZE + PAGE_SIZE);
	frame_hold(border - PAGE_SIZE, 3 * PAGE_SIZE);
	frame_put(border, 0);
	frame_put(border + PAGE_SIZE, 0);
	CHECK(frame_free_total() == all - HUGE_SIZE + PAGE_SIZE);
	frame_release(border - PAGE_SIZE, 3 * PAGE_SIZE);
	CHECK(frame_free_total() == all - HUGE_SIZE + 3 * PAGE_SIZE);
	CHECK(!frame_holds() && books_agree());
}

int main(void)
{
	arena_create(ARENA_SIZE);
	RUN(random_calls_agree_with_the_model);
	RUN(adjacent_blocks_merge_up_to_1_GiB);
	RUN(a_free_block_leaves_from_the_middle_of_a_piece);
	RUN(one_frame_in_use_keeps_a_block);
	RUN(nodes_beyond_the_table_share_a_zone);
	RUN(the_last_user_of_each_frame_frees_it);
	RUN(what_a_device_uses_is_not_free);
	RUN(what_a_device_uses_may_be_of_two_blocks);
	RUN(a_shortage_of_single_frames_is_told);
	RUN(sizes_that_cannot_be_are_refused);
	RUN(what_breaks_the_books_is_a_panic);
	return tap_end();
}
