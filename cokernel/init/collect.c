// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending the files that were asked for, as a cpio archive, once the program
 * has ended.  First all paths are listed (a folder's after the folder), then
 * each is sent; the writes never block.  A path is named in the archive as it
 * was asked for; what is missing is left out.  Of what is no file, folder or
 * link only the head is sent, so that the tool knows of it; likewise of a file
 * that is too large for the archive or cannot be read, without a type in its
 * mode.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cpio.h"
#include "job.h"

#define BUFFER	65536u

struct item {
	struct item *next;
	char path[];
};

struct collect {
	struct item *first, **last;	/* LAST: where the next one goes */
	struct item *at;		/* the next one to send */
	int fd;				/* of the file being sent, or -1 */
	uint64_t left;			/* its bytes */
	uint64_t total;			/* bytes put into BUFFER, ever */
	size_t have, sent;		/* of BUFFER */
	bool trailer;			/* it is in BUFFER */
	char buffer[BUFFER];
};

static int add(struct job *job, const char *folder, const char *name)
{
	struct collect *collect = job->collect;
	size_t n = strlen(folder) + strlen(name) + 2;
	struct item *item;

	if (n > CPIO_NAME_MAX)
		return -ENAMETOOLONG;	/* no archive can name it */
	item = arena_alloc(&job->arena, sizeof(*item) + n);
	if (!item)
		return -ENOMEM;
	snprintf(item->path, n, "%s%s%s", folder, *folder ? "/" : "", name);
	*collect->last = item;
	collect->last = &item->next;
	return 0;
}

/* Whether it went while all was listed and sent. */
static bool gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

/* The entries of the folder PATH to the end of the list. */
static int add_folder(struct job *job, const char *path)
{
	static char entries[8192];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int status = 0;
	long n;

	if (fd < 0)
		return gone(errno) ? 0 : -errno;
	while ((n = syscall(SYS_getdents64, fd, entries,
			    sizeof(entries))) > 0 && status == 0) {
		for (long at = 0; at < n && status == 0; ) {
			/* struct linux_dirent64 of getdents64(2) */
			unsigned short length;
			const char *name = entries + at + 19;

			memcpy(&length, entries + at + 16, sizeof(length));
			if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
				status = add(job, path, name);
			at += length;
		}
	}
	close(fd);
	return status;
}

/* Into the root and to the working folder, from where paths count. */
static int enter(struct job *job)
{
	int status = root_enter(job);

	if (status == 0 && chdir(job->folder) != 0) {
		status = -errno;
		root_leave();
	}
	return status;
}

static int list(struct job *job)
{
	int status = 0;

	for (uint32_t i = 0; i < job->start.collectc && status == 0; i++)
		status = add(job, "", job->collected[i]);
	for (struct item *item = job->collect->first; item && status == 0;
	     item = item->next) {
		struct stat stat;

		if (lstat(item->path, &stat) == 0 && S_ISDIR(stat.st_mode))
			status = add_folder(job, item->path);
	}
	return status;
}

int collect_begin(struct job *job)
{
	struct collect *collect = arena_alloc(&job->arena, sizeof(*collect));
	int status;

	if (!collect)
		return -ENOMEM;
	collect->last = &collect->first;
	collect->fd = -1;
	job->collect = collect;
	status = enter(job);
	if (status)
		return status;
	status = list(job);
	root_leave();
	collect->at = collect->first;
	return status;
}

static void put(struct collect *collect, const void *data, size_t n)
{
	memcpy(collect->buffer + collect->have, data, n);
	collect->have += n;
	collect->total += n;
}

static void put_zeroes(struct collect *collect, size_t n)
{
	memset(collect->buffer + collect->have, 0, n);
	collect->have += n;
	collect->total += n;
}

static void put_head(struct collect *collect, const struct stat *stat,
		     const char *path, uint32_t size)
{
	struct cpio_entry entry = {
		.inode = (uint32_t)stat->st_ino,
		.mode = stat->st_mode,
		.uid = stat->st_uid,
		.gid = stat->st_gid,
		.links = 1,	/* each name has its own data */
		.mtime = (uint32_t)stat->st_mtime,
		.size = size,
	};

	cpio_put_head(collect->buffer + collect->have, &entry, path);
	collect->have += cpio_head_size(path);
	collect->total += cpio_head_size(path);
}

static int put_link(struct collect *collect, const struct stat *stat,
		    const char *path)
{
	char target[CPIO_NAME_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	if (n < 0)
		return -errno;
	put_head(collect, stat, path, (uint32_t)n);
	put(collect, target, (size_t)n);
	put_zeroes(collect, cpio_padding((uint64_t)n, 4));
	return 0;
}

static void put_file(struct collect *collect, struct stat *stat,
		    const char *path)
{
	bool fits = stat->st_size <= 0xffffffffl;

	if (fits)
		collect->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fits && collect->fd < 0 && gone(errno))
		return;
	if (collect->fd < 0) {
		stat->st_mode &= ~(mode_t)S_IFMT;
		put_head(collect, stat, path, 0);
		return;
	}
	collect->left = (uint64_t)stat->st_size;
	put_head(collect, stat, path, (uint32_t)stat->st_size);
}

/* The next item's head into the buffer, its file open if it has bytes. */
static int next_item(struct collect *collect)
{
	const char *path = collect->at->path;
	struct stat stat;
	int status = 0;

	collect->at = collect->at->next;
	if (lstat(path, &stat) != 0)
		status = -errno;
	else if (S_ISLNK(stat.st_mode))
		status = put_link(collect, &stat, path);
	else if (S_ISREG(stat.st_mode))
		put_file(collect, &stat, path);
	else
		put_head(collect, &stat, path, 0);
	return gone(-status) ? 0 : status;
}

static void next_data(struct collect *collect)
{
	size_t n = BUFFER - 4;
	ssize_t got;

	if (n > collect->left)
		n = (size_t)collect->left;
	got = n ? read(collect->fd, collect->buffer, n) : 0;
	if (got < 0)
		got = 0;
	collect->have = (size_t)got;
	collect->total += (size_t)got;
	if (got == 0 && n)	/* it became shorter: the head has promised */
		put_zeroes(collect, n);
	collect->left -= collect->have;
	if (collect->left == 0) {
		put_zeroes(collect, cpio_padding(collect->total, 4));
		job_close_fd(&collect->fd);
	}
}

static void put_trailer(struct collect *collect)
{
	struct stat stat = { 0 };

	put_head(collect, &stat, CPIO_TRAILER, 0);
	put_zeroes(collect, cpio_padding(collect->total, CPIO_BLOCK));
	collect->trailer = true;
}

static int refill(struct job *job)
{
	struct collect *collect = job->collect;
	int status;

	collect->have = collect->sent = 0;
	if (collect->fd >= 0) {
		next_data(collect);
		return 0;
	}
	if (!collect->at) {
		put_trailer(collect);
		return 0;
	}
	status = enter(job);
	if (status)
		return status;
	while (collect->at && collect->have == 0 && status == 0)
		status = next_item(collect);
	root_leave();
	return status;
}

int collect_step(struct job *job)
{
	struct collect *collect = job->collect;

	for (;;) {
		ssize_t n;

		if (collect->sent == collect->have) {
			int status = 0;

			if (collect->trailer)
				return 1;
			status = refill(job);
			if (status)
				return status;
			continue;
		}
		n = write(job->session.files,
			  collect->buffer + collect->sent,
			  collect->have - collect->sent);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return n ? -errno : -EIO;
		collect->sent += (size_t)n;
	}
}

void collect_end(struct job *job)
{
	if (job->collect)
		job_close_fd(&job->collect->fd);
	job->collect = NULL;
}
