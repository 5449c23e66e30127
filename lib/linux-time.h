/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long Linux itself took for what this process had it do: taking CPUs and
 * memory blocks offline, bringing them online and changing drivers.  For
 * --timings.
 */
#ifndef LIB_LINUX_TIME_H
#define LIB_LINUX_TIME_H

#include <stdint.h>

/* Around a write to sysfs that does so. */
int64_t linux_time_begin(void);
void linux_time_end(int64_t begin);

/* The sum so far, in microseconds. */
int64_t linux_time_us(void);

#endif
