/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and stopping an enclave's CPUs. */
#ifndef CPU_H
#define CPU_H

#include "ledger.h"

/* No CPU is started any more. */
void cpu_exit(void);

/* One start. */
struct launch {
	struct grant *grant;		/* the CPU; it has a slot */
	struct tables *tables;
	u32 timeout_ms;
	/* Has it left TABLES? */
	bool (*arrived)(const struct enclave *e, const struct grant *g);
	/*
	 * It is not waited for any longer.  True if it may be stopped; false if
	 * it has arrived after all.  May be NULL.  Sleeps.
	 */
	bool (*give_up)(struct enclave *e, struct grant *g);
};

/*
 * Start a CPU of the enclave and wait until it has arrived.  Sleeps.  -EIO no
 * sign of life, -ETIMEDOUT it woke up but did not arrive in time, -ENODEV the
 * enclave died meanwhile, -EINTR killed: for all of these it is to be stopped;
 * -ENOMEM no page below 1 MiB (nothing was started).  ledger_mutex.
 */
int cpu_launch(struct enclave *e, const struct launch *l);

/*
 * Stop the CPU in SLOT, or all CPUs of an enclave, and prove it; one that was
 * never started counts as stopped.  Sleeps, for a bounded time.  -EIO or
 * -ENOMEM: a CPU does not show the proof; each was sent INIT.  ledger_mutex.
 */
int cpu_halt(struct enclave *e, u32 slot);
int cpu_halt_all(struct enclave *e);

/* INIT to all CPUs of an enclave, without proof.  Any context. */
void cpu_init_all(struct enclave *e);

#endif
