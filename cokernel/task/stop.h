/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Job control: a signal stops all tasks of a process, SIGCONT continues them.
 *
 * The task that takes the signal begins the stop; each of the others joins it
 * where it would take a signal, and when the last has the process is stopped and
 * its parent told.  A task whose sleep in the kernel must not be cut short has
 * SIGSTOP in its mask for as long.
 */
#ifndef TASK_STOP_H
#define TASK_STOP_H

#include <lib/types.h>

struct process;
struct task;

/* The current process is to stop, unless SIGNAL cannot stop orphans. */
void stop_begin(int signal);
/* Is TASK to stop as soon as it can? */
bool stop_wanted(const struct task *task);
/* The current task stops; returns when it may go on or has to end. */
void stop_join(void);
/* A task of PROCESS has stopped or ended: was it the last to run? */
void stop_settle(struct process *process);
/* SIGNAL, SIGCONT or SIGKILL, was sent to PROCESS: its tasks go on. */
void stop_end(struct process *process, int signal);
/*
 * Process group PGID may have become orphaned: if it has, and has stopped
 * processes, all get SIGHUP and SIGCONT.
 */
void stop_end_orphans(int pgid);

#endif
