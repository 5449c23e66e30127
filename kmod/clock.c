// SPDX-License-Identifier: GPL-2.0-only
/*
 * One clock, as struct pisces_clock, written to the clock page of every loaded
 * enclave about once a second.  For that alone no idle CPU of Linux wakes up.
 *
 * Each refresh adds a line that begins a little later, where the line before it
 * will be then: so CLOCK_MONOTONIC never steps back, however long a writer is
 * held up between its look at the clocks and the last page.  The new line is
 * bent so that it meets Linux's clock again: its rate is what was measured
 * since the last refresh, plus a correction that is spread over the next two
 * intervals.  Only if the clock is far behind does it jump ahead.
 * CLOCK_REALTIME keeps the distance that Linux's two clocks have, and so steps
 * when Linux's does.
 *
 * Locking: clock_mutex for everything here.  The pages are written under RCU.
 * What is in a page is never read back.
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
#define LEAD_MS		50		/* from a sample to its line */
#define SAMPLES		5
#define TRIES		5

struct sample {
	u64 tsc;
	u64 monotonic;
	u64 realtime;
};

static DEFINE_MUTEX(clock_mutex);
static struct pisces_clock clock;	/* what is published */
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

static const struct pisces_clock_line *newest(void)
{
	return &clock.line[clock.sequence % PISCES_CLOCK_LINES];
}

static u64 nominal_rate(void)
{
	return div64_u64((u64)NSEC_PER_MSEC << SHIFT, tsc_khz);
}

static void begin(const struct sample *now)
{
	struct pisces_clock_line line = {
		.shift = SHIFT, .mult = nominal_rate(), .tsc_base = now->tsc,
		.monotonic_base = now->monotonic,
		.realtime_base = now->realtime,
	};
	int i;

	rate = line.mult;
	last = *now;
	clock.sequence++;
	for (i = 0; i < PISCES_CLOCK_LINES; i++)
		clock.line[i] = line;
}

/* Long before the newest line was made: the TSC has begun anew, as after sleep. */
static bool is_earlier(const struct sample *now)
{
	return now->tsc + 2 * tsc_khz * (u64)LEAD_MS < newest()->tsc_base;
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

/* The line that continues the newest one LEAD_MS from NOW. */
static struct pisces_clock_line bend(const struct sample *now)
{
	struct pisces_clock_line line = *newest();
	s64 horizon = max_t(s64, 2 * (s64)(now->monotonic - last.monotonic),
			    NSEC_PER_SEC);
	u64 lead = tsc_khz * (u64)LEAD_MS, linux_base;
	s64 error, change;

	measure(now);
	linux_base = now->monotonic + mul_u64_u64_shr(lead, rate, SHIFT);
	line.monotonic_base += mul_u64_u64_shr(now->tsc + lead - line.tsc_base,
					       line.mult, SHIFT);
	line.tsc_base = now->tsc + lead;
	error = linux_base - line.monotonic_base;
	if (error > JUMP_NS) {
		line.monotonic_base = linux_base;
		error = 0;
	}
	error = max_t(s64, error, -(s64)NSEC_PER_SEC);
	/* rate is below 2^35 for any TSC above 125 MHz, so this fits. */
	change = div64_s64((s64)(rate >> 8) * error, horizon) * 256;
	change = max_t(s64, change, -(s64)(rate / 16));
	line.mult = rate + change;
	line.realtime_base = line.monotonic_base +
			     (now->realtime - now->monotonic);
	return line;
}

static void write_page(struct pisces_clock *page)
{
	int i;

	for (i = 0; i < PISCES_CLOCK_LINES; i++) {
		WRITE_ONCE(page->line[i].shift, clock.line[i].shift);
		WRITE_ONCE(page->line[i].mult, clock.line[i].mult);
		WRITE_ONCE(page->line[i].tsc_base, clock.line[i].tsc_base);
		WRITE_ONCE(page->line[i].monotonic_base,
			   clock.line[i].monotonic_base);
		WRITE_ONCE(page->line[i].realtime_base,
			   clock.line[i].realtime_base);
	}
	smp_wmb();
	WRITE_ONCE(page->sequence, clock.sequence);
}

static void write_pages(void)
{
	struct enclave *e;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link) {
		u8 *memory = enclave_memory(e);

		if (memory)
			write_page((void *)(memory + PISCES_CLOCK_OFFSET));
	}
	rcu_read_unlock();
}

/* Publish LINE, unless it is so late that someone may be past its base. */
static bool publish(const struct pisces_clock_line *line)
{
	unsigned long flags;
	bool in_time;

	local_irq_save(flags);
	in_time = rdtsc_ordered() + tsc_khz * (u64)LEAD_MS / 2 < line->tsc_base;
	if (in_time) {
		clock.sequence++;
		clock.line[clock.sequence % PISCES_CLOCK_LINES] = *line;
		write_pages();
	}
	local_irq_restore(flags);
	return in_time;
}

/* Returns whether any enclave is there to tell the time to. */
static bool look_at_all(void)
{
	struct enclave *e;
	bool any = false;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link) {
		if (!enclave_memory(e))
			continue;
		any = true;
		/* Also catches a doorbell that got lost on its way. */
		enclave_look(e);
	}
	rcu_read_unlock();
	return any;
}

static void refresh(struct work_struct *work);
static DECLARE_DEFERRABLE_WORK(work, refresh);

static void refresh_locked(void)
{
	struct pisces_clock_line line;
	struct sample now;
	int i;

	now = take_sample();
	if (!running || is_earlier(&now))
		begin(&now);
	write_pages();	/* one of them may be new */
	/* The line before the newest may be in use as long as that is ahead. */
	for (i = 0; running && i < TRIES; i++) {
		if (now.tsc < newest()->tsc_base)
			break;
		line = bend(&now);
		if (publish(&line))
			break;
		now = take_sample();
	}
	running = look_at_all();
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
