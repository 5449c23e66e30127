/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tasks use: getrusage(2), times(2), /proc/PID/stat.
 *
 * Time is counted in ticks of the TSC, at each switch of tasks and whenever the
 * kernel lock is taken and let go: time with the lock is time in the kernel, all
 * else the program's own.  Both only ever grow, whoever looks.
 */
#ifndef TASK_USAGE_H
#define TASK_USAGE_H

#include <lib/types.h>

struct cpu;
struct process;
struct task;

struct usage {
	uint64_t ticks;			/* on a CPU */
	uint64_t kernel_ticks;		/* of them, in the kernel */
	uint64_t faults;		/* of pages */
	uint64_t sleeps;		/* times it gave its CPU up to wait */
	uint64_t preemptions;		/* times it could have gone on */
};

/* As of now. */
struct usage task_usage(const struct task *task);
/* Of all its tasks, those that have ended included. */
struct usage process_usage(const struct process *process);
/* TASK has ended: its process keeps what it used. */
void usage_keep(struct task *task);
void usage_add(struct usage *sum, const struct usage *more);

/* ns; the sum of the last two may be 1 less than the first. */
uint64_t usage_time(const struct usage *usage);
uint64_t usage_user(const struct usage *usage);
uint64_t usage_system(const struct usage *usage);

/* ns of CPU. */
uint64_t task_cpu_time(const struct task *task);
uint64_t process_cpu_time(const struct process *process);

/* FROM's time on CPU, which is this one, ends and another's begins. */
void usage_switch(struct cpu *cpu, struct task *from);
/* CPU's time since it joined: of tasks, and idle. */
void usage_of_cpu(const struct cpu *cpu, struct usage *busy,
		  struct usage *idle);

#endif
