/* SPDX-License-Identifier: GPL-2.0-only */
/* Handling signals: actions, masks, waiting, the alternate stack. */
#include <linux/signal.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/timespec.h>
#include <task/sigframe.h>
#include <task/signal.h>

#define MASK_SIZE	8	/* bytes of a signal set */
#define ACTION_FLAGS \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | \
	 SA_NODEFER | SA_RESETHAND | SA_EXPOSE_TAGBITS | SA_RESTORER)

SYSCALL_DEFINE(rt_sigaction)
{
	struct process *process = current()->process;
	struct sigaction new, old;
	int signal = (int)a;

	if (d != MASK_SIZE)
		return -EINVAL;
	if (b && get_user(new, b))
		return -EFAULT;
	if (signal < 1 || signal > SIGNAL_MAX ||
	    (b && SIGNAL_BIT(signal) & SIGNALS_FORCED))
		return -EINVAL;
	old = process->actions->action[signal - 1];
	if (b) {
		new.sa_flags &= ACTION_FLAGS;
		signal_set_action(process, signal, &new);
	}
	return c ? put_user(old, c) : 0;
}

SYSCALL_DEFINE(rt_sigprocmask)
{
	struct task *task = current();
	uint64_t old = task->blocked, set = 0;

	if (d != MASK_SIZE)
		return -EINVAL;
	if (b && get_user(set, b))
		return -EFAULT;
	if (b) {
		switch ((int)a) {
		case SIG_BLOCK:
			signal_block(old | set);
			break;
		case SIG_UNBLOCK:
			signal_block(old & ~set);
			break;
		case SIG_SETMASK:
			signal_block(set);
			break;
		default:
			return -EINVAL;
		}
	}
	return c ? put_user(old, c) : 0;
}

SYSCALL_DEFINE(rt_sigpending)
{
	const struct task *task = current();
	uint64_t set = task->pending.set | task->process->pending.set;

	set &= task->blocked;
	if (b > MASK_SIZE)
		return -EINVAL;
	return copy_to_user(a, &set, b);
}

/* Sleep for a signal; the mask is restored when it is delivered. */
static int64_t sleep_for_signal(void)
{
	struct wait_queue queue;

	wait_queue_init(&queue);
	wait_event(&queue, false, 0);
	return -ERESTARTNOHAND;
}

SYSCALL_DEFINE(rt_sigsuspend)
{
	struct task *task = current();
	uint64_t set;

	if (b != MASK_SIZE)
		return -EINVAL;
	if (get_user(set, a))
		return -EFAULT;
	task->saved_mask = task->blocked;
	task->restore_mask = true;
	signal_block(set);
	return sleep_for_signal();
}

SYSCALL_DEFINE(pause)
{
	return sleep_for_signal();
}

/* Take a signal of SET, waiting for it until DEADLINE: its number, -errno. */
static int wait_for_signal(uint64_t set, uint64_t deadline, siginfo_t *info)
{
	struct task *task = current();
	struct wait_queue queue;
	int error, signal;

	wait_queue_init(&queue);
	task->awaited = set;
	error = wait_event(&queue, (signal = signal_take(task, set, info)),
			   deadline);
	task->awaited = 0;
	if (!signal)
		signal = signal_take(task, set, info);
	if (signal)
		return signal;
	return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

SYSCALL_DEFINE(rt_sigtimedwait)
{
	uint64_t set, time, deadline = 0;
	siginfo_t info;
	int signal;

	if (d != MASK_SIZE)
		return -EINVAL;
	if (get_user(set, a))
		return -EFAULT;
	if (c) {
		int error = timespec_get(c, &time);

		if (error)
			return error;
		deadline = timespec_after(time);
	}
	set &= ~SIGNALS_FORCED;
	if (c && time == 0) {
		signal = signal_take(current(), set, &info);
		if (!signal)
			signal = -EAGAIN;
	} else {
		signal = wait_for_signal(set, deadline, &info);
	}
	if (signal > 0 && b && put_user(info, b))
		return -EFAULT;
	return signal;
}

/* The result is what RAX was when the signal came. */
SYSCALL_DEFINE(rt_sigreturn)
{
	struct trap_frame *frame = current()->frame;

	if (sigframe_pop(frame)) {
		signal_force(SIGSEGV);
		frame->vector = 0;
	}
	return (int64_t)frame->rax;
}

SYSCALL_DEFINE(sigaltstack)
{
	struct task *task = current();
	uint64_t stack = task->frame->rsp;
	stack_t new, old;
	int error;

	memset(&old, 0, sizeof(old));
	old.ss_sp = (void *)task->alternate_stack;
	old.ss_size = task->alternate_size;
	old.ss_flags = sigframe_alternate_state(task, stack) |
		task->alternate_flags;
	if (a) {
		if (get_user(new, a))
			return -EFAULT;
		error = sigframe_set_alternate(task, &new, stack);
		if (error)
			return error;
	}
	return b ? put_user(old, b) : 0;
}
