/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a result is written. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/collect-target.h"
#include "lib/collect.h"
#include "lib/error.h"

/*
 * If NAME is ITEM or lies below it: the rest of the path, "" for ITEM itself;
 * else NULL.
 */
static const char *below(const struct collect_item *item, const char *name)
{
	size_t length = strlen(item->path) - 1;

	name += strspn(name, "/");
	if (strncmp(name, item->path + 1, length))
		return NULL;
	if (length && name[length] && name[length] != '/')
		return NULL;
	name += length;
	return name + strspn(name, "/");
}

static int open_folder(int at, const char *name, int error)
{
	int fd = -1;

	if (!error && mkdirat(at, name, 0777) && errno != EEXIST)
		error = -errno;
	if (!error) {
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			    O_CLOEXEC);
		error = fd < 0 ? -errno : 0;
	}
	if (at != AT_FDCWD)
		close(at);
	return error ? error : fd;
}

/*
 * Opens the target itself, which the user chose: links are the user's.  Once
 * only: no other entry of the archive has a say in what it is.
 */
static int open_target_folder(struct collect_item *item)
{
	int fd;

	if (item->fd < 0) {
		if (mkdir(item->target, 0777) && errno != EEXIST)
			return -errno;
		item->fd = open(item->target,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (item->fd < 0)
			return -errno;
	}
	fd = fcntl(item->fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static int open_file(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
			O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/*
 * Walks REST below the folder AT, which it closes, making folders, up to the
 * last name, which goes to LAST if that is not NULL.  A folder or -errno.
 */
static int walk(int at, const char *rest, char last[NAME_MAX + 1])
{
	char name[NAME_MAX + 1];

	while (at >= 0 && *rest) {
		size_t length = strcspn(rest, "/");

		if (length > NAME_MAX)
			return open_folder(at, "", -ENAMETOOLONG);
		memcpy(name, rest, length);
		name[length] = 0;
		rest += length;
		rest += strspn(rest, "/");
		if (!strcmp(name, "..") || !strcmp(name, "."))
			return open_folder(at, "", -EINVAL);
		if (last && !*rest) {
			strcpy(last, name);
			break;
		}
		at = open_folder(at, name, 0);
	}
	return at;
}

/* Opens REST below the folder AT, which it closes: a file, or 0 for a folder.*/
static int open_below(int at, const char *rest, bool folder)
{
	char name[NAME_MAX + 1] = "";
	int fd = 0;

	at = walk(at, rest, folder ? NULL : name);
	if (at < 0)
		return at;
	if (!folder)
		fd = open_file(at, name);
	close(at);
	return fd;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static void make_parents(const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", target);
	for (char *c = path + 1; path[0] && *c; c++)
		if (*c == '/') {
			*c = 0;
			mkdir(path, 0777);
			*c = '/';
		}
}

static int open_item(const struct collect *collect, struct collect_item *item,
		     const char *rest)
{
	bool folder = S_ISDIR(collect->mode);
	int at;

	if (!item->found && item->make_folders)
		make_parents(item->target);
	if (!*rest && !folder) {
		if (!is_folder(item->target))
			return open_file(AT_FDCWD, item->target);
		/* As cp does: into a folder that is there. */
		rest = strrchr(item->path, '/') + 1;
	}
	at = open_target_folder(item);
	return at < 0 ? at : open_below(at, rest, folder);
}

/* What cannot be brought back, of a mode that is no file or folder. */
static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return "it is a symbolic link itself";
	case S_IFIFO:
		return "it is a pipe";
	case S_IFSOCK:
		return "it is a socket";
	case S_IFBLK:
	case S_IFCHR:
		return "it is a device";
	default:
		return "it has 4 GiB or more, or cannot be read";
	}
}

/* A link REST below ITEM, whose contents follow. */
static int begin_link(struct collect *collect, struct collect_item *item,
		      const char *rest)
{
	int fd;

	if (!collect->left || collect->left >= PATH_MAX)
		return -EINVAL;
	if (!item->found && item->make_folders)
		make_parents(item->target);
	fd = open_target_folder(item);
	if (fd < 0)
		return fd;
	close(fd);
	collect->link = calloc(1, sizeof(*collect->link));
	if (!collect->link)
		return -ENOMEM;
	collect->link->item = item;
	collect->link->rest = strdup(rest);
	return collect->link->rest ? 0 : -ENOMEM;
}

/* In place of a link that is there already, but of nothing else. */
static int make_link(struct collect_link *link)
{
	char name[NAME_MAX + 1] = "", old[1];
	int at = fcntl(link->item->fd, F_DUPFD_CLOEXEC, 0), error = 0;

	at = at < 0 ? -errno : walk(at, link->rest, name);
	if (at < 0)
		return at;
	if (readlinkat(at, name, old, sizeof(old)) > 0)
		unlinkat(at, name, 0);
	if (symlinkat(link->text, at, name))
		error = -errno;
	close(at);
	return error;
}

int collect_target_links(struct collect *collect)
{
	for (struct collect_link *link = collect->links;
	     link && !collect->error; link = link->next) {
		int error = make_link(link);

		if (error)
			collect->error = error_errno(error, "cannot write the "
						     "result %s/%s to %s",
						     link->item->path,
						     link->rest,
						     link->item->target);
	}
	return collect->error;
}

/* The rest can still come; collect_finish() tells of it. */
static void leave_out(struct collect *collect)
{
	if (collect->left_out)
		return;
	collect->left_out = kind(collect->mode);
	snprintf(collect->left_out_name, sizeof(collect->left_out_name), "%s",
		 collect->name);
}

int collect_target_open(struct collect *collect)
{
	for (size_t i = 0; i < collect->count; i++) {
		struct collect_item *item = &collect->items[i];
		const char *rest = below(item, collect->name);
		int fd;

		if (!rest)
			continue;
		if (S_ISLNK(collect->mode) && *rest) {
			fd = begin_link(collect, item, rest);
		} else if (S_ISREG(collect->mode) || S_ISDIR(collect->mode)) {
			fd = open_item(collect, item, rest);
		} else {
			leave_out(collect);
			return 0;
		}
		if (fd < 0)
			return error_errno(fd, "cannot write the result %s "
					   "to %s", collect->name,
					   item->target);
		item->found = true;
		collect->fd = fd > 0 ? fd : -1;
		return 0;
	}
	return 0;
}

void collect_target_close(struct collect *collect)
{
	struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { .tv_sec = collect->mtime },
	};
	mode_t mask = umask(0);

	umask(mask);
	fchmod(collect->fd, collect->mode & 0777 & ~mask);
	futimens(collect->fd, times);
	close(collect->fd);
}
