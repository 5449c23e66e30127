/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Giving back to Linux what an enclave holds, from whatever point it got to:
 * the ledger says what there is, so this undoes a half-made boot and a
 * half-made destroy as well.  Signals are held back meanwhile.
 */
#ifndef LIB_RELEASE_H
#define LIB_RELEASE_H

#include <stdint.h>

#include <pisces/ioctl.h>

/*
 * Undo one grant, which no CPU of the enclave may use.  0 or -errno with an
 * error text.
 */
int release_grant(int manager, uint32_t id,
		  const struct pisces_ioctl_ledger *grant);

/* The error that a CPU of it does not stop; returns -EIO. */
int release_quarantined(const char *name);

/*
 * Stop the enclave, give back its grants in reverse order and drop it.  Goes on
 * after an error; returns the first, with a text that names all.
 */
int release_enclave(int manager, uint32_t id, const char *name);

#endif
