// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacking a session's archive into its root.  All belongs to the session's
 * user, whose copy it is, but root's keep their owners, as with tar(1).
 * Devices and sockets are skipped; what is there already is replaced.  Folders
 * get their times last, because making their contents changes them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cpio.h"
#include "job.h"

#define BUCKETS		256

/* A folder whose time is due, or a file that may have more names. */
struct record {
	struct record *next;
	char *path;
	uint32_t mtime;
	uint32_t inode, device[2];
};

struct unpack {
	struct cpio_reader reader;
	struct job *job;
	struct record *folders;
	struct record *linked[BUCKETS];	/* by the inode's number */
	int fd;			/* of the file being written, or -1 */
	uint32_t mode, mtime, size;
	uint32_t rdev[2];
	uid_t uid;
	gid_t gid;
	char path[CPIO_NAME_MAX + 1];	/* absolute */
	char target[CPIO_NAME_MAX];	/* of a symbolic link */
	uint32_t target_size;
};

static struct record *record(struct unpack *unpack, struct record **list,
			     const struct cpio_entry *entry)
{
	struct arena *arena = &unpack->job->load_arena;
	struct record *record = arena_alloc(arena, sizeof(*record));

	if (!record)
		return NULL;
	record->path = arena_string(arena, unpack->path);
	if (!record->path)
		return NULL;
	record->mtime = entry->mtime;
	record->inode = entry->inode;
	record->device[0] = entry->device[0];
	record->device[1] = entry->device[1];
	record->next = *list;
	*list = record;
	return record;
}

/* A folder; one that is there will do. */
static int make_folder(const struct job *job, const char *path, mode_t mode)
{
	struct stat stat_;

	if (mkdir(path, mode) == 0)
		return lchown(path, job->start.uid, job->start.gid) ?
			-errno : 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &stat_) == 0 && S_ISDIR(stat_.st_mode))
		return 0;
	return -EEXIST;
}

/* The folders above PATH (absolute, changed and restored). */
static int make_above(const struct job *job, char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		int status;

		*at = '\0';
		status = make_folder(job, path, 0755);
		*at = '/';
		if (status)
			return status;
	}
	return 0;
}

int unpack_make_folders(const struct job *job, const char *path)
{
	char copy[CPIO_NAME_MAX + 2];

	if ((size_t)snprintf(copy, sizeof(copy), "/%s/", path) >=
	    sizeof(copy))
		return -ENAMETOOLONG;
	return make_above(job, copy);
}

static int set_folder(struct unpack *unpack, const struct cpio_entry *entry)
{
	int status = make_folder(unpack->job, unpack->path, 0755);

	if (status == -EEXIST && unlink(unpack->path) == 0)
		status = make_folder(unpack->job, unpack->path, 0755);
	if (status)
		return status;
	if (lchown(unpack->path, unpack->uid, unpack->gid) ||
	    chmod(unpack->path, entry->mode & 07777))
		return -errno;
	return record(unpack, &unpack->folders, entry) ? 0 : -ENOMEM;
}

/* Another name of a file that came before?  Then link it. */
static int link_again(struct unpack *unpack, const struct cpio_entry *entry)
{
	struct record **list = &unpack->linked[entry->inode % BUCKETS];
	struct record *at;

	for (at = *list; at; at = at->next)
		if (at->inode == entry->inode &&
		    at->device[0] == entry->device[0] &&
		    at->device[1] == entry->device[1])
			break;
	if (!at)
		return record(unpack, list, entry) ? 0 : -ENOMEM;
	return link(at->path, unpack->path) ? -errno : 1;
}

static bool is_kept(const struct unpack *unpack)
{
	return unpack->rdev[0] == PISCES_KEPT_MARK;
}

static int make_file(struct unpack *unpack, const struct cpio_entry *entry)
{
	int status = 0;

	if (unlink(unpack->path) && errno != ENOENT)
		return -errno;
	if (entry->links > 1)
		status = link_again(unpack, entry);
	if (status < 0)
		return status;
	if (status == 1 && entry->size == 0)
		return 0;
	if (is_kept(unpack) && entry->size == 0)
		return keep_link(unpack->job, unpack->rdev[1], unpack->path);
	unpack->fd = open(unpack->path, O_WRONLY | O_CREAT | O_NOFOLLOW |
			  O_CLOEXEC, 0600);
	if (unpack->fd < 0)
		return -errno;
	/* In large pages, as who maps it likes it; writing may do without. */
	if (entry->size >= LARGE_SIZE)
		fallocate(unpack->fd, FALLOC_FL_KEEP_SIZE, 0, entry->size);
	return 0;
}

/* The owner and time of what is not open. */
static int set_looks(const struct unpack *unpack)
{
	struct timespec times[2] = {
		{ .tv_sec = unpack->mtime }, { .tv_sec = unpack->mtime },
	};

	if (lchown(unpack->path, unpack->uid, unpack->gid) ||
	    utimensat(AT_FDCWD, unpack->path, times, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return 0;
}

static int make_fifo(const struct unpack *unpack)
{
	if (unlink(unpack->path) && errno != ENOENT)
		return -errno;
	if (mknod(unpack->path, S_IFIFO | (unpack->mode & 0777), 0) == 0)
		return set_looks(unpack);
	/* A root works without its pipes where there are none. */
	return errno == EOPNOTSUPP ? 0 : -errno;
}

static int begin_kind(struct unpack *unpack, const struct cpio_entry *entry)
{
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return set_folder(unpack, entry);
	case S_IFREG:
		return make_file(unpack, entry);
	case S_IFLNK:
		if (entry->size == 0 || entry->size >= sizeof(unpack->target))
			return -EPROTO;
		return 0;
	case S_IFIFO:
		return make_fifo(unpack);
	default:
		return 0;
	}
}

static int begin(void *context, const struct cpio_entry *entry)
{
	struct unpack *unpack = context;
	const char *name = entry->name;
	int status;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	snprintf(unpack->path, sizeof(unpack->path), "/%s", name);
	unpack->mode = entry->mode;
	unpack->mtime = entry->mtime;
	unpack->size = entry->size;
	memcpy(unpack->rdev, entry->rdev, sizeof(unpack->rdev));
	unpack->target_size = 0;
	unpack->uid = unpack->job->start.uid;
	unpack->gid = unpack->job->start.gid;
	if (unpack->uid == 0) {
		unpack->uid = entry->uid;
		unpack->gid = entry->gid;
	}
	status = make_above(unpack->job, unpack->path);
	return status ? status : begin_kind(unpack, entry);
}

static int data(void *context, const uint8_t *bytes, size_t n)
{
	struct unpack *unpack = context;

	if (S_ISLNK(unpack->mode)) {
		memcpy(unpack->target + unpack->target_size, bytes, n);
		unpack->target_size += (uint32_t)n;
		return 0;
	}
	while (n > 0 && unpack->fd >= 0) {
		ssize_t done = write(unpack->fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

static int end_file(struct unpack *unpack)
{
	struct timespec times[2] = {
		{ .tv_sec = unpack->mtime }, { .tv_sec = unpack->mtime },
	};
	int status = 0;

	if (unpack->fd < 0)
		return 0;
	if (fchown(unpack->fd, unpack->uid, unpack->gid) ||
	    fchmod(unpack->fd, unpack->mode & 07777) ||
	    futimens(unpack->fd, times))
		status = -errno;
	if (!status && is_kept(unpack))
		status = keep_later(unpack->job, unpack->rdev[1], unpack->fd);
	job_close_fd(&unpack->fd);
	return status;
}

static int end_link(struct unpack *unpack)
{
	unpack->target[unpack->target_size] = '\0';
	if (unlink(unpack->path) && errno != ENOENT)
		return -errno;
	if (symlink(unpack->target, unpack->path))
		return -errno;
	return set_looks(unpack);
}

static int end(void *context)
{
	struct unpack *unpack = context;

	return S_ISLNK(unpack->mode) ? end_link(unpack) : end_file(unpack);
}

static const struct cpio_calls calls = { begin, data, end };

int unpack_begin(struct job *job)
{
	struct unpack *unpack = arena_alloc(&job->load_arena,
					    sizeof(*unpack));

	if (!unpack)
		return -ENOMEM;
	unpack->job = job;
	unpack->fd = -1;
	cpio_reader_init(&unpack->reader, &calls, unpack);
	job->unpack = unpack;
	return fchown(job->root, job->start.uid, job->start.gid) ? -errno : 0;
}

uint64_t unpack_wanted(const struct job *job)
{
	return cpio_wanted(&job->unpack->reader);
}

int unpack_feed(struct job *job, const uint8_t *bytes, size_t n)
{
	int status = root_enter(job);

	if (status)
		return status;
	status = cpio_feed(&job->unpack->reader, bytes, n);
	root_leave();
	return status;
}

void unpack_end(struct job *job)
{
	if (job->unpack)
		job_close_fd(&job->unpack->fd);
	job->unpack = NULL;
}

int unpack_finish(struct job *job)
{
	int status = root_enter(job);

	if (status)
		return status;
	status = unpack_make_folders(job, job->folder);
	/* The latest first: what is inside before what is around it. */
	for (struct record *at = job->unpack->folders; at; at = at->next) {
		struct timespec times[2] = {
			{ .tv_sec = at->mtime }, { .tv_sec = at->mtime },
		};

		utimensat(AT_FDCWD, at->path, times, 0);
	}
	root_leave();
	return status;
}
