/* SPDX-License-Identifier: GPL-2.0-only */
/* struct rusage and struct timeval from our own units. */
#ifndef SYS_USAGE_H
#define SYS_USAGE_H

#include <linux/resource.h>
#include <linux/time.h>
#include <lib/string.h>

#define NSEC_PER_SEC	1000000000ull

/*
 * CPU_TIME in ns, RESIDENT in bytes.  All time counts as the program's own:
 * the kernel does not tell its part apart.
 */
static inline void usage_fill(struct rusage *usage, uint64_t cpu_time,
			      uint64_t resident)
{
	memset(usage, 0, sizeof(*usage));
	usage->ru_utime.tv_sec = (long)(cpu_time / NSEC_PER_SEC);
	usage->ru_utime.tv_usec = (long)(cpu_time % NSEC_PER_SEC / 1000);
	usage->ru_maxrss = (long)(resident >> 10);
}

#endif
