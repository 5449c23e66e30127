/* SPDX-License-Identifier: GPL-2.0-only */
/* Times that programs give and get, and sleeping. */
#include <linux/time.h>
#include <linux/times.h>
#include <cpu/clock.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/clock.h>
#include <sys/timespec.h>
#include <sys/usage.h>
#include <task/process.h>

#define TICK		10000000ull		/* ns of clock_t */
#define TIME_MAX	(1ull << 62)		/* ns: beyond is for ever */

int timespec_get(uint64_t user, uint64_t *ns)
{
	struct __kernel_timespec time;

	if (get_user(time, user))
		return -EFAULT;
	if (time.tv_sec < 0 || (uint64_t)time.tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if ((uint64_t)time.tv_sec >= TIME_MAX / NSEC_PER_SEC)
		*ns = TIME_MAX;
	else
		*ns = (uint64_t)time.tv_sec * NSEC_PER_SEC +
			(uint64_t)time.tv_nsec;
	return 0;
}

int timespec_put(uint64_t user, uint64_t ns)
{
	struct __kernel_timespec time = {
		.tv_sec = (int64_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (int64_t)(ns % NSEC_PER_SEC),
	};

	return put_user(time, user);
}

uint64_t timespec_after(uint64_t ns)
{
	return clock_monotonic() + ns + 1;
}

uint64_t timespec_deadline(uint64_t ns, bool realtime)
{
	/* One look at the clocks: they run on between two. */
	uint64_t offset = realtime ? clock_realtime_offset() : 0;

	return ns > offset ? ns - offset : 1;
}

SYSCALL_DEFINE(times)
{
	const struct process *process = current()->process;
	const struct usage *children = &process->own->children_usage;
	struct usage usage = process_usage(process);
	struct tms times = {
		.tms_utime = (long)(usage_user(&usage) / TICK),
		.tms_stime = (long)(usage_system(&usage) / TICK),
		.tms_cutime = (long)(usage_user(children) / TICK),
		.tms_cstime = (long)(usage_system(children) / TICK),
	};

	if (a && put_user(times, a))
		return -EFAULT;
	return (int64_t)(clock_monotonic() / TICK);
}

/* Sleeping. */

/* What CLOCK shows; a time to sleep for is never CLOCK_REALTIME's. */
static uint64_t now_of(const struct clock *clock)
{
	return clock->cputime ? cputime_read(clock->cputime) :
		clock_monotonic();
}

static int sleep_until(const struct clock *clock, uint64_t deadline)
{
	struct wait_queue queue;
	int result;

	if (clock->cputime)
		return cputime_sleep(clock->cputime, deadline);
	wait_queue_init(&queue);
	result = wait_event(&queue, false, deadline);
	return result == -ETIMEDOUT ? 0 : result;
}

/* For NS; interrupted, the rest goes to LEFT unless that is 0. */
static int64_t sleep_for(int id, uint64_t ns, uint64_t left)
{
	struct task *task = current();
	uint64_t deadline = task->restart_deadline, now;
	struct clock clock;
	int error = clock_find(id, CLOCK_SLEEP, &clock);

	if (error)
		return error;
	if (!deadline)
		deadline = now_of(&clock) + ns + 1;
	if (!sleep_until(&clock, deadline))
		return 0;
	/* Whose clock it was may have ended meanwhile. */
	if (clock_find(id, CLOCK_SLEEP, &clock))
		return -EINTR;
	now = now_of(&clock);
	if (left && timespec_put(left, deadline > now ? deadline - now : 0))
		return -EFAULT;
	task->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_DEFINE(nanosleep)
{
	uint64_t ns;
	int error = timespec_get(a, &ns);

	return error ? error : sleep_for(CLOCK_MONOTONIC, ns, b);
}

SYSCALL_DEFINE(clock_nanosleep)
{
	struct clock clock;
	uint64_t ns;
	int error = clock_find((int)a, CLOCK_SLEEP, &clock);

	if (!error)
		error = timespec_get(c, &ns);
	if (error)
		return error;
	if (!(b & TIMER_ABSTIME))
		return sleep_for((int)a, ns, d);
	if (clock.cputime)
		return sleep_until(&clock, ns) ? -ERESTARTNOHAND : 0;
	/* The time of day may be set back meanwhile. */
	do
		if (sleep_until(&clock, timespec_deadline(ns, clock.realtime)))
			return -ERESTARTNOHAND;
	while (clock.realtime && clock_realtime() < ns);
	return 0;
}
