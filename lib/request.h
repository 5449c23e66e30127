/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to an enclave's control task (pisces/control.h).  One tool at a
 * time: request_begin() takes the lock on the node, request_end() lets go.
 */
#ifndef LIB_REQUEST_H
#define LIB_REQUEST_H

#include <stdint.h>

#include <pisces/control.h>

#include "lib/node.h"

#define REQUEST_TIMEOUT_MS	5000

/* 0 or -errno with an error text; needs node_map_channel(). */
int request_begin(struct node *node, int timeout_ms);
void request_end(struct node *node);

/*
 * Between the two: send and wait for the answer, whose arguments overwrite
 * ARGUMENT.  Returns the answer's status, which is 0 or -errno without an error
 * text; *ANSWERED (may be NULL) is 0 if there was no answer, and then the text is
 * set: -ETIMEDOUT, -ENODEV, -EPROTO, -EINTR.
 */
int request_exchange(struct node *node, uint32_t type, uint64_t argument[6],
		     int timeout_ms, int *answered);

/* All three in one. */
int request_simple(struct node *node, uint32_t type, uint64_t argument[6],
		   int timeout_ms, int *answered);

/* Is the control task there, and of our version?  0 or -errno with a text. */
int request_ping(struct node *node);

#endif
