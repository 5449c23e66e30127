/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See mm/frame.h.  A block's descriptors lie in its own last frames; the links
 * of the free lists lie in the free memory itself.
 */
#include <pisces/layout.h>
#include <host/host.h>
#include <lib/list.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/frame_block.h>

/* One for each frame. */
struct frame {
	uint32_t more_users;	/* beyond the first; meaningless when free */
	uint8_t order;		/* of the free piece that begins here */
	uint8_t is_free;	/* 1: a free piece begins here */
	uint16_t reserved;
};

struct block {
	phys_t start;
	uint64_t frames;
	struct frame *frame;
};

static struct block blocks[PISCES_MAX_BLOCKS];	/* by address */
static unsigned block_count;
static struct list free_list[FRAME_ORDER_MAX + 1];
static uint64_t free_bytes;

static struct block *block_find(phys_t phys)
{
	unsigned low = 0, high = block_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		struct block *block = &blocks[middle];

		if (phys < block->start)
			high = middle;
		else if (phys - block->start >= block->frames * PAGE_SIZE)
			low = middle + 1;
		else
			return block;
	}
	return NULL;
}

static struct frame *frame_find(phys_t phys)
{
	struct block *block = block_find(phys);

	return block ? &block->frame[(phys - block->start) / PAGE_SIZE] : NULL;
}

static uint64_t order_size(unsigned order)
{
	return PAGE_SIZE << order;
}

static void account(int64_t bytes)
{
	free_bytes += (uint64_t)bytes;
	host_stats->memory_free = free_bytes;
}

static void piece_insert(phys_t phys, unsigned order)
{
	struct frame *frame = frame_find(phys);

	frame->is_free = 1;
	frame->order = (uint8_t)order;
	list_add(&free_list[order], frame_address(phys));
}

static void piece_remove(phys_t phys)
{
	struct frame *frame = frame_find(phys);

	frame->is_free = 0;
	list_remove(frame_address(phys));
}

phys_t frame_alloc(unsigned order)
{
	unsigned have = order;
	phys_t phys;

	while (have <= FRAME_ORDER_MAX && list_empty(&free_list[have]))
		have++;
	if (have > FRAME_ORDER_MAX)
		return FRAME_NONE;
	phys = frame_of(free_list[have].next);
	piece_remove(phys);
	while (have > order) {
		have--;
		piece_insert(phys + order_size(have), have);
	}
	frame_find(phys)->more_users = 0;
	account(-(int64_t)order_size(order));
	return phys;
}

phys_t frame_alloc_zero(unsigned order)
{
	phys_t phys = frame_alloc(order);

	if (phys != FRAME_NONE)
		memset(frame_address(phys), 0, order_size(order));
	return phys;
}

void frame_free(phys_t phys, unsigned order)
{
	struct frame *frame = frame_find(phys);

	ASSERT(frame && !frame->is_free && order <= FRAME_ORDER_MAX &&
	       !(phys & (order_size(order) - 1)));
	account((int64_t)order_size(order));
	while (order < FRAME_ORDER_MAX) {
		phys_t buddy_phys = phys ^ order_size(order);
		struct frame *buddy = frame_find(buddy_phys);

		if (!buddy || !buddy->is_free || buddy->order != order)
			break;
		piece_remove(buddy_phys);
		phys &= ~order_size(order);
		order++;
	}
	/* An inner frame of a larger piece may never have had its own count. */
	frame_find(phys)->more_users = 0;
	piece_insert(phys, order);
}

/* Free [START, END) in the largest aligned pieces. */
static void free_range(phys_t start, phys_t end)
{
	while (start < end) {
		unsigned order = FRAME_ORDER_MAX;

		while (start & (order_size(order) - 1) ||
		       order_size(order) > end - start)
			order--;
		frame_free(start, order);
		start += order_size(order);
	}
}

phys_t frame_alloc_bytes(uint64_t bytes)
{
	uint64_t size = ALIGN_UP(bytes, PAGE_SIZE);
	unsigned order = 0;
	phys_t phys;

	if (!size || size > order_size(FRAME_ORDER_MAX))
		return FRAME_NONE;
	while (order_size(order) < size)
		order++;
	phys = frame_alloc(order);
	if (phys != FRAME_NONE)
		free_range(phys + size, phys + order_size(order));
	return phys;
}

void frame_free_bytes(phys_t start, uint64_t bytes)
{
	free_range(start, start + ALIGN_UP(bytes, PAGE_SIZE));
}

void frame_get(phys_t phys)
{
	frame_find(phys)->more_users++;
}

void frame_put(phys_t phys)
{
	struct frame *frame = frame_find(phys);

	if (frame->more_users)
		frame->more_users--;
	else
		frame_free(phys, 0);
}

unsigned frame_users(phys_t phys)
{
	return frame_find(phys)->more_users + 1;
}

uint64_t frame_free_total(void)
{
	return free_bytes;
}

void frame_add_block(phys_t start, uint64_t size, uint64_t used)
{
	uint64_t frames = size / PAGE_SIZE;
	uint64_t table = ALIGN_UP(frames * sizeof(struct frame), PAGE_SIZE);
	unsigned at = block_count;

	ASSERT(block_count < PISCES_MAX_BLOCKS && used + table < size);
	while (at > 0 && blocks[at - 1].start > start) {
		blocks[at] = blocks[at - 1];
		at--;
	}
	blocks[at] = (struct block){
		.start = start,
		.frames = frames,
		.frame = frame_address(start + size - table),
	};
	block_count++;
	memset(blocks[at].frame, 0, table);
	free_range(start + used, start + size - table);
}

void frame_init(void)
{
	for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
		list_init(&free_list[order]);
}
