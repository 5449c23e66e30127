// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables on which a CPU enters the image, as struct pisces_image's
 * comment describes them.  All below 4 GiB, since the CPU takes their address
 * while it is not yet in 64-bit mode.
 *
 * Locking: none; one start has its own.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "tables.h"

#define HUGE			0x200000ull
#define ENTRIES			512
#define ENTRY_TABLE		0x003ull	/* present, writable */
#define ENTRY_HUGE		0x083ull	/* and a large page */
#define ENTRY_ADDRESS		0x000ffffffffff000ull

struct tables {
	u64 *root;
	struct list_head pages;	/* by page->lru */
};

static u64 *new_table(struct tables *tables)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_DMA32 | __GFP_ZERO);

	if (!page)
		return NULL;
	list_add(&page->lru, &tables->pages);
	return page_address(page);
}

/* The entry for ADDRESS at LEVEL (1: 4 KiB, 2: 2 MiB), or NULL. */
static u64 *find_entry(struct tables *tables, u64 address, int level)
{
	u64 *table = tables->root;
	int at;

	for (at = 4; ; at--) {
		u64 *entry = &table[address >> (3 + 9 * at) & (ENTRIES - 1)];

		if (at == level)
			return entry;
		if (!*entry) {
			table = new_table(tables);
			if (!table)
				return NULL;
			*entry = virt_to_phys(table) | ENTRY_TABLE;
		}
		table = phys_to_virt(*entry & ENTRY_ADDRESS);
	}
}

static int map_huge(struct tables *tables, u64 address, u64 physical, u64 size)
{
	u64 done;

	for (done = 0; done < size; done += HUGE) {
		u64 *entry = find_entry(tables, address + done, 2);

		if (!entry)
			return -ENOMEM;
		*entry = (physical + done) | ENTRY_HUGE;
	}
	return 0;
}

int tables_map_low(struct tables *tables, u64 low)
{
	u64 *entry = find_entry(tables, low, 1);

	if (!entry)
		return -ENOMEM;
	*entry = low | ENTRY_TABLE;
	return 0;
}

u32 tables_root(const struct tables *tables)
{
	return virt_to_phys(tables->root);
}

struct tables *tables_make(const struct enclave *e)
{
	struct tables *tables = kzalloc(sizeof(*tables), GFP_KERNEL);

	if (!tables)
		return NULL;
	INIT_LIST_HEAD(&tables->pages);
	tables->root = new_table(tables);
	if (!tables->root ||
	    map_huge(tables, PISCES_DIRECT_MAP + e->base, e->base,
		     e->block_size) ||
	    map_huge(tables, PISCES_IMAGE_BASE, e->base + PISCES_IMAGE_OFFSET,
		     round_up(e->image_size, HUGE))) {
		tables_free(tables);
		return NULL;
	}
	return tables;
}

void tables_free(struct tables *tables)
{
	struct page *page, *next;

	if (!tables)
		return;
	list_for_each_entry_safe(page, next, &tables->pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	kfree(tables);
}
