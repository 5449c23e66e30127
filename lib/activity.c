/* SPDX-License-Identifier: GPL-2.0-only */
/* What an enclave's CPUs do: see lib/activity.h. */
#include <string.h>

#include "lib/activity.h"

#define TRIES	8	/* to read while no other task comes to run */

static uint64_t tsc(void)
{
	/* Neither before what was read before nor after what comes. */
	__asm__ volatile("lfence" : : : "memory");
	uint64_t now = __builtin_ia32_rdtsc();

	__asm__ volatile("lfence" : : : "memory");
	return now;
}

uint64_t activity_busy(uint64_t word, uint64_t now)
{
	return word & 1 ? word + now : word;
}

static bool same_task(const struct pisces_cpu_stats *a,
		      const struct pisces_cpu_stats *b)
{
	return a->switches == b->switches && a->busy == b->busy &&
	       a->pid == b->pid && !memcmp(a->name, b->name, sizeof(a->name));
}

static void copy(struct pisces_cpu_stats *to,
		 const volatile struct pisces_cpu_stats *shared)
{
	const volatile uint64_t *from = (const volatile uint64_t *)shared;
	uint64_t words[sizeof(*to) / sizeof(*from)];

	/* Word by word, so that no counter is torn. */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		words[i] = from[i];
	memcpy(to, words, sizeof(*to));
}

void activity_read(const volatile struct pisces_cpu_stats *shared,
		   struct activity *activity)
{
	struct pisces_cpu_stats after;

	/*
	 * A word that was there before and after NOW held then.  Of a CPU that
	 * switches all the time the last look has to do.
	 */
	for (int i = 0; i < TRIES; i++) {
		copy(&activity->stats, shared);
		activity->now = tsc();
		copy(&after, shared);
		if (same_task(&activity->stats, &after))
			break;
	}
	activity->busy = activity_busy(activity->stats.busy, activity->now);
	activity->stats.name[sizeof(activity->stats.name) - 1] = 0;
}

uint64_t activity_interrupts(const struct pisces_cpu_stats *stats)
{
	return stats->timer + stats->broadcast + stats->device +
	       stats->spurious;
}

/* Counters begin anew when a CPU joins, and never go back otherwise. */
static bool joined_since(const struct activity *before,
			 const struct activity *now)
{
	const struct pisces_cpu_stats *a = &before->stats, *b = &now->stats;

	return a->host_cpu != b->host_cpu || a->apic_id != b->apic_id ||
	       b->switches < a->switches || b->idle < a->idle ||
	       b->calls < a->calls || b->faults < a->faults ||
	       b->nmi < a->nmi ||
	       activity_interrupts(b) < activity_interrupts(a);
}

/* TICKS of ALL in parts of 1000; TICKS may be a bit below 0. */
static unsigned int share(uint64_t ticks, uint64_t all)
{
	if ((int64_t)ticks <= 0 || (int64_t)all <= 0)
		return 0;
	if (ticks >= all)
		return 1000;
	return (unsigned int)((double)ticks * 1000 / (double)all + 0.5);
}

void activity_since(const struct activity *before, const struct activity *now,
		    struct activity_change *change)
{
	const struct pisces_cpu_stats *a = &before->stats, *b = &now->stats;

	if (joined_since(before, now)) {
		activity_total(now, before->now, change);
		return;
	}
	*change = (struct activity_change){
		.busy = share(now->busy - before->busy,
			      now->now - before->now),
		.interrupts = activity_interrupts(b) - activity_interrupts(a),
		.nmi = b->nmi - a->nmi,
		.faults = b->faults - a->faults,
		.calls = b->calls - a->calls,
		.switches = b->switches - a->switches,
	};
}

void activity_total(const struct activity *now, uint64_t start,
		    struct activity_change *change)
{
	const struct pisces_cpu_stats *stats = &now->stats;

	*change = (struct activity_change){
		.busy = share(now->busy, now->now - start),
		.interrupts = activity_interrupts(stats),
		.nmi = stats->nmi,
		.faults = stats->faults,
		.calls = stats->calls,
		.switches = stats->switches,
	};
}
