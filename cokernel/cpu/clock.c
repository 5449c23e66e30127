/* SPDX-License-Identifier: GPL-2.0-only */
/* See cpu/clock.h.  Timers are kept in one list for each CPU, by deadline. */
#include <cpu/apic.h>
#include <cpu/clock.h>
#include <cpu/clock_page.h>
#include <cpu/timer.h>
#include <host/host.h>

static uint64_t tsc_to_ns_mult;		/* fallback: ns << 32 per tick */

void clock_init(void)
{
	tsc_to_ns_mult = (1000000ull << 32) / boot.tsc_khz;
}

/* The clock page as it is now; what the boot page says if it holds nothing. */
static struct pisces_clock_line clock_read(uint64_t *elapsed)
{
	struct pisces_clock_line line;
	uint64_t tsc;

	if (!clock_page_read(host_clock, &line, &tsc)) {
		line.mult = tsc_to_ns_mult;
		line.shift = 32;
	}
	*elapsed = clock_elapsed(&line, tsc);
	return line;
}

uint64_t clock_monotonic(void)
{
	uint64_t elapsed;

	return clock_read(&elapsed).monotonic_base + elapsed;
}

uint64_t clock_realtime(void)
{
	uint64_t elapsed;

	return clock_read(&elapsed).realtime_base + elapsed;
}

uint64_t clock_realtime_offset(void)
{
	uint64_t elapsed;
	struct pisces_clock_line line = clock_read(&elapsed);

	return line.realtime_base - line.monotonic_base;
}

/* Arm the APIC timer for the first deadline; open the CPU only if there is. */
static void timer_program(struct cpu *cpu)
{
	struct timer *first;
	uint64_t now, wait;

	cpu->timers_changed = false;
	if (list_empty(&cpu->timers)) {
		apic_timer(0);
		apic_open(false);
		return;
	}
	now = clock_monotonic();
	first = list_entry(cpu->timers.next, struct timer, link);
	wait = first->deadline > now ? first->deadline - now : 0;
	if (wait > 1000000000ull)
		wait = 1000000000ull;	/* then look again */
	apic_timer(rdtsc() + wait * boot.tsc_khz / 1000000 + 1);
	apic_open(true);
}

bool timer_is_set(const struct timer *timer)
{
	return timer->link.next && !list_empty(&timer->link);
}

static void timer_insert(struct timer *timer, struct cpu *cpu)
{
	struct timer *after;

	list_for_each(after, &cpu->timers, link)
		if (after->deadline > timer->deadline)
			break;
	list_insert(&timer->link, after->link.prev, &after->link);
	timer->cpu = cpu;
}

void timer_set(struct timer *timer, uint64_t deadline,
	       void (*expire)(struct timer *timer))
{
	struct cpu *cpu = this_cpu();

	timer_cancel(timer);
	timer->deadline = deadline;
	timer->expire = expire;
	timer_insert(timer, cpu);
	if (cpu->timers.next == &timer->link)
		timer_program(cpu);
}

/*
 * Another CPU's APIC timer stays armed until that CPU takes another task: to disarm
 * it now would take an NMI.
 */
void timer_cancel(struct timer *timer)
{
	struct cpu *cpu = timer->cpu;
	bool first;

	if (!timer_is_set(timer))
		return;
	first = cpu->timers.next == &timer->link;
	list_remove(&timer->link);
	if (!first)
		return;
	if (cpu == this_cpu())
		timer_program(cpu);
	else
		cpu->timers_changed = true;
}

void timer_refresh(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->timers_changed)
		timer_program(cpu);
}

void timer_move_all(struct cpu *from, struct cpu *to)
{
	struct timer *timer, *after;

	if (list_empty(&from->timers))
		return;
	list_for_each_safe(timer, after, &from->timers, link) {
		list_remove(&timer->link);
		timer_insert(timer, to);
	}
	apic_timer(0);
	to->timers_changed = true;
	cpu_kick(to);
}

void timer_expire(void)
{
	struct cpu *cpu = this_cpu();
	/* One look at the clock: timers that are set again wait their turn. */
	uint64_t now = clock_monotonic();

	while (!list_empty(&cpu->timers)) {
		struct timer *timer = list_entry(cpu->timers.next,
						 struct timer, link);

		if (timer->deadline > now)
			break;
		list_remove(&timer->link);
		timer->expire(timer);
	}
	timer_program(cpu);
}

bool timer_armed(void)
{
	return !list_empty(&this_cpu()->timers);
}
