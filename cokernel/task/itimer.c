/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/itimer.h.  As on Linux a periodic real timer stands still until its
 * signal is taken, so one that nobody wants costs nothing.
 *
 * Locking: the kernel lock.
 */
#include <linux/resource.h>
#include <linux/time.h>
#include <task/process.h>
#include <task/signal.h>

#define NS		1000000000ull
#define UNLIMITED	(~0ull)

/* The first of the times from DEADLINE on, INTERVAL apart, that is after NOW. */
static uint64_t next(uint64_t deadline, uint64_t interval, uint64_t now)
{
	if (deadline > now)
		return deadline;
	return deadline + ((now - deadline) / interval + 1) * interval;
}

static void real_expire(struct timer *timer)
{
	struct itimers *timers = container_of(timer, struct itimers, real);

	signal_process_simple(timers->process, SIGALRM);
}

void itimer_taken(struct process *process)
{
	struct itimers *timers = &process->own->itimers;

	if (!timers->real_interval || timer_is_set(&timers->real))
		return;
	timers->real_deadline = next(timers->real_deadline,
				     timers->real_interval, clock_monotonic());
	timer_set(&timers->real, timers->real_deadline, real_expire);
}

static void cpu_expire(struct cputime_timer *timer)
{
	struct itimer_cpu *itimer = container_of(timer, struct itimer_cpu,
						 timer);

	if (itimer->interval) {
		itimer->deadline = next(itimer->deadline, itimer->interval,
					cputime_read(timer->clock));
		cputime_set(timer, itimer->deadline);
	}
	signal_process_simple(timer->clock->process, itimer->signal);
}

static void limit_expire(struct cputime_timer *timer)
{
	struct process *process = timer->clock->process;
	uint64_t *limit = process->rlimits[RLIMIT_CPU];
	uint64_t used = cputime_read(timer->clock) / NS;

	if (used >= limit[1]) {
		signal_process_simple(process, SIGKILL);
		return;
	}
	signal_process_simple(process, SIGXCPU);
	limit[0] = used + 1;		/* and again then */
	itimer_limit(process);
}

void itimer_limit(struct process *process)
{
	uint64_t soft = process->rlimits[RLIMIT_CPU][0];

	cputime_set(&process->own->itimers.limit,
		    soft < UNLIMITED / NS ? soft * NS : CPUTIME_NEVER);
}

void itimers_init(struct process *process)
{
	struct cputime_clock *clocks = process->own->clocks;
	struct itimers *timers = &process->own->itimers;

	timers->process = process;
	for (enum cputime_kind kind = 0; kind < CPUTIME_KINDS; kind++)
		cputime_attach(&timers->cpu[kind].timer, &clocks[kind],
			       cpu_expire);
	timers->cpu[CPUTIME_ALL].signal = SIGPROF;
	timers->cpu[CPUTIME_USER].signal = SIGVTALRM;
	cputime_attach(&timers->limit, &clocks[CPUTIME_ALL], limit_expire);
}

void itimers_end(struct process *process)
{
	struct itimers *timers = &process->own->itimers;

	timer_cancel(&timers->real);
	cputime_detach(&timers->cpu[CPUTIME_ALL].timer);
	cputime_detach(&timers->cpu[CPUTIME_USER].timer);
	cputime_detach(&timers->limit);
}

static struct itimer_cpu *cpu_timer(const struct process *process, int which)
{
	return &process->own->itimers.cpu[which == ITIMER_PROF ?
					  CPUTIME_ALL : CPUTIME_USER];
}

/* A timer that is set never looks like none. */
static uint64_t left_of(uint64_t deadline, uint64_t now)
{
	return deadline > now ? deadline - now : 1;
}

struct itimer_value itimer_get(const struct process *process, int which)
{
	const struct itimers *timers = &process->own->itimers;
	const struct itimer_cpu *cpu;
	struct itimer_value value = { 0 };

	if (which == ITIMER_REAL) {
		value.interval = timers->real_interval;
		if (timer_is_set(&timers->real))
			value.left = left_of(timers->real_deadline,
					     clock_monotonic());
		return value;
	}
	cpu = cpu_timer(process, which);
	value.interval = cpu->interval;
	if (cpu->timer.deadline != CPUTIME_NEVER)
		value.left = left_of(cpu->deadline,
				     cputime_read(cpu->timer.clock));
	return value;
}

static void real_set(struct itimers *timers, const struct itimer_value *value)
{
	timer_cancel(&timers->real);
	timers->real_interval = value->left ? value->interval : 0;
	timers->real_deadline = clock_monotonic() + value->left;
	if (value->left)
		timer_set(&timers->real, timers->real_deadline, real_expire);
}

void itimer_set(struct process *process, int which,
		const struct itimer_value *value)
{
	struct itimer_cpu *cpu;

	if (which == ITIMER_REAL) {
		real_set(&process->own->itimers, value);
		return;
	}
	cpu = cpu_timer(process, which);
	cpu->interval = value->interval;
	cpu->deadline = value->left ?
		cputime_read(cpu->timer.clock) + value->left : CPUTIME_NEVER;
	cputime_set(&cpu->timer, cpu->deadline);
}
