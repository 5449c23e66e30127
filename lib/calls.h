/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux's system calls on x86-64, and which of them the co-kernel serves.  The
 * table is made when pisces is built (blob/calls), from the co-kernel's own.
 */
#ifndef LIB_CALLS_H
#define LIB_CALLS_H

#include <stdbool.h>

#define CALLS	512

struct call {
	const char *name;	/* NULL: there is none with this number */
	bool served;
};

extern const struct call calls[CALLS];	/* by number */

#endif
