/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes: their making, their end, and finding them.
 *
 * A process is on process_list from its making until it is reaped; as a zombie
 * it has no address space, files or folders left.  It is freed with its tasks.
 */
#ifndef TASK_PROCESS_H
#define TASK_PROCESS_H

#include <asm/siginfo.h>
#include <task/itimer.h>
#include <task/task.h>

/* On the stack of a task that waits for its vfork(2) child. */
struct vfork_wait {
	bool done;			/* the child has left our memory */
	struct wait_queue queue;
};

enum process_event {			/* what wait4(2) may report */
	PROCESS_NO_EVENT,
	PROCESS_STOPPED,
	PROCESS_CONTINUED,
};

#define TIMER_SLACK	50000u		/* ns, of a process that sets none */

/* The part of a process that only task/ and sys/ use. */
struct process_own {
	struct process *process;
	uint64_t serial;		/* unlike a pid, never used again */
	struct wait_queue child_event;	/* a child ended or stopped */
	struct vfork_wait *vfork;	/* its parent waits here, or NULL */
	int exit_signal;		/* to the parent; 0: none */
	int death_signal;		/* PR_SET_PDEATHSIG; 0: none */
	bool shares_actions;		/* with another process */
	bool executed;			/* has called execve(2) */
	bool no_new_privileges;
	bool subreaper;			/* orphans below become its children */
	bool keep_capabilities;		/* kept, without an effect */
	uint64_t timer_slack;		/* the same: timers have none */
	int dumpable, nice;
	uint32_t personality;
	int stop_signal;		/* its tasks are to stop; 0: not */
	unsigned stopped_tasks;		/* that have */
	bool stopped;			/* all have, and the parent knows */
	struct wait_queue signalled;	/* woken when it is sent a signal */
	enum process_event event;	/* not yet reported to the parent */
	int event_signal;
	struct wait_queue resume;	/* woken when it may go on */
	unsigned live;			/* tasks that have not ended */
	bool ending;			/* all of them are to end */
	struct task *survivor;		/* in execve(2): the others are to end */
	struct wait_queue survived;	/* woken when it is alone */
	struct cputime_clock clocks[CPUTIME_KINDS];
	struct itimers itimers;
	struct list timers;		/* struct posix_timer */
	int next_timer;			/* its id */
	struct usage children_usage;	/* of reaped children */
	uint64_t resident_most;		/* bytes, of memory it left */
	uint64_t children_resident_most;
};

extern struct list process_list;	/* all, by process->all */
/* For pidfd and friends: woken when a process becomes a zombie. */
extern struct wait_queue process_exits;

#define PID_MAX		32768

struct process *process_find(int pid);
/* A task by its thread id; NULL. */
struct task *process_find_task(int tid);
/* The process that PID means, or the number of one of its threads; NULL. */
struct process *process_of_thread(int pid);
/* As in PR_SET_NAME; the first task's is its process'. */
const char *task_name(const struct task *task);
void task_set_name(struct task *task, const char *name);
/* Is there a process in this group (pgid)?  Any of them, or NULL. */
struct process *process_in_group(int pgid);
/*
 * Has no process of the group a parent outside of it in the same session, so
 * that nobody could continue it when it stops?
 */
bool process_group_is_orphaned(int pgid);

/* Start the control task (pid 1) from the executable the host loaded. */
void process_start_control(void);

/* Arguments of clone(2), in clone3(2)'s terms. */
struct clone_request {
	uint64_t flags;			/* CLONE_*, no signal */
	int exit_signal;
	uint64_t stack;			/* the child's RSP, or 0 */
	uint64_t tls;
	uint64_t child_tid, parent_tid;	/* user addresses */
	uint64_t pidfd;			/* user address */
};

/* The child's pid (task/clone.c), or -errno; with CLONE_VFORK once it left. */
int64_t process_clone(const struct clone_request *request);

/* End the current process with WAIT_STATUS (as in wait4(2)), all its tasks. */
NORETURN void process_exit(int wait_status);
/* End the current task, and with the last one its process. */
NORETURN void task_end(void);
/* Its process ends, or another of its tasks executes a program. */
bool task_must_end(const struct task *task);
/* Have its tasks but the current one look at their signals, and if they end. */
void process_interrupt_others(struct process *process);
/* The other tasks of the current process end.  -EINTR: it ends itself. */
int process_become_single(void);
/*
 * The current task leaves its address space (execve, exit): tell those who wait
 * for that in user memory, and a vfork parent.
 */
void task_leave_memory(struct task *task);

/* One thing that happened to a child (task/wait.c). */
struct wait_result {
	int pid;
	uint32_t uid;
	int status;			/* as in wait4(2) */
	struct usage usage;		/* with its own children's */
	uint64_t resident_most;		/* bytes */
};

/*
 * Wait for a child: PID > 0 that one, 0 my group, -1 any, < -1 group -PID.
 * OPTIONS are W* of wait4(2) and waitid(2).  Returns 1 with *RESULT, 0 with
 * WNOHANG, -ECHILD, -ERESTARTSYS.
 */
int process_wait(int pid, int options, struct wait_result *result);

/*
 * task/process.c, for its neighbours: an empty process without a parent, NULL
 * without memory or pids; its first task; undoing both before it ever ran.
 */
struct process *process_create(void);
struct task *process_first_task(struct process *process);
/* Another task of a process, with a tid of its own; NULL without memory. */
struct task *process_add_task(struct process *process);
void process_discard(struct process *process);
void process_free(struct process *process);	/* a zombie, not current */
/* Nobody waits for it: process_sweep() frees it once it runs no more. */
void process_bury(struct process *process);
void task_bury(struct task *task);	/* the same for one of several tasks */
void process_sweep(void);
/* SIGCHLD to the parent with CODE (CLD_*) and STATUS, and wake its waits. */
void process_tell_parent(struct process *process, int code, int status);

#endif
