/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduling, as programs see it.  Affinities are obeyed; policies and
 * priorities are kept and reported, while every task in fact runs until it
 * blocks or, where runnable ones share a CPU, in equal slices.
 */
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/types.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/usage.h>
#include <task/place.h>
#include <task/process.h>

#define SLICE_NS	10000000
#define PRIORITY_MAX	99

static struct task *by_tid(int tid)
{
	return tid == 0 ? current() : process_find_task(tid);
}

static bool may_change(const struct task *task)
{
	const struct process *self = current()->process;

	return self->uid == 0 || self->uid == task->process->uid ||
		self->uid == task->process->user.real;
}

SYSCALL_DEFINE(sched_yield)
{
	task_yield();
	return 0;
}

/* Bytes of a mask for all CPUs, in whole words. */
static size_t mask_size(void)
{
	return ALIGN_UP(cpu_limit, 64u) / 8;
}

/* Of MASK, only what is online. */
static bool keep_online(struct affinity *mask)
{
	struct affinity online = { 0 };
	uint64_t any = 0;
	struct cpu *cpu;

	for_each_cpu(cpu) {
		if (!cpu->leave)
			online.word[cpu->index / 64] |= 1ull << cpu->index % 64;
	}
	for (size_t i = 0; i < ARRAY_SIZE(mask->word); i++)
		any |= mask->word[i] &= online.word[i];
	return any;
}

SYSCALL_DEFINE(sched_getaffinity)
{
	struct task *task = by_tid((int)a);
	size_t size = mask_size();
	struct affinity mask;

	if (b < size || b & 7)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	mask = task->affinity;
	keep_online(&mask);
	return copy_to_user(c, &mask, size) ? -EFAULT : (int64_t)size;
}

SYSCALL_DEFINE(sched_setaffinity)
{
	struct task *task = by_tid((int)a);
	struct affinity mask = { 0 }, now;

	if (!task)
		return -ESRCH;
	if (!may_change(task))
		return -EPERM;
	if (copy_from_user(&mask, c, MIN(b, sizeof(mask))))
		return -EFAULT;
	now = mask;
	if (!keep_online(&now))
		return -EINVAL;
	task->affinity = mask;
	if (!place_allowed(task, task->cpu))
		task_move_away(task);
	return 0;
}

static int priority_max(int policy)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return PRIORITY_MAX;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	}
	return -EINVAL;
}

SYSCALL_DEFINE(sched_get_priority_max)
{
	return priority_max((int)a);
}

SYSCALL_DEFINE(sched_get_priority_min)
{
	int max = priority_max((int)a);

	return max > 0 ? 1 : max;
}

static int reset_flag(const struct task *task)
{
	return task->reset_on_fork ? SCHED_RESET_ON_FORK : 0;
}

/* Within RLIMIT_RTPRIO, but for root; nor are children let off. */
static bool may_hurry(const struct task *task, int policy, int priority)
{
	uint64_t limit = task->process->rlimits[RLIMIT_RTPRIO][0];

	if (current()->process->uid == 0)
		return true;
	if (task->reset_on_fork && !(policy & SCHED_RESET_ON_FORK))
		return false;
	policy &= ~SCHED_RESET_ON_FORK;
	if (priority_max(policy) <= 0)
		return true;
	return (policy == task->policy || limit) &&
		(priority <= task->priority || (uint64_t)priority <= limit);
}

/* POLICY < 0: keep it. */
static int64_t set_policy(int tid, int policy, uint64_t user)
{
	struct task *task = by_tid(tid);
	int priority, max;

	if (tid < 0 || !user)
		return -EINVAL;
	if (get_user(priority, user))
		return -EFAULT;
	if (!task)
		return -ESRCH;
	if (policy < 0)
		policy = task->policy | reset_flag(task);
	max = priority_max(policy & ~SCHED_RESET_ON_FORK);
	if (max < 0 || priority > max || priority < (max ? 1 : 0))
		return -EINVAL;
	if (!may_change(task) || !may_hurry(task, policy, priority))
		return -EPERM;
	task->policy = policy & ~SCHED_RESET_ON_FORK;
	task->priority = priority;
	task->reset_on_fork = policy & SCHED_RESET_ON_FORK;
	return 0;
}

SYSCALL_DEFINE(sched_setscheduler)
{
	return (int)b < 0 ? -EINVAL : set_policy((int)a, (int)b, c);
}

SYSCALL_DEFINE(sched_setparam)
{
	return set_policy((int)a, -1, b);
}

SYSCALL_DEFINE(sched_getscheduler)
{
	struct task *task = by_tid((int)a);

	if ((int)a < 0)
		return -EINVAL;
	return task ? task->policy | reset_flag(task) : -ESRCH;
}

SYSCALL_DEFINE(sched_getparam)
{
	struct task *task = by_tid((int)a);

	if ((int)a < 0 || !b)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	return put_user(task->priority, b);
}

SYSCALL_DEFINE(sched_rr_get_interval)
{
	struct __kernel_timespec slice = { .tv_nsec = SLICE_NS };
	struct task *task = by_tid((int)a);

	if ((int)a < 0)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	if (task->policy == SCHED_FIFO)
		slice.tv_nsec = 0;
	return put_user(slice, b);
}

SYSCALL_DEFINE(getcpu)
{
	uint32_t cpu = this_cpu()->index;
	uint32_t node = this_cpu()->node;

	if ((a && put_user(cpu, a)) || (b && put_user(node, b)))
		return -EFAULT;
	return 0;
}

/* Does getpriority(2)'s WHICH and WHO mean PROCESS? */
static bool is_meant(const struct process *process, int which, int who)
{
	const struct process *self = current()->process;

	switch (which) {
	case PRIO_PROCESS:
		return process->pid == (who ? who : self->pid);
	case PRIO_PGRP:
		return process->pgid == (who ? who : self->pgid);
	default:
		return process->user.real ==
			(who ? (uint32_t)who : self->user.real);
	}
}

SYSCALL_DEFINE(getpriority)
{
	struct process *process;
	int64_t best = -ESRCH;

	if ((int)a < PRIO_PROCESS || (int)a > PRIO_USER)
		return -EINVAL;
	list_for_each(process, &process_list, all) {
		if (is_meant(process, (int)a, (int)b))
			best = MAX(best, 20 - process->own->nice);
	}
	return best;
}

SYSCALL_DEFINE(setpriority)
{
	const struct process *self = current()->process;
	struct process *process;
	int nice = MAX(-20, MIN(19, (int)c));
	int64_t result = -ESRCH;

	if ((int)a < PRIO_PROCESS || (int)a > PRIO_USER)
		return -EINVAL;
	list_for_each(process, &process_list, all) {
		if (!is_meant(process, (int)a, (int)b))
			continue;
		if (self->uid && self->uid != process->uid &&
		    self->uid != process->user.real)
			return -EPERM;
		if (self->uid && nice < process->own->nice &&
		    (uint64_t)(20 - nice) > process->rlimits[RLIMIT_NICE][0])
			return -EACCES;
		process->own->nice = nice;
		result = 0;
	}
	return result;
}
