/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/activity.h.
 *
 * Locking: the kernel lock.  Who looks has none, so each word is written once
 * and whole.
 */
#include <pisces/stats.h>
#include <task/activity.h>
#include <task/process.h>
#include <task/task.h>

static void set_busy(struct pisces_cpu_stats *stats, uint64_t busy)
{
	__atomic_store_n(&stats->busy, busy, __ATOMIC_RELAXED);
}

static void show(struct pisces_cpu_stats *stats, const struct task *task)
{
	/* A kernel task has no process. */
	const char *name = task->process ? task_name(task) : task->name;

	stats->pid = task->process ? (uint32_t)task->process->pid : 0;
	/* A plain memcpy() is a call here, for two words. */
	__builtin_memcpy(stats->name, name, sizeof(stats->name));
}

void activity_switch(const struct cpu *cpu, const struct task *from,
		     const struct task *to)
{
	struct pisces_cpu_stats *stats = cpu->stats;

	if (from == cpu->idle)
		set_busy(stats, (stats->busy - cpu->switched_at) | 1);
	if (to != cpu->idle) {
		show(stats, to);
		return;
	}
	set_busy(stats, (stats->busy + cpu->switched_at) & ~1ull);
	stats->pid = 0;
	stats->name[0] = '\0';
}

void activity_name(const struct task *task)
{
	if (task->cpu && task->cpu->current == task)
		show(task->cpu->stats, task);
}
