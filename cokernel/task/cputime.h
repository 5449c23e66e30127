/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clocks of CPU time, and what is to happen when they show a certain time.
 *
 * A process and a task have two clocks each: one of all their time, one of what
 * they spent in user mode.  Only a CPU that runs a task of a clock that somebody
 * waits for has its timer armed, for as long.
 */
#ifndef TASK_CPUTIME_H
#define TASK_CPUTIME_H

#include <lib/list.h>
#include <lib/types.h>

struct cpu;
struct process;
struct task;

#define CPUTIME_NEVER	UINT64_MAX

enum cputime_kind {
	CPUTIME_ALL,
	CPUTIME_USER,
	CPUTIME_KINDS,
};

struct cputime_clock {
	struct list timers;		/* soonest first */
	struct process *process;
	struct task *task;		/* NULL: of the whole process */
	enum cputime_kind kind;
	bool running_due;		/* its timers' EXPIRE are being called */
};

/* Zeroed or detached: never expires. */
struct cputime_timer {
	struct list link;
	struct cputime_clock *clock;	/* NULL: none, or it has ended */
	uint64_t deadline;		/* ns of the clock, or CPUTIME_NEVER */
	/*
	 * Called once, at or some 100 us after DEADLINE, while the process
	 * computes, with the timer set to CPUTIME_NEVER.  May set it again, to
	 * what the clock does not yet show.
	 */
	void (*expire)(struct cputime_timer *timer);
};

/* The CPUTIME_KINDS clocks of a process, or of a TASK of it. */
void cputime_init(struct cputime_clock *clocks, struct process *process,
		  struct task *task);
/* The clocks' owner ends: let go of their timers. */
void cputime_end(struct cputime_clock *clocks);
/* ns. */
uint64_t cputime_read(const struct cputime_clock *clock);

void cputime_attach(struct cputime_timer *timer, struct cputime_clock *clock,
		    void (*expire)(struct cputime_timer *timer));
void cputime_detach(struct cputime_timer *timer);
/* -ESRCH: its clock has ended. */
int cputime_set(struct cputime_timer *timer, uint64_t deadline);

/*
 * Sleep until CLOCK shows DEADLINE.  0 or -EINTR; if the clock ends, only a
 * signal ends it.
 */
int cputime_sleep(struct cputime_clock *clock, uint64_t deadline);

/* CPU is this one and its current task, or what that may use, has changed. */
void cputime_update(struct cpu *cpu);
/* Tasks of PROCESS may use its clocks' time faster than before. */
void cputime_hasten(const struct process *process);

#endif
