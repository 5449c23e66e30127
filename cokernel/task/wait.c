/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for children: what wait4(2) and waitid(2) share. */
#include <errno.h>
#include <linux/wait.h>
#include <sys/syscall.h>
#include <task/process.h>
#include <task/signal.h>

static bool is_meant(const struct process *child, int pid, int options)
{
	bool clone = child->own->exit_signal != SIGCHLD;

	if (!(options & (int)__WALL) && clone != !!(options & (int)__WCLONE))
		return false;
	if (pid > 0)
		return child->pid == pid;
	if (pid == 0)
		return child->pgid == current()->process->pgid;
	return pid == -1 || child->pgid == -pid;
}

static struct usage usage_with_children(const struct process *process)
{
	struct usage usage = process_usage(process);

	usage_add(&usage, &process->own->children_usage);
	return usage;
}

static void reap(struct process *child)
{
	struct process_own *mine = current()->process->own;
	struct process_own *own = child->own;
	struct usage usage = usage_with_children(child);

	usage_add(&mine->children_usage, &usage);
	mine->children_resident_most =
		MAX(mine->children_resident_most,
		    MAX(own->resident_most, own->children_resident_most));
	process_free(child);
}

/* Has CHILD something to report?  Then it is taken, but for WNOWAIT. */
static bool report(struct process *child, int options,
		   struct wait_result *result)
{
	struct process_own *own = child->own;
	enum process_event event = own->event;

	result->pid = child->pid;
	result->uid = child->user.real;
	result->usage = usage_with_children(child);
	result->resident_most = own->resident_most;
	if (child->zombie) {
		if (!(options & WEXITED))
			return false;
		result->status = child->wait_status;
		if (!(options & WNOWAIT))
			reap(child);
		return true;
	}
	if (event == PROCESS_STOPPED && options & WSTOPPED)
		result->status = own->event_signal << 8 | 0x7f;
	else if (event == PROCESS_CONTINUED && options & WCONTINUED)
		result->status = 0xffff;
	else
		return false;
	if (!(options & WNOWAIT))
		own->event = PROCESS_NO_EVENT;
	return true;
}

/* 1: *RESULT is filled; 0: nothing yet; -ECHILD: there is none to wait for. */
static int scan(int pid, int options, struct wait_result *result)
{
	struct process *process = current()->process, *child;
	int found = -ECHILD;

	list_for_each(child, &process->children, sibling) {
		if (!is_meant(child, pid, options))
			continue;
		found = 0;
		if (report(child, options, result))
			return 1;
	}
	return found;
}

int process_wait(int pid, int options, struct wait_result *result)
{
	struct process_own *own = current()->process->own;
	struct waiter waiter;
	int found, interrupted = 0;

	process_sweep();
	wait_add(&own->child_event, &waiter);
	for (;;) {
		found = scan(pid, options, result);
		if (found || options & WNOHANG)
			break;
		if (interrupted) {
			found = -ERESTARTSYS;
			break;
		}
		interrupted = wait_sleep(0);
	}
	wait_remove(&waiter);
	return found;
}
