/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process' timers: timer_create(2).
 *
 * A periodic timer stands still from its expiry until its signal is taken, and
 * then goes on with the next period that lies ahead; those passed over are the
 * signal's overrun.  Times are ns: of CLOCK_MONOTONIC or of a clock of CPU time.
 */
#ifndef TASK_POSIX_TIMER_H
#define TASK_POSIX_TIMER_H

#include <asm/siginfo.h>
#include <cpu/clock.h>
#include <lib/types.h>
#include <task/cputime.h>

struct process;
struct signal_record;
struct task;

struct posix_timer {
	struct list link;		/* on its process' list */
	struct process *process;
	int id;
	bool realtime;			/* absolute times are CLOCK_REALTIME's */
	bool of_cputime;		/* CPUTIME counts, not TIMER */
	bool silent;			/* nobody is to be told */
	struct task *target;		/* whom to tell; NULL: the process */
	struct signal_record *record;
	struct timer timer;
	struct cputime_timer cputime;
	uint64_t deadline;		/* 0: not set, or over */
	uint64_t interval;		/* 0: once */
	bool stands;			/* until its signal is taken */
	int64_t passed;			/* periods since one was, less 1 */
	int overrun;			/* of the last signal that was taken */
};

struct posix_timer_setting {
	uint64_t left, interval;	/* ns; LEFT 0: not set */
};

/*
 * A timer of the current process, not set, which tells TARGET as above.  CLOCK
 * NULL: it is of no CPU time.  NULL: the user has too many signals and timers,
 * or there is no memory.
 */
struct posix_timer *posix_timer_create(struct task *target,
				       struct cputime_clock *clock);
/* A signal that waits to be taken still will be. */
void posix_timer_delete(struct posix_timer *timer);
/* By its id, of the current process; NULL. */
struct posix_timer *posix_timer_find(int id);

struct posix_timer_setting posix_timer_get(struct posix_timer *timer);
/* DEADLINE 0: none.  -ESRCH: the task or process of its clock has ended. */
int posix_timer_set(struct posix_timer *timer, uint64_t deadline,
		    uint64_t interval);
/* What the timer's clock shows. */
uint64_t posix_timer_now(const struct posix_timer *timer);

/* Its signal, INFO, leaves the queue. */
void posix_timer_taken(struct posix_timer *timer, siginfo_t *info);

/* All of PROCESS end, at its own end. */
void posix_timers_end(struct process *process);
/* The same at execve(2), where also the signals of timers are dropped. */
void posix_timers_forget(struct process *process);
/* TASK ends: there is nobody to tell any more. */
void posix_timers_leave(struct task *task);

#endif
