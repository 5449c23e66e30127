/* SPDX-License-Identifier: GPL-2.0-only */
/* The scheduler's lower side. */
#ifndef TASK_SCHED_H
#define TASK_SCHED_H

#include <lib/types.h>

struct cpu;

/* What a CPU does for ever when nothing is runnable.  Called with the lock. */
NORETURN void idle_loop(void);

/* This CPU's pending flag is set: see what for. */
void sched_check(void);

/*
 * Empty CPU, which is to leave, so that it does so when it is idle and no device
 * interrupts it: tasks that wait there go elsewhere.
 */
void sched_leave(struct cpu *cpu);

/*
 * Register what is called where cpu->devices is not 0: CHECK on that CPU after
 * each NMI, and LEAVE when it is to leave, so that they interrupt another one,
 * soon.
 */
void sched_on_devices(void (*check)(void), void (*leave)(struct cpu *cpu));

/*
 * cpu/entry.S: sleep until something is pending.  With INTERRUPTS, timers and
 * devices wake the CPU too; otherwise only an NMI does.
 */
void idle_wait(bool interrupts);

#endif
