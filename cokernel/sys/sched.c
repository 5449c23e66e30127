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
#include <task/identity.h>
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

	if (identity_is_guarded(task->process))
		return false;
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

/* What is asked for a task. */
struct scheduling {
	int policy;		/* < 0: keep it, and RESET */
	int priority;
	int nice;		/* where the policy has nice values */
	bool reset;		/* SCHED_RESET_ON_FORK */
	bool keep;		/* but for RESET all stays as it is */
};

static bool has_nice(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH;
}

static bool may_be_nice(const struct process *process, int nice)
{
	return (uint64_t)(20 - nice) <= process->rlimits[RLIMIT_NICE][0];
}

/* Within the limits, but for root; nor are children let off. */
static bool may_hurry(const struct task *task, const struct scheduling *wish)
{
	uint64_t limit = task->process->rlimits[RLIMIT_RTPRIO][0];
	int nice = task->process->own->nice;

	if (current()->process->uid == 0)
		return true;
	if (task->reset_on_fork && !wish->reset)
		return false;
	if (has_nice(wish->policy) && wish->nice < nice &&
	    !may_be_nice(task->process, wish->nice))
		return false;
	if (task->policy == SCHED_IDLE && wish->policy != SCHED_IDLE &&
	    !may_be_nice(task->process, nice))
		return false;
	if (priority_max(wish->policy) <= 0)
		return true;
	return (wish->policy == task->policy || limit) &&
		(wish->priority <= task->priority ||
		 (uint64_t)wish->priority <= limit);
}

static int64_t set_scheduling(struct task *task, struct scheduling wish)
{
	int max;

	if (wish.policy < 0) {
		wish.policy = task->policy;
		wish.reset = task->reset_on_fork;
	}
	max = priority_max(wish.policy);
	if (max < 0 || wish.priority > max || wish.priority < (max ? 1 : 0))
		return -EINVAL;
	if (!may_change(task) || !may_hurry(task, &wish))
		return -EPERM;
	task->reset_on_fork = wish.reset;
	if (wish.keep)
		return 0;
	task->policy = wish.policy;
	task->priority = wish.priority;
	if (has_nice(wish.policy))
		task->process->own->nice = wish.nice;
	return 0;
}

/* POLICY < 0: keep it. */
static int64_t set_policy(int tid, int policy, uint64_t user)
{
	struct scheduling wish = { .policy = policy };
	struct task *task = by_tid(tid);

	if (tid < 0 || !user)
		return -EINVAL;
	if (get_user(wish.priority, user))
		return -EFAULT;
	if (!task)
		return -ESRCH;
	if (policy >= 0) {
		wish.policy = policy & ~SCHED_RESET_ON_FORK;
		wish.reset = policy & SCHED_RESET_ON_FORK;
	}
	wish.nice = task->process->own->nice;
	return set_scheduling(task, wish);
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

/* What is beyond what we know of it the program hears of. */
static int get_attributes(struct sched_attr *attributes, uint64_t user)
{
	uint32_t size = sizeof(*attributes);
	int status;

	if (get_user(attributes->size, user))
		return -EFAULT;
	if (attributes->size == 0)
		attributes->size = SCHED_ATTR_SIZE_VER0;
	status = attributes->size < SCHED_ATTR_SIZE_VER0 ? -E2BIG :
		copy_growing_from_user(attributes, size, user,
				       attributes->size);
	if (status == -E2BIG)
		put_user(size, user);
	return status;
}

SYSCALL_DEFINE(sched_setattr)
{
	struct task *task = by_tid((int)a);
	struct sched_attr attributes;
	struct scheduling wish;
	int status;

	if (!b || (int)a < 0 || (uint32_t)c)
		return -EINVAL;
	status = get_attributes(&attributes, b);
	if (status)
		return status;
	if ((int)attributes.sched_policy < 0 ||
	    attributes.sched_flags & ~(uint64_t)SCHED_FLAG_ALL)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	wish = (struct scheduling){
		.policy = (int)attributes.sched_policy,
		.priority = (int)attributes.sched_priority,
		.nice = MAX(-20, MIN(19, attributes.sched_nice)),
		.reset = attributes.sched_flags & SCHED_FLAG_RESET_ON_FORK,
		.keep = attributes.sched_flags & SCHED_FLAG_KEEP_PARAMS,
	};
	if (attributes.sched_flags & SCHED_FLAG_KEEP_POLICY)
		wish.policy = -1;
	if (wish.keep) {
		wish.priority = task->priority;
		wish.nice = task->process->own->nice;
	}
	return attributes.sched_flags & SCHED_FLAG_UTIL_CLAMP ? -EOPNOTSUPP :
		set_scheduling(task, wish);
}

SYSCALL_DEFINE(sched_getattr)
{
	struct task *task = by_tid((int)a);
	uint32_t size = (uint32_t)c;
	struct sched_attr attributes;

	if (!b || (int)a < 0 || size > PAGE_SIZE ||
	    size < SCHED_ATTR_SIZE_VER0 || (uint32_t)d)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	attributes = (struct sched_attr){
		.size = MIN(size, (uint32_t)sizeof(attributes)),
		.sched_policy = (uint32_t)task->policy,
		.sched_flags = task->reset_on_fork ?
			SCHED_FLAG_RESET_ON_FORK : 0,
		.sched_priority = (uint32_t)task->priority,
	};
	if (!task->priority)
		attributes.sched_nice = task->process->own->nice;
	return copy_to_user(b, &attributes, attributes.size);
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
		    !may_be_nice(process, nice))
			return -EACCES;
		process->own->nice = nice;
		result = 0;
	}
	return result;
}
