// SPDX-License-Identifier: GPL-2.0-only
/*
 * Priorities of input and output.  They are kept and reported: an enclave's
 * files are memory, and nobody waits for a disk.
 */
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/calls.h>
#include <task/process.h>

/* Does ioprio_get(2)'s WHICH and WHO, not a process, mean PROCESS? */
static bool is_meant(const struct process *process, int which, int who)
{
	if (which == IOPRIO_WHO_USER)
		return process->user.real == (uint32_t)who;
	return process->pgid == (who ? who : current()->process->pgid);
}

/* FUNCTION of each task that is meant until it fails; -ESRCH: there is none. */
static int for_each(int which, int who,
		    int (*function)(struct task *task, int *value), int *value)
{
	struct process *process;
	struct task *task;
	int status = -ESRCH;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	if (which == IOPRIO_WHO_PROCESS) {
		task = who ? process_find_task(who) : current();
		return task ? function(task, value) : -ESRCH;
	}
	list_for_each(process, &process_list, all) {
		if (!is_meant(process, which, who))
			continue;
		list_for_each(task, &process->tasks, member) {
			status = function(task, value);
			if (status)
				return status;
		}
	}
	return status;
}

static int set(struct task *task, int *value)
{
	const struct process *self = current()->process;
	uint32_t user = task->process->user.real;

	if (self->uid != 0 && self->uid != user && self->user.real != user)
		return -EPERM;
	task->io_priority = *value;
	return 0;
}

static int get_own(struct task *task, int *value)
{
	*value = task->io_priority;
	return 0;
}

/* The better one of *VALUE and what TASK has, or has by its scheduling. */
static int get_best(struct task *task, int *value)
{
	int has = task->io_priority, class = IOPRIO_CLASS_BE;

	if (task->policy == SCHED_IDLE)
		class = IOPRIO_CLASS_IDLE;
	else if (task->priority)
		class = IOPRIO_CLASS_RT;
	if (!has)
		has = IOPRIO_PRIO_VALUE(class,
					(task->process->own->nice + 20) / 5);
	*value = MIN(*value, has);
	return 0;
}

SYSCALL_DEFINE(ioprio_set)
{
	int value = (uint16_t)c, level = IOPRIO_PRIO_DATA(value);

	switch (IOPRIO_PRIO_CLASS(value)) {
	case IOPRIO_CLASS_NONE:
		if (level)
			return -EINVAL;
		break;
	case IOPRIO_CLASS_RT:
		if (current()->process->uid != 0)
			return -EPERM;
		/* fall through */
	case IOPRIO_CLASS_BE:
		if (level >= IOPRIO_NR_LEVELS)
			return -EINVAL;
		break;
	case IOPRIO_CLASS_IDLE:
		break;
	default:
		return -EINVAL;
	}
	return for_each((int)a, (int)b, set, &value);
}

SYSCALL_DEFINE(ioprio_get)
{
	int value = INT32_MAX;
	int status = for_each((int)a, (int)b, (int)a == IOPRIO_WHO_PROCESS ?
			      get_own : get_best, &value);

	return status ? status : value;
}
