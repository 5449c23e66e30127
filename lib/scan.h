/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which system calls a program can make, as far as its code tells.
 *
 * All code of the program itself counts.  Of a library counts what can be
 * reached from there: by calls, and by addresses of functions that are in code
 * or data that is reached.  What is only computed, or loaded later (dlopen(3)),
 * is not seen; what is seen need not ever be done.
 *
 * Numbers and other constants are followed from where they stand through the
 * arguments of functions to the instruction that makes the call.
 */
#ifndef LIB_SCAN_H
#define LIB_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/image.h"

#define SCAN_CALLS	512	/* numbers of system calls are below */
#define SCAN_FAMILIES	64	/* address families, likewise */

/*
 * Who does something or has it done: bit I for image I, the highest one for all
 * that come after.  What the C library does is done by those who call it.
 */
typedef uint64_t scan_images;

static inline scan_images scan_image_bit(size_t image)
{
	return 1ull << (image < 63 ? image : 63);
}

struct scan_word {
	const char *text;	/* the caller's; NULL ends the list */
	scan_images by;
};

struct scan_state;

struct scan {
	/* The caller's: the program first, then its libraries in their order. */
	const struct image *images;
	size_t count;
	/*
	 * Also the caller's: names of functions to look out for, and what
	 * strings that the code refers to begin with.
	 */
	struct scan_word *functions, *strings;
	/* What was found. */
	scan_images calls[SCAN_CALLS];
	scan_images unknown_call;	/* one whose number is not known */
	/* socket(2), outside the C library. */
	scan_images families[SCAN_FAMILIES];
	scan_images unknown_family;
	/* Its own. */
	struct scan_state *state;
};

/* 0 or -ENOMEM.  Nothing is left to free. */
int scan_run(struct scan *scan);

#endif
