/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/cputime.h.
 *
 * While tasks of a process run on several CPUs its time passes several times as
 * fast, and how many will run is unknown.  So each of these CPUs looks again
 * when as many as run now could have used up what is left, or, if that is later
 * than COARSE, when all could.  Nothing is late by more than that.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <cpu/clock.h>
#include <cpu/cpu.h>
#include <task/process.h>
#include <task/task.h>

#define FINE		100000ull	/* ns between two looks at least, */
#define COARSE		4000000ull	/* when all of a process could run, */
#define LONGEST		1000000000ull	/* and at most */

void cputime_init(struct cputime_clock *clocks, struct process *process,
		  struct task *task)
{
	for (enum cputime_kind kind = 0; kind < CPUTIME_KINDS; kind++) {
		clocks[kind] = (struct cputime_clock){
			.process = process, .task = task, .kind = kind,
		};
		list_init(&clocks[kind].timers);
	}
}

void cputime_end(struct cputime_clock *clocks)
{
	struct cputime_timer *timer, *after;

	for (enum cputime_kind kind = 0; kind < CPUTIME_KINDS; kind++) {
		list_for_each_safe(timer, after, &clocks[kind].timers, link)
			cputime_detach(timer);
	}
}

uint64_t cputime_read(const struct cputime_clock *clock)
{
	struct usage usage = clock->task ? task_usage(clock->task) :
		process_usage(clock->process);

	return clock->kind == CPUTIME_USER ? usage_user(&usage) :
		usage_time(&usage);
}

/* The first deadline of CLOCK. */
static uint64_t first_of(const struct cputime_clock *clock)
{
	if (list_empty(&clock->timers))
		return CPUTIME_NEVER;
	return list_entry(clock->timers.next, struct cputime_timer,
			  link)->deadline;
}

/* ns until then, should the clock run. */
static uint64_t left_of(const struct cputime_clock *clock)
{
	uint64_t first = first_of(clock), now;

	if (first == CPUTIME_NEVER)
		return first;
	now = cputime_read(clock);
	return first - MIN(first, now);
}

static void insert(struct cputime_timer *timer, uint64_t deadline)
{
	struct list *timers = &timer->clock->timers;
	struct cputime_timer *after;

	list_remove(&timer->link);
	timer->deadline = deadline;
	list_for_each(after, timers, link)
		if (after->deadline > deadline)
			break;
	list_insert(&timer->link, after->link.prev, &after->link);
}

/* Expire what is due; what is set again meanwhile lies ahead. */
static void run_due(struct cputime_clock *clock)
{
	uint64_t now;

	if (clock->running_due || first_of(clock) == CPUTIME_NEVER)
		return;
	now = cputime_read(clock);
	clock->running_due = true;
	while (first_of(clock) <= now) {
		struct cputime_timer *timer =
			list_entry(clock->timers.next, struct cputime_timer,
				   link);

		insert(timer, CPUTIME_NEVER);
		timer->expire(timer);
	}
	clock->running_due = false;
}

/* Have the CPUs where CLOCK runs look at it. */
static void tell(const struct cputime_clock *clock)
{
	struct cpu *cpu;

	for_each_cpu(cpu) {
		const struct task *task = cpu->current;

		if (task->process != clock->process ||
		    (clock->task && clock->task != task))
			continue;
		if (cpu == this_cpu())
			cputime_update(cpu);
		else
			cpu_kick(cpu);
	}
}

void cputime_attach(struct cputime_timer *timer, struct cputime_clock *clock,
		    void (*expire)(struct cputime_timer *timer))
{
	timer->clock = clock;
	timer->expire = expire;
	list_init(&timer->link);
	insert(timer, CPUTIME_NEVER);
}

void cputime_detach(struct cputime_timer *timer)
{
	if (!timer->clock)
		return;
	list_remove(&timer->link);
	timer->clock = NULL;
	timer->deadline = CPUTIME_NEVER;
}

int cputime_set(struct cputime_timer *timer, uint64_t deadline)
{
	struct cputime_clock *clock = timer->clock;
	uint64_t first;

	if (!clock)
		return deadline == CPUTIME_NEVER ? 0 : -ESRCH;
	first = first_of(clock);
	insert(timer, deadline);
	if (clock->running_due)		/* all CPUs look about now */
		return 0;
	if (first_of(clock) < first)
		tell(clock);
	else if (first_of(clock) > first)	/* others look in vain, once */
		cputime_update(this_cpu());
	return 0;
}

struct sleeper {
	struct cputime_timer timer;
	struct task *task;
	bool expired;
};

static void wake_sleeper(struct cputime_timer *timer)
{
	struct sleeper *sleeper = container_of(timer, struct sleeper, timer);

	sleeper->expired = true;
	task_wake(sleeper->task);
}

int cputime_sleep(struct cputime_clock *clock, uint64_t deadline)
{
	struct sleeper sleeper = { .task = current() };
	struct wait_queue queue;
	int result;

	if (cputime_read(clock) >= deadline)
		return 0;
	wait_queue_init(&queue);
	cputime_attach(&sleeper.timer, clock, wake_sleeper);
	cputime_set(&sleeper.timer, deadline);
	result = wait_event(&queue, sleeper.expired, 0);
	cputime_detach(&sleeper.timer);
	return result;
}

static unsigned tasks_running(const struct process *process)
{
	unsigned n = 0;
	struct cpu *cpu;

	for_each_cpu(cpu)
		n += cpu->current->process == process;
	return n;
}

static unsigned cpus_online(void)
{
	unsigned n = 0;
	struct cpu *cpu;

	for_each_cpu(cpu)
		n++;
	return n;
}

/* How long PROCESS, some of whose tasks run, may be left alone. */
static uint64_t process_wait_time(const struct process *process)
{
	const struct cputime_clock *clocks = process->own->clocks;
	uint64_t left = MIN(left_of(&clocks[CPUTIME_ALL]),
			    left_of(&clocks[CPUTIME_USER]));
	uint64_t now, most;

	if (left == CPUTIME_NEVER)
		return left;
	now = MAX(tasks_running(process), 1u);
	most = MAX(MIN(process->own->live, cpus_online()), now);
	return MAX(left / most, MIN(left / now, COARSE));
}

static uint64_t task_wait_time(const struct task *task)
{
	uint64_t wait = MIN(left_of(&task->clocks[CPUTIME_ALL]),
			    left_of(&task->clocks[CPUTIME_USER]));

	wait = MIN(wait, process_wait_time(task->process));
	return wait == CPUTIME_NEVER ? wait : MIN(MAX(wait, FINE), LONGEST);
}

static void budget_end(struct timer *timer)
{
	struct cpu *cpu = container_of(timer, struct cpu, budget);
	struct task *task = cpu->current;

	for (enum cputime_kind kind = 0; kind < CPUTIME_KINDS; kind++) {
		run_due(&task->clocks[kind]);
		run_due(&task->process->own->clocks[kind]);
	}
	cputime_update(cpu);
}

void cputime_update(struct cpu *cpu)
{
	struct task *task = cpu->current;
	uint64_t wait = task->process ? task_wait_time(task) : CPUTIME_NEVER;

	if (wait != CPUTIME_NEVER)
		timer_set(&cpu->budget, clock_monotonic() + wait, budget_end);
	else if (timer_is_set(&cpu->budget))
		timer_cancel(&cpu->budget);
}

void cputime_hasten(const struct process *process)
{
	const struct cputime_clock *clocks = process->own->clocks;

	for (enum cputime_kind kind = 0; kind < CPUTIME_KINDS; kind++) {
		if (first_of(&clocks[kind]) != CPUTIME_NEVER) {
			tell(&clocks[kind]);
			return;
		}
	}
}
