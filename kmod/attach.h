/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving resources to a co-kernel that runs, and taking them back. */
#ifndef ATTACH_H
#define ATTACH_H

#include "ledger.h"

/*
 * Give a grant a slot and write it into its table, as wanted to be used.
 * ledger_mutex.
 */
void attach_give(struct enclave *e, struct grant *g);

/*
 * The steps ATTACH and DETACH of an enclave that is RUNNING.  They sleep, for a
 * bounded time, and change the grant's step if they succeed.  Errors are those
 * of <pisces/ioctl.h>; USER_PID and USER_NAME of A are filled in with -EBUSY.
 * ledger_mutex.
 */
int attach_use(struct enclave *e, struct grant *g);
int attach_leave(struct enclave *e, struct grant *g, bool force,
		 struct pisces_ioctl_grant *a);

/*
 * Before a change, or a debugger's wish: has a CPU that was asked to leave, and to
 * stay after all, answered since?  Then it takes doorbells again.  Until then they
 * go to the first CPU.  The enclave is started.  ledger_mutex.
 */
void attach_look(struct enclave *e);

#endif
