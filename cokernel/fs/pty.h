/* SPDX-License-Identifier: GPL-2.0-only */
/* Pseudo-terminals: pty(7), pts(4). */
#ifndef FS_PTY_H
#define FS_PTY_H

#include <fs/tty.h>

/* /dev/ptmx and the folder /dev/pts, at start-up.  -ENOMEM. */
int pty_populate(struct inode *dev);
/*
 * Give TTY the lowest free number in the folder PTS, with its name there.  Returns
 * it; *INODE has a user.  -ENOMEM, -ENOSPC, -ENOENT: the folder was removed.
 */
int pty_name(struct inode *pts, struct tty *tty, struct inode **inode);

#endif
