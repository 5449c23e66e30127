/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of the tables in which a co-kernel is given resources. */
#ifndef ENTRY_H
#define ENTRY_H

#include "ledger.h"

/* All of a grant that has a slot, of an enclave with memory.  ledger_mutex. */

/* What is wanted of it (enum pisces_want), and the co-kernel's side. */
u32 *entry_wanted(const struct enclave *e, const struct grant *g);
struct pisces_slot *entry_slot(const struct enclave *e, const struct grant *g);

/* Write what there is to know of it, but for what is wanted. */
void entry_write(const struct enclave *e, const struct grant *g);

/*
 * Let the co-kernel look as far as this entry.  The counts only grow, so that
 * it sees an entry become empty.
 */
void entry_count(struct enclave *e, const struct grant *g);

#endif
