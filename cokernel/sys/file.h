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

/* Make FILE a descriptor; drops it on failure. */
int file_install(struct file *file, bool cloexec);

#endif
