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

#include "lib/error.h"
#include "lib/grants.h"
#include "lib/ledger.h"

/*
 * Undo the grant of a CPU or a block, which no CPU of the enclave may use.  0
 * or -errno with an error text.
 */
int release_grant(int manager, uint32_t id,
		  const struct pisces_ioctl_ledger *grant);

/*
 * The error that WHAT ("a CPU", "the PCI function 0000:03:00.0") of it does not
 * stop; returns -EIO.
 */
int release_quarantined(const char *name, const char *what);

/*
 * The same for devices, in two parts, for those that share an IOMMU group must
 * all have left the enclave before Linux's drivers take the first.
 *
 * It leaves the enclave, if it is in it: ENTRY gets to RETURN.  0 or -errno
 * with an error text; -EIO it does not stop.
 */
int release_device(int manager, uint32_t id, const char *name,
		   struct pisces_ioctl_ledger *entry);

/*
 * Those in INTENT and RETURN go to Linux; what went is added to OUT (may be
 * NULL), errors to ERRORS.
 */
void release_devices(int manager, uint32_t id, const struct ledger *ledger,
		     struct grants *out, struct errors *errors);

/*
 * Stop the enclave, give back its devices, then its other grants in reverse
 * order, and drop it.  Goes on after an error, but not when a device does not
 * stop; returns the first, with a text that names all.
 */
int release_enclave(int manager, uint32_t id, const char *name);

#endif
