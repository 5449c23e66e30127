/* SPDX-License-Identifier: GPL-2.0-only */
/* See lib/linux-time.h. */
#include "lib/clock.h"
#include "lib/linux-time.h"

static int64_t sum;

int64_t linux_time_begin(void)
{
	return clock_ns();
}

void linux_time_end(int64_t begin)
{
	sum += clock_ns() - begin;
}

int64_t linux_time_us(void)
{
	return sum / 1000;
}
