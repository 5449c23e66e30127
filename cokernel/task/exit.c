/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of tasks and processes, and what parent and children learn of it. */
#include <errno.h>
#include <cpu/clock.h>
#include <fs/tty.h>
#include <host/session.h>
#include <ipc/sem.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <task/futex.h>
#include <task/posix_timer.h>
#include <task/process.h>
#include <task/signal.h>
#include <task/stop.h>

#define TICK		10000000ull	/* ns of a clock_t */

void task_leave_memory(struct task *task)
{
	struct process_own *own = task->process->own;
	struct aspace *aspace = task->process->aspace;
	uint32_t none = 0;

	futex_leave(task);
	if (task->clear_child_tid && (aspace->users > 1 || own->live > 1)) {
		if (!put_user(none, task->clear_child_tid))
			futex_wake(task->clear_child_tid, true, 1, ~0u);
	}
	task->clear_child_tid = 0;
	task->rseq = 0;
	own->resident_most = MAX(own->resident_most, aspace->resident_bytes);
	if (own->vfork && own->live == 1) {
		own->vfork->done = true;
		wait_wake_all(&own->vfork->queue);
		own->vfork = NULL;
	}
}

void process_tell_parent(struct process *process, int code, int status)
{
	struct process *parent = process->parent;
	const struct sigaction *action;
	struct usage usage;
	siginfo_t info;
	bool stop = code == CLD_STOPPED || code == CLD_CONTINUED;

	if (!parent || parent->zombie)
		return;
	action = &parent->actions->action[SIGCHLD - 1];
	memset(&info, 0, sizeof(info));
	info.si_signo = stop ? SIGCHLD : process->own->exit_signal;
	info.si_code = code;
	info.si_pid = process->pid;
	info.si_uid = process->user.real;
	info.si_status = status;
	usage = process_usage(process);
	info.si_utime = (long)(usage_user(&usage) / TICK);
	info.si_stime = (long)(usage_system(&usage) / TICK);
	if (info.si_signo && !(stop && action->sa_flags & SA_NOCLDSTOP))
		signal_process(parent, &info);
	wait_wake_all(&parent->own->child_event);
}

/* Tell the parent of a zombie, or bury it if the parent does not care. */
static void announce(struct process *process)
{
	struct process *parent = process->parent;
	int status = process->wait_status;
	const struct sigaction *action;
	bool ignored;

	if (!parent) {
		process_bury(process);
		return;
	}
	action = &parent->actions->action[SIGCHLD - 1];
	ignored = process->own->exit_signal == SIGCHLD &&
		(action->sa_handler == SIG_IGN ||
		 action->sa_flags & SA_NOCLDWAIT);
	if (status & 0x7f)
		process_tell_parent(process, CLD_KILLED, status & 0x7f);
	else
		process_tell_parent(process, CLD_EXITED, status >> 8 & 0xff);
	if (ignored)
		process_bury(process);
}

/* The nearest ancestor that wants orphans, or the control task. */
static struct process *heir_of(const struct process *process)
{
	struct process *heir;

	for (heir = process->parent; heir; heir = heir->parent)
		if (heir->own->subreaper && !heir->zombie)
			return heir;
	return process_find(1);
}

static void leave_children(struct process *process)
{
	struct process *heir = heir_of(process);
	struct process *child, *after;

	list_for_each_safe(child, after, &process->children, sibling) {
		list_remove(&child->sibling);
		child->parent = heir;
		child->own->exit_signal = SIGCHLD;
		list_add_tail(&heir->children, &child->sibling);
		if (child->own->death_signal && !child->zombie)
			signal_process_simple(child, child->own->death_signal);
		if (process->pgid != child->pgid && process->sid == child->sid)
			stop_end_orphans(child->pgid);
		if (child->zombie)
			announce(child);
	}
}

/* The process, a zombie now, was perhaps what kept its group from being one. */
static void leave_group(const struct process *process)
{
	const struct process *parent = process->parent;

	if (parent && parent->pgid != process->pgid &&
	    parent->sid == process->sid)
		stop_end_orphans(process->pgid);
}

static void leave_memory(struct process *process)
{
	struct aspace *aspace = process->aspace;

	process->aspace = NULL;
	paging_switch(paging_kernel_root);
	aspace_put(aspace);
}

/* Its last task ends. */
static void process_end(struct process *process)
{
	itimers_end(process);
	posix_timers_end(process);
	tty_leader_ends(process);
	leave_memory(process);
	files_put(process->files);
	process->files = NULL;
	folders_put(process->folders);
	process->folders = NULL;
	ipc_put(process->ipc);
	process->ipc = NULL;
	session_put(process->session);
	process->session = NULL;
	leave_children(process);
	pending_clear(&process->pending);
	process->zombie = true;
	leave_group(process);
	wait_wake_all(&process_exits);
	announce(process);
}

bool task_must_end(const struct task *task)
{
	const struct process_own *own = task->process->own;

	return own->ending || (own->survivor && own->survivor != task);
}

void task_end(void)
{
	struct task *task = current();
	struct process *process = task->process;
	struct process_own *own = process->own;

	process_sweep();
	task_leave_memory(task);
	posix_timers_leave(task);
	cputime_end(task->clocks);
	sem_undos_leave(task);
	pending_clear(&task->pending);
	signal_block(~0ull);		/* what it was told of, another takes */
	if (--own->live == 0) {
		process_end(process);
		task_die();
	}
	usage_keep(task);
	task_bury(task);
	stop_settle(process);
	if (own->live == 1)
		wait_wake_all(&own->survived);
	task_die();
}

void process_interrupt_others(struct process *process)
{
	struct task *task;

	list_for_each(task, &process->tasks, member) {
		if (task != current())
			task_interrupt(task);
	}
}

void process_exit(int wait_status)
{
	struct process *process = current()->process;
	struct process_own *own = process->own;

	if (process->pid == 1)
		panic("the control task ended, wait status %#x", wait_status);
	if (!own->ending) {
		own->ending = true;
		process->wait_status = wait_status;
		process_interrupt_others(process);
	}
	task_end();
}

int process_become_single(void)
{
	struct task *task = current();
	struct process_own *own = task->process->own;
	uint64_t blocked = task->blocked;

	if (task_must_end(task))
		return -EINTR;
	if (own->live > 1) {
		own->survivor = task;
		process_interrupt_others(task->process);
		task->blocked = ~0ull;
		wait_event(&own->survived, own->live == 1, 0);
		task->blocked = blocked;
		own->survivor = NULL;
		if (own->live > 1)
			return -EINTR;
	}
	task->tid = task->process->pid;
	return 0;
}
