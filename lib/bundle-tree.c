/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole folders into a bundle.  Sockets, devices and the like are left out, as by
 * cp -r; symbolic links stay what they are.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"

static int add_below(struct bundle *bundle, const char *source,
		     const char *path);

static int add_copy_of_link(struct bundle *bundle, const char *source,
			    const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(source, target, sizeof(target) - 1);

	if (n < 0)
		return error_errno(-errno, "%s", source);
	target[n] = 0;
	return bundle_add_link(bundle, target, path);
}

static int add_any(struct bundle *bundle, const char *source, const char *path)
{
	struct stat status;

	if (lstat(source, &status))
		return error_errno(-errno, "%s", source);
	switch (status.st_mode & S_IFMT) {
	case S_IFLNK:
		return add_copy_of_link(bundle, source, path);
	case S_IFREG:
		return bundle_add_file(bundle, source, path);
	case S_IFDIR:
		return add_below(bundle, source, path);
	}
	return 0;
}

/* A folder as it is at SOURCE, wherever it goes. */
static int add_folder_like(struct bundle *bundle, const char *source,
			   const char *path)
{
	struct bundle_entry *entry;
	struct stat status;
	int error = bundle_add_folder(bundle, path);

	if (error || !path[1] || stat(source, &status))
		return error;
	entry = &bundle->entries[bundle->count - 1];
	if (strcmp(entry->name, path + 1))
		return 0;
	entry->mode = status.st_mode;
	entry->uid = status.st_uid;
	entry->gid = status.st_gid;
	entry->mtime = (uint32_t)status.st_mtime;
	return 0;
}

static int add_below(struct bundle *bundle, const char *source,
		     const char *path)
{
	int error = add_folder_like(bundle, source, path);
	DIR *folder = opendir(source);
	struct dirent *entry;

	if (!folder)
		return error_errno(-errno, "%s", source);
	while (!error && (entry = readdir(folder))) {
		char *from = NULL, *to = NULL;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&from, "%s/%s", source, entry->d_name) < 0 ||
		    asprintf(&to, "%s/%s", path[1] ? path : "",
			     entry->d_name) < 0)
			error = error_set(-ENOMEM, "out of memory");
		else
			error = add_any(bundle, from, to);
		free(from);
		free(to);
	}
	closedir(folder);
	return error;
}

int bundle_add_tree(struct bundle *bundle, const char *source, const char *path)
{
	struct stat status;

	if (stat(source, &status) || !S_ISDIR(status.st_mode))
		return bundle_add_file(bundle, source, path);
	return add_below(bundle, source, path);
}
