/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting right an enclave whose transaction was not finished: what came goes,
 * what went comes back, and what was finished is completed.  The ledger says
 * how far it got, so this undoes one's own and a dead tool's changes alike.
 */
#ifndef LIB_UNDO_H
#define LIB_UNDO_H

#include <stdint.h>

#include "lib/grants.h"

struct undone {
	struct grants out;	/* went to Linux */
	struct grants back;	/* the enclave has it again */
};

/*
 * Goes on after an error; returns the first, with a text that names all.  What
 * cannot be taken from the enclave any more stays in it.  Signals are held back
 * meanwhile.  *UNDONE (may be NULL) is to be freed in any case.
 */
int undo_changes(int manager, uint32_t id, const char *name,
		 struct undone *undone);
void undo_free(struct undone *undone);

/*
 * After an error: call UNDO under the manager's lock, and add to the error's
 * text what came of it.
 */
void undo_after_error(int manager, uint32_t id, const char *name,
		      int (*undo)(int manager, uint32_t id, const char *name));

#endif
