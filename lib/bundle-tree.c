/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files and folders from here into a bundle.  Sockets and devices are left out,
 * as by cp -r; symbolic links stay what they are, and so do several names of
 * one file.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"
#include "lib/links.h"
#include "lib/root.h"

struct tree {
	struct bundle *bundle;
	enum bundle_rank rank;
	struct links links;
};

/* The file that it is, if it was met before; else a new one. */
static struct bundle_file *file_of(struct tree *tree, const char *source,
				   const struct stat *status)
{
	uint64_t device = status->st_dev, inode = status->st_ino;
	uint64_t size = (uint64_t)status->st_size;
	bool linked = status->st_nlink > 1;
	struct bundle_file *file;

	file = linked ? links_find(&tree->links, device, inode) : NULL;
	if (file)
		return file;
	file = bundle_file_new(source, 0, size);
	if (file && linked && links_add(&tree->links, device, inode, file)) {
		bundle_file_drop(file);
		return NULL;
	}
	return file;
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
	if (!path[1])
		return error_set(-EINVAL, "%s: cannot be shipped as '%s'",
				 source, path);
	if (access(source, R_OK))
		return error_errno(-errno, "%s", source);
	return 0;
}

/* WHAT has the looks; gets the contents or the target, and goes to PATH. */
static int add_file(struct tree *tree, const char *source,
		    const struct stat *status, const char *path,
		    struct bundle_entry *what)
{
	int error = check_file(source, status, path);

	if (error)
		return error;
	what->file = file_of(tree, source, status);
	if (!what->file)
		return -ENOMEM;
	error = bundle_put(tree->bundle, path, what);
	bundle_file_drop(what->file);
	return error;
}

static int add_link(struct tree *tree, const char *source, const char *path,
		    struct bundle_entry *what)
{
	char target[PATH_MAX];
	ssize_t n = readlink(source, target, sizeof(target) - 1);

	if (n < 0)
		return error_errno(-errno, "%s", source);
	target[n] = 0;
	what->target = target;
	return bundle_put(tree->bundle, path, what);
}

static int add_below(struct tree *tree, const char *source, const char *path);

static int add_folder(struct tree *tree, const char *source, const char *path,
		      const struct bundle_entry *what)
{
	bool own = tree->rank == BUNDLE_ROOT && root_is_own(path);
	int error = 0;

	if (path[1] || tree->rank == BUNDLE_ROOT)
		error = own ? 0 : bundle_put(tree->bundle, path, what);
	if (error || (own && !root_has_devices(path)))
		return error;
	return add_below(tree, source, path);
}

static int add_any(struct tree *tree, const char *source,
		   const struct stat *status, const char *path)
{
	bool root = tree->rank == BUNDLE_ROOT;
	struct bundle_entry what = {
		.mode = status->st_mode, .uid = status->st_uid,
		.gid = status->st_gid, .mtime = (uint32_t)status->st_mtime,
		.rank = tree->rank,
	};

	if (S_ISDIR(status->st_mode))
		return add_folder(tree, source, path, &what);
	if (root && (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)))
		root_leave_device(tree->bundle, path);
	if (root && root_is_own(path))
		return 0;
	if (S_ISREG(status->st_mode))
		return add_file(tree, source, status, path, &what);
	if (S_ISLNK(status->st_mode))
		return add_link(tree, source, path, &what);
	if (root && S_ISFIFO(status->st_mode))
		return bundle_put(tree->bundle, path, &what);
	return 0;
}

static int add_child(struct tree *tree, const char *source, const char *path,
		     const char *name)
{
	char *from = NULL, *to = NULL;
	struct stat status;
	int error;

	if (asprintf(&from, "%s/%s", source, name) < 0 ||
	    asprintf(&to, "%s/%s", path[1] ? path : "", name) < 0)
		error = error_set(-ENOMEM, "out of memory");
	else if (lstat(from, &status))
		error = error_errno(-errno, "%s", from);
	else
		error = add_any(tree, from, &status, to);
	free(from);
	free(to);
	return error;
}

static int add_below(struct tree *tree, const char *source, const char *path)
{
	DIR *folder = opendir(source);
	struct dirent *entry;
	int error = 0;

	if (!folder)
		return error_errno(-errno, "%s", source);
	while (!error && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			error = add_child(tree, source, path, entry->d_name);
	closedir(folder);
	return error;
}

/* SOURCE itself may be a link. */
static int add_tree(struct bundle *bundle, enum bundle_rank rank,
		    const char *source, const char *path)
{
	struct tree tree = { .bundle = bundle, .rank = rank };
	struct stat status;
	int error;

	if (stat(source, &status))
		return error_errno(-errno, "%s", source);
	if (S_ISDIR(status.st_mode))
		error = add_any(&tree, source, &status, path);
	else
		error = bundle_add_file(bundle, source, path);
	links_free(&tree.links);
	return error;
}

int bundle_add_tree(struct bundle *bundle, const char *source, const char *path)
{
	return add_tree(bundle, BUNDLE_GIVEN, source, path);
}

int bundle_add_root_folder(struct bundle *bundle, const char *source)
{
	return add_tree(bundle, BUNDLE_ROOT, source, "/");
}

int bundle_add_file(struct bundle *bundle, const char *source, const char *path)
{
	struct bundle_entry what = { .rank = BUNDLE_GIVEN };
	struct tree alone = { .bundle = bundle };
	struct stat status;

	if (stat(source, &status))
		return error_errno(-errno, "%s", source);
	what.mode = status.st_mode;
	what.uid = status.st_uid;
	what.gid = status.st_gid;
	what.mtime = (uint32_t)status.st_mtime;
	/* Its other names are nothing to it. */
	status.st_nlink = 1;
	return add_file(&alone, source, &status, path, &what);
}

int bundle_add_link(struct bundle *bundle, const char *target, const char *path)
{
	struct bundle_entry what = {
		.mode = S_IFLNK | 0777, .rank = BUNDLE_GIVEN,
		.target = (char *)target,
	};

	return path[1] ? bundle_put(bundle, path, &what) : 0;
}
