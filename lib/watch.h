/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watching the output of an enclave's detached programs, without the enclave
 * noticing: their rings overwrite, and a reader tells nobody.
 */
#ifndef LIB_WATCH_H
#define LIB_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/boot.h>

#include "lib/node.h"
#include "lib/session.h"

struct watch {
	struct node *node;
	struct session session[PISCES_WINDOWS];	/* page NULL: none there */
	int64_t looked_ns;	/* when new ones were last looked for */
};

void watch_open(struct watch *watch, struct node *node);
void watch_close(struct watch *watch);

/*
 * Look for new sessions and let go of those that ended, every half second at
 * most.
 */
void watch_look(struct watch *watch);

/*
 * Some bytes of any session: their number, and in *SESSION whose, in *LOST how
 * many were overwritten before; 0 if there are none.
 */
size_t watch_read(struct watch *watch, void *buffer, size_t size,
		  const struct session **session, uint64_t *lost);

#endif
