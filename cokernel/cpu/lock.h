/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel lock: of an enclave's CPUs one at a time executes the co-kernel.
 *
 * It is taken on each way into the kernel that needs more than the CPU's and
 * the task's own data, and let go just before the way out and before HLT; it
 * stays with the CPU over a switch of tasks.  So a function of the co-kernel may
 * rely on nothing changing until it sleeps.  Calls that need no lock are marked
 * in sys/table.c.  A CPU that computes in user mode never waits for it.
 *
 * The time with it is what programs see as time in the kernel (task/usage.h).
 */
#ifndef CPU_LOCK_H
#define CPU_LOCK_H

#include <lib/types.h>

/* Before the first lock: is this a virtual machine? */
void lock_init(void);

/*
 * First come, first served, but in a virtual machine.  Also drops TLB entries
 * that went stale meanwhile (tlb_flush_kernel()).
 */
void kernel_lock(void);
void kernel_unlock(void);
/* Only if nobody has it or waits for it; leaves no trace if not. */
bool kernel_trylock(void);
/* Bring the CPU's count of ticks with the lock up to date; the TSC. */
uint64_t kernel_lock_account(void);
/* For who may hold it already, and then keeps it: true if it was taken now. */
bool kernel_lock_if_free(void);

#endif
