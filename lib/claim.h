/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking CPUs, memory and devices from Linux for an enclave: the intent into
 * the module's ledger, then Linux takes it offline or lets go of it, then the
 * module commits it.  What was claimed before an error stays in the ledger, for
 * whoever undoes the whole: lib/release.h or lib/undo.h.  Ends with -EINTR at a
 * signal.
 */
#ifndef LIB_CLAIM_H
#define LIB_CLAIM_H

#include <stdint.h>

#include "lib/grants.h"
#include "lib/wish.h"

struct claim {
	int manager;		/* -1: the module is not loaded (to plan) */
	uint32_t id;		/* the enclave */
	const char *name;
	/* Told of each block before it is tried; may be NULL. */
	void (*progress)(uint64_t block, uint64_t address);
};

/*
 * The CPUs that WISH asks for, those to be chosen rather near the node NEAR.
 * *LIST gets them, the first first; returns how many.  All on NODE if that is
 * not -1.  Touches nothing.  -errno with an error text.
 */
int claim_choose_cpus(const struct cpu_wish *wish, int node, int near,
		      unsigned int *list);

/* Take them all.  0 or -errno with an error text. */
int claim_cpus(const struct claim *claim, const unsigned int *list,
	       int count);

/* Could they be had, as far as one can see?  Touches nothing. */
int claim_check_cpus(const struct claim *claim, const unsigned int *list,
		     int count);

/*
 * Could there be so much memory?  Touches nothing; *PLAN (may be NULL) gets the
 * blocks that would be tried first.  Errors as claim_memory().
 */
int claim_plan_memory(const struct claim *claim,
		      const struct memory_wish *wish, int node, int near,
		      struct grants *plan);

/*
 * What WISH asks for, in whole blocks; where it names no node, on NODE if that
 * is not -1, else rather on node NEAR.  0 or -errno with an error text.
 */
int claim_memory(const struct claim *claim, const struct memory_wish *wish,
		 int node, int near);

/*
 * Could these devices be had, as far as one can see?  Touches nothing; they are
 * added to *PLAN (may be NULL).  0 or -errno with an error text.
 */
int claim_plan_devices(const struct claim *claim,
		       const struct device_wish *wish, struct grants *plan);

/* Take them all, which were checked.  0 or -errno with an error text. */
int claim_devices(const struct claim *claim, const struct device_wish *wish);

#endif
