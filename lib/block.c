/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory blocks as Linux sees them, through /sys/devices/system/memory. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/block.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/interrupt.h"
#include "lib/linux-time.h"
#include "lib/steps.h"
#include "lib/sysfs.h"
#include "lib/text.h"

static const char *block_path(uint64_t number, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), SYSFS_MEMORY "/memory%llu%s",
		 (unsigned long long)number, file);
	return path;
}

int block_size(uint64_t *bytes)
{
	int error = file_number(SYSFS_MEMORY "/block_size_bytes", 16, bytes);

	if (error || *bytes == 0)
		return error_set(-ENOTSUP, "this kernel cannot let go of "
				 "memory: " SYSFS_MEMORY "/block_size_bytes is "
				 "not there (it needs CONFIG_MEMORY_HOTREMOVE)");
	return 0;
}

bool block_is_online(uint64_t number)
{
	char state[16];

	return file_read(block_path(number, "/state"), state,
			 sizeof(state)) > 0 && strcmp(state, "offline");
}

static void block_look(uint64_t number, struct block *block)
{
	char zones[64];

	block->number = number;
	block->online = block_is_online(number);
	block->node = sysfs_node_of(block_path(number, ""));
	if (block->node < 0)
		block->node = 0;
	if (file_read(block_path(number, "/valid_zones"), zones,
		      sizeof(zones)) < 0)
		zones[0] = 0;
	block->movable = block->online && !strcmp(zones, "Movable");
	block->fixed = number == 0 ||
		       (block->online && !strcmp(zones, "none"));
}

static int sort_node;

static int rank(const struct block *block)
{
	return (block->fixed ? 8 : 0) +
	       (sort_node >= 0 && block->node != sort_node ? 4 : 0) +
	       (block->online ? 2 : 0) + (block->movable ? 0 : 1);
}

static int compare(const void *a, const void *b)
{
	const struct block *x = a, *y = b;
	int difference = rank(x) - rank(y);

	if (difference)
		return difference;
	return x->number < y->number ? 1 : -1;
}

int block_list(int node, struct block **list, size_t *count)
{
	DIR *dir = opendir(SYSFS_MEMORY);
	struct dirent *entry;
	uint64_t number;
	size_t room = 0;

	*list = NULL;
	*count = 0;
	if (!dir)
		return error_errno(-errno, "cannot read " SYSFS_MEMORY);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "memory", 6) ||
		    text_number(entry->d_name + 6, &number))
			continue;
		if (*count == room) {
			struct block *more;

			room = room ? 2 * room : 64;
			more = realloc(*list, room * sizeof(**list));
			if (!more) {
				closedir(dir);
				free(*list);
				return error_set(-ENOMEM, "out of memory");
			}
			*list = more;
		}
		block_look(number, &(*list)[(*count)++]);
	}
	closedir(dir);
	sort_node = node;
	if (*count)
		qsort(*list, *count, sizeof(**list), compare);
	return 0;
}

int block_offline(uint64_t number, unsigned int seconds)
{
	int64_t begin;
	int error;

	steps_next();
	begin = linux_time_begin();
	/* Linux goes on trying until a signal is pending. */
	interrupt_alarm(seconds);
	error = file_write(block_path(number, "/state"), "offline");
	interrupt_alarm(0);
	linux_time_end(begin);
	if (error == -EINTR && !interrupt_signal())
		return -EBUSY;
	return error;
}

int block_online(uint64_t number, bool movable)
{
	int64_t begin;
	int error;

	if (block_is_online(number))
		return 0;
	steps_next();
	begin = linux_time_begin();
	error = file_write(block_path(number, "/state"),
			   movable ? "online_movable" : "online");
	linux_time_end(begin);
	return error;
}
