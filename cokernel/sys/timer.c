/* SPDX-License-Identifier: GPL-2.0-only */
/* The process' interval timers: alarm, setitimer, getitimer. */
#include <linux/time.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/usage.h>
#include <task/process.h>

#define USEC_PER_SEC	1000000
#define SECONDS_MAX	(1ll << 32)

/* To the nearest second, but a timer that is set never looks like none. */
SYSCALL_DEFINE(alarm)
{
	struct process *process = current()->process;
	struct itimer_value old = itimer_get(process, ITIMER_REAL);
	struct itimer_value new = { .left = (uint32_t)a * NSEC_PER_SEC };
	uint64_t seconds = (old.left + NSEC_PER_SEC / 2) / NSEC_PER_SEC;

	itimer_set(process, ITIMER_REAL, &new);
	return (int64_t)(old.left ? MAX(seconds, 1ull) : 0);
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

/* Rounded up, for the same reason. */
static int value_put(uint64_t user, const struct itimer_value *value)
{
	struct itimerval to;

	usage_set_timeval(&to.it_interval, value->interval + 999);
	usage_set_timeval(&to.it_value, value->left + 999);
	return put_user(to, user);
}

static bool is_timer(int which)
{
	return which == ITIMER_REAL || which == ITIMER_VIRTUAL ||
		which == ITIMER_PROF;
}

SYSCALL_DEFINE(getitimer)
{
	struct itimer_value value;

	if (!is_timer((int)a))
		return -EINVAL;
	value = itimer_get(current()->process, (int)a);
	return value_put(b, &value);
}

SYSCALL_DEFINE(setitimer)
{
	struct process *process = current()->process;
	struct itimerval from = { 0 };
	struct itimer_value new, old;

	if (b && get_user(from, b))
		return -EFAULT;
	if (!is_timer((int)a) || timeval_to_ns(&from.it_value, &new.left) ||
	    timeval_to_ns(&from.it_interval, &new.interval))
		return -EINVAL;
	old = itimer_get(process, (int)a);
	itimer_set(process, (int)a, &new);
	return c ? value_put(c, &old) : 0;
}
