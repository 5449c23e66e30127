/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs do, for those who look from outside: who runs and how long tasks
 * have had the CPU, in the statistics page (pisces/stats.h).
 */
#ifndef TASK_ACTIVITY_H
#define TASK_ACTIVITY_H

struct cpu;
struct task;

/* TO runs on CPU from cpu->switched_at on, where FROM did. */
void activity_switch(const struct cpu *cpu, const struct task *from,
		     const struct task *to);
/* TASK, which may be running, has another name. */
void activity_name(const struct task *task);

#endif
