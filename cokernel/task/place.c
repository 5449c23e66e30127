/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/place.h. */
#include <lib/string.h>
#include <task/place.h>

void affinity_all(struct affinity *affinity)
{
	memset(affinity, 0xff, sizeof(*affinity));
}

bool affinity_has(const struct affinity *affinity, unsigned index)
{
	return affinity->word[index / 64] >> index % 64 & 1;
}

bool cpu_is_idle(const struct cpu *cpu)
{
	return cpu->current == cpu->idle && list_empty(&cpu->runnable) &&
		!cpu->leave;
}

bool place_allowed(const struct task *task, const struct cpu *cpu)
{
	return cpu->online && !cpu->leave &&
		affinity_has(&task->affinity, cpu->index);
}

bool place_elsewhere(const struct task *task, const struct cpu *except)
{
	struct cpu *cpu;

	for_each_cpu(cpu) {
		if (cpu != except && place_allowed(task, cpu))
			return true;
	}
	return false;
}

unsigned place_load(const struct cpu *cpu)
{
	return cpu->runnable_count + (cpu->current != cpu->idle);
}

struct cpu *place_idle(const struct task *task)
{
	struct cpu *last = task->cpu, *idle = NULL, *cpu;

	if (place_allowed(task, last) && cpu_is_idle(last))
		return last;
	for_each_cpu(cpu) {
		if (!place_allowed(task, cpu) || !cpu_is_idle(cpu))
			continue;
		if (!idle || (idle->node != last->node &&
			      cpu->node == last->node))
			idle = cpu;
	}
	return idle;
}

struct cpu *place_choose(const struct task *task)
{
	struct cpu *last = task->cpu, *cpu = place_idle(task), *least = NULL;

	if (cpu)
		return cpu;
	for_each_cpu(cpu) {
		if (place_allowed(task, cpu) &&
		    (!least || place_load(cpu) < place_load(least)))
			least = cpu;
	}
	/* One that serves the host disturbs the first CPU only, if it may. */
	if (!least || (task->urgent && place_allowed(task, cpus[0])))
		return cpus[0];
	if (place_allowed(task, last) && place_load(last) <= place_load(least))
		return last;
	return least;
}

struct task *place_waiting(const struct cpu *idle)
{
	struct cpu *cpu;
	struct task *task;

	for_each_cpu(cpu) {
		list_for_each(task, &cpu->runnable, run) {
			if (place_allowed(task, idle))
				return task;
		}
	}
	return NULL;
}
