/* SPDX-License-Identifier: GPL-2.0-only */
/* Times that programs give and get. */
#ifndef SYS_TIMESPEC_H
#define SYS_TIMESPEC_H

#include <lib/types.h>

/* A struct timespec at USER in ns, huge ones cut; -EFAULT, -EINVAL. */
int timespec_get(uint64_t user, uint64_t *ns);
/* The other way; -EFAULT. */
int timespec_put(uint64_t user, uint64_t ns);

/* CLOCK_MONOTONIC, never 0: NS from now. */
uint64_t timespec_after(uint64_t ns);
/* CLOCK_MONOTONIC, never 0: when a clock will show NS. */
uint64_t timespec_deadline(uint64_t ns, bool realtime);

#endif
