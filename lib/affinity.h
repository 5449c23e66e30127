/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of an enclave's CPUs a program is to run on. */
#ifndef LIB_AFFINITY_H
#define LIB_AFFINITY_H

#include <pisces/stats.h>

#include "lib/wish.h"

/*
 * Those of the enclave NAME, whose counters are STATS, that WISH asks for: the
 * ones listed, all of which it must have, or as many of those with the fewest
 * runnable tasks, and of these the latest.  Writes Linux's numbers to LIST,
 * which has room for PISCES_MAX_CPUS, ascending.  How many, or -EINVAL with an
 * error text.
 */
int affinity_choose(const struct pisces_stats *stats, const char *name,
		    const struct cpu_wish *wish, unsigned int *list);

#endif
