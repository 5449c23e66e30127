/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks as drivers register them: see block/disk.h.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <block/disk_state.h>
#include <fs/files.h>
#include <host/log.h>
#include <lib/string.h>
#include <mm/object.h>
#include <pci/pci.h>
#include <task/process.h>

#define DISKS_MAX	1000u	/* of one kind */

/* Using it. */

int disk_enter(struct disk_state *state)
{
	if (!state->disk || state->disk->gone)
		return -ENODEV;
	state->busy++;
	state->quiet = false;
	return 0;
}

void disk_exit(struct disk_state *state)
{
	if (--state->busy > 0)
		return;
	state->quiet = true;
	wait_wake_all(&state->quieted);
}

/* Names. */

/* "a" to "z", then "aa" and so on, as Linux numbers disks. */
static void letters(char *to, size_t size, unsigned n)
{
	char text[8];
	unsigned at = sizeof(text) - 1;

	text[at] = '\0';
	for (n++; n > 0; n = (n - 1) / 26)
		text[--at] = (char)('a' + (n - 1) % 26);
	strlcpy(to, text + at, size);
}

/* FORMAT with the number N in its %u or %c. */
static void name_make(char *to, size_t size, const char *format, unsigned n)
{
	const char *mark = strchr(format, '%');
	char number[12];

	if (!mark) {
		strlcpy(to, format, size);
		return;
	}
	if (mark[1] == 'c')
		letters(number, sizeof(number), n);
	else
		snprintf(number, sizeof(number), "%u", n);
	snprintf(to, size, "%.*s%s%s", (int)(mark - format), format, number,
		 mark + 2);
}

static int name_find(struct disk_state *state, const char *format)
{
	struct disk *disk = state->disk;

	for (unsigned n = 0; n < DISKS_MAX; n++) {
		name_make(disk->name, sizeof(disk->name), format, n);
		state->index = n;
		if (!device_name_is_used(disk->name))
			return 0;
	}
	return -ENOMEM;
}

/* Registering. */

static bool is_power(uint64_t n)
{
	return n && !(n & (n - 1));
}

static bool makes_sense(const struct disk *disk)
{
	uint64_t size = disk->sector_size;

	return is_power(size) && size >= 512 && size <= PAGE_SIZE &&
		disk->sectors && disk->sectors <= INT64_MAX / size &&
		disk->most_bytes >= size && disk->most_pieces &&
		disk->most_pieces <= DISK_PIECES &&
		(!disk->boundary || is_power(disk->boundary)) &&
		(!disk->most_piece ||
		 (disk->most_piece >= size &&
		  disk->most_piece >= disk->boundary));
}

static struct disk_state *create(struct disk *disk)
{
	struct disk_state *state = object_alloc(sizeof(*state));

	if (!state)
		return NULL;
	state->disk = disk;
	state->sector_size = disk->sector_size;
	list_init(&state->parts);
	list_init(&state->spare);
	state->quiet = true;
	wait_queue_init(&state->quieted);
	wait_queue_init(&state->turn);
	wait_queue_init(&disk->room);
	disk->state = state;
	disk->opens = 0;
	disk->gone = false;
	return state;
}

static void log_disk(const struct disk *disk)
{
	log_info("/dev/%s: %s, %lu MiB in sectors of %u", disk->name,
		 disk->model, disk->sectors * disk->sector_size >> 20,
		 disk->sector_size);
}

/* What the table says appears, as far as it can be read. */
static void find_partitions(struct disk_state *state)
{
	int error = disk_enter(state);

	if (error)
		return;
	error = disk_reread(state);
	if (error)
		log_error("/dev/%s: its partition table cannot be read: error %d",
			  state->disk->name, -error);
	disk_exit(state);
}

int disk_register(struct disk *disk, const char *format)
{
	struct pisces_device_own *own = disk->function->own;
	struct disk_state *state;
	int error;

	if (!makes_sense(disk))
		return -EINVAL;
	state = create(disk);
	if (!state)
		return -ENOMEM;
	error = name_find(state, format);
	if (!error)
		error = disk_part_add(state, 0, 0, disk->sectors);
	if (error) {
		disk->state = NULL;
		object_free(state);
		return error;
	}
	if (!own->name[0])
		strlcpy(own->name, disk->name, sizeof(own->name));
	log_disk(disk);
	find_partitions(state);
	return 0;
}

static void free_spares(struct disk_state *state)
{
	struct disk_request *request, *after;

	list_for_each_safe(request, after, &state->spare, link) {
		list_remove(&request->link);
		object_free(request);
	}
}

void disk_unregister(struct disk *disk)
{
	struct pisces_device_own *own = disk->function->own;
	struct disk_state *state = disk->state;
	struct disk_part *part, *after;

	disk->gone = true;
	disk_room(disk);
	/* What is under way may need a recovery, which is in this task. */
	pci_wait(disk->function, &state->quieted, &state->quiet, 0, false);
	free_spares(state);
	state->disk = NULL;
	disk->state = NULL;
	if (strcmp(own->name, disk->name) == 0)
		own->name[0] = '\0';
	/* The last one that is not open takes STATE along. */
	state->users++;
	list_for_each_safe(part, after, &state->parts, link)
		disk_part_remove(part);
	if (--state->users == 0)
		object_free(state);
}

/* Who has it. */

static bool has_open(const struct process *process,
		     const struct disk_state *state)
{
	const struct files *files = process->files;

	for (unsigned fd = 0; files && fd < files->size; fd++) {
		const struct file *file = files->slots[fd].file;
		const struct disk_part *part;

		if (!file || file->operations != &disk_file)
			continue;
		part = file->private;
		if (part && part->state == state)
			return true;
	}
	return false;
}

int disk_user(const struct disk *disk)
{
	const struct process *process;

	/* What is open of one that has gone has nothing to do with it. */
	if (!disk->state || !disk->opens)
		return 0;
	list_for_each(process, &process_list, all)
		if (has_open(process, disk->state))
			return process->pid;
	return -1;
}
