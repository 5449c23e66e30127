/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tool carries inside itself: the co-kernel, its control task, and one
 * Linux module for each kernel release it was built for.
 */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	const char *name;	/* of a module: its kernel release */
	const uint8_t *data;
	size_t size;		/* bytes */
};

extern const struct blob blob_cokernel, blob_init;

/* The modules, ended by NULL. */
extern const struct blob *const blob_modules[];

#endif
