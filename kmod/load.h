/* SPDX-License-Identifier: GPL-2.0-only */
/* An enclave's first block: image and boot page. */
#ifndef LOAD_H
#define LOAD_H

#include "enclave.h"

/* PISCES_LOAD.  ledger_mutex. */
int load_enclave(struct enclave *e, void *argument);

/*
 * LOADED -> NEW: its boot page names what it is about to lose.  Nothing in
 * another state.  ledger_mutex.
 */
void load_undo(struct enclave *e);

#endif
