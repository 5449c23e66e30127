/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks as programs name them: clock_gettime(2), clock_getcpuclockid(3). */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <task/cputime.h>

enum clock_use {
	CLOCK_READ = 1,			/* -EINVAL where it cannot be */
	CLOCK_TIMER = 2,		/* -EOPNOTSUPP */
	CLOCK_SLEEP = 4,		/* -EOPNOTSUPP */
};

struct clock {
	bool realtime;			/* CLOCK_REALTIME, else _MONOTONIC */
	struct cputime_clock *cputime;	/* or this, if it is not NULL */
};

/*
 * The clock ID, to be used so: 0, -EINVAL, -EOPNOTSUPP.  That of another
 * process or task may be gone when the caller has slept.
 */
int clock_find(int id, enum clock_use use, struct clock *clock);

#endif
