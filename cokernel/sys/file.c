// SPDX-License-Identifier: GPL-2.0-only
/* read(2), write(2) and their relatives; lseek(2). */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/uio.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>

int file_of(uint64_t fd, int use, struct file **file)
{
	int mode;

	*file = fd_get((int)fd);
	if (!*file)
		return -EBADF;
	mode = (*file)->flags & O_ACCMODE;
	if (use == FILE_ANY ||
	    (!((*file)->flags & O_PATH) &&
	     !(use == FILE_READ && mode != O_RDONLY && mode != O_RDWR) &&
	     !(use == FILE_WRITE && mode != O_WRONLY && mode != O_RDWR)))
		return 0;
	file_put(*file);
	return -EBADF;
}

int file_install(struct file *file, bool cloexec)
{
	int fd = fd_install(file, 0, cloexec);

	if (fd < 0)
		file_put(file);
	return fd;
}

/* One transfer; OFFSET < 0: at the file's position. */
static int64_t transfer(struct file *file, bool write, uint64_t user,
			uint64_t n, int64_t offset)
{
	const struct file_operations *operations = file->operations;

	n = MIN(n, IO_MAX);
	if (offset < 0) {
		if (write)
			return operations->write ?
				operations->write(file, user, n) : -EINVAL;
		return operations->read ?
			operations->read(file, user, n) : -EINVAL;
	}
	if (write)
		return operations->pwrite ?
			operations->pwrite(file, user, n, (uint64_t)offset) :
			-ESPIPE;
	return operations->pread ?
		operations->pread(file, user, n, (uint64_t)offset) : -ESPIPE;
}

static int64_t single(uint64_t fd, bool write, uint64_t user, uint64_t n,
		      int64_t offset)
{
	struct file *file;
	int64_t done = file_of(fd, write ? FILE_WRITE : FILE_READ, &file);

	if (done)
		return done;
	if (!user_range(user, n))
		done = -EFAULT;
	else if (offset > INT64_MAX - (int64_t)n)
		done = -EINVAL;
	else
		done = transfer(file, write, user, n, offset);
	file_put(file);
	return done;
}

static int64_t at_offset(uint64_t fd, bool write, uint64_t user, uint64_t n,
			 uint64_t offset)
{
	if ((int64_t)offset < 0)
		return -EINVAL;
	return single(fd, write, user, n, (int64_t)offset);
}

/* Of a vector: cut off what is beyond IO_MAX; the *TOTAL. */
static int check(struct iovec *vector, uint64_t count, uint64_t *total)
{
	*total = 0;
	for (uint64_t i = 0; i < count; i++) {
		if (!user_range((uint64_t)vector[i].iov_base,
				vector[i].iov_len))
			return -EFAULT;
		vector[i].iov_len = MIN(vector[i].iov_len, IO_MAX - *total);
		*total += vector[i].iov_len;
	}
	return 0;
}

int file_pieces(uint64_t user, uint64_t count, struct iovec **vector)
{
	int status;

	*vector = NULL;
	if (count > UIO_MAXIOV)
		return -EINVAL;
	*vector = object_alloc(MAX(count, 1ull) * sizeof(struct iovec));
	if (!*vector)
		return -ENOMEM;
	status = copy_from_user(*vector, user, count * sizeof(struct iovec));
	for (uint64_t i = 0; i < count && !status; i++)
		if ((int64_t)(*vector)[i].iov_len < 0)
			status = -EINVAL;
	if (status)
		object_free(*vector);
	return status;
}

int file_vector(uint64_t user, uint64_t count, struct iovec **vector,
		uint64_t *total)
{
	int status = file_pieces(user, count, vector);

	if (status)
		return status;
	status = check(*vector, count, total);
	if (status)
		object_free(*vector);
	return status;
}

/* What goes into a pipe in one piece goes there from one buffer. */
static int64_t gather(struct file *file, const struct iovec *vector,
		      uint64_t count, uint64_t total)
{
	uint8_t *buffer = object_alloc(total);
	uint64_t at = 0;
	int64_t done = 0;

	if (!buffer)
		return -ENOMEM;
	for (uint64_t i = 0; i < count && !done; at += vector[i++].iov_len)
		done = copy_from_user(buffer + at,
				      (uint64_t)vector[i].iov_base,
				      vector[i].iov_len);
	if (!done)
		done = file->operations->write_kernel(file, buffer, total);
	object_free(buffer);
	return done;
}

/* Would reading on wait for what is not there yet? */
static bool is_exhausted(struct file *file)
{
	return file->operations->poll &&
		!(file->operations->poll(file) & POLLIN);
}

int64_t file_each(struct file *file, bool write, const struct iovec *vector,
		  uint64_t count, int64_t offset)
{
	int64_t total = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t n = vector[i].iov_len;
		int64_t done;

		if (n == 0)
			continue;
		if (total && !write && offset < 0 && is_exhausted(file))
			break;
		done = transfer(file, write, (uint64_t)vector[i].iov_base, n,
				offset < 0 ? -1 : offset + total);
		if (done < 0)
			return total ? total : done;
		total += done;
		if ((uint64_t)done < n)
			break;
	}
	return total;
}

/* RWF_APPEND: as if the file were opened so. */
static int64_t append_offset(struct file *file, int64_t offset)
{
	if (!S_ISREG(file->inode->mode))
		return offset;
	if (offset >= 0)
		return (int64_t)file->inode->size;
	file->position = file->inode->size;
	return offset;
}

/* N bytes at once, if the file can do that; or what a pipe takes so. */
static int64_t together(struct file *file, bool write,
			const struct iovec *vector, uint64_t count, uint64_t n,
			int64_t offset)
{
	const struct file_operations *operations = file->operations;

	if (offset < 0 && !write && operations->read_vector)
		return operations->read_vector(file, vector, n);
	if (offset < 0 && write && operations->write_vector)
		return operations->write_vector(file, vector, n);
	if (offset < 0 && write && count > 1 && n && n <= PIPE_BUF &&
	    operations->write_kernel)
		return gather(file, vector, count, n);
	return file_each(file, write, vector, count, offset);
}

/* RWF_DSYNC and RWF_SYNC: what was written is on the medium, too. */
static int64_t flushed(struct file *file, int64_t done)
{
	int status = done > 0 && file->operations->sync ?
		file->operations->sync(file) : 0;

	return status ? status : done;
}

static int64_t vectored(uint64_t fd, bool write, uint64_t user,
			uint64_t count, int64_t offset, uint64_t flags)
{
	struct iovec *vector;
	struct file *file;
	uint64_t total;
	int64_t done = file_of(fd, write ? FILE_WRITE : FILE_READ, &file);

	if (done)
		return done;
	done = file_vector(user, count, &vector, &total);
	if (done == 0) {
		if (write && flags & RWF_APPEND)
			offset = append_offset(file, offset);
		done = together(file, write, vector, count, total, offset);
		if (write && flags & (RWF_DSYNC | RWF_SYNC))
			done = flushed(file, done);
		object_free(vector);
	}
	file_put(file);
	return done;
}

static int64_t vectored2(uint64_t fd, bool write, uint64_t user,
			 uint64_t count, uint64_t offset, uint64_t flags)
{
	if (flags & ~(uint64_t)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND))
		return -EOPNOTSUPP;
	if ((int64_t)offset < -1)
		return -EINVAL;
	return vectored(fd, write, user, count, (int64_t)offset, flags);
}

SYSCALL_DEFINE(read)
{
	return single(a, false, b, c, -1);
}

SYSCALL_DEFINE(write)
{
	return single(a, true, b, c, -1);
}

SYSCALL_DEFINE(pread64)
{
	return at_offset(a, false, b, c, d);
}

SYSCALL_DEFINE(pwrite64)
{
	return at_offset(a, true, b, c, d);
}

SYSCALL_DEFINE(readv)
{
	return vectored(a, false, b, c, -1, 0);
}

SYSCALL_DEFINE(writev)
{
	return vectored(a, true, b, c, -1, 0);
}

SYSCALL_DEFINE(preadv)
{
	return (int64_t)d < 0 ? -EINVAL :
		vectored(a, false, b, c, (int64_t)d, 0);
}

SYSCALL_DEFINE(pwritev)
{
	return (int64_t)d < 0 ? -EINVAL :
		vectored(a, true, b, c, (int64_t)d, 0);
}

SYSCALL_DEFINE(preadv2)
{
	return vectored2(a, false, b, c, d, f);
}

SYSCALL_DEFINE(pwritev2)
{
	return vectored2(a, true, b, c, d, f);
}

SYSCALL_DEFINE(lseek)
{
	struct file *file;
	int64_t status = file_of(a, FILE_OPEN, &file);

	if (status)
		return status;
	status = file->operations->seek ?
		file->operations->seek(file, (int64_t)b, (int)c) : -ESPIPE;
	file_put(file);
	return status;
}
