/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking memory from Linux for an enclave.  Whether a block can go is known
 * only by trying, so they are tried in turn, each for a few seconds at most.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/block.h"
#include "lib/claim.h"
#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/meminfo.h"
#include "lib/release.h"
#include "lib/text.h"

#define BLOCK_SECONDS	5	/* for one try */
#define SEARCH_SECONDS	120	/* for all */
#define MOST_TRIED	1024	/* that the error names */

struct search {
	const struct claim *claim;
	struct block *blocks;
	size_t count;		/* of those that may be tried */
	uint64_t block_size;
	uint64_t wanted;	/* blocks */
	unsigned int tried[MOST_TRIED];
	int tried_count;
};

static bool is_granted(const struct search *search, uint64_t start)
{
	struct pisces_ioctl_ledger entry;
	struct pisces_ioctl_status status;
	int manager = search->claim->manager;

	for (uint32_t after = 0;
	     !manager_status(manager, 0, after, &status); after = status.id)
		for (uint32_t i = 0;
		     !manager_ledger(manager, status.id, i, &entry); i++)
			if (entry.kind == PISCES_GRANT_MEMORY &&
			    entry.start == start)
				return true;
	return false;
}

/* Keeps the blocks that it makes sense to try. */
static int gather(struct search *search, int node, int near)
{
	size_t all, kept = 0;
	int error = block_size(&search->block_size);

	if (!error)
		error = block_list(node >= 0 ? node : near, &search->blocks,
				   &all);
	if (error)
		return error;
	for (size_t i = 0; i < all; i++) {
		struct block *block = &search->blocks[i];

		if (block->fixed || (node >= 0 && block->node != node) ||
		    is_granted(search, block->number * search->block_size))
			continue;
		search->blocks[kept++] = *block;
	}
	search->count = kept;
	return 0;
}

static int check_size(const struct search *search, uint64_t bytes, int node)
{
	uint64_t size = search->block_size, offline = 0, online;
	uint64_t available = meminfo_available();
	char where[32] = "";

	if (node >= 0)
		snprintf(where, sizeof(where), " on node %d", node);
	if (search->wanted > search->count)
		return error_set(-ENOMEM, "%s is more memory than Linux could "
				 "give away%s: it has %zu blocks of %s that "
				 "might go", text_bytes(bytes), where,
				 search->count, text_bytes(size));
	for (size_t i = 0; i < search->count; i++)
		offline += !search->blocks[i].online;
	online = search->wanted > offline ? search->wanted - offline : 0;
	if (online * size > available)
		return error_set(-ENOMEM, "%s is more memory than Linux has "
				 "free: %s", text_bytes(bytes),
				 text_bytes(available & ~0xfffffull));
	return 0;
}

/* Leaves the ledger without the block if it cannot be had. */
static int try_block(struct search *search, const struct block *block)
{
	const struct claim *claim = search->claim;
	struct pisces_ioctl_grant grant = {
		.id = claim->id, .kind = PISCES_GRANT_MEMORY,
		.start = block->number * search->block_size,
		.size_bytes = search->block_size,
		.step = PISCES_STEP_INTENT,
	};
	struct pisces_ioctl_ledger undo = {
		.kind = grant.kind, .start = grant.start,
		.size_bytes = grant.size_bytes, .step = PISCES_STEP_INTENT,
	};
	int error = manager_grant(claim->manager, &grant);

	if (error)
		return error;
	undo.flags = grant.flags;
	if (block_is_online(block->number))
		error = block_offline(block->number, BLOCK_SECONDS);
	if (!error) {
		grant.step = PISCES_STEP_COMMIT;
		error = manager_grant(claim->manager, &grant);
	}
	if (error && release_grant(claim->manager, claim->id, &undo))
		return -EIO;
	return error;
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

static int nothing_left(struct search *search, uint64_t got, const char *why)
{
	char list[1024];

	qsort(search->tried, search->tried_count, sizeof(unsigned int),
	      by_number);
	text_from_list(search->tried, search->tried_count, list,
		       sizeof(list));
	if (!search->tried_count)
		return error_set(-ENOMEM, "no memory block can be taken: %s",
				 why);
	return error_set(-ENOMEM, "no memory block can be taken%s: tried "
			 "memory%s in vain (%s)",
			 got ? " beyond those that could" : "", list, why);
}

static bool leaves_enough(const struct search *search,
			  const struct block *block)
{
	return !block->online || meminfo_available() > search->block_size;
}

static int take(struct search *search)
{
	int64_t deadline = clock_ns() + SEARCH_SECONDS * 1000000000ll;
	uint64_t got = 0;

	for (size_t i = 0; i < search->count && got < search->wanted; i++) {
		const struct block *block = &search->blocks[i];
		int error = interrupt_check();

		if (error)
			return error;
		if (!clock_left_ms(deadline))
			return nothing_left(search, got,
					    "this took too long");
		if (!leaves_enough(search, block))
			return nothing_left(search, got, "Linux needs the "
					    "memory that is left");
		if (search->claim->progress)
			search->claim->progress(block->number, block->number *
						search->block_size);
		error = try_block(search, block);
		if (!error) {
			got++;
			continue;
		}
		if (error == -EIO)
			return error;
		if (search->tried_count < MOST_TRIED)
			search->tried[search->tried_count++] =
				(unsigned int)block->number;
	}
	if (got < search->wanted)
		return nothing_left(search, got, "Linux keeps something in "
				    "each that cannot move; it is best done "
				    "soon after start-up");
	return interrupt_check();
}

/* BYTES 0: one block. */
static int prepare(struct search *search, const struct claim *claim,
		   uint64_t bytes, int node, int near)
{
	int error;

	memset(search, 0, sizeof(*search));
	search->claim = claim;
	error = gather(search, node, near);
	if (error)
		return error;
	bytes = bytes ? bytes : search->block_size;
	search->wanted = (bytes - 1) / search->block_size + 1;
	return check_size(search, bytes, node);
}

int claim_check_memory(int manager, uint64_t bytes, int node)
{
	struct claim claim = { .manager = manager };
	struct search search;
	int error = prepare(&search, &claim, bytes, node, node);

	free(search.blocks);
	return error;
}

int claim_memory(const struct claim *claim, uint64_t bytes, int node, int near)
{
	struct search search;
	int error = prepare(&search, claim, bytes, node, near);

	if (!error)
		error = take(&search);
	free(search.blocks);
	return error;
}
