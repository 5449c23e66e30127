/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking into an enclave, and upsetting it for a test. */
#ifndef DEBUG_H
#define DEBUG_H

#include "enclave.h"

/* PISCES_DEBUG and PISCES_READ.  ledger_mutex. */
int debug_ask(const struct pisces_ioctl_debug *a);
int debug_read(const struct pisces_ioctl_read *a);

#endif
