/* SPDX-License-Identifier: GPL-2.0-only */
/* struct rusage and struct timeval from our own units. */
#ifndef SYS_USAGE_H
#define SYS_USAGE_H

#include <linux/resource.h>
#include <linux/time.h>
#include <lib/string.h>
#include <task/usage.h>

#define NSEC_PER_SEC	1000000000ull

/* A struct timeval, whatever its name: NS rounded down. */
#define usage_set_timeval(time, ns)					\
	do {								\
		(time)->tv_sec = (long)((ns) / NSEC_PER_SEC);		\
		(time)->tv_usec = (long)((ns) % NSEC_PER_SEC / 1000);	\
	} while (0)

/* RESIDENT in bytes. */
static inline void usage_fill(struct rusage *to, const struct usage *usage,
			      uint64_t resident)
{
	memset(to, 0, sizeof(*to));
	usage_set_timeval(&to->ru_utime, usage_user(usage));
	usage_set_timeval(&to->ru_stime, usage_system(usage));
	to->ru_maxrss = (long)(resident >> 10);
	to->ru_minflt = (long)usage->faults;
	to->ru_nvcsw = (long)usage->sleeps;
	to->ru_nivcsw = (long)usage->preemptions;
}

#endif
