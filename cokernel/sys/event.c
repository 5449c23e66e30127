/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls that make events readable: eventfd(2), timerfd_create(2)... */
#include <linux/time.h>
#include <linux/time_types.h>
#include <linux/timerfd.h>
#include <fs/eventfd.h>
#include <fs/signalfd.h>
#include <fs/timerfd.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/timespec.h>

#define EFD_SEMAPHORE	1	/* in no header of Linux 6.1 */

/* All of these calls have the flags of open(2) for these two. */
#define FLAGS	(O_NONBLOCK | O_CLOEXEC)

static int64_t install(struct file *file, int flags)
{
	return file ? file_install(file, flags & O_CLOEXEC) : -ENOMEM;
}

static int64_t make_eventfd(uint32_t count, int flags)
{
	if (flags & ~(FLAGS | EFD_SEMAPHORE))
		return -EINVAL;
	return install(eventfd_create(count, flags & EFD_SEMAPHORE,
				      flags & O_NONBLOCK), flags);
}

SYSCALL_DEFINE(eventfd)
{
	return make_eventfd((uint32_t)a, 0);
}

SYSCALL_DEFINE(eventfd2)
{
	return make_eventfd((uint32_t)a, (int)b);
}

static int64_t make_signalfd(int fd, uint64_t user, uint64_t size, int flags)
{
	struct file *file;
	uint64_t set;
	int64_t status;

	if (size != sizeof(set))
		return -EINVAL;
	if (get_user(set, user))
		return -EFAULT;
	if (flags & ~FLAGS)
		return -EINVAL;
	if (fd == -1)
		return install(signalfd_create(set, flags & O_NONBLOCK), flags);
	status = file_of((uint64_t)fd, FILE_OPEN, &file);
	if (status)
		return status;
	status = signalfd_set(file, set);
	file_put(file);
	return status ? status : fd;
}

SYSCALL_DEFINE(signalfd)
{
	return make_signalfd((int)a, b, c, 0);
}

SYSCALL_DEFINE(signalfd4)
{
	return make_signalfd((int)a, b, c, (int)d);
}

/* Does it show CLOCK_REALTIME, or else CLOCK_MONOTONIC?  -EINVAL, -EPERM. */
static int check_clock(int clock, bool *realtime)
{
	*realtime = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
	switch (clock) {
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* Nothing here is ever suspended, so it wakes nothing. */
		return current()->process->uid ? -EPERM : 0;
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		return 0;
	}
	return -EINVAL;
}

SYSCALL_DEFINE(timerfd_create)
{
	bool realtime;
	int error;

	if ((int)b & ~FLAGS)
		return -EINVAL;
	error = check_clock((int)a, &realtime);
	if (error)
		return error;
	return install(timerfd_create(realtime, (int)b & O_NONBLOCK), (int)b);
}

/* A struct itimerspec at USER. */

static int setting_get(uint64_t user, struct timerfd_setting *setting)
{
	const uint64_t size = sizeof(struct __kernel_timespec);
	int error = timespec_get(user, &setting->interval);

	return error ? error : timespec_get(user + size, &setting->value);
}

static int setting_put(uint64_t user, const struct timerfd_setting *setting)
{
	const uint64_t size = sizeof(struct __kernel_timespec);
	int error = timespec_put(user, setting->interval);

	return error ? error : timespec_put(user + size, setting->value);
}

/* The open timerfd of descriptor FD: -EBADF, -EINVAL. */
static int timerfd_of(uint64_t fd, struct file **file)
{
	int error = file_of(fd, FILE_OPEN, file);

	if (error || timerfd_is(*file))
		return error;
	file_put(*file);
	return -EINVAL;
}

SYSCALL_DEFINE(timerfd_settime)
{
	struct timerfd_setting new, old;
	struct file *file;
	int error = setting_get(c, &new);

	if (error)
		return error;
	if ((int)b & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	error = timerfd_of(a, &file);
	if (error)
		return error;
	old = timerfd_get(file);
	error = timerfd_set(file, (int)b, &new);
	file_put(file);
	return error || !d ? error : setting_put(d, &old);
}

SYSCALL_DEFINE(timerfd_gettime)
{
	struct timerfd_setting setting;
	struct file *file;
	int error = timerfd_of(a, &file);

	if (error)
		return error;
	setting = timerfd_get(file);
	file_put(file);
	return setting_put(b, &setting);
}
