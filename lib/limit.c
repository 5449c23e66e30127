/* SPDX-License-Identifier: GPL-2.0-only */
/* A time limit, as a timer that poll(2) can wait for. */
#include <errno.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/limit.h"

#define SECOND_NS	1000000000

static int set(struct limit *limit, int64_t ns)
{
	struct itimerspec time = {
		.it_value = { ns / SECOND_NS, ns % SECOND_NS },
	};

	return timerfd_settime(limit->fd, 0, &time, NULL) ? -errno : 0;
}

int limit_begin(struct limit *limit)
{
	int error = 0;

	if (!limit->time_ns || limit->fd >= 0)
		return 0;
	limit->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (limit->fd < 0)
		error = -errno;
	if (!error)
		error = set(limit, limit->time_ns);
	return error ? error_errno(error, "cannot limit the time") : 0;
}

void limit_end(struct limit *limit)
{
	if (limit->fd >= 0)
		close(limit->fd);
	limit->fd = -1;
}

int limit_due(struct limit *limit)
{
	uint64_t count;

	if (limit->fd < 0 ||
	    read(limit->fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	if (limit->asked)
		return SIGKILL;
	limit->asked = true;
	set(limit, limit->grace_ns);
	return SIGTERM;
}
