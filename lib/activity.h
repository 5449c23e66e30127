/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an enclave's CPUs do, from the statistics page (pisces/stats.h), which
 * is read while it is being written.
 */
#ifndef LIB_ACTIVITY_H
#define LIB_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/stats.h>

/* One CPU at one instant. */
struct activity {
	struct pisces_cpu_stats stats;	/* a copy; the name is terminated */
	uint64_t now;			/* TSC */
	uint64_t busy;			/* ticks that tasks had until NOW */
};

/* What it did between two instants, or since it joined. */
struct activity_change {
	unsigned int busy;		/* parts of 1000 of the time */
	uint64_t interrupts;		/* of all kinds */
	uint64_t nmi, faults, calls, switches;
};

/* All interrupts that a CPU took; an NMI is none. */
uint64_t activity_interrupts(const struct pisces_cpu_stats *stats);

/* The word BUSY of a CPU, when the TSC was NOW. */
uint64_t activity_busy(uint64_t word, uint64_t now);

void activity_read(const volatile struct pisces_cpu_stats *shared,
		   struct activity *activity);

/*
 * From BEFORE to NOW.  Has the CPU left and joined meanwhile, or is it another
 * one in the same place, then since it joined.
 */
void activity_since(const struct activity *before, const struct activity *now,
		    struct activity_change *change);

/* Since it joined, which was at START or later (TSC). */
void activity_total(const struct activity *now, uint64_t start,
		    struct activity_change *change);

#endif
