/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_MONOTONIC, and deadlines for waits. */
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>

#include "lib/clock.h"

int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

int clock_left_ms(int64_t deadline)
{
	int64_t left = deadline - clock_ns();

	if (left <= 0)
		return 0;
	left = (left + 999999) / 1000000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void clock_sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}
