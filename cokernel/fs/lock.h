/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advisory locks: fcntl(2)'s record locks, which belong to a table of
 * descriptors or (F_OFD_*) an open file, and flock(2)'s, which belong to an open
 * file.
 */
#ifndef FS_LOCK_H
#define FS_LOCK_H

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <fs/inode.h>

/*
 * fcntl(2)'s F_SETLK, F_SETLKW, F_GETLK, F_OFD_* with a kernel copy of struct
 * flock.  -EBADF: FD, which was FILE's, has been closed during the wait.
 */
int lock_record(int fd, struct file *file, int command, struct flock *flock);
int lock_whole(struct file *file, int operation);	/* flock(2) */
/* A descriptor of INODE in the table OWNER was closed. */
void lock_release_owner(struct inode *inode, const void *owner);
void lock_release_file(struct file *file);

#endif
