/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that are read: signalfd(2). */
#ifndef FS_SIGNALFD_H
#define FS_SIGNALFD_H

#include <lib/types.h>

struct file;

/*
 * A file to read the signals of SET from (bit N-1: signal N), those of whoever
 * reads; FLAGS O_NONBLOCK or 0.  NULL: no memory.
 */
struct file *signalfd_create(uint64_t set, int flags);
/* Another SET; -EINVAL: FILE is no signalfd. */
int signalfd_set(struct file *file, uint64_t set);

#endif
