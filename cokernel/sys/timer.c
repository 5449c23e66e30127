/* SPDX-License-Identifier: GPL-2.0-only */
/* The process' real-time interval timer: alarm, setitimer, getitimer. */
#include <linux/time.h>
#include <cpu/clock.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/usage.h>
#include <task/process.h>
#include <task/signal.h>

#define USEC_PER_SEC	1000000
#define SECONDS_MAX	(1ll << 32)

static void alarm_expire(struct timer *timer)
{
	struct process_own *own = container_of(timer, struct process_own,
					       alarm);
	uint64_t now = clock_monotonic(), passed;

	if (own->alarm_interval) {
		passed = now > own->alarm_deadline ?
			(now - own->alarm_deadline) / own->alarm_interval : 0;
		own->alarm_deadline += (passed + 1) * own->alarm_interval;
		timer_set(&own->alarm, own->alarm_deadline, alarm_expire);
	} else {
		own->alarm_deadline = 0;
	}
	signal_process_simple(own->process, SIGALRM);
}

/* ns until it fires, 0: it is not set. */
static uint64_t alarm_left(const struct process_own *own)
{
	uint64_t now = clock_monotonic();

	if (!own->alarm_deadline)
		return 0;
	return own->alarm_deadline > now ? own->alarm_deadline - now : 1;
}

static void alarm_set(struct process_own *own, uint64_t value,
		      uint64_t interval)
{
	timer_cancel(&own->alarm);
	own->alarm_deadline = value ? clock_monotonic() + value : 0;
	own->alarm_interval = interval;
	if (value)
		timer_set(&own->alarm, own->alarm_deadline, alarm_expire);
}

/* Rounded up, so that a timer that is set never looks like none. */
SYSCALL_DEFINE(alarm)
{
	struct process_own *own = current()->process->own;
	uint64_t left = alarm_left(own);

	alarm_set(own, (uint32_t)a * NSEC_PER_SEC, 0);
	return (int64_t)((left + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
}

static int timeval_to_ns(const struct timeval *time, uint64_t *ns)
{
	if (time->tv_sec < 0 || time->tv_usec < 0 ||
	    time->tv_usec >= USEC_PER_SEC)
		return -EINVAL;
	*ns = (uint64_t)MIN(time->tv_sec, SECONDS_MAX) * NSEC_PER_SEC +
		(uint64_t)time->tv_usec * 1000;
	return 0;
}

static struct timeval timeval_of(uint64_t ns)
{
	uint64_t us = (ns + 999) / 1000;

	return (struct timeval){
		.tv_sec = (long)(us / USEC_PER_SEC),
		.tv_usec = (long)(us % USEC_PER_SEC),
	};
}

static struct itimerval alarm_get(const struct process_own *own)
{
	return (struct itimerval){
		.it_interval = timeval_of(own->alarm_interval),
		.it_value = timeval_of(alarm_left(own)),
	};
}

/* Timers of CPU time are not there: -ENOSYS, so that they are counted. */
static int check_which(int which)
{
	if (which == ITIMER_VIRTUAL || which == ITIMER_PROF)
		return -ENOSYS;
	return which == ITIMER_REAL ? 0 : -EINVAL;
}

SYSCALL_DEFINE(getitimer)
{
	struct itimerval value = alarm_get(current()->process->own);
	int error = check_which((int)a);

	return error ? error : put_user(value, b);
}

SYSCALL_DEFINE(setitimer)
{
	struct process_own *own = current()->process->own;
	struct itimerval new = { 0 }, old = alarm_get(own);
	uint64_t value, interval;
	int error = check_which((int)a);

	if (error)
		return error;
	if (b && get_user(new, b))
		return -EFAULT;
	if (timeval_to_ns(&new.it_value, &value) ||
	    timeval_to_ns(&new.it_interval, &interval))
		return -EINVAL;
	alarm_set(own, value, interval);
	return c ? put_user(old, c) : 0;
}
