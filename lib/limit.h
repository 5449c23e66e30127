/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A time limit: when it is over a program is asked to end, and after a time of
 * grace killed.  The time is CLOCK_MONOTONIC's, and goes on while we are
 * stopped.
 */
#ifndef LIB_LIMIT_H
#define LIB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct limit {
	int64_t time_ns;	/* 0: no limit */
	int64_t grace_ns;	/* 0: it is never killed */
	int fd;			/* a timerfd; -1: it has not begun */
	bool asked;		/* the time is over */
};

/* The time begins, if it has not and there is a limit. -errno with a text. */
int limit_begin(struct limit *limit);
void limit_end(struct limit *limit);

/* FD can be read: SIGTERM or SIGKILL, which is due now, or 0. */
int limit_due(struct limit *limit);

#endif
