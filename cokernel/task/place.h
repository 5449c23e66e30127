/* SPDX-License-Identifier: GPL-2.0-only */
/* On which CPU a task runs. */
#ifndef TASK_PLACE_H
#define TASK_PLACE_H

#include <task/task.h>

void affinity_all(struct affinity *affinity);
bool affinity_has(const struct affinity *affinity, unsigned index);

/* Its runnable tasks, the one that runs included. */
unsigned place_load(const struct cpu *cpu);
/* Nothing runs on it and nothing is about to. */
bool cpu_is_idle(const struct cpu *cpu);
/* May TASK run on CPU now? */
bool place_allowed(const struct task *task, const struct cpu *cpu);
/* Is there a CPU but CPU that TASK may run on? */
bool place_elsewhere(const struct task *task, const struct cpu *cpu);
/* An idle CPU for TASK, its last or of that one's node if possible; NULL. */
struct cpu *place_idle(const struct task *task);
/*
 * The CPU for a task that becomes runnable: an idle one, else the one with the
 * least to do.
 */
struct cpu *place_choose(const struct task *task);
/* A task that waits on another CPU and may run on CPU; NULL. */
struct task *place_waiting(const struct cpu *cpu);

#endif
