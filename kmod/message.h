/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI and MSI-X messages that go straight to an enclave's CPUs, as NMIs. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <linux/pci.h>
#include "function.h"

/*
 * Can messages of this function reach CPUs that Linux does not know, and all
 * those that the enclave has?  ledger_mutex.
 */
bool message_is_possible(struct function *f);

/*
 * Under the function's lock.  Send COUNT vectors of a function whose messages
 * are off to the CPUs with these APIC ids.  -EINVAL: one cannot be reached;
 * -ENOMEM.
 */
int message_set(struct function *f, u32 count, const u32 *apic_id);
/* Send a vector elsewhere; when this returns, none is on its way. */
int message_move(struct function *f, u32 vector, u32 apic_id);
void message_off(struct function *f);

#endif
