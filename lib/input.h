/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes into a session's IN ring: the start record, the archive, and once
 * the program runs its standard input.
 */
#ifndef LIB_INPUT_H
#define LIB_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ring.h>

#include "lib/bundle.h"

struct input {
	struct pisces_ring *ring;
	const uint8_t *start;	/* the start record */
	size_t start_left;
	struct bundle *bundle;
	/* Told how many bytes of the archive are in the ring; may be NULL. */
	void (*progress)(uint64_t done, uint64_t all);
	int fd;			/* standard input, or -1 for none */
	bool shipped;		/* record and archive are in the ring */
	bool closed;		/* all is in the ring */
	bool ready;		/* poll(2) says that FD can be read */
};

/*
 * Move what can be moved now; RUNNING says that standard input may be read.
 * Returns 1 if something was moved, 0 if not, -EPROTO without an error text, or
 * -errno with one (*TEXT is set).  *WAKE is set if the enclave waits for that.
 */
int input_pump(struct input *input, bool running, bool *wake, bool *text);

/* Does it want to read standard input (and there is room)? */
bool input_wants(const struct input *input, bool running);

/* Does it wait for room? */
bool input_stuck(const struct input *input);

#endif
