/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who hears of a signal that is sent.  One process with one task; who waits on
 * a queue is counted.  See sending.sh.
 */
#include <asm/prctl.h>
#include <asm/poll.h>
#include <errno.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/itimer.h>
#include <task/pending.h>
#include <task/posix_timer.h>
#include <task/process.h>
#include <task/stop.h>
/* After the kernel's headers, and only such as go together with them. */
#include <stdio.h>
#include "tap.h"

void *calloc(size_t n, size_t size);
void free(void *object);
long syscall(long number, ...);

#define SIGNAL	40

static struct cpu cpu;
static struct task task;
static struct process process;
static struct process_own own;
static struct actions actions;
static unsigned interrupts, events;	/* of the task; that a waiter saw */

/* The kernel around. */

void *object_alloc(size_t size)
{
	return calloc(1, size);
}

void object_free(void *object)
{
	free(object);
}

void task_wake(struct task *which)
{
	(void)which;
}

void task_interrupt(struct task *which)
{
	interrupts += which == &task;
}

bool task_must_end(const struct task *which)
{
	(void)which;
	return false;
}

bool stop_wanted(const struct task *which)
{
	(void)which;
	return false;
}

void stop_end(struct process *which, int signal)
{
	(void)which, (void)signal;
}

void itimer_taken(struct process *which)
{
	(void)which;
}

void posix_timer_taken(struct posix_timer *timer, siginfo_t *info)
{
	(void)timer, (void)info;
}

static bool see(struct waiter *waiter, unsigned which)
{
	(void)waiter;
	events |= which;
	return true;
}

static void start(uint64_t blocked)
{
	task.blocked = blocked;
	pending_clear(&process.pending);
	pending_clear(&task.pending);
	interrupts = events = 0;
}

static siginfo_t from_somebody(int signal)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = SI_QUEUE;
	return info;
}

static void who_takes_a_signal_is_interrupted(void)
{
	const siginfo_t info = from_somebody(SIGNAL);

	start(0);
	CHECK(signal_process(&process, &info) == 0 && interrupts == 1);
	start(SIGNAL_BIT(SIGNAL));
	CHECK(signal_process(&process, &info) == 0 && interrupts == 0);
}

static void who_reads_signals_hears_of_each(void)
{
	const siginfo_t info = from_somebody(SIGNAL);

	start(SIGNAL_BIT(SIGNAL));
	CHECK(signal_process(&process, &info) == 0 && events == POLLIN);
	start(SIGNAL_BIT(SIGNAL));
	CHECK(signal_task(&task, &info) == 0 && events == POLLIN);
}

static void who_reads_signals_hears_of_timers(void)
{
	struct signal_record *record = record_create(&process);

	start(SIGNAL_BIT(SIGNAL));
	record->info.si_signo = SIGNAL;
	record->info.si_code = SI_TIMER;
	CHECK(signal_record(&process, NULL, record) && events == POLLIN);
	CHECK(interrupts == 0 && process.pending.set == SIGNAL_BIT(SIGNAL));
	pending_clear(&process.pending);
	events = 0;
	record = record_create(&process);
	record->info.si_signo = SIGNAL;
	CHECK(signal_record(&process, &task, record) && events == POLLIN);
	CHECK(task.pending.set == SIGNAL_BIT(SIGNAL));
}

int main(void)
{
	struct waiter waiter = { .wake = see };

	cpu.self = &cpu;
	cpu.current = &task;
	syscall(158, ARCH_SET_GS, &cpu);	/* arch_prctl(2) */
	memset(process.rlimits, 0xff, sizeof(process.rlimits));
	process.own = &own;
	process.actions = &actions;
	process.pid = 2;
	task.process = &process;
	list_init(&process.tasks);
	list_add_tail(&process.tasks, &task.member);
	pending_init(&process.pending);
	pending_init(&task.pending);
	wait_queue_init(&own.signalled);
	wait_add_callback(&own.signalled, &waiter);
	RUN(who_takes_a_signal_is_interrupted);
	RUN(who_reads_signals_hears_of_each);
	RUN(who_reads_signals_hears_of_timers);
	return tap_end();
}
