/* SPDX-License-Identifier: GPL-2.0-only */
/* A bundle's archive, written piece by piece: cpio(5), "newc". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pisces/session.h>

#include "lib/bundle.h"
#include "lib/error.h"

#define HEADER_SIZE	110
#define TRAILER		"TRAILER!!!"
#define ARCHIVE_UNIT	512

static uint32_t pad_to(uint64_t size, uint32_t unit)
{
	return (uint32_t)(-size & (unit - 1));
}

/* Of several names the first one has the contents. */
static bool has_contents(const struct bundle_entry *entry)
{
	return entry->file && !entry->again && !entry->file->there;
}

static uint64_t size_of(const struct bundle_entry *entry)
{
	if (entry->target)
		return strlen(entry->target);
	return has_contents(entry) ? entry->file->size : 0;
}

static uint64_t entry_bytes(const char *name, uint64_t size)
{
	uint64_t head = HEADER_SIZE + strlen(name) + 1;

	return head + pad_to(head, 4) + size + pad_to(size, 4);
}

void bundle_finish(struct bundle *bundle)
{
	bundle->bytes = entry_bytes(TRAILER, 0);
	for (size_t i = 0; i < bundle->count; i++)
		if (bundle->entries[i]->file)
			bundle->entries[i]->file->number = 0;
	for (size_t i = 0; i < bundle->count; i++) {
		struct bundle_entry *entry = bundle->entries[i];

		entry->again = entry->file && entry->file->number;
		if (entry->file && !entry->again)
			entry->file->number = (uint32_t)i + 1;
		bundle->bytes += entry_bytes(entry->name, size_of(entry));
	}
	bundle->bytes += pad_to(bundle->bytes, ARCHIVE_UNIT);
}

static void write_head(struct bundle *bundle, const struct bundle_entry *entry,
		       uint32_t number)
{
	size_t length = strlen(entry->name) + 1, head = HEADER_SIZE + length;
	uint32_t links = S_ISDIR(entry->mode) ? 2 : 1;
	uint32_t mark = 0, kept = 0;

	if (entry->file) {
		number = entry->file->number;
		links = entry->file->names;
	}
	if (entry->file && entry->file->asked && !entry->again) {
		mark = PISCES_KEPT_MARK;
		kept = entry->file->number_kept;
	}
	/* magic ino mode uid gid nlink mtime filesize devmajor devminor
	   rdevmajor rdevminor namesize check */
	snprintf(bundle->head, sizeof(bundle->head),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 number, entry->mode, entry->uid, entry->gid, links,
		 entry->mtime, (uint32_t)size_of(entry), 0u, 0u, mark, kept,
		 (uint32_t)length, 0u);
	memcpy(bundle->head + HEADER_SIZE, entry->name, length);
	memset(bundle->head + head, 0, 4);
	bundle->head_size = head + pad_to(head, 4);
	bundle->head_done = 0;
}

static int next_entry(struct bundle *bundle)
{
	static struct bundle_entry trailer = { .name = TRAILER };
	const struct bundle_entry *entry = &trailer;
	uint32_t number = 0;
	uint64_t offset;

	if (bundle->next < bundle->count) {
		entry = bundle->entries[bundle->next];
		number = (uint32_t)bundle->next + 1;
	}
	bundle->next++;
	write_head(bundle, entry, number);
	bundle->entry = entry;
	bundle->left = size_of(entry);
	bundle->padding = pad_to(bundle->left, 4);
	if (!has_contents(entry))
		return 0;
	if (entry->file->asked)
		bundle_hash(entry, &bundle->hash);
	bundle->fd = bundle_open(bundle, entry->file, &offset);
	if (bundle->fd < 0)
		return error_errno(bundle->fd, "%s", entry->file->source);
	return 0;
}

static int64_t read_file(struct bundle *bundle, void *buffer, size_t size)
{
	const struct bundle_file *file = bundle->entry->file;
	uint64_t at = file->offset + file->size - bundle->left;
	const char *name = file->source ? file->source : bundle->entry->name;
	ssize_t n;

	do
		n = pread(bundle->fd, buffer, size, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(-errno, "%s", name);
	if (n == 0)
		return error_set(-EIO, "%s: became shorter while it was "
				 "shipped", name);
	return n;
}

/* Who runs the program decides about owners. */
void bundle_hash(const struct bundle_entry *entry, struct hash *hash)
{
	uint64_t looks[] = {
		entry->file->size, entry->mode, entry->uid, entry->gid,
		entry->mtime, getuid(), getgid(),
	};

	hash_begin(hash);
	hash_add(hash, looks, sizeof(looks));
}

/* What the enclave keeps must be what its key says. */
static int64_t check_key(struct bundle *bundle, const void *data, int64_t n)
{
	const struct bundle_file *file = bundle->entry->file;
	uint8_t key[HASH_SIZE];

	hash_add(&bundle->hash, data, (size_t)n);
	if (bundle->left)
		return n;
	hash_end(&bundle->hash, key);
	if (!memcmp(key, file->key, sizeof(key)))
		return n;
	return error_set(-EIO, "%s: changed while it was shipped",
			 file->source ? file->source : bundle->entry->name);
}

static int64_t read_contents(struct bundle *bundle, void *buffer, size_t size)
{
	const char *target = bundle->entry->target;
	int64_t n;

	if (size > bundle->left)
		size = bundle->left;
	if (target) {
		n = (int64_t)size;
		memcpy(buffer, target + strlen(target) - bundle->left, size);
	} else {
		n = read_file(bundle, buffer, size);
	}
	if (n < 0)
		return n;
	bundle->left -= (uint64_t)n;
	if (!target && bundle->entry->file->asked)
		return check_key(bundle, buffer, n);
	return n;
}

/* The next piece of whatever comes next; 0: of nothing. */
static int64_t read_piece(struct bundle *bundle, void *buffer, size_t size)
{
	size_t left = bundle->head_size - bundle->head_done;

	if (left) {
		size = size < left ? size : left;
		memcpy(buffer, bundle->head + bundle->head_done, size);
		bundle->head_done += size;
		return (int64_t)size;
	}
	if (bundle->left)
		return read_contents(bundle, buffer, size);
	if (bundle->fd >= 0)
		close(bundle->fd);
	bundle->fd = -1;
	size = size < bundle->padding ? size : bundle->padding;
	memset(buffer, 0, size);
	bundle->padding -= (uint32_t)size;
	return (int64_t)size;
}

int64_t bundle_read(struct bundle *bundle, void *buffer, size_t size)
{
	int error;
	int64_t n;

	while (bundle->written < bundle->bytes) {
		n = read_piece(bundle, buffer, size);
		if (n > 0)
			bundle->written += (uint64_t)n;
		if (n)
			return n;
		if (bundle->next > bundle->count) {
			/* After the trailer: up to a whole unit. */
			bundle->padding = (uint32_t)(bundle->bytes -
						     bundle->written);
			continue;
		}
		error = next_entry(bundle);
		if (error)
			return error;
	}
	return 0;
}
