/* SPDX-License-Identifier: GPL-2.0-only */
/* Signal frames on a program's stack, as Linux lays them out for x86-64. */
#ifndef TASK_SIGFRAME_H
#define TASK_SIGFRAME_H

#include <task/signal.h>

/*
 * Make FRAME run ACTION's handler, with what it interrupts saved on the user's
 * stack; OLD_MASK is what sigreturn gives back.  -EFAULT: no such stack.
 */
int sigframe_push(struct trap_frame *frame, const struct sigaction *action,
		  const siginfo_t *info, uint64_t old_mask);
/* rt_sigreturn(2): -EFAULT if the frame makes no sense. */
int sigframe_pop(struct trap_frame *frame);

/* SS_ONSTACK, SS_DISABLE or 0 as sigaltstack(2) says, with RSP at STACK. */
int sigframe_alternate_state(const struct task *task, uint64_t stack);
/* sigaltstack(2)'s change; -EINVAL, -ENOMEM, -EPERM. */
int sigframe_set_alternate(struct task *task, const stack_t *new,
			   uint64_t stack);

#endif
