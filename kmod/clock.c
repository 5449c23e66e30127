// SPDX-License-Identifier: GPL-2.0-only
/*
 * One clock, as struct pisces_clock, written to the clock page of every loaded
 * enclave about once a second.  For that alone no idle CPU of Linux wakes up.
 *
 * Each refresh starts where the published line is at that moment, so that
 * CLOCK_MONOTONIC never steps back, and bends the line so that it meets Linux's
 * clock again: the rate is what was measured since the last refresh, plus a
 * correction that is spread over the next two intervals.  Only if the line is
 * far behind does it jump ahead.  CLOCK_REALTIME keeps the distance that
 * Linux's two clocks have, and so steps when Linux's does.
 *
 * Locking: clock_mutex for everything here.  The pages are written under RCU.
 * The sequence is ours; what is in a page is never read back.
 */
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>
#include "clock.h"
#include "compat.h"
#include "enclave.h"

#define SHIFT		32
#define JUMP_NS		1000000		/* further behind than this: jump */
#define SAMPLES		5

struct sample {
	u64 tsc;
	u64 monotonic;
	u64 realtime;
};

static DEFINE_MUTEX(clock_mutex);
static struct pisces_clock line;	/* what is published */
static struct sample last;		/* where the rate is measured from */
static u64 rate;			/* Linux's, scaled as line.mult */
static bool running;

/* The clocks at one moment: the narrowest of a few brackets. */
static struct sample take_sample(void)
{
	struct sample best = { 0 };
	u64 width = U64_MAX;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		unsigned long flags;
		u64 before, after, ns;

		local_irq_save(flags);
		before = rdtsc_ordered();
		ns = ktime_get_ns();
		after = rdtsc_ordered();
		local_irq_restore(flags);
		if (after - before >= width)
			continue;
		width = after - before;
		best.tsc = before + width / 2;
		best.monotonic = ns;
	}
	best.realtime =
		ktime_to_ns(ktime_mono_to_real(ns_to_ktime(best.monotonic)));
	return best;
}

static u64 line_at(u64 tsc)
{
	return line.monotonic_base +
	       mul_u64_u64_shr(tsc - line.tsc_base, line.mult, SHIFT);
}

static u64 nominal_rate(void)
{
	return div64_u64((u64)NSEC_PER_MSEC << SHIFT, tsc_khz);
}

static void begin(const struct sample *now)
{
	rate = nominal_rate();
	last = *now;
	line.shift = SHIFT;
	line.mult = rate;
	line.tsc_base = now->tsc;
	line.monotonic_base = now->monotonic;
}

/* Measure the rate since LAST, if that is long enough ago to tell. */
static void measure(const struct sample *now)
{
	u64 ticks = now->tsc - last.tsc;
	u64 nominal = nominal_rate();

	if (ticks < tsc_khz * 100ull)
		return;
	rate = mul_u64_u64_div_u64(now->monotonic - last.monotonic,
				   1ull << SHIFT, ticks);
	/* A machine that was suspended or moved measures nonsense. */
	rate = clamp(rate, nominal - nominal / 64, nominal + nominal / 64);
	last = *now;
}

static void bend(const struct sample *now)
{
	u64 predicted = line_at(now->tsc);
	s64 error = now->monotonic - predicted;
	s64 horizon = max_t(s64, 2 * (s64)(now->monotonic - last.monotonic),
			    NSEC_PER_SEC);
	s64 change;

	measure(now);
	if (error > JUMP_NS) {
		predicted = now->monotonic;
		error = 0;
	}
	error = max_t(s64, error, -(s64)NSEC_PER_SEC);
	/* rate is below 2^35 for any TSC above 125 MHz, so this fits. */
	change = div64_s64((s64)(rate >> 8) * error, horizon) * 256;
	change = max_t(s64, change, -(s64)(rate / 16));
	line.tsc_base = now->tsc;
	line.monotonic_base = predicted;
	line.mult = rate + change;
}

static void write_page(u8 *memory)
{
	struct pisces_clock *page = (void *)(memory + PISCES_CLOCK_OFFSET);

	WRITE_ONCE(page->sequence, line.sequence + 1);
	smp_wmb();
	WRITE_ONCE(page->shift, line.shift);
	WRITE_ONCE(page->mult, line.mult);
	WRITE_ONCE(page->tsc_base, line.tsc_base);
	WRITE_ONCE(page->monotonic_base, line.monotonic_base);
	WRITE_ONCE(page->realtime_base, line.realtime_base);
	smp_wmb();
	WRITE_ONCE(page->sequence, line.sequence + 2);
}

/* Returns whether any enclave is there to tell the time to. */
static bool write_pages(void)
{
	struct enclave *e;
	bool any = false;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link) {
		u8 *memory = enclave_memory(e);

		if (!memory)
			continue;
		any = true;
		write_page(memory);
		/* Also catches a doorbell that got lost on its way. */
		enclave_look(e);
	}
	rcu_read_unlock();
	line.sequence += 2;
	return any;
}

static void refresh(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(work, refresh);

static void refresh_locked(void)
{
	struct sample now = take_sample();

	if (running)
		bend(&now);
	else
		begin(&now);
	line.realtime_base = line.monotonic_base +
			     (now.realtime - now.monotonic);
	running = write_pages();
	if (running)
		schedule_delayed_work(&work, HZ);
}

static void refresh(struct work_struct *unused)
{
	mutex_lock(&clock_mutex);
	refresh_locked();
	mutex_unlock(&clock_mutex);
}

void clock_start(void)
{
	mutex_lock(&clock_mutex);
	refresh_locked();
	mutex_unlock(&clock_mutex);
}

void clock_exit(void)
{
	cancel_delayed_work_sync(&work);
}
