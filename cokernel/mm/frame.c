/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See mm/frame.h.  The table of a block's descriptors lies in the first block
 * while that has room, so that all of the block can merge with its neighbours,
 * else in the block's own last frames; the links of the free lists lie in the
 * free memory itself.
 *
 * Memory is in zones: the first block, which stays to the end, and one zone for
 * all other blocks of a node.  The kernel takes from the first block as long as
 * it can, programs from the others, so that these can be taken back.  Pieces of
 * different zones do not merge; those of adjacent blocks in a zone do.
 *
 * With FRAME_DEBUG free memory has a pattern, which shows who writes to it
 * later, and freeing what is free is a panic wherever it lies.
 */
#include <errno.h>
#include <pisces/layout.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <lib/list.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/frame_block.h>

#define ZONES		64		/* the last is for all further nodes */
#define ZONE_FIRST	0		/* the first block's */
#define PATTERN		0xa5		/* of free memory, with FRAME_DEBUG */

/* One for each frame. */
struct frame {
	uint32_t more_users;	/* beyond the first; 0 when free */
	uint8_t order;		/* of the free piece that begins here */
	uint8_t is_free;	/* 1: a free piece begins here */
	uint16_t reserved;
};

struct block {
	phys_t start;
	uint64_t frames;
	struct frame *frame;	/* its table */
	phys_t end;		/* of what is managed: its own table, if any */
	uint64_t free_bytes;
	unsigned zone;
	unsigned index;		/* in the boot page */
};

struct zone {
	struct list free[FRAME_ORDER_MAX + 1];
	uint32_t node;
};

static struct block blocks[PISCES_MAX_BLOCKS];	/* by address */
static unsigned block_count;
static struct zone zones[ZONES];
static unsigned zone_count;
static uint64_t free_bytes;
static phys_t first_block;	/* where it starts */

static bool is_in(const struct block *block, phys_t phys)
{
	return phys - block->start < block->frames * PAGE_SIZE;
}

static struct block *block_find(phys_t phys)
{
	static unsigned last;	/* found: mostly it is the same again */
	unsigned low = 0, high = block_count;

	if (last < high && is_in(&blocks[last], phys))
		return &blocks[last];
	while (low < high) {
		unsigned middle = (low + high) / 2;
		struct block *block = &blocks[middle];

		if (phys < block->start) {
			high = middle;
		} else if (!is_in(block, phys)) {
			low = middle + 1;
		} else {
			last = middle;
			return block;
		}
	}
	return NULL;
}

static struct frame *frame_in(const struct block *block, phys_t phys)
{
	return &block->frame[(phys - block->start) / PAGE_SIZE];
}

static struct frame *frame_find(phys_t phys)
{
	struct block *block = block_find(phys);

	return block ? frame_in(block, phys) : NULL;
}

static uint64_t order_size(unsigned order)
{
	return PAGE_SIZE << order;
}

static phys_t block_end(const struct block *block)
{
	return block->start + block->frames * PAGE_SIZE;
}

static uint64_t table_size(uint64_t frames)
{
	return ALIGN_UP(frames * sizeof(struct frame), PAGE_SIZE);
}

/* A piece may reach over several blocks. */
static void account(phys_t start, unsigned order, bool freed)
{
	phys_t end = start + order_size(order);

	while (start < end) {
		struct block *block = block_find(start);
		uint64_t bytes = MIN(end, block_end(block)) - start;

		if (!freed)
			bytes = -bytes;
		block->free_bytes += bytes;
		free_bytes += bytes;
		host_stats->block_free[block->index] = block->free_bytes;
		start = MIN(end, block_end(block));
	}
	host_stats->memory_free = free_bytes;
}

/* Debugging. */

#ifdef FRAME_DEBUG
static void check_not_free(phys_t phys, unsigned order)
{
	for (unsigned o = 0; o <= FRAME_ORDER_MAX; o++) {
		phys_t base = phys & ~(order_size(o) - 1);
		struct frame *frame = frame_find(base);

		if (frame && frame->is_free && frame->order >= o)
			panic("frame %#lx is freed and is free already", phys);
	}
	for (phys_t inner = phys; inner < phys + order_size(order);
	     inner += PAGE_SIZE) {
		struct frame *frame = frame_find(inner);

		if (frame && frame->is_free)
			panic("frame %#lx is freed and is free already", inner);
		if (frame && frame->more_users)
			panic("frame %#lx is freed and has users", inner);
	}
}

static void fill_pattern(phys_t phys, unsigned order)
{
	memset(frame_address(phys), PATTERN, order_size(order));
}

/* But for the links of a free list at its start, wherever pieces began. */
static void check_pattern(phys_t phys, unsigned order)
{
	const uint8_t *byte = frame_address(phys);

	for (uint64_t at = 0; at < order_size(order); at++)
		if (byte[at] != PATTERN &&
		    at % PAGE_SIZE >= sizeof(struct list))
			panic("frame %#lx was written to while it was free",
			      (phys_t)(phys + ALIGN_DOWN(at, PAGE_SIZE)));
}
#else
static void check_not_free(phys_t phys, unsigned order)
{
	(void)phys, (void)order;
}

static void fill_pattern(phys_t phys, unsigned order)
{
	(void)phys, (void)order;
}

static void check_pattern(phys_t phys, unsigned order)
{
	(void)phys, (void)order;
}
#endif

/* Pieces. */

static void piece_insert(phys_t phys, unsigned order)
{
	struct block *block = block_find(phys);
	struct frame *frame = frame_in(block, phys);

	frame->is_free = 1;
	frame->order = (uint8_t)order;
	list_add(&zones[block->zone].free[order], frame_address(phys));
}

static void piece_remove(phys_t phys)
{
	frame_find(phys)->is_free = 0;
	list_remove(frame_address(phys));
}

static phys_t zone_take(struct zone *zone, unsigned order)
{
	unsigned have = order;
	phys_t phys;

	while (have <= FRAME_ORDER_MAX && list_empty(&zone->free[have]))
		have++;
	if (have > FRAME_ORDER_MAX)
		return FRAME_NONE;
	phys = frame_of(zone->free[have].next);
	piece_remove(phys);
	while (have > order) {
		have--;
		piece_insert(phys + order_size(have), have);
	}
	account(phys, order, false);
	check_pattern(phys, order);
	return phys;
}

/* From the zones of NODES, without the first block's. */
static phys_t others_take(uint64_t nodes, unsigned order)
{
	phys_t phys = FRAME_NONE;

	for (unsigned i = ZONE_FIRST + 1; i < zone_count && !phys; i++)
		if (frame_node_bit(zones[i].node) & nodes)
			phys = zone_take(&zones[i], order);
	return phys;
}

static bool (*shortage)(void);

void frame_on_shortage(bool (*handler)(void))
{
	shortage = handler;
}

/* Whoever wants a larger piece takes smaller ones, too. */
static bool find_some(unsigned order)
{
	return order == 0 && shortage && shortage();
}

phys_t frame_alloc(unsigned order)
{
	uint64_t here = frame_node_bit(this_cpu()->node);
	phys_t phys = zone_take(&zones[ZONE_FIRST], order);

	if (!phys)
		phys = others_take(here, order);
	if (!phys)
		phys = others_take(~here, order);
	return phys || !find_some(order) ? phys : frame_alloc(order);
}

phys_t frame_alloc_nodes(unsigned order, uint64_t nodes)
{
	phys_t phys = others_take(nodes, order);

	if (!phys && frame_node_bit(zones[ZONE_FIRST].node) & nodes)
		phys = zone_take(&zones[ZONE_FIRST], order);
	return phys;
}

static phys_t zeroed(phys_t phys, unsigned order)
{
	if (phys != FRAME_NONE)
		memset(frame_address(phys), 0, order_size(order));
	return phys;
}

phys_t frame_alloc_zero(unsigned order)
{
	return zeroed(frame_alloc(order), order);
}

phys_t frame_alloc_user_zero(unsigned order)
{
	return zeroed(frame_alloc_user(order), order);
}

/* Put a piece back that is counted as free already, with its free buddies. */
static void merge(phys_t phys, unsigned order)
{
	unsigned zone = block_find(phys)->zone;

	while (order < FRAME_ORDER_MAX) {
		phys_t buddy_phys = phys ^ order_size(order);
		struct block *block = block_find(buddy_phys);
		struct frame *buddy;

		if (!block || block->zone != zone)
			break;
		buddy = frame_in(block, buddy_phys);
		if (!buddy->is_free || buddy->order != order)
			break;
		piece_remove(buddy_phys);
		phys &= ~order_size(order);
		order++;
	}
	piece_insert(phys, order);
}

void frame_free(phys_t phys, unsigned order)
{
	struct frame *frame = frame_find(phys);

	check_not_free(phys, order);
	ASSERT(frame && !frame->is_free && order <= FRAME_ORDER_MAX &&
	       !(phys & (order_size(order) - 1)));
	fill_pattern(phys, order);
	account(phys, order, true);
	merge(phys, order);
}

/* Call DO_IT for [START, END) in the largest aligned pieces. */
static void in_pieces(phys_t start, phys_t end,
		      void (*do_it)(phys_t phys, unsigned order))
{
	while (start < end) {
		unsigned order = FRAME_ORDER_MAX;

		while (start & (order_size(order) - 1) ||
		       order_size(order) > end - start)
			order--;
		do_it(start, order);
		start += order_size(order);
	}
}

static unsigned order_for(uint64_t size)
{
	unsigned order = 0;

	while (order_size(order) < size)
		order++;
	return order;
}

/* Of a piece for SIZE only that much. */
static phys_t trimmed(phys_t phys, uint64_t size)
{
	if (phys != FRAME_NONE)
		in_pieces(phys + size, phys + order_size(order_for(size)),
			  frame_free);
	return phys;
}

phys_t frame_alloc_bytes(uint64_t bytes)
{
	uint64_t size = ALIGN_UP(bytes, PAGE_SIZE);
	phys_t phys;

	if (!size || size > order_size(FRAME_ORDER_MAX))
		return FRAME_NONE;
	do
		phys = frame_alloc(order_for(size));
	while (!phys && shortage && shortage());
	return trimmed(phys, size);
}

void frame_free_bytes(phys_t start, uint64_t bytes)
{
	in_pieces(start, start + ALIGN_UP(bytes, PAGE_SIZE), frame_free);
}

/*
 * The descriptors of the piece from PHYS to END, as far as they lie side by side;
 * PHYS moves on by as many.
 */
static struct frame *frames_from(phys_t *phys, phys_t end, uint64_t *count)
{
	struct block *block = block_find(*phys);
	struct frame *frame = frame_in(block, *phys);

	*count = (MIN(end, block_end(block)) - *phys) / PAGE_SIZE;
	*phys += *count * PAGE_SIZE;
	return frame;
}

static void get(phys_t phys, phys_t end)
{
	uint64_t count;

	while (phys < end)
		for (struct frame *frame = frames_from(&phys, end, &count);
		     count > 0; count--)
			frame++->more_users++;
}

void frame_get(phys_t phys, unsigned order)
{
	if (order)
		get(phys, phys + order_size(order));
	else
		frame_find(phys)->more_users++;
}

bool frame_is_shared(phys_t phys, unsigned order)
{
	phys_t end = phys + order_size(order);
	uint64_t count;

	while (phys < end)
		for (struct frame *frame = frames_from(&phys, end, &count);
		     count > 0; count--)
			if (frame++->more_users)
				return true;
	return false;
}

void frame_put(phys_t phys, unsigned order)
{
	phys_t end = phys + order_size(order), last;
	struct frame *single = order ? NULL : frame_find(phys);

	if (single && single->more_users) {
		single->more_users--;
		return;
	}
	if (!frame_is_shared(phys, order)) {
		frame_free(phys, order);
		return;
	}
	while (phys < end) {
		last = phys;
		while (last < end && !frame_find(last)->more_users)
			last += PAGE_SIZE;
		in_pieces(phys, last, frame_free);
		phys = last;
		for (; phys < end && frame_find(phys)->more_users;
		     phys += PAGE_SIZE)
			frame_find(phys)->more_users--;
	}
}

static uint64_t holds;		/* frames, each as often as it is held */

void frame_hold(phys_t start, uint64_t bytes)
{
	phys_t first = ALIGN_DOWN(start, PAGE_SIZE);
	phys_t end = ALIGN_UP(start + bytes, PAGE_SIZE);

	get(first, end);
	holds += (end - first) / PAGE_SIZE;
}

void frame_release(phys_t start, uint64_t bytes)
{
	phys_t next = ALIGN_DOWN(start, PAGE_SIZE);
	phys_t end = ALIGN_UP(start + bytes, PAGE_SIZE);
	uint64_t count;

	holds -= (end - next) / PAGE_SIZE;
	while (next < end) {
		phys_t at = next;
		struct frame *frame = frames_from(&next, end, &count);

		for (; count > 0; count--, frame++, at += PAGE_SIZE) {
			if (frame->more_users)
				frame->more_users--;
			else
				frame_free(at, 0);
		}
	}
}

bool frame_holds(void)
{
	return holds;
}

bool frame_is_held(phys_t phys, unsigned order)
{
	return holds && frame_is_shared(phys, order);
}

bool frame_ensure(uint64_t bytes)
{
	while (free_bytes < bytes)
		if (bytes - free_bytes > host_stats->memory_kept ||
		    !shortage || !shortage())
			return false;
	return true;
}

uint64_t frame_free_total(void)
{
	return free_bytes;
}

uint32_t frame_node(phys_t phys)
{
	const struct block *block = block_find(phys);

	return block ? zones[block->zone].node : 0;
}

uint64_t frame_nodes(void)
{
	uint64_t nodes = 0;

	for (unsigned i = 0; i < block_count; i++)
		nodes |= frame_node_bit(zones[blocks[i].zone].node);
	return nodes;
}

/* Blocks. */

static unsigned zone_create(uint32_t node)
{
	struct zone *zone = &zones[zone_count];

	zone->node = node;
	for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
		list_init(&zone->free[order]);
	return zone_count++;
}

static unsigned zone_of(uint32_t node)
{
	unsigned i;

	if (!zone_count)
		return zone_create(node);	/* ZONE_FIRST */
	for (i = ZONE_FIRST + 1; i < zone_count; i++)
		if (zones[i].node == node)
			return i;
	return i < ZONES ? zone_create(node) : ZONES - 1;
}

/* Room for a table in the first block, unless more than half of that is used. */
static phys_t table_alloc(uint64_t size)
{
	struct block *first = block_find(first_block);

	if (!block_count ||
	    first->free_bytes < first->frames * PAGE_SIZE / 2 + size)
		return FRAME_NONE;
	return trimmed(zone_take(&zones[ZONE_FIRST], order_for(size)), size);
}

void frame_add_block(unsigned index, const struct pisces_boot_block *what,
		     uint64_t used)
{
	uint64_t frames = what->size / PAGE_SIZE, size = table_size(frames);
	phys_t end = what->start + what->size, table = table_alloc(size);
	unsigned at = block_count;

	ASSERT(block_count < PISCES_MAX_BLOCKS && used + size < what->size);
	if (table == FRAME_NONE)
		table = end -= size;
	if (!block_count)
		first_block = what->start;
	while (at > 0 && blocks[at - 1].start > what->start) {
		blocks[at] = blocks[at - 1];
		at--;
	}
	blocks[at] = (struct block){
		.start = what->start,
		.frames = frames,
		.frame = frame_address(table),
		.end = end,
		.zone = zone_of(what->node),
		.index = index,
	};
	block_count++;
	memset(blocks[at].frame, 0, size);
	in_pieces(what->start + used, end, frame_free);
}

/* The free piece that PHYS lies in. */
static phys_t piece_of(phys_t phys, unsigned *order)
{
	for (unsigned o = 0; o <= FRAME_ORDER_MAX; o++) {
		phys_t base = phys & ~(order_size(o) - 1);
		struct frame *frame = frame_find(base);

		if (frame && frame->is_free && frame->order >= o) {
			*order = frame->order;
			return base;
		}
	}
	panic("frame %#lx is not free, though its block is", phys);
}

/* Off the free lists; all of BLOCK is free. */
static void take_out(const struct block *block)
{
	for (phys_t at = block->start; at < block->end;) {
		unsigned order;
		phys_t piece = piece_of(at, &order);
		phys_t behind = piece + order_size(order);

		piece_remove(piece);
		/* What of it lies in other blocks stays. */
		if (piece < block->start)
			in_pieces(piece, block->start, merge);
		if (behind > block->end)
			in_pieces(block->end, behind, merge);
		at = behind;
	}
}

int frame_remove_block(phys_t start)
{
	struct block *block = block_find(start);
	phys_t table;
	uint64_t elsewhere;

	if (!block || block->start != start)
		return -ENOENT;
	if (block->free_bytes != block->end - start)
		return -EBUSY;
	take_out(block);
	free_bytes -= block->free_bytes;
	host_stats->memory_free = free_bytes;
	host_stats->block_free[block->index] = 0;
	table = frame_of(block->frame);
	elsewhere = block->end == block_end(block) ? table_size(block->frames)
						   : 0;
	block_count--;
	memmove(block, block + 1,
		(size_t)(&blocks[block_count] - block) * sizeof(*block));
	frame_free_bytes(table, elsewhere);
	return 0;
}
