/* SPDX-License-Identifier: GPL-2.0-only */
/* Restartable sequences: rseq(2). */
#ifndef TASK_RSEQ_H
#define TASK_RSEQ_H

#include <task/task.h>

/*
 * The current task was interrupted at FRAME (a signal, another task on its
 * CPU): if that was inside a critical section, it goes on at its abort handler.
 * -EFAULT: what it registered makes no sense; it deserves SIGSEGV.
 */
int rseq_interrupt(struct trap_frame *frame);

/*
 * On the way to user mode: if the current task has moved to another CPU or had
 * to wait for one, tell it so.  SIGSEGV if that cannot be done.
 */
void rseq_refresh(struct trap_frame *frame);

#endif
