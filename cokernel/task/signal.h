/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: signal(7). */
#ifndef TASK_SIGNAL_H
#define TASK_SIGNAL_H

#include <asm/signal.h>
#include <asm/siginfo.h>
#include <task/task.h>

#define SIGNAL_MAX	64
#define SIGNAL_BIT(signal)	(1ull << ((signal) - 1))
/* Neither blocked nor handled nor ignored, ever. */
#define SIGNALS_FORCED	(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))
#define SIGNALS_STOP	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
			 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
/* Taken before all others: they belong to the instruction just executed. */
#define SIGNALS_SYNCHRONOUS \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
	 SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))

/* What a process does about each signal; may be shared (CLONE_SIGHAND). */
struct actions {
	unsigned users;
	struct sigaction action[SIGNAL_MAX];	/* [signal - 1] */
};

struct actions *actions_create(void);
struct actions *actions_copy(const struct actions *actions);
struct actions *actions_get(struct actions *actions);
void actions_put(struct actions *actions);
/* At execve: handlers back to default, ignored stay ignored. */
void actions_reset(struct actions *actions);

/*
 * To a process: any of its tasks that does not block it takes it.  0, or
 * -EAGAIN if it must be queued and cannot.
 */
int signal_process(struct process *process, const siginfo_t *info);
/* To a task. */
int signal_task(struct task *task, const siginfo_t *info);
/* SIGNAL from the kernel with SI_KERNEL. */
void signal_process_simple(struct process *process, int signal);
void signal_task_simple(struct task *task, int signal);
/*
 * A trap of the current task (SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGTRAP): cannot
 * be blocked or ignored; ADDRESS goes to si_addr.
 */
void signal_fault(int signal, int code, uint64_t address, uint64_t vector,
		  uint64_t error);

/* SIGNAL cannot be blocked or ignored; at worst it ends the process. */
void signal_force(int signal);

/* Is there a signal that TASK does not block, or has it to end? */
bool signal_pending(const struct task *task);

/* Is nothing that it does of use any more, because it ends now? */
bool signal_kills(const struct task *task);

/*
 * Before returning to user mode: deliver what is pending (may end the process).
 * Restarts interrupted system calls (see sys/syscall.h) as sigaction(2) says.
 */
void signal_deliver(struct trap_frame *frame);

void pending_init(struct pending *pending);
void pending_clear(struct pending *pending);
/* Drop the signals of MASK. */
void pending_discard(struct pending *pending, uint64_t mask);
/* Take the next signal of MASK for TASK: its number, or 0. */
int signal_take(struct task *task, uint64_t mask, siginfo_t *info);
/*
 * Set the blocked mask of the current task (less what cannot be blocked).  Of
 * what the process was sent and this task takes no more, another is told.
 */
void signal_block(uint64_t mask);
/* The signals that would end the current process now. */
uint64_t signal_fatal_mask(const struct task *task);
/* Does PROCESS drop SIGNAL when it is not blocked? */
bool signal_is_ignored(const struct process *process, int signal);
/* Is the default of SIGNAL to do nothing? */
bool signal_default_ignored(int signal);
/* Change what SIGNAL does; drops pending ones that are ignored now. */
void signal_set_action(struct process *process, int signal,
		       const struct sigaction *action);

#endif
