/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time, in nanoseconds, from the TSC and the host's clock page; and this CPU's
 * timers.  The APIC timer is armed only while a timer is.
 */
#ifndef CPU_CLOCK_H
#define CPU_CLOCK_H

#include <lib/list.h>
#include <lib/types.h>

void clock_init(void);
uint64_t clock_monotonic(void);		/* CLOCK_MONOTONIC = BOOTTIME */
uint64_t clock_realtime(void);		/* ns since 1970 */
/* CLOCK_REALTIME less CLOCK_MONOTONIC; another when the host's clock is set. */
uint64_t clock_realtime_offset(void);

struct cpu;

struct timer {
	struct list link;
	struct cpu *cpu;		/* whose it is while it is set */
	uint64_t deadline;		/* CLOCK_MONOTONIC, ns */
	void (*expire)(struct timer *timer);
};

/*
 * EXPIRE is called once, in kernel context, at or after DEADLINE, on this CPU
 * (unless that leaves before).
 */
void timer_set(struct timer *timer, uint64_t deadline,
	       void (*expire)(struct timer *timer));
bool timer_is_set(const struct timer *timer);
/* Fine for a timer that is zeroed, not set or has expired, and on any CPU. */
void timer_cancel(struct timer *timer);

#endif
