/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and stopping an enclave's CPUs. */
#ifndef CPU_H
#define CPU_H

#include "enclave.h"

/*
 * Start the enclave's first CPU on its tables and wait until it has left them.
 * Sleeps.  -EIO no sign of life in time, -EINTR killed (either way the CPU may
 * still run: stop it), -ENOMEM no page below 1 MiB (nothing was started).
 */
int cpu_launch(struct enclave *e, u32 timeout_ms);

/*
 * Stop all CPUs of an enclave and prove it.  Sleeps, for a bounded time.
 * -EIO: one of them does not show the proof.  ledger_mutex.
 */
int cpu_halt_all(struct enclave *e);

/* INIT to all CPUs of an enclave, without proof.  Any context. */
void cpu_init_all(struct enclave *e);

#endif
