/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/posix_timer.h.  Locking: the kernel lock. */
#include <errno.h>
#include <mm/object.h>
#include <task/pending.h>
#include <task/posix_timer.h>
#include <task/process.h>

/* The shortest period of a timer whose signal is ignored, in ns. */
#define IGNORED_LEAST	10000000ull

uint64_t posix_timer_now(const struct posix_timer *timer)
{
	if (!timer->of_cputime)
		return clock_monotonic();
	return timer->cputime.clock ? cputime_read(timer->cputime.clock) : 0;
}

static void expire(struct timer *timer);

static void arm(struct posix_timer *timer)
{
	if (timer->silent || !timer->deadline)
		return;
	if (timer->of_cputime)
		cputime_set(&timer->cputime, timer->deadline);
	else
		timer_set(&timer->timer, timer->deadline, expire);
}

static void disarm(struct posix_timer *timer)
{
	if (timer->of_cputime)
		cputime_set(&timer->cputime, CPUTIME_NEVER);
	else
		timer_cancel(&timer->timer);
}

/* Put the deadline of a periodic timer after NOW; how many periods that took. */
static int64_t forward(struct posix_timer *timer, uint64_t now)
{
	uint64_t periods;

	if (now < timer->deadline)
		return 0;
	periods = (now - timer->deadline) / timer->interval + 1;
	timer->deadline += periods * timer->interval;
	return (int64_t)periods;
}

static void fire(struct posix_timer *timer)
{
	uint64_t now;

	timer->stands = timer->interval != 0;
	if (!timer->interval)
		timer->deadline = 0;
	if (signal_record(timer->process, timer->target, timer->record) ||
	    !timer->interval)
		return;
	/* Ignored: nobody will take it, so the timer goes on by itself. */
	timer->stands = false;
	now = posix_timer_now(timer);
	if (timer->interval < IGNORED_LEAST)
		now += IGNORED_LEAST;
	timer->passed += forward(timer, now);
	arm(timer);
}

static void expire(struct timer *timer)
{
	fire(container_of(timer, struct posix_timer, timer));
}

static void expire_cputime(struct cputime_timer *cputime)
{
	fire(container_of(cputime, struct posix_timer, cputime));
}

void posix_timer_taken(struct posix_timer *timer, siginfo_t *info)
{
	if (!timer->stands)		/* from before it was set anew */
		return;
	timer->stands = false;
	timer->passed += forward(timer, posix_timer_now(timer));
	timer->overrun = (int)MIN(timer->passed, INT32_MAX);
	info->si_overrun = (int)MIN((int64_t)info->si_overrun + timer->overrun,
				    INT32_MAX);
	timer->passed = -1;
	arm(timer);
}

struct posix_timer_setting posix_timer_get(struct posix_timer *timer)
{
	struct posix_timer_setting setting = { .interval = timer->interval };
	uint64_t now = posix_timer_now(timer);

	if (timer->of_cputime && !timer->cputime.clock)
		return (struct posix_timer_setting){ 0 };
	if (timer->interval && (timer->stands || timer->silent))
		timer->passed += forward(timer, now);
	if (timer->deadline > now)
		setting.left = timer->deadline - now;
	else if (timer->deadline && !timer->silent)
		setting.left = 1;	/* it is about to expire */
	return setting;
}

int posix_timer_set(struct posix_timer *timer, uint64_t deadline,
		    uint64_t interval)
{
	if (timer->of_cputime && !timer->cputime.clock)
		return -ESRCH;
	disarm(timer);
	timer->stands = false;
	timer->passed = -1;
	timer->overrun = 0;
	timer->deadline = deadline;
	timer->interval = deadline ? interval : 0;
	/* Nobody need run for CPU time that has been used. */
	if (timer->of_cputime && !timer->silent && deadline &&
	    deadline <= posix_timer_now(timer))
		fire(timer);
	else
		arm(timer);
	return 0;
}

struct posix_timer *posix_timer_find(int id)
{
	struct posix_timer *timer;

	list_for_each(timer, &current()->process->own->timers, link) {
		if (timer->id == id)
			return timer;
	}
	return NULL;
}

/* As on Linux: upwards, so that an old id means nothing for long. */
static int next_id(struct process_own *own)
{
	int id;

	do {
		id = own->next_timer;
		own->next_timer = id == INT32_MAX ? 0 : id + 1;
	} while (posix_timer_find(id));
	return id;
}

struct posix_timer *posix_timer_create(struct task *target,
				       struct cputime_clock *clock)
{
	struct process *process = current()->process;
	struct posix_timer *timer = object_alloc(sizeof(*timer));

	if (!timer)
		return NULL;
	timer->record = record_create(process);
	if (!timer->record) {
		object_free(timer);
		return NULL;
	}
	timer->record->timer = timer;
	timer->process = process;
	timer->target = target;
	timer->passed = -1;
	timer->id = next_id(process->own);
	timer->of_cputime = clock;
	if (clock)
		cputime_attach(&timer->cputime, clock, expire_cputime);
	list_add_tail(&process->own->timers, &timer->link);
	return timer;
}

void posix_timer_delete(struct posix_timer *timer)
{
	disarm(timer);
	cputime_detach(&timer->cputime);
	list_remove(&timer->link);
	if (list_empty(&timer->record->link))
		record_free(timer->record);
	else
		timer->record->timer = NULL;
	object_free(timer);
}

void posix_timers_end(struct process *process)
{
	struct posix_timer *timer, *after;

	list_for_each_safe(timer, after, &process->own->timers, link)
		posix_timer_delete(timer);
}

void posix_timers_forget(struct process *process)
{
	struct task *task;

	posix_timers_end(process);
	pending_discard_timers(&process->pending);
	list_for_each(task, &process->tasks, member)
		pending_discard_timers(&task->pending);
}

void posix_timers_leave(struct task *task)
{
	struct posix_timer *timer;

	list_for_each(timer, &task->process->own->timers, link) {
		if (timer->target != task)
			continue;
		disarm(timer);
		timer->silent = true;
		timer->target = NULL;
	}
}
