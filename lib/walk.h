/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel half of a co-kernel's page tables (AMD64 manual vol. 2, chapter
 * 5), read from outside.  They are not to be trusted: what they say may be
 * wrong or meant to hurt.  So no address outside the enclave's memory is read
 * or passed on, and no table makes the walk endless.
 */
#ifndef LIB_WALK_H
#define LIB_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of the enclave's physical memory. */
struct walk_memory {
	uint64_t start, size;
};

/* Where it is mapped. */
struct walk_range {
	uint64_t virtual, physical, size;
	bool write, execute;
};

#define WALK_RANGES	60000	/* at most */

struct walk {
	/*
	 * Copies BYTES at PHYSICAL, which lie in the memory.  0 or -errno:
	 * -EINTR ends the walk, with any other the table counts as lost.
	 */
	int (*read)(void *context, uint64_t physical, void *buffer,
		    size_t bytes);
	void *context;
	const struct walk_memory *memory;	/* ascending, not adjacent */
	size_t memory_count;
	/* What comes of it, by virtual address: */
	struct walk_range *ranges;
	size_t count;
	uint64_t lost;		/* tables that could not be read */
	bool cut;		/* there is more than can be right */
	/* The walk's own: */
	uint64_t tables, most_tables;
	size_t room;
};

/*
 * Walk the tables whose root is at ROOT (as in CR3).  0, -EINTR or -ENOMEM
 * without an error text; free it in any case.
 */
int walk_kernel(struct walk *walk, uint64_t root);
void walk_free(struct walk *walk);

/* Does all of it lie in one piece of the memory? */
bool walk_is_memory(const struct walk *walk, uint64_t physical, uint64_t size);

/* One range more, joined to the last if it goes on there; -ENOMEM. */
int walk_add(struct walk *walk, const struct walk_range *range);

#endif
