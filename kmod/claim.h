/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking resources from Linux, by kind. */
#ifndef CLAIM_H
#define CLAIM_H

#include "ledger.h"

struct claim {
	/* Can there be such a resource?  0 or -errno. */
	int (*check)(const struct pisces_ioctl_grant *a);
	/*
	 * Fill in what Linux knows of it; -errno: it cannot be had.  This and
	 * COMMIT may fill in what A says with an error.
	 */
	int (*claim)(struct grant *g, struct pisces_ioctl_grant *a);
	/* INTENT -> COMMIT; -EBUSY: Linux uses it. */
	int (*commit)(struct grant *g, struct pisces_ioctl_grant *a);
	/*
	 * It is about to be RETURNed: undo what COMMIT did.  -EIO: it does not
	 * stop.  NULL: there is nothing to undo.
	 */
	int (*give_back)(struct grant *g);
	/* Its entry goes.  NULL: there is nothing to do. */
	void (*forget)(struct grant *g);
	u32 most;	/* entries of one enclave */
};

/* NULL: no such kind. */
const struct claim *claim_of(u32 kind);

#endif
