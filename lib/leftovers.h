/* SPDX-License-Identifier: GPL-2.0-only */
/* What dead tools left half-done. */
#ifndef LIB_LEFTOVERS_H
#define LIB_LEFTOVERS_H

#include "lib/undo.h"

/*
 * Give back enclaves whose boot or destroy was cut short, and put right those
 * whose change was.  An enclave whose changer is alive is left alone.  Calls
 * DONE (may be NULL) with each one's name, and what was undone in it, or NULL
 * if all of it was given back.  Does nothing if another tool is giving things
 * back for longer than TIMEOUT_MS (-EBUSY).  Has a file of its own, so that what
 * an enclave that hangs does not let it undo has no changer afterwards.  0 or
 * -errno with an error text.
 */
int leftovers_reclaim(int timeout_ms,
		      void (*done)(const char *name,
				   const struct undone *undone));

#endif
