/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the archive of results; where they go is in collect-target.c. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/collect-target.h"
#include "lib/collect.h"
#include "lib/error.h"

#define HEADER_SIZE	110
#define TRAILER		"TRAILER!!!"

void collect_init(struct collect *collect)
{
	memset(collect, 0, sizeof(*collect));
	collect->fd = -1;
}

static void free_links(struct collect_link *link)
{
	while (link) {
		struct collect_link *next = link->next;

		free(link->rest);
		free(link);
		link = next;
	}
}

void collect_free(struct collect *collect)
{
	for (size_t i = 0; i < collect->count; i++) {
		free(collect->items[i].path);
		free(collect->items[i].target);
		if (collect->items[i].fd >= 0)
			close(collect->items[i].fd);
	}
	free(collect->items);
	free_links(collect->link);
	free_links(collect->links);
	if (collect->fd >= 0)
		close(collect->fd);
	collect_init(collect);
}

int collect_add(struct collect *collect, const char *argument,
		const char *folder)
{
	const char *colon = strrchr(argument, ':');
	size_t length = colon ? (size_t)(colon - argument) : strlen(argument);
	struct collect_item *item;
	char *path = strndup(argument, length);

	if (!length || (colon && !colon[1])) {
		free(path);
		return error_set(-EINVAL, "'%s' is not PATH or PATH:TARGET",
				 argument);
	}
	item = realloc(collect->items, (collect->count + 1) * sizeof(*item));
	if (!item || !path) {
		free(path);
		return error_set(-ENOMEM, "out of memory");
	}
	collect->items = item;
	item += collect->count++;
	*item = (struct collect_item){
		.path = bundle_path_from(folder, path),
		.make_folders = !colon,
		.fd = -1,
	};
	if (colon)
		item->target = strdup(colon + 1);
	else if (*path == '/')
		item->target = strdup(strrchr(item->path, '/') + 1);
	else
		item->target = strdup(path);
	free(path);
	if (!item->path || !item->target)
		return error_set(-ENOMEM, "out of memory");
	return 0;
}

static int malformed(struct collect *collect)
{
	collect->part = COLLECT_END;
	return error_set(-EPROTO, "the enclave sends back an archive that "
			 "makes no sense");
}

/* Field NUMBER of the header, eight hexadecimal digits. */
static bool field(const struct collect *collect, int number, uint32_t *value)
{
	const char *digits = collect->head + 6 + 8 * number;

	*value = 0;
	for (int i = 0; i < 8; i++) {
		int c = tolower((unsigned char)digits[i]);

		if (!isxdigit(c))
			return false;
		*value = *value << 4 | (uint32_t)(isdigit(c) ? c - '0'
							      : c - 'a' + 10);
	}
	return true;
}

static int parse_header(struct collect *collect)
{
	uint32_t size;

	if (memcmp(collect->head, "070701", 6) ||
	    !field(collect, 1, &collect->mode) ||
	    !field(collect, 5, &collect->mtime) || !field(collect, 6, &size) ||
	    !field(collect, 11, &collect->name_size) ||
	    collect->name_size < 2 || collect->name_size > PATH_MAX)
		return malformed(collect);
	collect->left = size;
	collect->padding = -(HEADER_SIZE + collect->name_size) & 3;
	collect->part = COLLECT_NAME;
	collect->have = 0;
	return 0;
}

static int parse_name(struct collect *collect)
{
	if (memchr(collect->name, 0, collect->name_size) !=
	    collect->name + collect->name_size - 1)
		return malformed(collect);
	if (!strcmp(collect->name, TRAILER)) {
		collect->part = COLLECT_END;
		return 0;
	}
	collect->padding = -(uint32_t)collect->left & 3;
	collect->part = COLLECT_CONTENTS;
	collect->have = 0;
	collect->fd = -1;
	if (!collect->error)
		collect->error = collect_target_open(collect);
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static void contents(struct collect *collect, const uint8_t *data, size_t size)
{
	int error = 0;

	if (collect->link)
		strncat(collect->link->text, (const char *)data, size);
	if (collect->fd >= 0)
		error = write_all(collect->fd, data, size);
	if (error && !collect->error)
		collect->error = error_errno(error, "cannot write the result "
					     "%s", collect->name);
	if (error) {
		close(collect->fd);
		collect->fd = -1;
	}
}

/* Takes as much as belongs to this part; returns how much, or -errno. */
static int64_t feed_part(struct collect *collect, const uint8_t *data,
			 size_t size)
{
	size_t want, n;

	switch (collect->part) {
	case COLLECT_HEADER:
		want = HEADER_SIZE - collect->have;
		n = size < want ? size : want;
		memcpy(collect->head + collect->have, data, n);
		collect->have += n;
		if (n == want && parse_header(collect))
			return -EPROTO;
		return (int64_t)n;
	case COLLECT_NAME:
		want = collect->name_size + collect->padding - collect->have;
		n = size < want ? size : want;
		for (size_t i = 0; i < n; i++)
			if (collect->have + i < collect->name_size)
				collect->name[collect->have + i] =
					(char)data[i];
		collect->have += n;
		if (n == want && parse_name(collect))
			return -EPROTO;
		return (int64_t)n;
	case COLLECT_CONTENTS:
		n = size < collect->left ? size : collect->left;
		if (n)
			contents(collect, data, n);
		collect->left -= n;
		if (n == 0) {
			n = size < collect->padding ? size : collect->padding;
			collect->padding -= (uint32_t)n;
		}
		return (int64_t)n;
	default:
		return (int64_t)size;	/* padding after the trailer */
	}
}

/* An entry may have no contents, and then no byte ends it. */
static void end_entry(struct collect *collect)
{
	if (collect->part != COLLECT_CONTENTS || collect->left ||
	    collect->padding)
		return;
	if (collect->fd >= 0)
		collect_target_close(collect);
	collect->fd = -1;
	if (collect->link) {
		collect->link->next = collect->links;
		collect->links = collect->link;
		collect->link = NULL;
	}
	collect->part = COLLECT_HEADER;
	collect->have = 0;
}

int collect_feed(struct collect *collect, const uint8_t *data, size_t size)
{
	while (size) {
		int64_t n = feed_part(collect, data, size);

		if (n < 0)
			return (int)n;
		data += n;
		size -= (size_t)n;
		end_entry(collect);
	}
	return 0;
}

int collect_finish(struct collect *collect)
{
	if (collect->error)
		return collect->error;
	if (collect->part != COLLECT_END)
		return error_set(-EPROTO, "the results are not complete");
	if (collect_target_links(collect))
		return collect->error;
	if (collect->left_out)
		return error_set(-EINVAL, "cannot bring %s back: %s",
				 collect->left_out_name, collect->left_out);
	for (size_t i = 0; i < collect->count; i++)
		if (!collect->items[i].found)
			return error_set(-ENOENT, "%s: the program left no "
					 "such file to collect",
					 collect->items[i].path);
	return 0;
}
