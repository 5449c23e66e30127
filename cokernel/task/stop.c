/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/stop.h.  Locking: the kernel lock. */
#include <task/process.h>
#include <task/signal.h>
#include <task/stop.h>

static void report(struct process *process, enum process_event event,
		   int signal)
{
	process->own->event = event;
	process->own->event_signal = signal;
	process_tell_parent(process, event == PROCESS_STOPPED ? CLD_STOPPED :
			    CLD_CONTINUED, signal);
}

bool stop_wanted(const struct task *task)
{
	return task->process->own->stop_signal &&
		!(task->blocked & SIGNAL_BIT(SIGSTOP));
}

void stop_begin(int signal)
{
	struct process *process = current()->process;

	if (signal != SIGSTOP && process_group_is_orphaned(process->pgid))
		return;
	process->own->stop_signal = signal;
	process_interrupt_others(process);
}

void stop_settle(struct process *process)
{
	struct process_own *own = process->own;

	if (!own->stop_signal || own->stopped || own->ending ||
	    own->stopped_tasks < own->live)
		return;
	own->stopped = true;
	report(process, PROCESS_STOPPED, own->stop_signal);
}

/* While TASK->stopped only the end of the process is a signal to it. */
void stop_join(void)
{
	struct task *task = current();
	struct process_own *own = task->process->own;

	task->stopped = true;
	own->stopped_tasks++;
	stop_settle(task->process);
	wait_event(&own->resume, !own->stop_signal, 0);
	own->stopped_tasks--;
	task->stopped = false;
}

void stop_end(struct process *process, int signal)
{
	struct process_own *own = process->own;
	bool stopped = own->stopped;

	if (!own->stop_signal)
		return;
	own->stop_signal = 0;
	own->stopped = false;
	wait_wake_all(&own->resume);
	if (signal == SIGKILL)
		own->event = PROCESS_NO_EVENT;
	else if (stopped)
		report(process, PROCESS_CONTINUED, SIGCONT);
}

static bool has_stopped(int pgid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		if (process->pgid == pgid && process->own->stopped)
			return true;
	}
	return false;
}

void stop_end_orphans(int pgid)
{
	struct process *process;

	if (!has_stopped(pgid) || !process_group_is_orphaned(pgid))
		return;
	list_for_each(process, &process_list, all) {
		if (process->pgid != pgid)
			continue;
		signal_process_simple(process, SIGHUP);
		signal_process_simple(process, SIGCONT);
	}
}
