/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks and partitions in /dev: names and numbers as Linux gives them, and what
 * the partition table says.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <block/disk_state.h>
#include <block/partition.h>
#include <host/log.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>

#define MAJOR_SD	8u	/* of SCSI disks, 16 numbers each */
#define MAJOR_OTHERS	259u	/* of what has none of its own */
#define MINORS_SD	16u
#define MINORS		(1u << 20)

struct disk_part *disk_whole(const struct disk_state *state)
{
	return list_entry(state->parts.next, struct disk_part, link);
}

/* A free one; false: there is none. */
static bool number_find(uint64_t *rdev)
{
	for (unsigned minor = 0; minor < MINORS; minor++) {
		*rdev = device_number(MAJOR_OTHERS, minor);
		if (!device_node_find(*rdev))
			return true;
	}
	return false;
}

static bool is_sd(const struct disk_state *state)
{
	return strncmp(state->disk->name, "sd", 2) == 0 &&
		state->index < MINORS_SD;
}

static bool number_give(struct disk_part *part)
{
	if (!is_sd(part->state) || part->number >= MINORS_SD)
		return number_find(&part->node.rdev);
	part->node.rdev = device_number(MAJOR_SD, part->state->index *
					MINORS_SD + part->number);
	return true;
}

static void name_give(struct disk_part *part)
{
	const char *disk = part->state->disk->name;
	char last = disk[strlen(disk) - 1];

	if (!part->number)
		strlcpy(part->node.name, disk, sizeof(part->node.name));
	else
		snprintf(part->node.name, sizeof(part->node.name), "%s%s%u",
			 disk, last >= '0' && last <= '9' ? "p" : "",
			 part->number);
}

/* The largest, up to a page, of which there is a whole number. */
static uint32_t block_size(const struct disk_part *part)
{
	uint32_t size = part->state->sector_size;

	while (size < PAGE_SIZE && part->node.bytes % (2 * size) == 0)
		size *= 2;
	return size;
}

int disk_part_add(struct disk_state *state, unsigned number, uint64_t start,
		  uint64_t sectors)
{
	struct disk_part *part = object_alloc(sizeof(*part));

	if (!part)
		return -ENOMEM;
	part->state = state;
	part->number = number;
	part->start = start;
	part->sectors = sectors;
	part->users = 1;
	part->node.bytes = sectors * state->sector_size;
	part->node.operations = &disk_inode;
	part->block_size = block_size(part);
	name_give(part);
	if (!number_give(part) || device_add(&part->node)) {
		object_free(part);
		return -ENOMEM;
	}
	list_add_tail(&state->parts, &part->link);
	state->users++;
	return 0;
}

void disk_part_put(struct disk_part *part)
{
	struct disk_state *state = part->state;

	if (--part->users > 0)
		return;
	list_remove(&part->link);
	object_free(part);
	if (--state->users == 0)
		object_free(state);
}

/* It has its place on the disk while somebody has it open. */
void disk_part_remove(struct disk_part *part)
{
	device_remove(&part->node);
	disk_part_put(part);
}

/* The table. */

static int read_sector(const struct partition_reader *reader, uint64_t sector)
{
	return disk_page_io(reader->context, DISK_READ, sector,
			    frame_of(reader->buffer), reader->sector_size,
			    false);
}

static int read_table(struct disk_state *state, struct partition *to)
{
	struct partition_reader reader = {
		.read = read_sector,
		.sector_size = state->sector_size,
		.sectors = state->disk->sectors,
		.context = state,
	};
	phys_t page = frame_alloc(0);
	int count;

	if (page == FRAME_NONE)
		return -ENOMEM;
	reader.buffer = frame_address(page);
	count = partition_read(&reader, to);
	frame_put(page, 0);
	return count;
}

static bool is_open(const struct disk_state *state)
{
	const struct disk_part *part;

	list_for_each(part, &state->parts, link)
		if (part->number && part->opens)
			return true;
	return false;
}

static void remove_all(struct disk_state *state)
{
	struct disk_part *part, *after;

	list_for_each_safe(part, after, &state->parts, link)
		if (part->number)
			disk_part_remove(part);
}

/* Nobody may have opened one or taken the disk away meanwhile. */
static int replace(struct disk_state *state, const struct partition *table,
		   unsigned count)
{
	int error = 0;

	if (state->disk->gone)
		return -ENODEV;
	if (is_open(state))
		return -EBUSY;
	remove_all(state);
	for (unsigned i = 0; i < count && !error; i++)
		error = disk_part_add(state, table[i].number, table[i].start,
				      table[i].sectors);
	return error;
}

int disk_reread(struct disk_state *state)
{
	struct partition *table;
	int count;

	if (state->reading || is_open(state))
		return -EBUSY;
	table = object_alloc(PARTITIONS_MAX * sizeof(*table));
	if (!table)
		return -ENOMEM;
	state->reading = true;
	count = read_table(state, table);
	state->reading = false;
	if (count >= 0)
		count = replace(state, table, (unsigned)count);
	object_free(table);
	return count;
}
