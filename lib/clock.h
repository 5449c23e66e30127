/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_MONOTONIC, and deadlines for waits. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

/* Now, in nanoseconds. */
int64_t clock_ns(void);

/* Milliseconds until the instant DEADLINE (ns), rounded up; 0 if it passed. */
int clock_left_ms(int64_t deadline);

void clock_sleep_ms(int ms);

#endif
