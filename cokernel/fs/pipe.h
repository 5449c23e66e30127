/* SPDX-License-Identifier: GPL-2.0-only */
/* Pipes (pipe(7)). */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include <fs/inode.h>

/* A pipe with a name, S_IFIFO (fifo(7)). */
extern const struct inode_operations fifo_inode;

/* Both ends, one user each.  FLAGS: O_NONBLOCK.  -ENOMEM. */
int pipe_create(int flags, struct file *ends[2]);
/* Of an end: its size, and setting it (F_GETPIPE_SZ); -EBADF: no pipe. */
int64_t pipe_size(struct file *file);
int64_t pipe_resize(struct file *file, uint64_t size);

#endif
