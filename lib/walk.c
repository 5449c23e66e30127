/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel half of a co-kernel's page tables, read from outside. */
#include <errno.h>
#include <stdlib.h>

#include "lib/walk.h"

#define ENTRIES		512
#define PRESENT		0x001ull
#define WRITE		0x002ull
#define LARGE		0x080ull
#define NO_EXECUTE	(1ull << 63)
#define ADDRESS		0x000ffffffffff000ull

/* A sound co-kernel needs less: a table maps 2 MiB or more, mostly. */
#define TABLES_PER_MIB	1
#define TABLES_MORE	16384

/* The first piece that ends after PHYSICAL. */
static size_t find(const struct walk *walk, uint64_t physical)
{
	size_t low = 0, high = walk->memory_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct walk_memory *piece = &walk->memory[middle];

		if (physical >= piece->start &&
		    physical - piece->start >= piece->size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool walk_is_memory(const struct walk *walk, uint64_t physical, uint64_t size)
{
	size_t at = find(walk, physical);
	const struct walk_memory *piece = &walk->memory[at];

	return at < walk->memory_count && physical >= piece->start &&
	       size <= piece->size &&
	       physical - piece->start <= piece->size - size;
}

int walk_add(struct walk *walk, const struct walk_range *range)
{
	struct walk_range *last = walk->count
		? &walk->ranges[walk->count - 1] : NULL;

	if (last && last->virtual + last->size == range->virtual &&
	    last->physical + last->size == range->physical &&
	    last->write == range->write && last->execute == range->execute) {
		last->size += range->size;
		return 0;
	}
	if (walk->count == WALK_RANGES) {
		walk->cut = true;
		return 0;
	}
	if (walk->count == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 64;
		struct walk_range *more = realloc(walk->ranges,
						  room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		walk->ranges = more;
		walk->room = room;
	}
	walk->ranges[walk->count++] = *range;
	return 0;
}

/* Passes on what of a page lies in the memory. */
static int add_page(struct walk *walk, const struct walk_range *page)
{
	uint64_t end = page->physical + page->size;
	int error = 0;

	for (size_t i = find(walk, page->physical);
	     i < walk->memory_count && walk->memory[i].start < end && !error;
	     i++) {
		const struct walk_memory *piece = &walk->memory[i];
		uint64_t piece_end = piece->start + piece->size;
		struct walk_range part = *page;

		if (part.physical < piece->start)
			part.physical = piece->start;
		part.size = (end < piece_end ? end : piece_end) -
			    part.physical;
		part.virtual += part.physical - page->physical;
		error = walk_add(walk, &part);
	}
	return error;
}

static int walk_table(struct walk *walk, int level,
		      const struct walk_range *above);

/* ABOVE has what the tables above it say of all that is below. */
static int walk_entry(struct walk *walk, int level, uint64_t entry, int index,
		      const struct walk_range *above)
{
	int shift = 12 + 9 * (level - 1);
	struct walk_range here = {
		.virtual = above->virtual + ((uint64_t)index << shift),
		.physical = entry & ADDRESS, .size = 1ull << shift,
		.write = above->write && (entry & WRITE),
		.execute = above->execute && !(entry & NO_EXECUTE),
	};

	if (level == 1 || (level < 4 && (entry & LARGE))) {
		/* In a large page's entry some low bits mean other things. */
		here.physical &= ~(here.size - 1);
		return add_page(walk, &here);
	}
	if ((level == 4 && (entry & LARGE)) ||
	    !walk_is_memory(walk, here.physical, 4096)) {
		walk->lost++;
		return 0;
	}
	return walk_table(walk, level - 1, &here);
}

static int walk_table(struct walk *walk, int level,
		      const struct walk_range *above)
{
	uint64_t entries[ENTRIES];
	int error;

	if (walk->tables++ >= walk->most_tables) {
		walk->cut = true;
		return 0;
	}
	error = walk->read(walk->context, above->physical, entries,
			   sizeof(entries));
	if (error == -EINTR)
		return error;
	if (error) {
		walk->lost++;
		return 0;
	}
	for (int i = level == 4 ? ENTRIES / 2 : 0;
	     i < ENTRIES && !error && !walk->cut; i++)
		if (entries[i] & PRESENT)
			error = walk_entry(walk, level, entries[i], i, above);
	return error;
}

int walk_kernel(struct walk *walk, uint64_t root)
{
	struct walk_range all = {
		.virtual = 0xffff000000000000ull, .physical = root & ADDRESS,
		.write = true, .execute = true,
	};
	uint64_t bytes = 0;

	for (size_t i = 0; i < walk->memory_count; i++)
		bytes += walk->memory[i].size;
	walk->most_tables = (bytes >> 20) * TABLES_PER_MIB + TABLES_MORE;
	if (!walk_is_memory(walk, all.physical, 4096)) {
		walk->lost++;
		return 0;
	}
	return walk_table(walk, 4, &all);
}

void walk_free(struct walk *walk)
{
	free(walk->ranges);
	walk->ranges = NULL;
	walk->count = walk->room = 0;
}
