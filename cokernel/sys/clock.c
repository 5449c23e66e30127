/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clocks.  The host sets them; programs only read them.  A coarse clock is the
 * clock itself, and there is none that wakes a machine up (CLOCK_*_ALARM).
 */
#include <errno.h>
#include <linux/time.h>
#include <cpu/clock.h>
#include <cpu/lock.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/clock.h>
#include <sys/timespec.h>
#include <sys/usage.h>
#include <task/process.h>

/* Negative numbers: ~(the process' or thread's number) << 3, and these bits. */
#define CPU_CLOCK_USER		1	/* in user mode */
#define CPU_CLOCK_FD		3	/* the number is a descriptor instead */
#define CPU_CLOCK_KIND		3
#define CPU_CLOCK_OF_THREAD	4

#define ALL_USES	(CLOCK_READ | CLOCK_TIMER | CLOCK_SLEEP)

static const struct {
	unsigned uses;
	bool realtime;
} clocks[] = {
	[CLOCK_REALTIME] = { ALL_USES, true },
	[CLOCK_MONOTONIC] = { ALL_USES, false },
	[CLOCK_PROCESS_CPUTIME_ID] = { ALL_USES, false },
	[CLOCK_THREAD_CPUTIME_ID] = { CLOCK_READ | CLOCK_TIMER, false },
	[CLOCK_MONOTONIC_RAW] = { CLOCK_READ, false },
	[CLOCK_REALTIME_COARSE] = { CLOCK_READ, true },
	[CLOCK_MONOTONIC_COARSE] = { CLOCK_READ, false },
	[CLOCK_BOOTTIME] = { ALL_USES, false },
	[CLOCK_REALTIME_ALARM] = { 0, true },
	[CLOCK_BOOTTIME_ALARM] = { 0, false },
	[10] = { 0, false },			/* once CLOCK_SGI_CYCLE */
	[CLOCK_TAI] = { ALL_USES, true },
};

/* The clocks that number ID < 0 is about; NULL: there are none. */
static struct cputime_clock *clocks_of(int id, enum clock_use use)
{
	struct process *self = current()->process, *process;
	int number = ~(id >> 3);
	struct task *task;

	if (id & CPU_CLOCK_OF_THREAD) {
		task = number ? process_find_task(number) : current();
		if (!task || task->process != self ||
		    (use == CLOCK_SLEEP && task == current()))
			return NULL;
		return task->clocks;
	}
	if (number == 0 || (use == CLOCK_READ && number == current()->tid))
		return self->own->clocks;
	process = process_find(number);
	return process ? process->own->clocks : NULL;
}

static int cpu_clock_find(int id, enum clock_use use, struct clock *clock)
{
	struct cputime_clock *pair;

	if ((id & (CPU_CLOCK_KIND | CPU_CLOCK_OF_THREAD)) == CPU_CLOCK_FD)
		return use == CLOCK_READ ? -EINVAL : -EOPNOTSUPP;
	if ((id & CPU_CLOCK_KIND) == CPU_CLOCK_FD)
		return -EINVAL;
	pair = clocks_of(id, use);
	if (!pair)
		return -EINVAL;
	*clock = (struct clock){
		.cputime = &pair[(id & CPU_CLOCK_KIND) == CPU_CLOCK_USER ?
				 CPUTIME_USER : CPUTIME_ALL],
	};
	return 0;
}

int clock_find(int id, enum clock_use use, struct clock *clock)
{
	if (id < 0)
		return cpu_clock_find(id, use, clock);
	if ((size_t)id >= ARRAY_SIZE(clocks) || id == 10)
		return -EINVAL;
	if (!(clocks[id].uses & use))
		return use == CLOCK_READ ? -EINVAL : -EOPNOTSUPP;
	*clock = (struct clock){ .realtime = clocks[id].realtime };
	if (id == CLOCK_PROCESS_CPUTIME_ID)
		clock->cputime = &current()->process->own->clocks[CPUTIME_ALL];
	if (id == CLOCK_THREAD_CPUTIME_ID)
		clock->cputime = &current()->clocks[CPUTIME_ALL];
	return 0;
}

/* Reading the time is a call without the lock; CPU time needs it. */
static int clock_read(int id, uint64_t *ns)
{
	bool locked = (id < 0 || id == CLOCK_PROCESS_CPUTIME_ID ||
		       id == CLOCK_THREAD_CPUTIME_ID) && kernel_lock_if_free();
	struct clock clock;
	int error = clock_find(id, CLOCK_READ, &clock);

	if (!error && clock.cputime)
		*ns = cputime_read(clock.cputime);
	else if (!error)
		*ns = clock.realtime ? clock_realtime() : clock_monotonic();
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
	struct clock clock;
	uint64_t ns;
	int error;

	/* Of those that nobody may set, only some could be at all. */
	if ((int)a != CLOCK_REALTIME &&
	    ((int)a >= 0 || clock_find((int)a, CLOCK_READ, &clock)))
		return -EINVAL;
	error = timespec_get(b, &ns);
	return error ? error : -EPERM;
}

SYSCALL_DEFINE(settimeofday)
{
	struct timeval time = { 0, 0 };
	struct timezone zone;

	if (a && get_user(time, a))
		return -EFAULT;
	if (time.tv_usec < 0 || time.tv_usec >= 1000000)
		return -EINVAL;
	return b && get_user(zone, b) ? -EFAULT : -EPERM;
}

SYSCALL_DEFINE(gettimeofday)
{
	uint64_t now = clock_realtime();
	struct timezone zone = { 0, 0 };
	struct timeval time;

	usage_set_timeval(&time, now);
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
