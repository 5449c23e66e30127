// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file's pages: a radix tree with 512 slots a table.  Tables and pages are
 * order-0 frames; pages may have other users (shared mappings), so they are
 * given back with frame_put().
 *
 * Locking: the inode's user serialises.
 */
#include <fs/data.h>
#include <lib/string.h>
#include <mm/frame.h>

#define SLOTS	512ull

/* Pages that a tree of HEIGHT can hold. */
static uint64_t capacity(unsigned height)
{
	return 1ull << (9 * height);
}

static phys_t *table_of(phys_t frame)
{
	return frame_address(frame);
}

/*
 * The frame of page INDEX, which fits into the tree; FRAME_NONE: the slot where
 * the way ends is empty, and with it the CAPACITY(*HEIGHT) pages that it covers.
 */
static phys_t descend(const struct data *data, uint64_t index, unsigned *height)
{
	phys_t frame = data->root;

	*height = data->height;
	while (frame && *height > 0) {
		--*height;
		frame = table_of(frame)[index >> (9 * *height) & (SLOTS - 1)];
	}
	return frame;
}

phys_t data_find(const struct data *data, uint64_t index)
{
	unsigned height;

	if (index >= capacity(data->height))
		return FRAME_NONE;
	return descend(data, index, &height);
}

uint64_t data_next(const struct data *data, uint64_t index)
{
	unsigned height;

	while (index < capacity(data->height)) {
		if (descend(data, index, &height))
			return index;
		index = (index / capacity(height) + 1) * capacity(height);
	}
	return DATA_NONE;
}

/* Add levels until INDEX fits. */
static bool grow(struct data *data, uint64_t index)
{
	while (index >= capacity(data->height)) {
		phys_t table;

		if (data->root) {
			table = frame_alloc_zero(0);
			if (!table)
				return false;
			table_of(table)[0] = data->root;
			data->root = table;
		}
		data->height++;
	}
	return true;
}

/* The slot of page INDEX, with all tables on the way; NULL: no memory. */
static phys_t *slot_make(struct data *data, uint64_t index)
{
	phys_t *slot = &data->root;

	if (!grow(data, index))
		return NULL;
	for (unsigned height = data->height; height > 0; height--) {
		if (!*slot)
			*slot = frame_alloc_zero(0);
		if (!*slot)
			return NULL;
		slot = &table_of(*slot)[index >> (9 * (height - 1)) &
					(SLOTS - 1)];
	}
	return slot;
}

phys_t data_make(struct data *data, uint64_t index)
{
	phys_t *slot = slot_make(data, index);

	if (!slot)
		return FRAME_NONE;
	if (!*slot) {
		*slot = frame_alloc_user_zero(0);
		data->frames += *slot != FRAME_NONE;
	}
	return *slot;
}

/* A whole table's frames as one 2 MiB piece. */
static phys_t one_piece(const phys_t *slots)
{
	if (slots[0] % LARGE_SIZE)
		return FRAME_NONE;
	for (uint64_t i = 0; i < SLOTS; i++)
		if (slots[i] != slots[0] + i * PAGE_SIZE)
			return FRAME_NONE;
	return slots[0];
}

phys_t data_find_large(const struct data *data, uint64_t index)
{
	phys_t table = data->root;

	if (!data->height || index >= capacity(data->height))
		return FRAME_NONE;
	for (unsigned height = data->height; table && height > 1; height--)
		table = table_of(table)[index >> (9 * (height - 1)) &
					(SLOTS - 1)];
	return table ? one_piece(table_of(table)) : FRAME_NONE;
}

phys_t data_make_large(struct data *data, uint64_t index)
{
	/* With its last page the table is there. */
	phys_t *slots = slot_make(data, index + SLOTS - 1), frame;

	if (!slots)
		return FRAME_NONE;
	slots -= SLOTS - 1;
	for (uint64_t i = 0; i < SLOTS; i++)
		if (slots[i])
			return one_piece(slots);
	frame = frame_alloc_user_zero(FRAME_ORDER_LARGE);
	for (uint64_t i = 0; frame && i < SLOTS; i++)
		slots[i] = frame + i * PAGE_SIZE;
	data->frames += frame ? SLOTS : 0;
	return frame;
}

/* Pages of [FIRST, END) below FRAME, which covers pages from BASE. */
static uint64_t count(phys_t frame, unsigned height, uint64_t base,
		      uint64_t first, uint64_t end)
{
	uint64_t each, total = 0;

	if (!frame || first >= base + capacity(height) || end <= base)
		return 0;
	if (height == 0)
		return 1;
	each = capacity(height - 1);
	for (uint64_t i = 0; i < SLOTS; i++)
		total += count(table_of(frame)[i], height - 1, base + i * each,
			       first, end);
	return total;
}

uint64_t data_count(const struct data *data, uint64_t first, uint64_t end)
{
	return count(data->root, data->height, 0, first, end);
}

/* Free [FIRST, END) below SLOT, which covers pages from BASE. */
static void punch(struct data *data, phys_t *slot, unsigned height,
		  uint64_t base, uint64_t first, uint64_t end)
{
	uint64_t each;

	if (!*slot || first >= base + capacity(height) || end <= base)
		return;
	if (height == 0) {
		frame_put(*slot, 0);
		data->frames--;
		*slot = FRAME_NONE;
		return;
	}
	each = capacity(height - 1);
	for (uint64_t i = 0; i < SLOTS; i++)
		punch(data, &table_of(*slot)[i], height - 1, base + i * each,
		      first, end);
	if (first <= base && end >= base + capacity(height)) {
		frame_free(*slot, 0);
		*slot = FRAME_NONE;
	}
}

void data_punch(struct data *data, uint64_t first, uint64_t end)
{
	punch(data, &data->root, data->height, 0, first, end);
	if (!data->root)
		data->height = 0;
}

void data_cut(struct data *data, uint64_t index)
{
	data_punch(data, index, capacity(data->height) > index ?
		   capacity(data->height) : index);
}
