/* SPDX-License-Identifier: GPL-2.0-only */
/* The scheduler's lower side. */
#ifndef TASK_SCHED_H
#define TASK_SCHED_H

#include <lib/types.h>

/* What a CPU does for ever when nothing is runnable. */
NORETURN void idle_loop(void);

/*
 * cpu/entry.S: sleep until something is pending.  With INTERRUPTS, timers and
 * devices wake the CPU too; otherwise only an NMI does.
 */
void idle_wait(bool interrupts);

#endif
