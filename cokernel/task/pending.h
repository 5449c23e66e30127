/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues of signals that wait to be delivered.  Each user may have as many
 * records waiting as RLIMIT_SIGPENDING says, those of timers included.
 */
#ifndef TASK_PENDING_H
#define TASK_PENDING_H

#include <task/signal.h>

struct posix_timer;
struct signal_user;

struct signal_record {
	struct list link;		/* on a queue, or on none */
	struct signal_user *user;	/* who it counts for */
	struct posix_timer *timer;	/* it is part of this, or NULL */
	siginfo_t info;
};

/* For PROCESS, whose user has it; NULL beyond the limit and without memory. */
struct signal_record *record_create(const struct process *process);
void record_free(struct signal_record *record);

/*
 * A signal of PROCESS, or of a task of it.  0, or -EAGAIN: it would have to be
 * queued and cannot.
 */
int pending_add(struct pending *pending, const struct process *process,
		const siginfo_t *info);
/* A timer's record; if it waits already, that is its signal's overrun. */
void pending_add_record(struct pending *pending, struct signal_record *record);
/* Take the oldest SIGNAL of those that are set; its timer is told. */
void pending_take(struct pending *pending, int signal, siginfo_t *info);
/*
 * Send a timer's signal to PROCESS, or to a TASK of it.  False: it is ignored.
 * (task/signal.c)
 */
bool signal_record(struct process *process, struct task *task,
		   struct signal_record *record);
/* Drop all that are from timers, also from those that are gone. */
void pending_discard_timers(struct pending *pending);

#endif
