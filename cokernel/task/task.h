/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks (threads) and processes, and the scheduler's interface.
 *
 * A process is what wait4(2) waits for; a task is what runs.  The parts that
 * clone(2) may share (address space, open files, folders, signal actions) are
 * objects of their own with a user count.
 */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include <cpu/clock.h>
#include <cpu/cpu.h>
#include <lib/list.h>
#include <lib/types.h>
#include <mm/policy.h>
#include <task/cputime.h>
#include <task/usage.h>

struct aspace;
struct files;		/* fs/file.h: open descriptors */
struct folders;		/* fs/file.h: root, working folder, umask */
struct actions;		/* task/signal.h: signal dispositions */
struct session;		/* host/session.h */
struct ipc;		/* ipc/ipc.h: System V objects, message queues */
struct sem_undos;	/* ipc/sem.h */

enum task_state {
	TASK_RUNNABLE,
	TASK_SLEEPING,		/* on a wait queue; a signal wakes it */
	TASK_DEAD,
};

/* Signals waiting to be delivered: task/pending.c. */
struct pending {
	uint64_t set;		/* bit N-1: signal N */
	struct list queue;	/* struct signal_record, oldest first */
};

/* Of a user or group, besides the effective one. */
struct ids {
	uint32_t real, saved, file;
};

struct process {
	int pid;
	int pgid, sid;
	struct list all;		/* on process_list */
	struct process *parent;		/* NULL: nobody waits */
	struct list children;		/* processes, by SIBLING */
	struct list sibling;
	struct list tasks;		/* its tasks, by MEMBER */
	struct aspace *aspace;		/* NULL once it has ended */
	struct files *files;
	struct folders *folders;
	struct actions *actions;
	struct ipc *ipc;
	struct pending pending;		/* for any of its tasks */
	struct session *session;	/* whose program it is; NULL: control */
	bool control;			/* may use /dev/control */
	bool lazy;			/* its address spaces are */
	bool zombie;
	int wait_status;		/* as in wait4(2), once ZOMBIE */
	uint32_t uid, gid;		/* effective */
	struct ids user, group;		/* the others: task/identity.h */
	struct groups *groups;		/* supplementary; NULL: none */
	uint64_t start_time;		/* CLOCK_MONOTONIC, ns */
	struct usage usage;		/* of ended tasks */
	uint64_t rlimits[16][2];	/* soft, hard */
	char name[16];			/* as in PR_SET_NAME */
	char *executable;		/* absolute path in its own root */
	struct process_own *own;	/* task/process.h */
};

/* CPUs by their index in the enclave; bit I % 64 of word I / 64. */
struct affinity {
	uint64_t word[PISCES_MAX_CPUS / 64];
};

struct task {
	int tid;
	enum task_state state;
	struct cpu *cpu;		/* where it runs, waits or ran last */
	struct affinity affinity;	/* where it may */
	struct process *process;
	struct list member;		/* on process->tasks */
	struct list run;		/* on the CPU's run queue */
	void *stack;			/* kernel stack, lowest address */
	uint64_t saved_stack;		/* RSP while it does not run */
	struct trap_frame *frame;	/* its user registers, on its stack */
	void *fpu;
	uint64_t fs_base, gs_base;
	uint64_t clear_child_tid;	/* user address, or 0 */
	uint64_t robust_list;		/* user address, or 0 */
	uint64_t rseq;			/* user address, or 0 */
	bool rseq_stale;		/* it has moved: tell it of its CPU */
	uint32_t rseq_signature;
	int policy, priority;		/* SCHED_*, as last set */
	int io_priority;		/* as of ioprio_set(2) */
	bool reset_on_fork;		/* children begin without them */
	char name[16];			/* unless its tid is the pid */
	struct policy memory;		/* set_mempolicy(2) */
	struct usage usage;		/* until it was last switched */
	struct cputime_clock clocks[CPUTIME_KINDS];
	/* signals: task/signal.c */
	uint64_t blocked;		/* mask */
	uint64_t awaited;		/* of them, by sigtimedwait */
	uint64_t saved_mask;		/* to restore after sigsuspend, ppoll */
	bool restore_mask;
	struct pending pending;
	bool stopped;			/* asleep until SIGCONT or SIGKILL */
	uint64_t alternate_stack, alternate_size;
	int alternate_flags;
	uint64_t fault_address, fault_vector, fault_error; /* the last */
	struct sem_undos *undos;	/* of semaphores; NULL: none */
	/* restart of a system call: see sys/syscall.h */
	uint64_t restart_deadline;
	bool urgent;			/* runs before others (control task) */
};

#define KERNEL_STACK_SIZE	(16ull << 10)

static inline struct task *current(void)
{
	return this_cpu()->current;
}

/* CPU gets its queues and its idle task, on whose stack it may be: -ENOMEM. */
int sched_init(struct cpu *cpu);

/*
 * A new task with a kernel stack, FPU state and a zeroed user frame, not yet
 * runnable, that may run anywhere; when it first runs it returns to user mode
 * with task->frame.  NULL without memory.
 */
struct task *task_create(struct process *process);
/*
 * A task without a process that runs FUNCTION in the kernel, with the kernel lock,
 * before others; it never returns from there, but may end by task_bury() and
 * task_die().  Not yet runnable.  NULL without memory.
 */
struct task *task_create_kernel(const char *name, void (*function)(void *),
				void *argument);
/* Free a task that is TASK_DEAD and does not run (not the current one). */
void task_free(struct task *task);
void task_wake(struct task *task);	/* make it runnable; fine if it is */
/* The same, and if it runs have it look at its signals. */
void task_interrupt(struct task *task);
/* It may no longer run where it is: move it. */
void task_move_away(struct task *task);
/* The current task ends: never returns; REAPED later by task_free(). */
NORETURN void task_die(void);
/* Let others run; the current task goes on when it is runnable and chosen. */
void schedule(void);
void task_yield(void);			/* to the end of the run queue */
/*
 * A turn of a loop that waits without sleeping: other CPUs may have the kernel,
 * this one its interrupts, and the tasks that wait for it run.
 */
void task_poll(void);

/*
 * Wait queues.  The waiter puts itself on the queue before it looks at its
 * condition, so a wake-up between look and sleep is not lost.
 */
struct wait_queue {
	struct list waiters;
	uint64_t round;			/* the last that reached it */
};

struct waiter {
	struct list link;
	/*
	 * EVENTS (POLL*, 0: any) may have come.  In the midst of whatever woke
	 * the queue: neither sleeps nor takes a waiter off.  True: that is
	 * enough for the EXCLUSIVE waiters, those behind are left alone.
	 */
	bool (*wake)(struct waiter *waiter, unsigned events);
	struct task *task;
	bool exclusive;
};

#define WAIT_QUEUE_INIT(name)	{ LIST_INIT((name).waiters), 0 }

static inline void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waiters);
	queue->round = 0;
}

/* The current task, to be woken. */
void wait_add(struct wait_queue *queue, struct waiter *waiter);
/* A waiter whose WAKE and EXCLUSIVE are set. */
void wait_add_callback(struct wait_queue *queue, struct waiter *waiter);
void wait_remove(struct waiter *waiter);
/* The queue ends: let go of its waiters. */
void wait_remove_all(struct wait_queue *queue);
void wait_wake_all(struct wait_queue *queue);	/* anything has changed */
/* EVENTS (POLL*) have come: an edge, for who waits for edges (epoll(7)). */
void wait_wake(struct wait_queue *queue, unsigned events);
void wait_wake_one(struct wait_queue *queue);

/*
 * Sleep until woken, a signal is pending or DEADLINE (CLOCK_MONOTONIC, ns; 0:
 * none) has passed.  Call between wait_add() and wait_remove(), after looking
 * at the condition.  Returns 0, -EINTR or -ETIMEDOUT.
 */
int wait_sleep(uint64_t deadline);

/* The same, but signals do not end it: 0 or -ETIMEDOUT. */
int wait_sleep_through(uint64_t deadline);

/* Wait for CONDITION; 0, -EINTR or -ETIMEDOUT. */
#define wait_event(queue, condition, deadline)				\
	({								\
		struct waiter waiter_;					\
		int result_ = 0;					\
		wait_add(queue, &waiter_);				\
		while (!(condition)) {					\
			result_ = wait_sleep(deadline);			\
			if (result_)					\
				break;					\
		}							\
		wait_remove(&waiter_);					\
		result_;						\
	})

#endif
