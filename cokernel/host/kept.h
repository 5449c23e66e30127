/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that stay in the enclave between sessions, so that they need not be
 * shipped again.  A user's tool knows each by a key that it makes of the
 * contents, so nobody can change them (inode->fixed).  When memory runs short
 * those that nobody uses are given up, the ones that were asked for longest ago
 * first.
 */
#ifndef HOST_KEPT_H
#define HOST_KEPT_H

#include <host/session.h>

struct inode;

void kept_init(void);	/* at start-up: from here on memory is given back */
/* That of WANTED's user and key, with a user of its own, or NULL. */
struct inode *kept_find(const struct control_kept *wanted);
/* INODE is kept from here on.  -EEXIST, -ENOMEM, -EINVAL: no plain file. */
int kept_add(const struct control_kept *wanted, struct inode *inode);
/* Keep no more those of WANTED's user, or of all if that is root; counts. */
void kept_drop(struct control_kept *wanted);
/* Give up one that nobody uses; false: there is none. */
bool kept_shrink(void);

#endif
