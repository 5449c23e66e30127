/* SPDX-License-Identifier: GPL-2.0-only */
/* The program to run: where it is, and whether an enclave can run it. */
#ifndef LIB_PROGRAM_H
#define LIB_PROGRAM_H

#include <limits.h>
#include <stdint.h>

struct program {
	char path[PATH_MAX];	/* absolute, without symbolic links */
	uint64_t memory;	/* bytes its segments take */
};

/*
 * Finds NAME as a shell does and looks at it.  -ENOENT there is none; -EACCES,
 * -EISDIR, -ENOEXEC and others: it cannot be run; with an error text.
 */
int program_find(const char *name, struct program *program);

#endif
