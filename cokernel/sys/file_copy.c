// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that move or keep data without a program's buffer: sendfile(2),
 * copy_file_range(2), fallocate(2), fsync(2), readahead(2).
 */
#include <errno.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <fs/memfd.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>

static bool is_regular(const struct file *file)
{
	return file->inode->operations == &regular_inode;
}

/* One piece within a page of either file; its size or -errno. */
static int64_t copy_piece(struct file *in, uint64_t from, struct inode *out,
			  uint64_t to, uint64_t n)
{
	phys_t frame;
	int error;

	n = MIN(n, PAGE_SIZE - to % PAGE_SIZE);
	error = memfd_may_write(out, to + n);
	if (error)
		return error;
	frame = data_make(&out->data, to / PAGE_SIZE);
	if (!frame)
		return -ENOSPC;
	return file_read_kernel(in, (uint8_t *)frame_address(frame) +
				to % PAGE_SIZE, n, from);
}

/* Up to N bytes from IN at FROM to OUT, a regular file, at TO. */
static int64_t copy(struct file *in, uint64_t from, struct file *out,
		    uint64_t to, uint64_t n)
{
	struct inode *inode = out->inode;
	uint64_t done = 0;
	int64_t piece = 0;

	if (n) {
		n = inode_may_reach(to, n);
		if (n == 0)
			return -EFBIG;
	}
	/* A copy into itself must not grow while it is read. */
	if (is_regular(in))
		n = MIN(n, in->inode->size > from ? in->inode->size - from : 0);
	while (done < n) {
		piece = copy_piece(in, from + done, inode, to + done,
				   n - done);
		if (piece <= 0)
			break;
		done += (uint64_t)piece;
		inode->size = MAX(inode->size, to + done);
	}
	if (done == 0)
		return MIN(piece, 0);
	if (current()->process->user.file != 0)
		inode_drop_set_ids(inode);
	inode_modified(inode);
	return (int64_t)done;
}

/* Up to N bytes of IN: at FROM, if it has offsets. */
static int64_t get(struct file *in, void *to, uint64_t n, uint64_t from)
{
	if (in->operations->pread_kernel)
		return file_read_kernel(in, to, n, from);
	return in->operations->read_kernel(in, to, n);
}

int64_t file_feed(struct file *in, uint64_t from, struct file *out, uint64_t n)
{
	uint64_t done = 0, size = PAGE_SIZE;
	int64_t piece = 0;
	void *buffer;

	if (!out->operations->write_kernel)
		return -EINVAL;
	if (!in->operations->pread_kernel) {
		if (!in->operations->read_kernel)
			return -EINVAL;
		/* A packet that is read in part is gone. */
		size = n;
	}
	buffer = object_alloc(size);
	if (!buffer)
		return -ENOMEM;
	while (done < n) {
		piece = get(in, buffer, MIN(n - done, size), from + done);
		if (piece <= 0)
			break;
		piece = out->operations->write_kernel(out, buffer,
						      (uint64_t)piece);
		if (piece <= 0)
			break;
		done += (uint64_t)piece;
		if ((uint64_t)piece < size)
			break;
	}
	object_free(buffer);
	return done ? (int64_t)done : MIN(piece, 0);
}

int file_offset_get(uint64_t user, uint64_t position, uint64_t *offset)
{
	*offset = position;
	if (user && get_user(*offset, user))
		return -EFAULT;
	return (int64_t)*offset < 0 ? -EINVAL : 0;
}

int file_offset_put(uint64_t user, uint64_t offset, struct file *file)
{
	if (user)
		return put_user(offset, user);
	file->position = offset;
	return 0;
}

static int64_t send(struct file *out, struct file *in, uint64_t offset_user,
		    uint64_t n)
{
	uint64_t offset;
	int64_t done = file_offset_get(offset_user, in->position, &offset);

	if (done)
		return done;
	if (offset_user && !in->operations->pread)
		return -ESPIPE;
	if (!in->operations->pread_kernel)
		return -EINVAL;
	n = MIN(n, IO_MAX);
	if (is_regular(out)) {
		if (out->flags & O_APPEND)
			return -EINVAL;
		done = copy(in, offset, out, out->position, n);
		if (done > 0)
			out->position += (uint64_t)done;
	} else if (file_is_pipe(out)) {
		done = file_to_pipe(in, offset, out, n,
				    !(out->flags & O_NONBLOCK));
	} else {
		done = file_feed(in, offset, out, n);
	}
	if (done > 0 &&
	    file_offset_put(offset_user, offset + (uint64_t)done, in))
		return -EFAULT;
	return done;
}

int file_two(uint64_t in_fd, uint64_t out_fd, struct file **in,
	     struct file **out)
{
	int status = file_of(in_fd, FILE_READ, in);

	if (status)
		return status;
	status = file_of(out_fd, FILE_WRITE, out);
	if (status)
		file_put(*in);
	return status;
}

SYSCALL_DEFINE(sendfile)
{
	struct file *in, *out;
	int64_t done = file_two(b, a, &in, &out);

	if (done)
		return done;
	done = send(out, in, c, d);
	file_put(in);
	file_put(out);
	return done;
}

static int64_t copy_range(struct file *in, uint64_t in_user, struct file *out,
			  uint64_t out_user, uint64_t n)
{
	uint64_t from, to;
	int64_t done;

	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!is_regular(in) || !is_regular(out))
		return -EINVAL;
	if (out->flags & O_APPEND)
		return -EBADF;
	done = file_offset_get(in_user, in->position, &from);
	if (done == 0)
		done = file_offset_get(out_user, out->position, &to);
	if (done)
		return done;
	n = MIN(n, IO_MAX);
	if (in->inode == out->inode && from < to + n && to < from + n)
		return -EINVAL;
	done = copy(in, from, out, to, n);
	if (done <= 0)
		return done;
	if (file_offset_put(in_user, from + (uint64_t)done, in) ||
	    file_offset_put(out_user, to + (uint64_t)done, out))
		return -EFAULT;
	return done;
}

SYSCALL_DEFINE(copy_file_range)
{
	struct file *in, *out;
	int64_t done;

	if (f)
		return -EINVAL;
	done = file_two(a, c, &in, &out);
	if (done)
		return done;
	done = copy_range(in, b, out, d, e);
	file_put(in);
	file_put(out);
	return done;
}

/* Mostly nothing to do, but only for what could be synchronised. */
static int64_t synchronise(uint64_t fd)
{
	struct file *file;
	int status = file_of(fd, FILE_OPEN, &file);

	if (status)
		return status;
	if (file->operations->sync)
		status = file->operations->sync(file);
	else if (!S_ISREG(file->inode->mode) && !S_ISDIR(file->inode->mode))
		status = -EINVAL;
	file_put(file);
	return status;
}

SYSCALL_DEFINE(fsync)
{
	return synchronise(a);
}

SYSCALL_DEFINE(fdatasync)
{
	return synchronise(a);
}

SYSCALL_DEFINE(syncfs)
{
	struct file *file;
	int status = file_of(a, FILE_OPEN, &file);

	if (status == 0)
		file_put(file);
	return status;
}

SYSCALL_DEFINE(sync)
{
	return 0;
}

SYSCALL_DEFINE(fadvise64)
{
	struct file *file;
	int status = file_of(a, FILE_OPEN, &file);

	if (status)
		return status;
	if (S_ISFIFO(file->inode->mode))
		status = -ESPIPE;
	else if ((int64_t)c < 0 || (uint32_t)d > POSIX_FADV_NOREUSE)
		status = -EINVAL;
	file_put(file);
	return status;
}

/* All is in memory already. */
SYSCALL_DEFINE(readahead)
{
	struct file *file;
	int status = file_of(a, FILE_READ, &file);

	if (status)
		return status;
	if ((!S_ISREG(file->inode->mode) && !S_ISBLK(file->inode->mode)) ||
	    (int64_t)c < 0)
		status = -EINVAL;
	file_put(file);
	return status;
}

SYSCALL_DEFINE(sync_file_range)
{
	struct file *file;
	int status = file_of(a, FILE_OPEN, &file);
	uint32_t mode;

	if (status)
		return status;
	mode = file->inode->mode;
	if ((uint32_t)d & ~SYNC_FILE_RANGE_WRITE_AND_WAIT || (int64_t)b < 0 ||
	    (int64_t)c < 0 || (int64_t)(b + c) < 0)
		status = -EINVAL;
	else if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISBLK(mode))
		status = -ESPIPE;
	file_put(file);
	return status;
}

/* Zero [FROM, TO) of a page that is there. */
static void zero_part(struct inode *inode, uint64_t from, uint64_t to)
{
	phys_t frame = data_find(&inode->data, from / PAGE_SIZE);

	if (frame && from < to)
		memset((uint8_t *)frame_address(frame) + from % PAGE_SIZE, 0,
		       to - from);
}

static int punch(struct file *file, uint64_t from, uint64_t to)
{
	struct inode *inode = file->inode;
	uint64_t first = ALIGN_UP(from, PAGE_SIZE);
	uint64_t last = ALIGN_DOWN(to, PAGE_SIZE);
	int error = memfd_may_write(inode, 0);

	if (error)
		return error;
	if (first > last) {
		zero_part(inode, from, to);
		return 0;
	}
	zero_part(inode, from, first);
	zero_part(inode, last, to);
	return file_punch(file, first, last);
}

/* Is there memory for the holes in pages FIRST to before END? */
static bool affordable(const struct inode *inode, uint64_t first, uint64_t end)
{
	uint64_t need = (end - first) * PAGE_SIZE;

	if (need > frame_free_total())
		need -= data_count(&inode->data, first, end) * PAGE_SIZE;
	return frame_ensure(need);
}

static int reserve(struct inode *inode, uint64_t from, uint64_t to, bool keep)
{
	if (to > inode->size && inode->seals & F_SEAL_GROW)
		return -EPERM;
	if (to > inode->size && !inode_may_reach(to - 1, 1))
		return -EFBIG;
	if (!affordable(inode, from / PAGE_SIZE,
			ALIGN_UP(to, PAGE_SIZE) / PAGE_SIZE))
		return -ENOSPC;
	for (uint64_t at = ALIGN_DOWN(from, PAGE_SIZE), size; at < to;
	     at += size) {
		size = LARGE_SIZE;
		if (at % size == 0 && to - at >= size &&
		    data_make_large(&inode->data, at / PAGE_SIZE))
			continue;
		size = PAGE_SIZE;
		if (!data_make(&inode->data, at / PAGE_SIZE))
			return -ENOSPC;
	}
	if (!keep)
		inode->size = MAX(inode->size, to);
	return 0;
}

SYSCALL_DEFINE(fallocate)
{
	struct file *file;
	int64_t status;

	if ((int64_t)c < 0 || (int64_t)d <= 0)
		return -EINVAL;
	if (c + d > DATA_MAX)
		return -EFBIG;
	status = file_of(a, FILE_WRITE, &file);
	if (status)
		return status;
	if (!is_regular(file))
		status = S_ISFIFO(file->inode->mode) ? -ESPIPE : -ENODEV;
	else if (b == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		status = punch(file, c, c + d);
	else if (b == 0 || b == FALLOC_FL_KEEP_SIZE)
		status = reserve(file->inode, c, c + d, b != 0);
	else
		status = -EOPNOTSUPP;
	if (status == 0)
		inode_modified(file->inode);
	file_put(file);
	return status;
}
