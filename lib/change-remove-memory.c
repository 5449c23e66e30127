/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking memory from an enclave that runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/block.h"
#include "lib/change-remove.h"
#include "lib/error.h"
#include "lib/text.h"

/* A block keeps up to so much of itself for its own description. */
#define OWN_SHARE	256

static uint64_t in_use(const struct removal *removal,
		       const struct pisces_ioctl_ledger *entry)
{
	uint64_t size = entry->size_bytes, free = 0;

	if (entry->slot < PISCES_MAX_BLOCKS)
		free = removal->stats.block_free[entry->slot];
	if (free > size)
		free = size;
	return size - free <= size / OWN_SHARE ? 0 : size - free;
}

/* May it go at all? */
static bool is_movable(const struct removal *removal,
		       const struct pisces_ioctl_ledger *entry, int node)
{
	return entry->kind == PISCES_GRANT_MEMORY &&
	       entry->step == PISCES_STEP_KEPT &&
	       entry->start != removal->change->enclave.base &&
	       (node < 0 || entry->node == (uint32_t)node);
}

/* What could go at once, for those whose wish cannot be. */
static void suggest(const struct removal *removal, uint64_t free)
{
	const char *name = removal->change->enclave.name;

	if (free)
		error_add("%s are free: pisces rm-mem -e %s %" PRIu64 "M",
			  text_bytes(free), name, free >> 20);
	else
		error_add("no block is free: end what runs in %s, or take less",
			  name);
}

/* With those that the enclave has just left. */
static uint64_t free_bytes(const struct removal *removal)
{
	uint64_t free = removal->change->changed.bytes;

	for (size_t i = 0; i < removal->ledger.count; i++) {
		const struct pisces_ioctl_ledger *entry =
			&removal->ledger.entries[i];

		if (is_movable(removal, entry, -1) && !in_use(removal, entry))
			free += entry->size_bytes;
	}
	return free;
}

static int remove_range(struct removal *removal,
			const struct memory_part *part, uint64_t size)
{
	const struct change *change = removal->change;
	const char *name = change->enclave.name;
	int error = 0;

	removal->count = 0;
	for (uint64_t at = part->start; at < part->end; at += size) {
		struct pisces_ioctl_ledger *entry =
			ledger_find(&removal->ledger, PISCES_GRANT_MEMORY, at);

		if (!entry || entry->step != PISCES_STEP_KEPT)
			return error_set(-EINVAL, "the memory block at 0x%"
					 PRIx64 " is not one of %s's: pisces "
					 "status %s lists them", at, name,
					 name);
		if (entry->start == change->enclave.base)
			return error_set(-EPERM, "the memory block at 0x%"
					 PRIx64 " is the first of %s and stays "
					 "to the end: pisces destroy %s gives "
					 "it back", at, name, name);
		removal_add(removal, entry, 0);
	}
	for (size_t i = 0; i < removal->count && !error; i++)
		error = removal_detach(removal, i, false);
	if (error == -EBUSY)
		suggest(removal, free_bytes(removal));
	return error;
}

static int too_much(const struct removal *removal, uint64_t bytes,
		    uint64_t there, int node)
{
	char where[32] = "";

	if (node >= 0)
		snprintf(where, sizeof(where), " on node %d", node);
	return error_set(-EINVAL, "%s is more memory than %s can lose: besides "
			 "its first block it has %s%s", text_bytes(bytes),
			 removal->change->enclave.name, text_bytes(there),
			 where);
}

static int remove_size(struct removal *removal, uint64_t wanted, int node,
		       uint64_t size)
{
	size_t begun = removal->gone;
	int refused = 0;

	removal->count = 0;
	for (size_t i = 0; i < removal->ledger.count; i++) {
		struct pisces_ioctl_ledger *entry =
			&removal->ledger.entries[i];

		if (is_movable(removal, entry, node))
			removal_add(removal, entry, in_use(removal, entry));
	}
	removal_sort(removal);
	if (wanted > removal->count)
		return too_much(removal, wanted * size, removal->count * size,
				node);
	for (size_t i = 0; i < removal->count &&
	     removal->gone - begun < wanted; i++) {
		int error = removal_detach(removal, i, false);

		if (error && error != -EBUSY)
			return error;
		refused = error ? error : refused;
	}
	if (removal->gone - begun == wanted)
		return 0;
	/* The text is that of the last refusal. */
	suggest(removal, removal->gone * size);
	return refused;
}

static int remove_part(struct removal *removal,
		       const struct memory_part *wanted)
{
	struct memory_part part = *wanted;
	uint64_t size, blocks;
	int error = block_size(&size);
	int node = part.node >= 0 ? part.node : removal->change->node;

	if (!error)
		error = wish_blocks(&part, size, &blocks);
	if (error)
		return error;
	return part.end ? remove_range(removal, &part, size)
			: remove_size(removal, blocks, node, size);
}

int change_remove_memory(struct change *change, const struct memory_wish *wish)
{
	static struct removal removal;
	int error = removal_begin(&removal, change);

	for (int i = 0; i < wish->count && !error; i++)
		error = remove_part(&removal, &wish->part[i]);
	error = removal_finish(&removal, error);
	removal_end(&removal);
	return error;
}
