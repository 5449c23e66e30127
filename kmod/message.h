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

bool message_reaches(u32 apic_id);

/*
 * The rest under the function's lock, with APIC ids that are reached.
 *
 * Send COUNT vectors of a function whose messages are off to the CPUs with
 * these APIC ids.  Returns how many there are, or -ENOMEM.
 */
int message_set(struct function *f, u32 count, const u32 *apic_id);
/* Are they still?  A reset by somebody else ends them. */
bool message_is_on(struct function *f);
/* Send a vector elsewhere; when this returns, none is on its old way. */
void message_move(struct function *f, u32 vector, u32 apic_id);
void message_off(struct function *f);

#endif
