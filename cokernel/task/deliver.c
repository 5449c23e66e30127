/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delivery of signals on the way back to user mode: default actions, handlers,
 * and the restart of system calls (see sys/syscall.h).
 *
 * Once a handler or a restart has settled an interrupted call, the frame is no
 * longer a system call's, so that its RAX is not looked at twice.
 */
#include <errno.h>
#include <host/log.h>
#include <lib/string.h>
#include <sys/syscall.h>
#include <task/process.h>
#include <task/rseq.h>
#include <task/sigframe.h>
#include <task/signal.h>
#include <task/stop.h>

#define SYSCALL_LENGTH	2	/* bytes of the SYSCALL instruction */

/* A synchronous fault ends the control task too. */
static bool is_fault(const siginfo_t *info)
{
	return info->si_code > 0 &&
		SIGNAL_BIT(info->si_signo) & SIGNALS_SYNCHRONOUS;
}

static void log_fault(const siginfo_t *info, const struct trap_frame *frame)
{
	const struct task *task = current();

	log_info("%s[%d]: signal %d, rip %lx rsp %lx, trap %lu error %lx "
		 "address %lx", task->process->name, task->tid,
		 info->si_signo, frame->rip, frame->rsp, task->fault_vector,
		 task->fault_error, task->fault_address);
}

/* SIGNAL has no handler. */
static void act_by_default(const siginfo_t *info, struct trap_frame *frame)
{
	struct process *process = current()->process;
	int signal = info->si_signo;

	if (signal_default_ignored(signal))
		return;
	if (process->pid == 1 && !is_fault(info))
		return;
	if (SIGNAL_BIT(signal) & SIGNALS_STOP) {
		stop_begin(signal);
		return;
	}
	if (is_fault(info))
		log_fault(info, frame);
	process_exit(signal);
}

/* Run the handler; if its frame cannot be written, SIGSEGV takes over. */
static void handle(struct trap_frame *frame, struct sigaction *action,
		   const siginfo_t *info)
{
	struct task *task = current();
	struct sigaction copy = *action;
	uint64_t old = task->restore_mask ? task->saved_mask : task->blocked;

	if (action->sa_flags & SA_RESETHAND)
		action->sa_handler = SIG_DFL;
	if (rseq_interrupt(frame) ||
	    sigframe_push(frame, &copy, info, old)) {
		if (info->si_signo == SIGSEGV)
			action->sa_handler = SIG_DFL;
		signal_force(SIGSEGV);
		return;
	}
	task->restore_mask = false;
	frame->vector = 0;
	old = task->blocked | copy.sa_mask;
	if (!(copy.sa_flags & SA_NODEFER))
		old |= SIGNAL_BIT(info->si_signo);
	signal_block(old);
}

/* The interrupted call's result when ACTION's handler is about to run. */
static void settle_for_handler(struct trap_frame *frame,
			       const struct sigaction *action)
{
	int64_t result = (int64_t)frame->rax;

	current()->restart_deadline = 0;
	if (frame->vector != FRAME_SYSCALL)
		return;
	if (result == -ERESTARTNOINTR ||
	    (result == -ERESTARTSYS && action->sa_flags & SA_RESTART)) {
		frame->rax = frame->error;
		frame->rip -= SYSCALL_LENGTH;
	} else if (result == -ERESTARTSYS || result == -ERESTARTNOHAND ||
		   result == -ERESTART_RESTARTBLOCK) {
		frame->rax = (uint64_t)-EINTR;
	}
}

/* No handler runs: do an interrupted call again. */
static void restart(struct trap_frame *frame)
{
	int64_t result = (int64_t)frame->rax;

	if (frame->vector != FRAME_SYSCALL)
		return;
	if (result != -ERESTARTSYS && result != -ERESTARTNOINTR &&
	    result != -ERESTARTNOHAND && result != -ERESTART_RESTARTBLOCK)
		return;
	frame->rax = frame->error;
	frame->rip -= SYSCALL_LENGTH;
	frame->vector = 0;
}

/* The next signal to settle, 0: none.  Stops and ends meanwhile. */
static int next_signal(siginfo_t *info)
{
	struct task *task = current();

	for (;;) {
		if (task_must_end(task))
			task_end();
		if (!stop_wanted(task))
			return signal_take(task, ~task->blocked, info);
		stop_join();
	}
}

/* Take and settle all signals that are not blocked. */
static void deliver_pending(struct trap_frame *frame)
{
	struct task *task = current();
	siginfo_t info;
	int signal;

	while ((signal = next_signal(&info))) {
		struct sigaction *action =
			&task->process->actions->action[signal - 1];

		if (action->sa_handler == SIG_IGN)
			continue;
		if (action->sa_handler == SIG_DFL) {
			act_by_default(&info, frame);
			continue;
		}
		settle_for_handler(frame, action);
		handle(frame, action, &info);
	}
}

void signal_deliver(struct trap_frame *frame)
{
	struct task *task = current();

	deliver_pending(frame);
	restart(frame);
	if (task->restore_mask) {
		task->restore_mask = false;
		signal_block(task->saved_mask);
		deliver_pending(frame);
	}
}
