/* SPDX-License-Identifier: GPL-2.0-only */
/* Handing what is claimed to a co-kernel that runs, and taking it back. */
#ifndef LIB_ATTACH_H
#define LIB_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/ioctl.h>

/* The co-kernel begins to use it.  0 or -errno with an error text. */
int attach_grant(int manager, uint32_t id, const char *name,
		 const struct pisces_ioctl_ledger *entry);

/* All that is claimed and not attached, in order; ends at a signal. */
int attach_claimed(int manager, uint32_t id, const char *name);

/*
 * The co-kernel leaves it, a CPU with FORCE even if tasks are bound to it.  0
 * or -errno with an error text; -EBUSY: it is in use.
 */
int detach_grant(int manager, uint32_t id, const char *name,
		 const struct pisces_ioctl_ledger *entry, bool force);

#endif
