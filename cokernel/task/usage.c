/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/usage.h.
 *
 * Locking: the kernel lock, so nobody but the current task is in the kernel
 * while somebody looks, and what others spent there is complete.
 */
#include <cpu/lock.h>
#include <host/host.h>
#include <task/task.h>
#include <task/usage.h>

#define NS_PER_MS	1000000ull

static uint64_t ns_of(uint64_t ticks)
{
	return ticks / boot.tsc_khz * NS_PER_MS +
		ticks % boot.tsc_khz * NS_PER_MS / boot.tsc_khz;
}

uint64_t usage_time(const struct usage *usage)
{
	return ns_of(usage->ticks);
}

uint64_t usage_user(const struct usage *usage)
{
	return ns_of(usage->ticks - usage->kernel_ticks);
}

uint64_t usage_system(const struct usage *usage)
{
	return ns_of(usage->kernel_ticks);
}

void usage_add(struct usage *sum, const struct usage *more)
{
	sum->ticks += more->ticks;
	sum->kernel_ticks += more->kernel_ticks;
	sum->faults += more->faults;
	sum->sleeps += more->sleeps;
	sum->preemptions += more->preemptions;
}

/* What CPU's current task used since it came. */
static struct usage since_switch(const struct cpu *cpu)
{
	uint64_t now = kernel_lock_account();

	return (struct usage){
		/* Other CPUs' TSCs may differ a bit. */
		.ticks = MAX(now - MIN(now, cpu->switched_at),
			     cpu->kernel_ticks),
		.kernel_ticks = cpu->kernel_ticks,
	};
}

void usage_switch(struct cpu *cpu, struct task *from)
{
	struct usage more = since_switch(cpu);

	if (from->state == TASK_RUNNABLE)
		more.preemptions = 1;
	else
		more.sleeps = 1;
	usage_add(&from->usage, &more);
	if (from != cpu->idle) {
		cpu->busy_ticks += more.ticks;
		cpu->busy_kernel_ticks += more.kernel_ticks;
	}
	cpu->switched_at = cpu->locked_at;
	cpu->kernel_ticks = 0;
}

struct usage task_usage(const struct task *task)
{
	struct usage usage = task->usage, more;

	if (task->cpu && task->cpu->current == task) {
		more = since_switch(task->cpu);
		usage_add(&usage, &more);
	}
	return usage;
}

struct usage process_usage(const struct process *process)
{
	struct usage sum = process->usage, more;
	struct task *task;

	list_for_each(task, &process->tasks, member) {
		more = task_usage(task);
		usage_add(&sum, &more);
	}
	return sum;
}

void usage_keep(struct task *task)
{
	struct usage usage = task_usage(task);

	usage_add(&task->process->usage, &usage);
}

uint64_t task_cpu_time(const struct task *task)
{
	struct usage usage = task_usage(task);

	return usage_time(&usage);
}

uint64_t process_cpu_time(const struct process *process)
{
	struct usage usage = process_usage(process);

	return usage_time(&usage);
}

void usage_of_cpu(const struct cpu *cpu, struct usage *busy,
		  struct usage *idle)
{
	struct usage more = since_switch(cpu);

	*busy = (struct usage){
		.ticks = cpu->busy_ticks,
		.kernel_ticks = cpu->busy_kernel_ticks,
	};
	*idle = cpu->idle->usage;
	usage_add(cpu->current == cpu->idle ? idle : busy, &more);
}
