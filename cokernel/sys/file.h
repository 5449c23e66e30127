/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system calls on files share. */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <linux/fcntl.h>
#include <linux/uio.h>
#include <fs/files.h>
#include <fs/path.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

/* Most bytes that one call moves, as on Linux. */
#define IO_MAX		0x7ffff000ull

#define FILE_ANY	0	/* even one opened with O_PATH */
#define FILE_OPEN	1
#define FILE_READ	2
#define FILE_WRITE	3

/* The open file of descriptor FD, if it may be used so; else -EBADF. */
int file_of(uint64_t fd, int use, struct file **file);

/*
 * A kernel copy of the struct iovec[COUNT] at USER, to be object_free()d.
 * -EINVAL, -ENOMEM, -EFAULT.
 */
int file_pieces(uint64_t user, uint64_t count, struct iovec **vector);
/* The same, of the current process' memory, cut to IO_MAX bytes: *TOTAL. */
int file_vector(uint64_t user, uint64_t count, struct iovec **vector,
		uint64_t *total);

/* One transfer for each of COUNT pieces, until one is short (sys/file.c). */
int64_t file_each(struct file *file, bool write, const struct iovec *vector,
		  uint64_t count, int64_t offset);

/* For calls with two files (sys/file_copy.c): IN to be read, OUT written. */
int file_two(uint64_t in_fd, uint64_t out_fd, struct file **in,
	     struct file **out);
/* The offset at USER, or POSITION if USER is 0.  -EFAULT, -EINVAL. */
int file_offset_get(uint64_t user, uint64_t position, uint64_t *offset);
/* There, or if USER is 0 to FILE's position.  -EFAULT. */
int file_offset_put(uint64_t user, uint64_t offset, struct file *file);
/*
 * Up to N bytes of IN, from the offset FROM on if it has any, to OUT, a pipe or
 * stream that takes pieces from the kernel.
 */
int64_t file_feed(struct file *in, uint64_t from, struct file *out,
		  uint64_t n);

/* Is FILE a pipe, a FIFO or a stream that passes for one (splice(2))? */
bool file_is_pipe(const struct file *file);
/*
 * As file_feed() to the pipe OUT, but no more than there is room for, or than IN
 * has; with WAIT once there is any.  -EAGAIN, -EPIPE with the signal,
 * -ERESTARTSYS.
 */
int64_t file_to_pipe(struct file *in, uint64_t from, struct file *out,
		     uint64_t n, bool wait);

/* Make FILE a descriptor; drops it on failure. */
int file_install(struct file *file, bool cloexec);

#endif
