/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls of epoll(7); fs/epoll.c does the work. */
#include <limits.h>
#include <fs/epoll.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/sigmask.h>
#include <sys/timespec.h>

#define NSEC_PER_MSEC	1000000ull
#define EVENTS_MAX	((int)(INT_MAX / sizeof(struct epoll_event)))

static int64_t create(bool cloexec)
{
	struct file *file = epoll_create();

	return file ? file_install(file, cloexec) : -ENOMEM;
}

SYSCALL_DEFINE(epoll_create)
{
	return (int)a > 0 ? create(false) : -EINVAL;
}

SYSCALL_DEFINE(epoll_create1)
{
	return (int)a & ~EPOLL_CLOEXEC ? -EINVAL : create((int)a);
}

SYSCALL_DEFINE(epoll_ctl)
{
	struct epoll_event event = { 0 };
	struct file *epoll, *target;
	int64_t status;

	if ((int)b != EPOLL_CTL_DEL && get_user(event, d))
		return -EFAULT;
	status = file_of(a, FILE_OPEN, &epoll);
	if (status)
		return status;
	status = file_of(c, FILE_OPEN, &target);
	if (status == 0) {
		status = epoll_control(epoll, (int)b, target, (int)c, &event);
		file_put(target);
	}
	file_put(epoll);
	return status;
}

/* A time limit in ns as the calls give it. */
struct limit {
	bool none;
	uint64_t ns;
};

static struct limit limit_of(int ms)
{
	return (struct limit){
		.none = ms < 0, .ns = (uint64_t)ms * NSEC_PER_MSEC,
	};
}

static int64_t wait(uint64_t fd, uint64_t user, int max,
		    const struct limit *limit)
{
	struct file *file;
	int64_t n;

	if (max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	if (!user_range(user, (uint64_t)max * sizeof(struct epoll_event)))
		return -EFAULT;
	n = file_of(fd, FILE_OPEN, &file);
	if (n)
		return n;
	n = -EINVAL;
	if (epoll_is(file))
		n = epoll_wait(file, user, max, !limit->none && !limit->ns,
			       limit->none ? 0 : timespec_after(limit->ns));
	file_put(file);
	return n;
}

static int64_t wait_masked(uint64_t fd, uint64_t user, int max,
			   const struct limit *limit, uint64_t mask,
			   uint64_t mask_size)
{
	int64_t n = sigmask_swap(mask, mask_size);

	if (n)
		return n;
	n = wait(fd, user, max, limit);
	sigmask_restore(n == -EINTR);
	return n;
}

SYSCALL_DEFINE(epoll_wait)
{
	const struct limit limit = limit_of((int)d);

	return wait(a, b, (int)c, &limit);
}

SYSCALL_DEFINE(epoll_pwait)
{
	const struct limit limit = limit_of((int)d);

	return wait_masked(a, b, (int)c, &limit, e, f);
}

SYSCALL_DEFINE(epoll_pwait2)
{
	struct limit limit = { .none = !d };
	int error = d ? timespec_get(d, &limit.ns) : 0;

	return error ? error : wait_masked(a, b, (int)c, &limit, e, f);
}
