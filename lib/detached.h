/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for programs that `run --detach` has started. */
#ifndef LIB_DETACHED_H
#define LIB_DETACHED_H

#include <stdbool.h>

#include "lib/session.h"

struct detached {
	int pid;
	bool ended;
	int status;			/* as from wait4(2), once ENDED */
	struct session session;		/* page NULL: not watched */
};

/*
 * Find the program PID of the user who calls.  One that has ended is forgotten
 * with that; one that runs is watched from now on, so that its end is not missed
 * whoever else waits for it.  0; -ESRCH there is none or it was waited for
 * already; -EPERM, or another error; with a text.
 */
int detached_find(struct detached *detached, struct node *node, int pid);

/*
 * Has it ENDED?  Looks at memory and asks nobody, but when it has: then the
 * enclave forgets it.  Whatever changes this is an event of the node.
 */
bool detached_look(struct detached *detached);

void detached_close(struct detached *detached);

#endif
