/* SPDX-License-Identifier: GPL-2.0-only */
/* A session of ours: its window, its rings, its end (pisces/session.h). */
#ifndef LIB_SESSION_H
#define LIB_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/ring.h>
#include <pisces/session.h>

#include "lib/node.h"

struct session {
	struct node *node;
	uint32_t window;
	uint64_t number;
	uint64_t size;			/* of the window */
	struct pisces_session *page;	/* NULL if not mapped */
	bool detached;
	struct pisces_ring in, out, error_out, files;	/* size 0: none */
};

/*
 * Open one with an output ring of LOG_SIZE bytes (0: the usual size) and map
 * it.  0 or -errno with an error text.
 */
int session_open(struct session *session, struct node *node, bool detached,
		 uint64_t log_size);

/*
 * Map window INDEX of a session that somebody else has opened, for reading;
 * only OUT is set up, at its start.  -ENOENT if it is no detached session's.
 * No error text.  The caller holds the lock of the node.
 */
int session_watch(struct session *session, struct node *node,
		  uint32_t index);

/* The page's state, read once; later reads of other fields are then valid. */
uint32_t session_state(const struct session *session);

/* Pass a signal on.  -ESRCH it has ended; 0 or -errno with an error text. */
int session_signal(const struct session *session, int number);

/*
 * Tell its terminal the size of ours.  -ESRCH it has none (any more); 0 or
 * -errno with an error text.
 */
int session_resize(const struct session *session);

/* Unmap; FINISHED tells the control task that we are done. */
void session_close(struct session *session, bool finished);

#endif
