/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time limit of a program (lib/limit.c).
 * Build: lib/limit.c lib/clock.c lib/error.c
 */
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/limit.h"

#include "tap.h"

#define MS	1000000ll

static int64_t begun;

/* The next signal within 300 ms, and in *MS_LATER when it was due. */
static int next(struct limit *limit, int64_t *ms_later)
{
	struct pollfd fd = { limit->fd, POLLIN, 0 };

	poll(&fd, 1, 300);
	*ms_later = (clock_ns() - begun) / MS;
	return limit_due(limit);
}

static struct limit begin(int64_t time_ms, int64_t grace_ms)
{
	struct limit limit = {
		.time_ns = time_ms * MS, .grace_ns = grace_ms * MS, .fd = -1,
	};

	begun = clock_ns();
	CHECK(limit_begin(&limit) == 0);
	return limit;
}

static void it_asks_and_then_kills(void)
{
	struct limit limit = begin(50, 60);
	int64_t ms;

	CHECK(limit_due(&limit) == 0 && !limit.asked);
	CHECK(next(&limit, &ms) == SIGTERM && ms >= 50 && limit.asked);
	CHECK(limit_due(&limit) == 0);
	CHECK(next(&limit, &ms) == SIGKILL && ms >= 110);
	CHECK(next(&limit, &ms) == 0);
	limit_end(&limit);
	limit_end(&limit);
}

static void without_grace_it_only_asks(void)
{
	struct limit limit = begin(1, 0);
	int64_t ms;

	CHECK(next(&limit, &ms) == SIGTERM);
	CHECK(next(&limit, &ms) == 0 && limit.asked);
	limit_end(&limit);
}

static void without_a_time_there_is_no_limit(void)
{
	struct limit limit = begin(0, 10);
	int64_t ms;

	CHECK(limit.fd == -1 && next(&limit, &ms) == 0 && !limit.asked);
	limit_end(&limit);
}

static void beginning_again_changes_nothing(void)
{
	struct limit limit = begin(100, 0);
	struct itimerspec left;

	usleep(30000);
	CHECK(limit_begin(&limit) == 0);
	CHECK(timerfd_gettime(limit.fd, &left) == 0 &&
	      left.it_value.tv_sec == 0 && left.it_value.tv_nsec <= 70 * MS);
	limit_end(&limit);
}

/* One process stops itself; another wakes it when the time is long over. */
static void it_goes_on_while_we_are_stopped(void)
{
	pid_t self = getpid();
	struct limit limit;
	pid_t child = fork();
	int64_t ms;

	if (child == 0) {
		usleep(200000);
		kill(self, SIGCONT);
		_exit(0);
	}
	limit = begin(100, 0);
	raise(SIGSTOP);
	CHECK(limit_due(&limit) == SIGTERM);
	CHECK(next(&limit, &ms) == 0);
	limit_end(&limit);
	waitpid(child, NULL, 0);
}

int main(void)
{
	RUN(it_asks_and_then_kills);
	RUN(without_grace_it_only_asks);
	RUN(without_a_time_there_is_no_limit);
	RUN(beginning_again_changes_nothing);
	RUN(it_goes_on_while_we_are_stopped);
	return tap_end();
}
