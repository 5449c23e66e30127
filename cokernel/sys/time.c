/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clocks and sleeping.  The host sets the clocks; programs only read them.
 * A coarse clock is the clock itself.
 */
#include <linux/time.h>
#include <linux/times.h>
#include <cpu/clock.h>
#include <cpu/lock.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/timespec.h>
#include <sys/usage.h>
#include <task/process.h>

#define TICK		10000000ull		/* ns of clock_t */
#define TIME_MAX	(1ull << 62)		/* ns: beyond is for ever */

/* Bits of the negative clocks of other processes (clock_getcpuclockid(3)). */
#define CLOCK_KIND	3
#define CLOCK_KIND_FD	3
#define CLOCK_OF_THREAD	4

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
	uint64_t now = clock_monotonic(), shown;

	if (!realtime)
		return ns ? ns : 1;
	shown = clock_realtime();
	return ns > shown ? now + (ns - shown) : MAX(now, 1ull);
}

/* What a process or thread has used, by the number of its clock. */
static int usage_clock(int clock, uint64_t *ns)
{
	int id = ~(clock >> 3);
	struct process *process;
	struct task *task;

	if (clock == CLOCK_PROCESS_CPUTIME_ID) {
		*ns = process_cpu_time(current()->process);
		return 0;
	}
	if (clock == CLOCK_THREAD_CPUTIME_ID) {
		*ns = task_cpu_time(current());
		return 0;
	}
	if (clock >= 0 || (clock & CLOCK_KIND) == CLOCK_KIND_FD)
		return -EINVAL;
	if (clock & CLOCK_OF_THREAD) {
		task = id ? process_find_task(id) : current();
		if (!task || task->process != current()->process)
			return -EINVAL;
		*ns = task_cpu_time(task);
		return 0;
	}
	process = id ? process_find(id) : current()->process;
	if (!process)
		return -EINVAL;
	*ns = process_cpu_time(process);
	return 0;
}

static int clock_read(int clock, uint64_t *ns)
{
	bool locked;
	int error;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*ns = clock_realtime();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = clock_monotonic();
		return 0;
	}
	/* Reading the time is a call without the lock; this needs it. */
	locked = kernel_lock_if_free();
	error = usage_clock(clock, ns);
	if (locked)
		kernel_unlock();
	return error;
}

SYSCALL_DEFINE(clock_gettime)
{
	uint64_t ns;
	int error = clock_read((int)a, &ns);

	return error ? error : timespec_put(b, ns);
}

SYSCALL_DEFINE(clock_getres)
{
	uint64_t ns;
	int error = clock_read((int)a, &ns);

	return error || !b ? error : timespec_put(b, 1);
}

SYSCALL_DEFINE(clock_settime)
{
	return -EPERM;
}

SYSCALL_DEFINE(settimeofday)
{
	return -EPERM;
}

SYSCALL_DEFINE(gettimeofday)
{
	uint64_t now = clock_realtime();
	struct timeval time = {
		.tv_sec = (long)(now / NSEC_PER_SEC),
		.tv_usec = (long)(now % NSEC_PER_SEC / 1000),
	};
	struct timezone zone = { 0, 0 };

	if ((a && put_user(time, a)) || (b && put_user(zone, b)))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(time)
{
	uint64_t now = clock_realtime() / NSEC_PER_SEC;

	if (a && put_user(now, a))
		return -EFAULT;
	return (int64_t)now;
}

SYSCALL_DEFINE(times)
{
	const struct process *process = current()->process;
	struct tms times = {
		.tms_utime = (long)(process_cpu_time(process) / TICK),
		.tms_cutime = (long)(process->own->children_time / TICK),
	};

	if (a && put_user(times, a))
		return -EFAULT;
	return (int64_t)(clock_monotonic() / TICK);
}

/* Sleeping. */

static int sleep_until(uint64_t deadline)
{
	struct wait_queue queue;
	int result;

	wait_queue_init(&queue);
	result = wait_event(&queue, false, deadline);
	return result == -ETIMEDOUT ? 0 : result;
}

/* For NS; interrupted, the rest goes to LEFT unless that is 0. */
static int64_t sleep_for(uint64_t ns, uint64_t left)
{
	struct task *task = current();
	uint64_t deadline = task->restart_deadline, now;

	if (!deadline)
		deadline = timespec_after(ns);
	if (!sleep_until(deadline))
		return 0;
	now = clock_monotonic();
	if (left && timespec_put(left, deadline > now ? deadline - now : 0))
		return -EFAULT;
	task->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_DEFINE(nanosleep)
{
	uint64_t ns;
	int error = timespec_get(a, &ns);

	return error ? error : sleep_for(ns, b);
}

static bool can_sleep_by(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
		clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

SYSCALL_DEFINE(clock_nanosleep)
{
	bool realtime = (int)a == CLOCK_REALTIME || (int)a == CLOCK_TAI;
	uint64_t ns;
	int error;

	if (clock_read((int)a, &ns) || (int)a == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	if (!can_sleep_by((int)a))
		return -EOPNOTSUPP;
	error = timespec_get(c, &ns);
	if (error)
		return error;
	if (!(b & TIMER_ABSTIME))
		return sleep_for(ns, d);
	return sleep_until(timespec_deadline(ns, realtime)) ?
		-ERESTARTNOHAND : 0;
}
