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
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/meminfo.h"
#include "lib/release.h"
#include "lib/sysfs.h"
#include "lib/text.h"

#define BLOCK_SECONDS	5	/* for one try */
#define SEARCH_SECONDS	120	/* for all */
#define MOST_TRIED	1024	/* that the error names */

/* The search for one part of a wish. */
struct search {
	const struct claim *claim;
	const struct memory_part *part;
	struct block *blocks;
	size_t count;		/* of those that may be tried */
	struct ledger granted;	/* of all enclaves */
	uint64_t block_size;
	uint64_t wanted;	/* blocks */
	int64_t deadline;
	unsigned int tried[MOST_TRIED];
	int tried_count;
};

static const struct pisces_ioctl_ledger *owner(const struct search *search,
					       uint64_t start)
{
	return ledger_find(&search->granted, PISCES_GRANT_MEMORY, start);
}

static bool is_in(const struct grants *grants, uint64_t start)
{
	for (size_t i = 0; grants && i < grants->range_count; i++)
		if (start >= grants->ranges[i].start &&
		    start - grants->ranges[i].start < grants->ranges[i].size)
			return true;
	return false;
}

static bool is_wanted(const struct search *search, const struct block *block,
		      int node)
{
	uint64_t start = block->number * search->block_size;
	const struct memory_part *part = search->part;

	if (part->end)
		return start >= part->start && start < part->end;
	return !block->fixed && (node < 0 || block->node == node) &&
	       !owner(search, start);
}

/* Keeps the blocks that it makes sense to try. */
static int gather(struct search *search, int node, int near,
		  const struct grants *taken)
{
	size_t all, kept = 0;
	int error = block_list(node >= 0 ? node : near, &search->blocks,
			       &all);

	if (error)
		return error;
	for (size_t i = 0; i < all; i++) {
		struct block *block = &search->blocks[i];

		if (is_wanted(search, block, node) &&
		    !is_in(taken, block->number * search->block_size))
			search->blocks[kept++] = *block;
	}
	search->count = kept;
	return 0;
}

static int check_free(const struct search *search, uint64_t bytes)
{
	uint64_t available = meminfo_available();
	uint64_t size = search->block_size, offline = 0, online;

	for (size_t i = 0; i < search->count; i++)
		offline += !search->blocks[i].online;
	online = search->wanted > offline ? search->wanted - offline : 0;
	if (online * size > available)
		return error_set(-ENOMEM, "%s is more memory than Linux has "
				 "free: %s", text_bytes(bytes),
				 text_bytes(available & ~0xfffffull));
	return 0;
}

static int check_size(const struct search *search, int node)
{
	uint64_t bytes = search->part->bytes;
	char where[32] = "";

	bytes = bytes ? bytes : search->block_size;
	if (node >= 0)
		snprintf(where, sizeof(where), " on node %d", node);
	if (search->wanted > search->count)
		return error_set(-ENOMEM, "%s is more memory than Linux could "
				 "give away%s: it has %zu blocks of %s that "
				 "might go", text_bytes(bytes), where,
				 search->count,
				 text_bytes(search->block_size));
	return check_free(search, bytes);
}

/* Each block of a range must be there, and free to go. */
static int check_range(const struct search *search)
{
	const struct memory_part *part = search->part;
	uint64_t size = search->block_size;

	for (uint64_t start = part->start; start < part->end; start += size) {
		const struct pisces_ioctl_ledger *entry = owner(search, start);
		const struct block *block = NULL;

		for (size_t i = 0; i < search->count && !block; i++)
			if (search->blocks[i].number == start / size)
				block = &search->blocks[i];
		if (!block)
			return error_set(-ENXIO, "there is no memory block at "
					 "0x%" PRIx64, start);
		if (entry)
			return error_set(-EEXIST, "the memory block at 0x%"
					 PRIx64 " is granted to %s already: "
					 "pisces rm-mem or pisces destroy "
					 "gives it back",
					 start, enclave_name_of(
					 search->claim->manager, entry->id));
		if (block->fixed)
			return error_set(-EPERM, "the memory block at 0x%"
					 PRIx64 " stays with Linux, which "
					 "needs it: choose another", start);
	}
	return check_free(search, part->end - part->start);
}

/* What makes the module refuse a block, whatever it is used for. */
static const char *unfit(int error)
{
	switch (-error) {
	case EPERM:
		return "a driver manages it (virtio-mem, dax)";
	case EHWPOISON:
		return "pages of it had hardware errors";
	case EOPNOTSUPP:
		return "Linux keeps its records of the block in the block "
		       "(memory_hotplug.memmap_on_memory)";
	default:
		return NULL;
	}
}

/*
 * 0: it is ours.  1: it cannot be had, and the ledger is without it.  Else
 * -errno with an error text.
 */
static int try_block(struct search *search, const struct block *block)
{
	const struct claim *claim = search->claim;
	struct pisces_ioctl_ledger undo = {
		.kind = PISCES_GRANT_MEMORY, .step = PISCES_STEP_INTENT,
		.start = block->number * search->block_size,
		.size_bytes = search->block_size,
	};
	struct pisces_ioctl_grant grant;
	int error = ledger_step(claim->manager, claim->id, &undo,
				PISCES_STEP_INTENT, 0, &grant);

	if (error == -EBUSY && grant.changer_pid)
		return enclave_changing(claim->name, grant.changer_pid);
	if (error == -ENOENT || error == -EINVAL || error == -ENOSPC)
		return error_errno(error, "cannot claim memory%" PRIu64,
				   block->number);
	if (error && search->part->end && unfit(error))
		return error_set(error, "the memory block at 0x%" PRIx64
				 " cannot go: %s; choose another",
				 (uint64_t)undo.start, unfit(error));
	if (error)
		return 1;
	undo.flags = grant.flags;
	if (block_is_online(block->number))
		error = block_offline(block->number, BLOCK_SECONDS);
	if (!error)
		error = ledger_step(claim->manager, claim->id, &undo,
				    PISCES_STEP_COMMIT, 0, NULL);
	if (error && release_grant(claim->manager, claim->id, &undo))
		return -EIO;
	return error ? 1 : 0;
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

/* The same results as try_block(). */
static int take_one(struct search *search, const struct block *block,
		    uint64_t got)
{
	int error = interrupt_check();

	if (error)
		return error;
	if (!clock_left_ms(search->deadline))
		return nothing_left(search, got, "this took too long");
	if (!leaves_enough(search, block))
		return nothing_left(search, got, "Linux needs the memory that "
				    "is left");
	if (search->claim->progress)
		search->claim->progress(block->number, block->number *
					search->block_size);
	error = try_block(search, block);
	if (error > 0 && search->tried_count < MOST_TRIED)
		search->tried[search->tried_count++] =
			(unsigned int)block->number;
	return error;
}

static int take(struct search *search)
{
	uint64_t got = 0;

	for (size_t i = 0; i < search->count && got < search->wanted; i++) {
		int error = take_one(search, &search->blocks[i], got);

		if (error < 0)
			return error;
		got += error == 0;
		/* Of a range all are needed. */
		if (error && search->part->end)
			break;
	}
	if (got < search->wanted)
		return nothing_left(search, got, "Linux keeps something in "
				    "each that cannot move; it is best done "
				    "soon after start-up");
	return interrupt_check();
}

static int prepare(struct search *search, struct memory_part *part, int node,
		   int near, const struct grants *taken)
{
	int error = block_size(&search->block_size);

	search->part = part;
	node = part->node >= 0 ? part->node : node;
	if (!error && node >= 0)
		error = sysfs_check_node(node);
	if (!error)
		error = wish_blocks(part, search->block_size, &search->wanted);
	if (!error)
		error = ledger_read_all(search->claim->manager,
					&search->granted);
	if (!error)
		error = gather(search, node, near, taken);
	if (error)
		return error;
	return part->end ? check_range(search) : check_size(search, node);
}

static void search_free(struct search *search)
{
	free(search->blocks);
	ledger_free(&search->granted);
}

static int plan(const struct search *search, struct grants *plan)
{
	int error = 0;

	for (size_t i = 0; i < search->wanted && !error; i++) {
		struct pisces_ioctl_ledger entry = {
			.kind = PISCES_GRANT_MEMORY,
			.start = search->blocks[i].number *
				 search->block_size,
			.size_bytes = search->block_size,
			.node = (uint32_t)search->blocks[i].node,
		};

		error = grants_add(plan, &entry);
	}
	return error;
}

int claim_plan_memory(const struct claim *claim,
		      const struct memory_wish *wish, int node, int near,
		      struct grants *planned)
{
	struct grants none = { 0 }, *taken = planned ? planned : &none;
	int error = 0;

	for (int i = 0; i < wish->count && !error; i++) {
		struct memory_part part = wish->part[i];
		struct search search = { .claim = claim };

		error = prepare(&search, &part, node, near, taken);
		if (!error)
			error = plan(&search, taken);
		search_free(&search);
	}
	grants_free(&none);
	return error;
}

int claim_memory(const struct claim *claim, const struct memory_wish *wish,
		 int node, int near)
{
	int64_t deadline = clock_ns() + SEARCH_SECONDS * 1000000000ll;
	int error = 0;

	for (int i = 0; i < wish->count && !error; i++) {
		struct memory_part part = wish->part[i];
		struct search search = {
			.claim = claim, .deadline = deadline,
		};

		error = prepare(&search, &part, node, near, NULL);
		if (!error)
			error = take(&search);
		search_free(&search);
	}
	return error;
}
