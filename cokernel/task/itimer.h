/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process is told by its clocks: the three timers of setitimer(2), which
 * last over execve(2), and the limit of its CPU time.
 */
#ifndef TASK_ITIMER_H
#define TASK_ITIMER_H

#include <cpu/clock.h>
#include <task/cputime.h>

struct itimer_cpu {
	struct cputime_timer timer;
	uint64_t deadline;		/* ns; CPUTIME_NEVER: not set */
	uint64_t interval;		/* ns; 0: once */
	int signal;
};

struct itimers {
	struct process *process;
	struct timer real;
	uint64_t real_deadline;		/* the last, CLOCK_MONOTONIC, ns */
	uint64_t real_interval;		/* ns */
	struct itimer_cpu cpu[CPUTIME_KINDS];	/* SIGPROF, SIGVTALRM */
	struct cputime_timer limit;	/* RLIMIT_CPU */
};

struct itimer_value {
	uint64_t left, interval;	/* ns; LEFT 0: not set */
};

void itimers_init(struct process *process);
void itimers_end(struct process *process);

/* WHICH is ITIMER_*. */
struct itimer_value itimer_get(const struct process *process, int which);
void itimer_set(struct process *process, int which,
		const struct itimer_value *value);
/* SIGALRM was taken: a periodic real timer that has expired goes on. */
void itimer_taken(struct process *process);
/* RLIMIT_CPU of PROCESS is another. */
void itimer_limit(struct process *process);

#endif
