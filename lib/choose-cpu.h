/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs to take from Linux, where only their number was given. */
#ifndef LIB_CHOOSE_CPU_H
#define LIB_CHOOSE_CPU_H

#include <stdbool.h>

/* A CPU that Linux could let go of. */
struct choose_cpu {
	unsigned int cpu;
	int node;
	unsigned int core;	/* the lowest thread's number */
	bool shared;		/* another thread of it stays with Linux */
};

/*
 * WANTED of the COUNT candidates, ascending: on one node if that can be (NEAR
 * if it has enough, -1: all the same; else where the fewest would share a core
 * with Linux; else the node of the highest), whole cores first, and the
 * highest. Puts the candidates in another order.  False if there are not
 * enough.
 */
bool choose_among(struct choose_cpu *candidates, int count, int wanted,
		  int near, unsigned int *list);

/*
 * The same among the CPUs that are online, on NODE alone if that is not -1.
 * 0 or -ENODEV with an error text.
 */
int choose_cpus(int wanted, int node, int near, unsigned int *list);

/*
 * Before CPUs leave Linux: whose core is shared with one that stays?  Writes
 * those that stay to STAYING and their mates among LIST to MATES, each
 * ascending and once, PISCES_MAX_CPUS at most.
 */
struct choose_shared {
	unsigned int *staying, *mates;
	int staying_count, mates_count;
};

void choose_find_shared(const unsigned int *list, int count,
			struct choose_shared *shared);
void choose_free_shared(struct choose_shared *shared);

#endif
