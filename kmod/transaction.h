/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may change an enclave, and whether a change was brought to its end. */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "enclave.h"

/* All under ledger_mutex, but for transaction_closed(). */

/* FILE is the enclave's changer from now on. */
void transaction_begin(struct enclave *e, const struct file *file);

/*
 * Carry out CHANGE of the enclave ID for FILE, which becomes its changer if
 * there is none and that succeeds.  -ENOENT no such enclave, -EBUSY another
 * changer; else what CHANGE returns.
 */
int transaction_run(const struct file *file, u32 id,
		    int (*change)(struct enclave *e, void *argument),
		    void *argument);

/* The process whose file is the changer, if that is not FILE; or 0. */
pid_t transaction_other(const struct file *file, u32 id);

/* If all grants are as before, the transaction has been undone: it ends. */
void transaction_settle(struct enclave *e);

/* PISCES_FINISH. */
int transaction_finish(const struct file *file, u32 id);

/* PISCES_STATUS_ORPHANED or _UNFINISHED or neither. */
u32 transaction_flags(const struct enclave *e);

/* A file of /dev/pisces is closed. */
void transaction_closed(const struct file *file);

#endif
