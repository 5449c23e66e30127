/* SPDX-License-Identifier: GPL-2.0-only */
/* The signal mask that ppoll(2) and its like have in force while they wait. */
#ifndef SYS_SIGMASK_H
#define SYS_SIGMASK_H

#include <lib/types.h>

/* Block the set at USER (0: leave the mask) of SIZE bytes; -EFAULT, -EINVAL. */
int sigmask_swap(uint64_t user, uint64_t size);
/*
 * Have the old mask again.  If the call was INTERRUPTED only once the signal's
 * handler runs: signal_deliver() does it.
 */
void sigmask_restore(bool interrupted);

#endif
