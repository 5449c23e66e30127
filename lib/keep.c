/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that stay in an enclave. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/keep.h"
#include "lib/request.h"

#define LEAST_BYTES	65536	/* smaller ones are shipped as fast */

static int hash_contents(const struct bundle *bundle,
			 const struct bundle_entry *entry, struct hash *hash)
{
	const struct bundle_file *file = entry->file;
	static char buffer[1 << 20];
	uint64_t at, left = file->size;
	int fd = bundle_open(bundle, file, &at), error = 0;

	if (fd < 0)
		return fd;
	while (left && !error) {
		size_t n = left < sizeof(buffer) ? left : sizeof(buffer);
		ssize_t got = pread(fd, buffer, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			error = got ? -errno : -EIO;
			break;
		}
		hash_add(hash, buffer, (size_t)got);
		at += (uint64_t)got;
		left -= (uint64_t)got;
	}
	close(fd);
	return error;
}

static int hash_file(const struct bundle *bundle,
		     const struct bundle_entry *entry)
{
	struct hash hash;
	int error;

	bundle_hash(entry, &hash);
	error = hash_contents(bundle, entry, &hash);
	if (error)
		return error_errno(error, "%s", entry->file->source ?
				   entry->file->source : entry->name);
	hash_end(&hash, entry->file->key);
	entry->file->keyed = true;
	return 0;
}

int keep_hash(struct bundle *bundle)
{
	int error = 0, count = 0;

	for (size_t i = 0; i < bundle->count && !error; i++) {
		const struct bundle_entry *entry = bundle->entries[i];

		if (!entry->file || entry->file->keyed ||
		    entry->file->size < LEAST_BYTES ||
		    count == PISCES_KEPT_MOST)
			continue;
		error = hash_file(bundle, entry);
		count++;
	}
	return error;
}

static int ask(struct session *session, struct bundle_file *file)
{
	uint64_t argument[6] = { session->number };
	int answered, error;

	memcpy(argument + 1, file->key, sizeof(file->key));
	error = request_exchange(session->node, PISCES_REQUEST_SESSION_KEEP,
				 argument, REQUEST_TIMEOUT_MS, &answered);
	if (!answered)
		return error;
	if (error || argument[0] >= PISCES_KEPT_MOST)
		return error_errno(error ? error : -EPROTO,
				   "%s keeps no files", session->node->name);
	file->number_kept = (uint32_t)argument[0];
	file->asked = true;
	file->there = argument[1] != 0;
	return 0;
}

int keep_ask(struct session *session, struct bundle *bundle)
{
	int error = request_begin(session->node, REQUEST_TIMEOUT_MS);

	if (error)
		return error;
	for (size_t i = 0; i < bundle->count && !error; i++) {
		struct bundle_file *file = bundle->entries[i]->file;

		if (file && file->keyed && !file->asked)
			error = ask(session, file);
	}
	request_end(session->node);
	return error;
}

int keep_drop(struct node *node, uint64_t *files, uint64_t *bytes)
{
	uint64_t argument[6] = { getuid() };
	int answered;
	int error = request_simple(node, PISCES_REQUEST_DROP_KEPT, argument,
				   REQUEST_TIMEOUT_MS, &answered);

	*files = argument[0];
	*bytes = argument[1];
	if (answered && error)
		return error_errno(error, "%s keeps no files", node->name);
	return error;
}
