/* SPDX-License-Identifier: GPL-2.0-only */
/* timer_create(2) and its kin, over task/posix_timer.h. */
#include <asm/siginfo.h>
#include <linux/time.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/clock.h>
#include <sys/timespec.h>
#include <task/pending.h>
#include <task/posix_timer.h>
#include <task/process.h>

/* A struct itimerspec at a user address: where its two times are. */
#define INTERVAL_AT(user)	(user)
#define VALUE_AT(user)		((user) + sizeof(struct __kernel_timespec))

/* Whom EVENT is for: *TARGET, NULL for the process.  -EINVAL. */
static int event_target(const struct sigevent *event, struct task **target)
{
	struct task *task = NULL;

	switch (event->sigev_notify) {
	case SIGEV_NONE:
		*target = NULL;
		return 0;
	case SIGEV_THREAD_ID:
		task = process_find_task(event->sigev_notify_thread_id);
		if (!task || task->process != current()->process ||
		    task->state == TASK_DEAD)
			return -EINVAL;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:		/* the C library's affair */
		break;
	default:
		return -EINVAL;
	}
	*target = task;
	return event->sigev_signo > 0 && event->sigev_signo <= SIGNAL_MAX ?
		0 : -EINVAL;
}

SYSCALL_DEFINE(timer_create)
{
	struct sigevent event = { .sigev_signo = SIGALRM };
	struct task *target = NULL;
	struct posix_timer *timer;
	struct clock clock;
	siginfo_t *info;
	int error;

	if (b && get_user(event, b))
		return -EFAULT;
	error = clock_find((int)a, CLOCK_TIMER, &clock);
	if (!error)
		error = event_target(&event, &target);
	if (error)
		return error;
	timer = posix_timer_create(target, clock.cputime);
	if (!timer)
		return -EAGAIN;
	timer->realtime = clock.realtime;
	timer->silent = event.sigev_notify == SIGEV_NONE;
	info = &timer->record->info;
	info->si_signo = event.sigev_signo;
	info->si_code = SI_TIMER;
	info->si_tid = timer->id;
	info->si_value = event.sigev_value;
	if (!b)
		info->si_value.sival_int = timer->id;
	if (put_user(timer->id, c)) {
		posix_timer_delete(timer);
		return -EFAULT;
	}
	return 0;
}

static int setting_put(uint64_t user, const struct posix_timer_setting *setting)
{
	if (timespec_put(INTERVAL_AT(user), setting->interval) ||
	    timespec_put(VALUE_AT(user), setting->left))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(timer_gettime)
{
	struct posix_timer *timer = posix_timer_find((int)a);
	struct posix_timer_setting setting;

	if (!timer)
		return -EINVAL;
	setting = posix_timer_get(timer);
	return setting_put(b, &setting);
}

/* When a timer set to VALUE, not 0, is to expire. */
static uint64_t deadline_of(const struct posix_timer *timer, uint64_t value,
			    bool absolute)
{
	if (!absolute)
		return posix_timer_now(timer) + value;
	return timer->of_cputime ? value :
		timespec_deadline(value, timer->realtime);
}

SYSCALL_DEFINE(timer_settime)
{
	struct posix_timer *timer;
	struct posix_timer_setting old;
	uint64_t value, interval;
	int error;

	if (!c)
		return -EINVAL;
	error = timespec_get(INTERVAL_AT(c), &interval);
	if (!error)
		error = timespec_get(VALUE_AT(c), &value);
	if (error)
		return error;
	timer = posix_timer_find((int)a);
	if (!timer)
		return -EINVAL;
	old = posix_timer_get(timer);
	error = posix_timer_set(timer, value ?
				deadline_of(timer, value, b & TIMER_ABSTIME) :
				0, interval);
	if (error)
		return error;
	return d ? setting_put(d, &old) : 0;
}

SYSCALL_DEFINE(timer_getoverrun)
{
	const struct posix_timer *timer = posix_timer_find((int)a);

	return timer ? timer->overrun : -EINVAL;
}

SYSCALL_DEFINE(timer_delete)
{
	struct posix_timer *timer = posix_timer_find((int)a);

	if (!timer)
		return -EINVAL;
	posix_timer_delete(timer);
	return 0;
}
