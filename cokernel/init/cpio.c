// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader is a machine of five states, each of which eats a known number of
 * bytes.  All numbers are checked before they are used.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "cpio.h"

enum { HEAD, NAME, DATA, PADDING, LAST_PADDING, FINISHED };

size_t cpio_padding(uint64_t n, unsigned block)
{
	return (size_t)((block - n % block) % block);
}

void cpio_reader_init(struct cpio_reader *reader,
		      const struct cpio_calls *calls, void *context)
{
	memset(reader, 0, sizeof(*reader));
	reader->calls = calls;
	reader->context = context;
	reader->state = HEAD;
	reader->left = CPIO_HEAD;
}

uint64_t cpio_wanted(const struct cpio_reader *reader)
{
	return reader->left;
}

/* Eight hexadecimal digits. */
static bool number(const char *text, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		char c = text[i];
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A') + 10;
		else
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

static int parse_head(struct cpio_reader *reader)
{
	struct cpio_entry *entry = &reader->entry;
	uint32_t check;
	uint32_t *fields[] = {
		&entry->inode, &entry->mode, &entry->uid, &entry->gid,
		&entry->links, &entry->mtime, &entry->size,
		&entry->device[0], &entry->device[1], &entry->rdev[0],
		&entry->rdev[1], &reader->name_size, &check,
	};

	if (memcmp(reader->head, "070701", 6) != 0)
		return -EPROTO;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!number(reader->head + 6 + 8 * i, fields[i]))
			return -EPROTO;
	if (reader->name_size == 0 || reader->name_size > CPIO_NAME_MAX)
		return -EPROTO;
	return 0;
}

static void go(struct cpio_reader *reader, int state, uint64_t bytes)
{
	reader->state = state;
	reader->left = bytes;
	reader->have = 0;
}

static int after_data(struct cpio_reader *reader)
{
	size_t padding = cpio_padding(reader->total, 4);

	if (padding)
		go(reader, PADDING, padding);
	else
		go(reader, HEAD, CPIO_HEAD);
	return reader->calls->end(reader->context);
}

static int after_name(struct cpio_reader *reader)
{
	struct cpio_entry *entry = &reader->entry;
	size_t padding;
	int status;

	if (memchr(entry->name, 0, reader->name_size) !=
	    entry->name + reader->name_size - 1)
		return -EPROTO;
	if (strcmp(entry->name, CPIO_TRAILER) == 0) {
		if (entry->size != 0)
			return -EPROTO;
		padding = cpio_padding(reader->total, CPIO_BLOCK);
		go(reader, padding ? LAST_PADDING : FINISHED, padding);
		return 0;
	}
	status = reader->calls->begin(reader->context, entry);
	if (status)
		return status;
	if (entry->size == 0)
		return after_data(reader);
	go(reader, DATA, entry->size);
	return 0;
}

/* All bytes of the state are there. */
static int advance(struct cpio_reader *reader)
{
	int status;

	switch (reader->state) {
	case HEAD:
		status = parse_head(reader);
		if (status)
			return status;
		/* The name is padded too; its padding is fed with it. */
		go(reader, NAME, reader->name_size +
		   cpio_padding(CPIO_HEAD + reader->name_size, 4));
		return 0;
	case NAME:
		return after_name(reader);
	case DATA:
		return after_data(reader);
	case PADDING:
		go(reader, HEAD, CPIO_HEAD);
		return 0;
	default:
		go(reader, FINISHED, 0);
		return 0;
	}
}

int cpio_feed(struct cpio_reader *reader, const uint8_t *data, size_t n)
{
	int status = 0;
	size_t room;

	if (n == 0 || n > reader->left)
		return -EPROTO;
	switch (reader->state) {
	case HEAD:
		memcpy(reader->head + reader->have, data, n);
		break;
	case NAME:
		room = reader->have < reader->name_size ?
			reader->name_size - reader->have : 0;
		memcpy(reader->entry.name + reader->have, data,
		       n < room ? n : room);
		break;
	case DATA:
		status = reader->calls->data(reader->context, data, n);
		break;
	}
	if (status)
		return status;
	reader->have += n;
	reader->left -= n;
	reader->total += n;
	return reader->left ? 0 : advance(reader);
}

size_t cpio_head_size(const char *name)
{
	size_t n = CPIO_HEAD + strlen(name) + 1;

	return n + cpio_padding(n, 4);
}

void cpio_put_head(char *to, const struct cpio_entry *entry,
		   const char *name)
{
	char head[CPIO_HEAD + 1];
	size_t size = cpio_head_size(name);

	memset(to, 0, size);
	snprintf(head, sizeof(head), "070701%08X%08X%08X%08X%08X%08X%08X"
		 "%08X%08X%08X%08X%08X%08X", entry->inode, entry->mode,
		 entry->uid, entry->gid, entry->links, entry->mtime,
		 entry->size, entry->device[0], entry->device[1],
		 entry->rdev[0], entry->rdev[1], (unsigned)strlen(name) + 1,
		 0);
	memcpy(to, head, CPIO_HEAD);
	memcpy(to + CPIO_HEAD, name, strlen(name));
}
