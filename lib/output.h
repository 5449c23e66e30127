/* SPDX-License-Identifier: GPL-2.0-only */
/* From a ring to a file, without ever blocking on a slow reader. */
#ifndef LIB_OUTPUT_H
#define LIB_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <pisces/ring.h>

struct output {
	struct pisces_ring *ring;
	int fd;
	size_t most;		/* bytes of a write that will not block */
	bool ask;		/* ask poll(2) before each write */
	bool own;		/* FD is ours to close */
	bool blocked;		/* it would have blocked: wait for POLLOUT */
	bool closed;		/* nobody reads any more */
	int error;		/* why, if not because a pipe was closed */
};

void output_init(struct output *output, int fd, struct pisces_ring *ring);
void output_free(struct output *output);

/*
 * Move what can be moved now.  Returns 1 if something was, 0 if not, or -EPROTO
 * without an error text.  *WAKE is set if the enclave waits for that.
 */
int output_pump(struct output *output, bool *wake);

/* The reader has gone: tell the program, drop what comes. */
void output_close(struct output *output, int error);

#endif
