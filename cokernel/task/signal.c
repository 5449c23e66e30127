/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals: actions and sending; task/pending.c has the queues, task/deliver.c
 * does the rest.
 *
 * A signal that nobody wants is dropped when it is sent, unless a task that
 * could take it blocks it.
 *
 * Locking: the kernel lock; queues belong to their process.
 */
#include <errno.h>
#include <asm/poll.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/itimer.h>
#include <task/pending.h>
#include <task/process.h>
#include <task/stop.h>

#define SIGNALS_DEFAULT_IGNORED \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | \
	 SIGNAL_BIT(SIGWINCH))

struct actions *actions_create(void)
{
	struct actions *actions = object_alloc(sizeof(*actions));

	if (actions)
		actions->users = 1;
	return actions;
}

struct actions *actions_copy(const struct actions *actions)
{
	struct actions *copy = actions_create();

	if (copy)
		memcpy(copy->action, actions->action, sizeof(copy->action));
	return copy;
}

struct actions *actions_get(struct actions *actions)
{
	actions->users++;
	return actions;
}

void actions_put(struct actions *actions)
{
	if (actions && --actions->users == 0)
		object_free(actions);
}

void actions_reset(struct actions *actions)
{
	for (int i = 0; i < SIGNAL_MAX; i++) {
		struct sigaction *action = &actions->action[i];
		__sighandler_t handler = action->sa_handler;

		memset(action, 0, sizeof(*action));
		if (handler == SIG_IGN)
			action->sa_handler = SIG_IGN;
	}
}

int signal_take(struct task *task, uint64_t mask, siginfo_t *info)
{
	struct pending *pending = &task->pending;
	uint64_t set = pending->set & mask;
	int signal;

	if (!set) {
		pending = &task->process->pending;
		set = pending->set & mask;
	}
	if (!set)
		return 0;
	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	signal = __builtin_ctzll(set) + 1;
	pending_take(pending, signal, info);
	if (signal == SIGALRM && pending != &task->pending)
		itimer_taken(task->process);
	return signal;
}

bool signal_pending(const struct task *task)
{
	const struct process *process = task->process;
	uint64_t set = task->pending.set;

	if (!process)
		return false;
	if (task_must_end(task))
		return true;
	if (task->stopped)
		return false;
	if (stop_wanted(task))
		return true;
	set |= process->pending.set;
	return set & (~task->blocked | task->awaited);
}

bool signal_kills(const struct task *task)
{
	const struct process *process = task->process;

	return process && (task_must_end(task) ||
			   (task->pending.set | process->pending.set) &
			   SIGNAL_BIT(SIGKILL));
}

/* Actions. */

bool signal_default_ignored(int signal)
{
	return SIGNAL_BIT(signal) & SIGNALS_DEFAULT_IGNORED;
}

bool signal_is_ignored(const struct process *process, int signal)
{
	__sighandler_t handler =
		process->actions->action[signal - 1].sa_handler;

	if (handler == SIG_IGN)
		return true;
	if (handler != SIG_DFL)
		return false;
	/* The control task takes only what it asked for, as any pid 1. */
	return signal_default_ignored(signal) || process->pid == 1;
}

uint64_t signal_fatal_mask(const struct task *task)
{
	uint64_t mask = 0;

	for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
		const struct sigaction *action =
			&task->process->actions->action[signal - 1];

		if (action->sa_handler == SIG_DFL &&
		    !signal_is_ignored(task->process, signal) &&
		    !(SIGNAL_BIT(signal) & SIGNALS_STOP))
			mask |= SIGNAL_BIT(signal);
	}
	return mask;
}

static void discard_everywhere(struct process *process, uint64_t mask)
{
	struct task *task;

	pending_discard(&process->pending, mask);
	list_for_each(task, &process->tasks, member)
		pending_discard(&task->pending, mask);
}

void signal_set_action(struct process *process, int signal,
		       const struct sigaction *action)
{
	struct sigaction *to = &process->actions->action[signal - 1];

	*to = *action;
	to->sa_mask &= ~SIGNALS_FORCED;
	if (signal_is_ignored(process, signal))
		discard_everywhere(process, SIGNAL_BIT(signal));
}

/* Sending. */

static bool blocks(const struct task *task, int signal)
{
	return task->blocked & SIGNAL_BIT(signal);
}

static bool awake_for(const struct task *task, int signal)
{
	return SIGNAL_BIT(signal) & (~task->blocked | task->awaited);
}

/* Does a task that could take SIGNAL (TASK, or any for NULL) block it? */
static bool somebody_blocks(struct process *process, struct task *task,
			    int signal)
{
	if (task)
		return blocks(task, signal);
	list_for_each(task, &process->tasks, member) {
		if (blocks(task, signal))
			return true;
	}
	return false;
}

/* SIGCONT and stop signals cancel each other the moment they are sent. */
static void stop_or_continue(struct process *process, int signal)
{
	if (SIGNAL_BIT(signal) & SIGNALS_STOP)
		discard_everywhere(process, SIGNAL_BIT(SIGCONT));
	if (signal == SIGCONT)
		discard_everywhere(process, SIGNALS_STOP);
	if (signal == SIGCONT || signal == SIGKILL)
		stop_end(process, signal);
}

static void wake_for(struct process *process, struct task *target, int signal)
{
	struct task *task;

	if (target) {
		if (awake_for(target, signal))
			task_interrupt(target);
		return;
	}
	list_for_each(task, &process->tasks, member) {
		if (task->state == TASK_DEAD || !awake_for(task, signal))
			continue;
		task_interrupt(task);
		if (signal != SIGKILL)
			return;
	}
}

void signal_block(uint64_t mask)
{
	struct task *task = current();
	uint64_t left;

	mask &= ~SIGNALS_FORCED;
	left = task->process->pending.set & mask & ~task->blocked;
	task->blocked = mask;
	for (int signal = 1; left; signal++, left >>= 1) {
		if (left & 1)
			wake_for(task->process, NULL, signal);
	}
}

/* Is nobody there to take SIGNAL, or nobody who would not ignore it? */
static bool in_vain(struct process *process, struct task *task, int signal)
{
	if (process->zombie || (task && task->state == TASK_DEAD))
		return true;
	stop_or_continue(process, signal);
	return signal_is_ignored(process, signal) &&
		!somebody_blocks(process, task, signal);
}

/* SIGNAL waits: for who takes it, and for who reads it. */
static void announce(struct process *process, struct task *task, int signal)
{
	wake_for(process, task, signal);
	wait_wake(&process->own->signalled, POLLIN);
}

static int signal_send(struct process *process, struct task *task,
		       const siginfo_t *info)
{
	int signal = info->si_signo;
	int result;

	if (in_vain(process, task, signal))
		return 0;
	result = pending_add(task ? &task->pending : &process->pending,
			     process, info);
	if (result == 0)
		announce(process, task, signal);
	return result;
}

bool signal_record(struct process *process, struct task *task,
		   struct signal_record *record)
{
	int signal = record->info.si_signo;

	if (in_vain(process, task, signal))
		return false;
	pending_add_record(task ? &task->pending : &process->pending, record);
	announce(process, task, signal);
	return true;
}

int signal_process(struct process *process, const siginfo_t *info)
{
	return signal_send(process, NULL, info);
}

int signal_task(struct task *task, const siginfo_t *info)
{
	return signal_send(task->process, task, info);
}

static siginfo_t from_kernel(int signal)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = SI_KERNEL;
	return info;
}

void signal_process_simple(struct process *process, int signal)
{
	siginfo_t info = from_kernel(signal);

	signal_process(process, &info);
}

void signal_task_simple(struct task *task, int signal)
{
	siginfo_t info = from_kernel(signal);

	signal_task(task, &info);
}

/* What cannot be refused: back to the default if it is blocked or ignored. */
static void force(const siginfo_t *info)
{
	struct task *task = current();
	int signal = info->si_signo;
	struct sigaction *action =
		&task->process->actions->action[signal - 1];

	if (blocks(task, signal) || action->sa_handler == SIG_IGN)
		action->sa_handler = SIG_DFL;
	task->blocked &= ~SIGNAL_BIT(signal);
	pending_discard(&task->pending, SIGNAL_BIT(signal));
	pending_add(&task->pending, task->process, info);
}

void signal_force(int signal)
{
	siginfo_t info = from_kernel(signal);

	force(&info);
}

void signal_fault(int signal, int code, uint64_t address, uint64_t vector,
		  uint64_t error)
{
	struct task *task = current();
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = code;
	info.si_addr = (void *)address;
	task->fault_address = address;
	task->fault_vector = vector;
	task->fault_error = error;
	force(&info);
}
