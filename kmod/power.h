/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and stopping an enclave as a whole. */
#ifndef POWER_H
#define POWER_H

#include "enclave.h"

/* PISCES_START and PISCES_STOP.  ledger_mutex. */
int power_start(struct enclave *e, void *argument);
int power_stop(struct enclave *e, void *unused);

/* WHAT would not stop: from now on its memory is kept.  ledger_mutex. */
void power_quarantine(struct enclave *e, const char *what);

/*
 * Stop whatever runs: before a reboot, after which nothing starts any more (may
 * sleep), and in a panic (may not).
 */
void power_stop_all(void);
void power_panic(void);

#endif
