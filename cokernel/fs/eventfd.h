/* SPDX-License-Identifier: GPL-2.0-only */
/* Event counters: eventfd(2). */
#ifndef FS_EVENTFD_H
#define FS_EVENTFD_H

#include <lib/types.h>

struct file;

/*
 * A file for a counter that starts at COUNT and, if it is a SEMAPHORE, is read
 * one by one; FLAGS O_NONBLOCK or 0.  NULL: no memory.
 */
struct file *eventfd_create(uint32_t count, bool semaphore, int flags);

#endif
