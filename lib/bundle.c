/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in a bundle; bundle-write.c writes it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"

#define ROOT_NAME	"."	/* of the root folder itself */
#define TRAILER		"TRAILER!!!"	/* ends an archive: no file's name */

static int out_of_memory(void)
{
	return error_set(-ENOMEM, "out of memory");
}

void bundle_init(struct bundle *bundle)
{
	memset(bundle, 0, sizeof(*bundle));
	bundle->fd = bundle->store = -1;
}

/* Files. */

struct bundle_file *bundle_file_new(const char *source, uint64_t offset,
				    uint64_t size)
{
	struct bundle_file *file = calloc(1, sizeof(*file));

	if (file) {
		file->source = source ? strdup(source) : NULL;
		file->offset = offset;
		file->size = size;
	}
	if (!file || (source && !file->source)) {
		free(file);
		out_of_memory();
		return NULL;
	}
	return file;
}

void bundle_file_drop(struct bundle_file *file)
{
	if (!file || file->names)
		return;
	free(file->source);
	free(file);
}

int bundle_open(const struct bundle *bundle, const struct bundle_file *file,
		uint64_t *offset)
{
	int fd = file->source ? open(file->source, O_RDONLY | O_CLOEXEC)
			      : fcntl(bundle->store, F_DUPFD_CLOEXEC, 3);

	*offset = file->offset;
	return fd < 0 ? -errno : fd;
}

/* Entries, and their tree. */

static int by_name(const void *a, const void *b)
{
	const struct bundle_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static const char *name_of(const char *path)
{
	if (!path[1])
		return ROOT_NAME;
	return strcmp(path + 1, TRAILER) ? path + 1 : path;
}

struct bundle_entry *bundle_find(const struct bundle *bundle, const char *path)
{
	struct bundle_entry key = { .name = (char *)name_of(path) };
	struct bundle_entry **found = tfind(&key, &bundle->names, by_name);

	return found ? *found : NULL;
}

static void empty(struct bundle_entry *entry)
{
	if (entry->file)
		entry->file->names--;
	bundle_file_drop(entry->file);
	free(entry->target);
	entry->file = NULL;
	entry->target = NULL;
}

static int fill(struct bundle_entry *entry, const struct bundle_entry *what)
{
	char *name = entry->name;
	char *target = what->target ? strdup(what->target) : NULL;

	if (what->target && !target)
		return out_of_memory();
	if (what->file)
		what->file->names++;
	empty(entry);
	*entry = *what;
	entry->name = name;
	entry->target = target;
	return 0;
}

/* The array is full whenever COUNT is a power of two. */
static bool make_room(struct bundle *bundle)
{
	size_t count = bundle->count;
	struct bundle_entry **more;

	if (count & (count - 1))
		return true;
	more = realloc(bundle->entries, (count ? 2 * count : 1) *
		       sizeof(struct bundle_entry *));
	if (more)
		bundle->entries = more;
	return more;
}

static int add(struct bundle *bundle, const char *path,
	       const struct bundle_entry *what)
{
	struct bundle_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return out_of_memory();
	entry->name = strdup(name_of(path));
	if (!entry->name || !make_room(bundle) || fill(entry, what))
		goto fail;
	if (!tsearch(entry, &bundle->names, by_name)) {
		empty(entry);
		goto fail;
	}
	bundle->entries[bundle->count++] = entry;
	return 0;
fail:
	free(entry->name);
	free(entry);
	return out_of_memory();
}

static void keep(void *entry)
{
	(void)entry;
}

void bundle_free(struct bundle *bundle)
{
	tdestroy(bundle->names, keep);
	for (size_t i = 0; i < bundle->count; i++) {
		empty(bundle->entries[i]);
		free(bundle->entries[i]->name);
		free(bundle->entries[i]);
	}
	free(bundle->entries);
	if (bundle->fd >= 0)
		close(bundle->fd);
	if (bundle->store >= 0)
		close(bundle->store);
	bundle_init(bundle);
}

/*
 * May WHAT take the place of OLD?  1, or 0: OLD stays; -EISDIR, -ENOTDIR: there
 * cannot be both; no text.
 */
static int replaces(const struct bundle_entry *old,
		    const struct bundle_entry *what)
{
	bool folder = S_ISDIR(what->mode), was_folder = S_ISDIR(old->mode);
	bool leads_on = was_folder || S_ISLNK(old->mode);

	if (what->rank == BUNDLE_IMPLIED)
		return leads_on ? 0 : -ENOTDIR;
	if (old->rank == BUNDLE_GIVEN)
		return 0;
	if (was_folder && !folder)
		return -EISDIR;
	/* As cp -r goes into folders, and through links to them. */
	if (folder && old->rank == BUNDLE_ROOT && what->rank == BUNDLE_GIVEN)
		return !leads_on;
	return 1;
}

static int put(struct bundle *bundle, const char *path,
	       const struct bundle_entry *what)
{
	struct bundle_entry *old = bundle_find(bundle, path);
	int replace;

	if (!old)
		return add(bundle, path, what);
	replace = replaces(old, what);
	return replace > 0 ? fill(old, what) : replace;
}

/* A folder that something lies in: as here, if it is here. */
static int put_implied(struct bundle *bundle, const char *path, bool as_here)
{
	struct bundle_entry what = { .mode = S_IFDIR | 0755 };
	struct stat status;

	if (as_here && !stat(path, &status) && S_ISDIR(status.st_mode)) {
		what.mode = status.st_mode;
		what.uid = status.st_uid;
		what.gid = status.st_gid;
		what.mtime = (uint32_t)status.st_mtime;
	}
	return put(bundle, path, &what);
}

/* The folders of PATH, which lie above it or, if WHOLE, are all of it. */
static int put_folders(struct bundle *bundle, const char *path, bool whole,
		       bool as_here)
{
	char folder[PATH_MAX];
	int error = 0;

	for (size_t i = 1; path[i - 1] && path[1] && !error; i++) {
		if (path[i] != '/' && (path[i] || !whole))
			continue;
		memcpy(folder, path, i);
		folder[i] = 0;
		error = put_implied(bundle, folder, as_here);
	}
	if (error == -ENOTDIR)
		return error_set(error, "%s: cannot be made, for %s is no "
				 "folder", path, folder);
	return error;
}

static int resolve(const struct bundle *bundle, const char *path, bool follow,
		   char to[PATH_MAX])
{
	int error = bundle_resolve(bundle, path, follow, to);

	return error ? error_errno(error, "%s: cannot be made", path) : 0;
}

int bundle_put(struct bundle *bundle, const char *path,
	       const struct bundle_entry *what)
{
	char place[PATH_MAX];
	int error = resolve(bundle, path, false, place);

	if (!error)
		error = put_folders(bundle, place, false, !bundle->rooted);
	if (!error)
		error = put(bundle, place, what);
	if (error == -EISDIR)
		return error_set(error, "%s: cannot be made, for it is a "
				 "folder already", path);
	return error;
}

int bundle_add_folder(struct bundle *bundle, const char *path)
{
	char place[PATH_MAX];
	int error = resolve(bundle, path, true, place);

	return error ? error :
	       put_folders(bundle, place, true, !bundle->rooted);
}
