/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies between enclaves' memory and users'. */
#ifndef COPY_H
#define COPY_H

#include <linux/types.h>

/*
 * TO or FROM, the u64, is a user pointer.  -EFAULT, -EINTR killed, -ENOMEM.
 * Sleeps, for as long as the user's memory takes.
 */
int copy_in(u8 *to, u64 from, u64 bytes);
int copy_out(u64 to, u8 *from, u64 bytes);

#endif
