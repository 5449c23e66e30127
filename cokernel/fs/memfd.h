/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that no path leads to, by memfd_create(2), and seals on files
 * (fcntl(2)).  All other regular files have the seal F_SEAL_SEAL: no more.
 */
#ifndef FS_MEMFD_H
#define FS_MEMFD_H

#include <fs/inode.h>

#define MEMFD_NAME_MAX	249	/* bytes, without the NUL */

/* Empty, one user, O_RDWR.  -ENOMEM. */
int memfd_create(const char *name, bool sealable, struct file **result);

/* F_ADD_SEALS: -EPERM; -EINVAL no regular file, no seals; -EBUSY. */
int memfd_seal(struct file *file, unsigned seals);
int64_t memfd_seals(const struct file *file);	/* F_GET_SEALS; -EINVAL */

/* Do seals let INODE be written up to the offset END?  0 or -EPERM. */
int memfd_may_write(const struct inode *inode, uint64_t end);

#endif
