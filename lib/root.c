/* SPDX-License-Identifier: GPL-2.0-only */
/* A root into a bundle; folders are bundle-tree.c's work. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/archive.h"
#include "lib/bundle.h"
#include "lib/decompress.h"
#include "lib/error.h"
#include "lib/links.h"
#include "lib/root.h"

/* What the enclave makes itself. */

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) &&
	       (!path[length] || path[length] == '/');
}

bool root_has_devices(const char *path)
{
	return is_below(path, "/dev");
}

bool root_is_own(const char *path)
{
	return is_below(path, "/dev") || is_below(path, "/proc") ||
	       is_below(path, "/sys");
}

void root_leave_device(struct bundle *bundle, const char *path)
{
	static const char *const there[] = {
		"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
		"/dev/urandom", "/dev/tty",
	};

	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		if (!strcmp(path, there[i]))
			return;
	bundle->devices++;
}

/* Archives. */

struct reading {
	struct bundle *bundle;
	struct archive archive;
	struct links links;	/* of cpio */
};

/* In cpio one of a file's names, mostly the last, brings the contents. */
static struct bundle_file *file_of(struct reading *reading,
				   const struct archive_entry *entry)
{
	uint64_t device = (uint64_t)entry->device[0] << 32 | entry->device[1];
	struct bundle_file *file;

	if (entry->links < 2)
		return bundle_file_new(NULL, entry->offset, entry->size);
	file = links_find(&reading->links, device, entry->inode);
	if (!file) {
		file = bundle_file_new(NULL, 0, 0);
		if (!file || links_add(&reading->links, device, entry->inode,
				       file)) {
			bundle_file_drop(file);
			return NULL;
		}
	}
	if (entry->size) {
		file->offset = entry->offset;
		file->size = entry->size;
	}
	return file;
}

static int misnamed(const struct reading *reading, const char *name,
		    const char *why)
{
	return error_set(-EINVAL, "%s: an entry named '%s', which %s",
			 reading->archive.path, name, why);
}

/* Does it have a component ".."? */
static bool goes_up(const char *name)
{
	for (; *name; name += strspn(name, "/")) {
		size_t length = strcspn(name, "/");

		if (length == 2 && !memcmp(name, "..", 2))
			return true;
		name += length;
	}
	return false;
}

/* A name of the archive as a path; the caller frees it. */
static char *path_of(const struct reading *reading, const char *name)
{
	if (!*name)
		misnamed(reading, name, "is no name");
	else if (goes_up(name))
		misnamed(reading, name, "leads out of the root");
	else if (strlen(name) >= PATH_MAX - 2)
		misnamed(reading, name, "is too long");
	else
		return bundle_path_from("/", name);
	return NULL;
}

/* Another name of an entry that came before: the same in all but the name. */
static int add_again(struct reading *reading, const char *path,
		     const struct archive_entry *entry)
{
	char *other = path_of(reading, entry->target);
	struct bundle_entry *old = NULL, what;
	char place[PATH_MAX];

	if (!other)
		return -EINVAL;
	if (!bundle_resolve(reading->bundle, other, false, place))
		old = bundle_find(reading->bundle, place);
	free(other);
	if (!old || S_ISDIR(old->mode))
		return misnamed(reading, entry->name,
				"is another name of no file before it");
	what = *old;
	return bundle_put(reading->bundle, path, &what);
}

static int put(struct reading *reading, const char *path,
	       const struct archive_entry *entry)
{
	struct bundle_entry what = {
		.mode = entry->mode, .uid = entry->uid, .gid = entry->gid,
		.mtime = entry->mtime, .rank = BUNDLE_ROOT,
	};
	int error;

	if (entry->size > UINT32_MAX)
		return misnamed(reading, entry->name,
				"is larger than the 4 GiB that can be "
				"shipped");
	if (!path[1] && !S_ISDIR(entry->mode))
		return misnamed(reading, entry->name, "is no folder");
	if (S_ISLNK(entry->mode))
		what.target = (char *)entry->target;
	if (S_ISLNK(entry->mode) && !*entry->target)
		return misnamed(reading, entry->name, "is a link to nothing");
	if (S_ISREG(entry->mode)) {
		what.file = file_of(reading, entry);
		if (!what.file)
			return -ENOMEM;
	}
	error = bundle_put(reading->bundle, path, &what);
	bundle_file_drop(what.file);
	return error;
}

static int add(void *context, const struct archive_entry *entry)
{
	struct reading *reading = context;
	char *path = path_of(reading, entry->name);
	int error = 0;

	if (!path)
		return -EINVAL;
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		root_leave_device(reading->bundle, path);
	else if (root_is_own(path) || S_ISSOCK(entry->mode))
		;
	else if (entry->hard)
		error = add_again(reading, path, entry);
	else if (S_ISREG(entry->mode) || S_ISDIR(entry->mode) ||
		 S_ISLNK(entry->mode) || S_ISFIFO(entry->mode))
		error = put(reading, path, entry);
	else
		error = misnamed(reading, entry->name, "is of no known kind");
	free(path);
	return error;
}

static int add_archive(struct bundle *bundle, const char *source)
{
	struct reading reading = {
		.bundle = bundle,
		.archive = {
			.fd = bundle->store, .path = source, .add = add,
		},
	};
	struct stat status;
	int error;

	if (fstat(bundle->store, &status))
		return error_errno(-errno, "%s", source);
	reading.archive.size = (uint64_t)status.st_size;
	reading.archive.context = &reading;
	error = archive_read(&reading.archive);
	links_free(&reading.links);
	return error;
}

static int open_archive(struct bundle *bundle, const char *source,
			uint64_t most)
{
	int fd = open(source, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(-errno, "%s", source);
	bundle->store = decompress(fd, source, most);
	if (bundle->store != fd)
		close(fd);
	return bundle->store < 0 ? bundle->store : 0;
}

int root_add(struct bundle *bundle, const char *source, uint64_t most)
{
	struct stat status;
	int error;

	bundle->rooted = true;
	if (stat(source, &status))
		return error_errno(-errno, "%s", source);
	if (S_ISDIR(status.st_mode))
		return bundle_add_root_folder(bundle, source);
	if (!S_ISREG(status.st_mode))
		return error_set(-EINVAL, "%s: neither a folder nor a file",
				 source);
	error = open_archive(bundle, source, most);
	return error ? error : add_archive(bundle, source);
}
