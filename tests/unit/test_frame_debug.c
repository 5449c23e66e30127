/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's frames with FRAME_DEBUG: what frees or writes what is not its
 * own ends in a panic that says so, and what is right does not.
 * Build: -ffreestanding -DFRAME_DEBUG -idirafter cokernel
 */
#include "fake_frame.h"

#define MIB	(1ull << 20)

static uint64_t rnd(uint64_t below)
{
	static uint64_t seed = 42;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

static void begin(void)
{
	frames_begin();
	add(0, 0, 8 * MIB, 0, 64 * PAGE_SIZE);
	add(1, 8 * MIB, 4 * MIB, 0, 0);
	add(2, 12 * MIB, 4 * MIB, 0, 0);
}

static void free_twice(void)
{
	phys_t frame = frame_alloc_user(0);

	frame_free(frame, 0);
	frame_free(frame, 0);
}

static void put_twice(void)
{
	phys_t frame = frame_alloc_user(0);

	frame_put(frame, 0);
	frame_put(frame, 0);
}

static void free_inner_part(void)
{
	phys_t frame = frame_alloc_user(6);

	frame_free(frame, 6);
	frame_free(frame + 5 * PAGE_SIZE, 0);
}

static void free_inner_large_part(void)
{
	phys_t frame = frame_alloc_user(6);

	frame_free(frame, 6);
	frame_free(frame + order_size(4), 4);
}

/* Its first half is in use, the second is free already. */
static void free_what_is_free_in_part(void)
{
	phys_t frame = frame_alloc_user(6);

	frame_free(frame + order_size(5), 5);
	frame_free(frame, 6);
}

static void write_after_free(void)
{
	phys_t frame = frame_alloc_user(0);
	uint8_t *byte = frame_address(frame);

	frame_free(frame, 0);
	byte[100] = 1;
	while (frame_alloc_user(0) != FRAME_NONE)
		;
}

static void write_last_byte_after_free(void)
{
	phys_t frame = frame_alloc(3);
	uint8_t *byte = frame_address(frame);

	frame_free(frame, 3);
	byte[order_size(3) - 1] = 0;
	while (frame_alloc(3) != FRAME_NONE)
		;
}

static void double_frees_are_found(void)
{
	begin();
	CHECK(panics(free_twice, "is free"));
	CHECK(panics(put_twice, "is free"));
	CHECK(panics(free_inner_part, "is free"));
	CHECK(panics(free_inner_large_part, "is free"));
	CHECK(panics(free_what_is_free_in_part, "is free"));
}

static void writes_to_free_memory_are_found(void)
{
	begin();
	CHECK(panics(write_after_free, "was written to while it was free"));
	CHECK(panics(write_last_byte_after_free,
		     "was written to while it was free"));
}

static void what_is_right_goes_on_and_all_comes_back(void)
{
	static struct {
		phys_t phys;
		unsigned order;
	} held[1000];
	unsigned count = 0;
	uint64_t all;

	begin();
	all = frame_free_total();
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)rnd(ARRAY_SIZE(held));

		if (i < count) {
			frame_free(held[i].phys, held[i].order);
			held[i] = held[--count];
		} else if (count < ARRAY_SIZE(held)) {
			held[count].order = (unsigned)rnd(6);
			held[count].phys = rnd(2) ?
				frame_alloc(held[count].order) :
				frame_alloc_user(held[count].order);
			if (held[count].phys == FRAME_NONE)
				continue;
			memset(frame_address(held[count].phys), (int)step,
			       order_size(held[count].order));
			count++;
		}
		if (step % 1000 == 0 && !frame_remove_block(at(12 * MIB)))
			add(2, 12 * MIB, 4 * MIB, 0, 0);
	}
	while (count--)
		frame_free(held[count].phys, held[count].order);
	CHECK(frame_free_total() == all);
	CHECK(frame_remove_block(at(8 * MIB)) == 0);
	CHECK(frame_remove_block(at(12 * MIB)) == 0);
}

int main(void)
{
	arena_create(16 * MIB);
	RUN(double_frees_are_found);
	RUN(writes_to_free_memory_are_found);
	RUN(what_is_right_goes_on_and_all_comes_back);
	return tap_end();
}
