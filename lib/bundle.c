/* SPDX-License-Identifier: GPL-2.0-only */
/* A bundle: the files a program needs as one cpio archive ("newc"). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"

#define HEADER_SIZE	110
#define TRAILER		"TRAILER!!!"
#define ARCHIVE_UNIT	512

void bundle_init(struct bundle *bundle)
{
	memset(bundle, 0, sizeof(*bundle));
	bundle->fd = -1;
}

static void keep(void *name)
{
	(void)name;
}

void bundle_free(struct bundle *bundle)
{
	tdestroy(bundle->names, keep);
	for (size_t i = 0; i < bundle->count; i++) {
		free(bundle->entries[i].name);
		free(bundle->entries[i].source);
		free(bundle->entries[i].target);
	}
	free(bundle->entries);
	if (bundle->fd >= 0)
		close(bundle->fd);
	bundle_init(bundle);
}

/* Takes out empty components, "." and "..", in place. */
static void normalise(char *path)
{
	char *to = path;

	for (char *from = path; *from;) {
		size_t length;

		from += strspn(from, "/");
		length = strcspn(from, "/");
		if (length == 2 && !memcmp(from, "..", 2)) {
			while (to > path && *--to != '/')
				;
		} else if (length && !(length == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
}

char *bundle_path(const char *text)
{
	char folder[PATH_MAX] = "";
	size_t size;
	char *path;

	if (*text != '/' && !getcwd(folder, sizeof(folder))) {
		error_errno(-errno, "cannot tell the working folder");
		return NULL;
	}
	size = strlen(folder) + strlen(text) + 3;
	path = malloc(size);
	if (!path) {
		error_set(-ENOMEM, "out of memory");
		return NULL;
	}
	snprintf(path, size, "%s/%s", folder, text);
	normalise(path);
	return path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct bundle_entry *add(struct bundle *bundle, const char *name)
{
	struct bundle_entry *more;

	more = realloc(bundle->entries, (bundle->count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	bundle->entries = more;
	more += bundle->count;
	memset(more, 0, sizeof(*more));
	more->name = strdup(name);
	if (!more->name || !tsearch(more->name, &bundle->names, by_name)) {
		free(more->name);
		return NULL;
	}
	bundle->count++;
	return more;
}

static bool has(const struct bundle *bundle, const char *name)
{
	return tfind(name, &bundle->names, by_name);
}

/* As it is on the host, if it is there. */
static int add_one_folder(struct bundle *bundle, const char *name)
{
	struct bundle_entry *entry;
	char path[PATH_MAX + 2];
	struct stat status;

	if (has(bundle, name))
		return 0;
	entry = add(bundle, name);
	if (!entry)
		return error_set(-ENOMEM, "out of memory");
	entry->mode = S_IFDIR | 0755;
	snprintf(path, sizeof(path), "/%s", name);
	if (!stat(path, &status) && S_ISDIR(status.st_mode)) {
		entry->mode = status.st_mode;
		entry->uid = status.st_uid;
		entry->gid = status.st_gid;
		entry->mtime = (uint32_t)status.st_mtime;
	}
	return 0;
}

/* PATH itself too if WHOLE, else the folders above it. */
static int add_folders(struct bundle *bundle, const char *path, bool whole)
{
	char *name = strdup(path + 1);
	int error = 0;

	if (!name)
		return error_set(-ENOMEM, "out of memory");
	for (char *c = name; !error; c++) {
		bool end = !*c;

		if (*c == '/' || (end && whole && *name)) {
			*c = 0;
			error = add_one_folder(bundle, name);
			*c = end ? 0 : '/';
		}
		if (end)
			break;
	}
	free(name);
	return error;
}

int bundle_add_folder(struct bundle *bundle, const char *path)
{
	return add_folders(bundle, path, true);
}

static int check_file(const char *source, const struct stat *status,
		      const char *path)
{
	if (S_ISDIR(status->st_mode))
		return error_set(-EISDIR, "%s: is a folder", source);
	if (!S_ISREG(status->st_mode))
		return error_set(-EINVAL, "%s: is not a plain file", source);
	if (status->st_size > UINT32_MAX)
		return error_set(-EFBIG, "%s: files above 4 GiB cannot be "
				 "shipped", source);
	if (strlen(path) >= PATH_MAX || !strcmp(path, "/"))
		return error_set(-EINVAL, "%s: cannot be shipped as '%s'",
				 source, path);
	return 0;
}

int bundle_add_file(struct bundle *bundle, const char *source,
		    const char *path)
{
	struct bundle_entry *entry;
	struct stat status;
	int error;

	if (stat(source, &status) || access(source, R_OK))
		return error_errno(-errno, "%s", source);
	error = check_file(source, &status, path);
	if (!error && has(bundle, path + 1))
		return 0;
	if (!error)
		error = add_folders(bundle, path, false);
	if (error)
		return error;
	entry = add(bundle, path + 1);
	if (!entry || !(entry->source = strdup(source)))
		return error_set(-ENOMEM, "out of memory");
	entry->size = (uint64_t)status.st_size;
	entry->mode = status.st_mode;
	entry->uid = status.st_uid;
	entry->gid = status.st_gid;
	entry->mtime = (uint32_t)status.st_mtime;
	return 0;
}

int bundle_add_link(struct bundle *bundle, const char *target, const char *path)
{
	struct bundle_entry *entry;
	int error;

	if (!path[1] || has(bundle, path + 1))
		return 0;
	error = add_folders(bundle, path, false);
	if (error)
		return error;
	entry = add(bundle, path + 1);
	if (!entry || !(entry->target = strdup(target)))
		return error_set(-ENOMEM, "out of memory");
	entry->size = strlen(target);
	entry->mode = S_IFLNK | 0777;
	return 0;
}

static uint32_t pad_to(uint64_t size, uint32_t unit)
{
	return (uint32_t)(-size & (unit - 1));
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
		bundle->bytes += entry_bytes(bundle->entries[i].name,
					     bundle->entries[i].size);
	bundle->bytes += pad_to(bundle->bytes, ARCHIVE_UNIT);
}

static void write_head(struct bundle *bundle, const struct bundle_entry *entry,
		       uint32_t inode)
{
	size_t length = strlen(entry->name) + 1, head = HEADER_SIZE + length;

	/* magic ino mode uid gid nlink mtime filesize devmajor devminor
	   rdevmajor rdevminor namesize check */
	snprintf(bundle->head, sizeof(bundle->head),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 inode, entry->mode, entry->uid, entry->gid,
		 S_ISDIR(entry->mode) ? 2u : 1u, entry->mtime,
		 (uint32_t)entry->size, 0u, 0u, 0u, 0u, (uint32_t)length, 0u);
	memcpy(bundle->head + HEADER_SIZE, entry->name, length);
	memset(bundle->head + head, 0, 4);
	bundle->head_size = head + pad_to(head, 4);
	bundle->head_done = 0;
}

static int next_entry(struct bundle *bundle)
{
	static struct bundle_entry trailer = { .name = TRAILER };
	const struct bundle_entry *entry;

	entry = bundle->next < bundle->count ? &bundle->entries[bundle->next]
					     : &trailer;
	bundle->next++;
	write_head(bundle, entry,
		   entry == &trailer ? 0 : (uint32_t)bundle->next);
	bundle->left = entry->size;
	bundle->padding = pad_to(entry->size, 4);
	bundle->text = entry->target;
	if (!entry->source)
		return 0;
	bundle->fd = open(entry->source, O_RDONLY | O_CLOEXEC);
	if (bundle->fd < 0)
		return error_errno(-errno, "%s", entry->source);
	return 0;
}

static int64_t read_contents(struct bundle *bundle, void *buffer, size_t size)
{
	const char *source = bundle->entries[bundle->next - 1].source;
	ssize_t n;

	if (size > bundle->left)
		size = bundle->left;
	if (bundle->text) {
		memcpy(buffer, bundle->text, size);
		bundle->text += size;
		bundle->left -= size;
		return (int64_t)size;
	}
	do
		n = read(bundle->fd, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(-errno, "%s", source);
	if (n == 0)
		return error_set(-EIO, "%s: became shorter while it was "
				 "shipped", source);
	bundle->left -= (uint64_t)n;
	if (!bundle->left) {
		close(bundle->fd);
		bundle->fd = -1;
	}
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
		if (bundle->fd >= 0) {
			close(bundle->fd);	/* an empty file */
			bundle->fd = -1;
		}
		error = next_entry(bundle);
		if (error)
			return error;
	}
	return 0;
}
