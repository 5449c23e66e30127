/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents that a page is known by: for each seed others, which no page has by
 * chance.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES	4096u
#define PAGE_SEEDS	64u	/* seeds are below this */

static inline uint64_t page_word(size_t i, unsigned seed)
{
	return (i + 1) * 0x9e3779b97f4a7c15ull ^ 0x7069736365735eedull * seed;
}

static inline void page_fill(volatile uint64_t *page, unsigned seed)
{
	for (size_t i = 0; i < PAGE_BYTES / 8; i++)
		page[i] = page_word(i, seed);
}

static inline bool page_is(const volatile uint64_t *page, unsigned seed)
{
	for (size_t i = 0; i < PAGE_BYTES / 8; i++)
		if (page[i] != page_word(i, seed))
			return false;
	return true;
}

/* The seed that PAGE has the contents of; -1: none. */
static inline int page_seed(const volatile uint64_t *page)
{
	for (unsigned seed = 1; seed < PAGE_SEEDS; seed++)
		if (page_is(page, seed))
			return (int)seed;
	return -1;
}

#endif
