/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers that are read: timerfd_create(2). */
#ifndef FS_TIMERFD_H
#define FS_TIMERFD_H

#include <lib/types.h>

struct file;

/* In ns; VALUE 0: not set; INTERVAL 0: once. */
struct timerfd_setting {
	uint64_t value, interval;
};

/*
 * A file for a timer of CLOCK_REALTIME or of CLOCK_MONOTONIC, FLAGS O_NONBLOCK
 * or 0; NULL: no memory.
 */
struct file *timerfd_create(bool realtime, int flags);
/* Is FILE one? */
bool timerfd_is(const struct file *file);

/* What is left until it expires, never 0 if it is set. */
struct timerfd_setting timerfd_get(struct file *file);
/*
 * FLAGS are TFD_TIMER_* of timerfd_settime(2).  -ECANCELED, although all is
 * done: the clock has been set since the last TFD_TIMER_CANCEL_ON_SET.
 */
int timerfd_set(struct file *file, int flags,
		const struct timerfd_setting *setting);

#endif
