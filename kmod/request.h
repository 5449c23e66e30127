/* SPDX-License-Identifier: GPL-2.0-only */
/* What a co-kernel asks of the module for a function that it was given. */
#ifndef REQUEST_H
#define REQUEST_H

#include "function.h"

int request_init(void);
void request_exit(void);

/* It has no entry yet. */
void request_prepare(struct function *f);

/*
 * Write the function into entry SLOT of the enclave's table, but for what is
 * wanted of it, and serve its requests from now on, or no longer (then its
 * interrupts are off, too, and nothing of it is under way).  ledger_mutex.
 */
void request_open(struct function *f, u32 slot);
void request_close(struct function *f);
/* What was closed lost its entry, which is another's from now on. */
void request_end(struct function *f);

/*
 * The function is about to be Linux's: tell the co-kernel, if it has it, and wait
 * for it to let go.  -EIO: it does not say so.  Its lock.
 */
int request_lose(struct function *f);

/* Go on with what was open, and is as it was left. */
void request_reopen(struct function *f);

/* Has the co-kernel asked for something?  Any context; under RCU. */
void request_look(const struct enclave *e, u8 *memory);

#endif
