/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk through a co-kernel's page tables (lib/walk.c): sound ones, and
 * those of a co-kernel that wants to hurt.
 * Build: lib/walk.c
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/walk.h"

#include "tap.h"

#define BASE	0x100000000ull
#define SIZE	(16ull << 20)
#define OTHER	0x200000000ull	/* a second piece */
#define P	1ull
#define W	2ull
#define BIG	0x80ull
#define NX	(1ull << 63)
#define MIB	(1ull << 20)

static uint64_t *memory;	/* SIZE bytes at BASE; OTHER reads as zeroes */
static unsigned long reads;
static int failing;

static const struct walk_memory pieces[] = {
	{ BASE, SIZE }, { OTHER, SIZE },
};

static int read_memory(void *context, uint64_t physical, void *buffer,
		       size_t bytes)
{
	(void)context;
	reads++;
	if (failing)
		return failing;
	if (physical >= OTHER && physical - OTHER <= SIZE - bytes) {
		memset(buffer, 0, bytes);
		return 0;
	}
	if (physical < BASE || physical - BASE > SIZE - bytes) {
		printf("# read outside: 0x%lx\n", (unsigned long)physical);
		abort();
	}
	memcpy(buffer, (char *)memory + (physical - BASE), bytes);
	return 0;
}

/* Table number N is the Nth page. */
static uint64_t table(int n)
{
	return BASE + 4096ull * (uint64_t)n;
}

static void set(int n, int index, uint64_t entry)
{
	memory[n * 512 + index] = entry;
}

static struct walk walk;

static int walk_it(uint64_t root)
{
	walk_free(&walk);
	walk = (struct walk){
		.read = read_memory, .memory = pieces, .memory_count = 2,
	};
	reads = 0;
	return walk_kernel(&walk, root);
}

static void clear(void)
{
	free(memory);
	memory = calloc(1, SIZE);
	failing = 0;
}

static bool range_is(size_t n, uint64_t virtual, uint64_t physical,
		     uint64_t size)
{
	return n < walk.count && walk.ranges[n].virtual == virtual &&
	       walk.ranges[n].physical == physical &&
	       walk.ranges[n].size == size;
}

/* The direct map with 2 MiB pages, the image with small ones. */
static void sound_tables_are_found_and_joined(void)
{
	clear();
	set(0, 256, table(1) | P | W);
	set(0, 511, table(3) | P | W);
	set(1, 4, table(2) | P | W);	/* 4 GiB */
	for (int i = 0; i < 8; i++)
		set(2, i, (BASE + 2 * MIB * i) | P | W | BIG | NX);
	set(3, 510, table(4) | P | W);
	set(4, 0, table(5) | P | W);
	set(5, 0, (BASE + 2 * MIB) | P);
	set(5, 1, (BASE + 2 * MIB + 4096) | P);
	set(5, 2, (BASE + 2 * MIB + 8192) | P | W | NX);
	set(5, 4, (BASE + 2 * MIB + 16384) | P | W | NX);
	CHECK(walk_it(table(0)) == 0 && walk.lost == 0 && !walk.cut);
	CHECK(walk.count == 4);
	CHECK(range_is(0, 0xffff800100000000, BASE, 16 * MIB));
	CHECK(walk.ranges[0].write && !walk.ranges[0].execute);
	CHECK(range_is(1, 0xffffffff80000000, BASE + 2 * MIB, 8192));
	CHECK(!walk.ranges[1].write && walk.ranges[1].execute);
	CHECK(range_is(2, 0xffffffff80002000, BASE + 2 * MIB + 8192, 4096));
	CHECK(range_is(3, 0xffffffff80004000, BASE + 2 * MIB + 16384, 4096));
}

static void the_lower_half_is_left_alone(void)
{
	clear();
	for (int i = 0; i < 256; i++)
		set(0, i, table(1) | P | W);
	CHECK(walk_it(table(0)) == 0 && walk.count == 0 && reads == 1);
}

static void rights_of_all_levels_count(void)
{
	clear();
	set(0, 256, table(1) | P | W | NX);
	set(1, 0, table(2) | P);
	set(2, 0, BASE | P | W | BIG);
	CHECK(walk_it(table(0)) == 0 && walk.count == 1);
	CHECK(!walk.ranges[0].write && !walk.ranges[0].execute);
}

static void other_bits_of_an_entry_do_no_harm(void)
{
	clear();
	set(0, 256, table(1) | P | W | 0x7ff0000000000e78);
	set(1, 0, table(2) | P | W | 0x7ff0000000000e78);
	set(2, 0, BASE | P | W | BIG | 0x7ff0000000001e78);
	CHECK(walk_it(table(0) | 0xfff) == 0 && walk.count == 1);
	CHECK(range_is(0, 0xffff800000000000, BASE, 2 * MIB));
}

static void a_root_outside_is_not_read(void)
{
	clear();
	CHECK(walk_it(0) == 0 && reads == 0 && walk.lost == 1);
	CHECK(walk_it(BASE + SIZE) == 0 && reads == 0);
	CHECK(walk_it(BASE - 4096) == 0 && reads == 0);
	CHECK(walk_it(UINT64_MAX) == 0 && reads == 0);
}

static void tables_outside_are_not_read(void)
{
	static const uint64_t wild[] = {
		0, 0x1000, BASE - 4096, BASE + SIZE, OTHER + SIZE,
		0x000ffffffffff000,
	};

	clear();
	for (int i = 0; i < 6; i++)
		set(0, 256 + i, wild[i] | P | W);
	set(0, 300, table(1) | P | W);
	for (int i = 0; i < 6; i++)
		set(1, i, wild[i] | P | W);
	set(1, 7, table(2) | P | W);
	for (int i = 0; i < 6; i++)
		set(2, i, wild[i] | P | W);
	CHECK(walk_it(table(0)) == 0);
	CHECK(walk.lost == 18 && walk.count == 0 && reads == 3);
}

static void pages_outside_are_left_out(void)
{
	clear();
	set(0, 256, table(1) | P | W);
	set(1, 0, P | W | BIG);			/* below */
	set(1, 4, BASE | P | W | BIG);		/* 1 GiB, of it 16 MiB */
	set(1, 5, 0x000fffffc0000000 | P | W | BIG);
	set(1, 6, table(2) | P | W);
	set(2, 0, (BASE + SIZE) | P | W | BIG);
	set(2, 1, table(3) | P | W);
	set(3, 0, 0xfee00000 | P | W);		/* the local APIC */
	CHECK(walk_it(table(0)) == 0 && walk.count == 1);
	CHECK(range_is(0, 0xffff800100000000, BASE, SIZE));
}

static void a_page_over_two_pieces_becomes_two_ranges(void)
{
	static const struct walk_memory near[] = {
		{ BASE, MIB }, { BASE + 2 * MIB, MIB },
	};

	clear();
	set(0, 256, table(1) | P | W);
	set(1, 0, BASE | P | W | BIG);
	walk_free(&walk);
	walk = (struct walk){
		.read = read_memory, .memory = near, .memory_count = 2,
	};
	CHECK(walk_kernel(&walk, table(0)) == 0 && walk.count == 2);
	CHECK(range_is(0, 0xffff800000000000, BASE, MIB));
	CHECK(range_is(1, 0xffff800000000000 + 2 * MIB, BASE + 2 * MIB, MIB));
}

static void a_table_that_is_its_own_does_not_loop(void)
{
	clear();
	for (int i = 0; i < 512; i++)
		set(0, i, table(0) | P | W);
	CHECK(walk_it(table(0)) == 0);
	CHECK(walk.cut);
	CHECK(walk.count <= WALK_RANGES);
	CHECK(reads <= 20000);
}

static void tables_in_a_ring_do_not_loop(void)
{
	clear();
	for (int n = 0; n < 4; n++)
		for (int i = 0; i < 512; i++)
			set(n, i, table((n + 1) % 4) | P | W);
	CHECK(walk_it(table(0)) == 0 && walk.cut && reads <= 20000);
}

static void too_many_ranges_are_cut(void)
{
	clear();
	set(0, 256, table(1) | P | W);
	for (int i = 0; i < 512; i++) {
		set(1, i, table(2) | P | W);
		set(2, i, table(3) | P | W);
		/* No two are adjacent. */
		set(3, i, i % 2 ? 0 : (BASE + 4096 * i) | P | W);
	}
	CHECK(walk_it(table(0)) == 0 && walk.cut);
	CHECK(walk.count == WALK_RANGES);
}

static void large_pages_at_the_top_level_are_none(void)
{
	clear();
	set(0, 256, BASE | P | W | BIG);
	CHECK(walk_it(table(0)) == 0 && walk.count == 0 && walk.lost == 1);
}

static void memory_that_cannot_be_read_is_counted(void)
{
	clear();
	failing = -ENXIO;
	CHECK(walk_it(table(0)) == 0 && walk.lost == 1 && walk.count == 0);
	failing = -EINTR;
	CHECK(walk_it(table(0)) == -EINTR);
}

static void noise_is_survived(void)
{
	clear();
	srand(1);
	for (int round = 0; round < 20; round++) {
		for (uint64_t i = 0; i < SIZE / 8; i++) {
			uint64_t entry = (uint64_t)rand() << 33 ^
					 (uint64_t)rand() << 11 ^ rand();

			/* Half of them point somewhere into the memory. */
			if (rand() & 1)
				entry = BASE + (entry & (SIZE - 4096)) +
					(entry & 0xfff);
			memory[i] = entry;
		}
		CHECK(walk_it(table(round)) == 0);
		for (size_t i = 0; i < walk.count; i++)
			if (!walk_is_memory(&walk, walk.ranges[i].physical,
					    walk.ranges[i].size))
				CHECK(!"inside the memory");
	}
	walk_free(&walk);
	free(memory);
	memory = NULL;
}

int main(void)
{
	RUN(sound_tables_are_found_and_joined);
	RUN(the_lower_half_is_left_alone);
	RUN(rights_of_all_levels_count);
	RUN(other_bits_of_an_entry_do_no_harm);
	RUN(a_root_outside_is_not_read);
	RUN(tables_outside_are_not_read);
	RUN(pages_outside_are_left_out);
	RUN(a_page_over_two_pieces_becomes_two_ranges);
	RUN(a_table_that_is_its_own_does_not_loop);
	RUN(tables_in_a_ring_do_not_loop);
	RUN(too_many_ranges_are_cut);
	RUN(large_pages_at_the_top_level_are_none);
	RUN(memory_that_cannot_be_read_is_counted);
	RUN(noise_is_survived);
	return tap_end();
}
