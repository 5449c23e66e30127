/* SPDX-License-Identifier: GPL-2.0-only */
/* PISCES_GRANT. */
#ifndef GRANT_H
#define GRANT_H

#include "enclave.h"

/* As FILE asks.  ledger_mutex. */
int grant_step(const struct file *file, struct pisces_ioctl_grant *a);

#endif
