/* SPDX-License-Identifier: GPL-2.0-only */
/* See cpu/apic.h. */
#include <cpu/apic.h>
#include <host/host.h>
#include <lib/panic.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>

#define MSR_APIC_BASE	0x1bu
#define MSR_DEADLINE	0x6e0u

enum {
	APIC_EOI = 0x0b,
	APIC_SVR = 0x0f,
	APIC_ISR = 0x10,
	APIC_ICR = 0x30,
	APIC_ICR_HIGH = 0x31,
	APIC_LVT_TIMER = 0x32,
	APIC_INITIAL = 0x38,
	APIC_CURRENT = 0x39,
	APIC_DIVIDE = 0x3e,
};

#define ICR_BUSY	0x1000u
#define ICR_NMI		0x4400u
#define LVT_MASKED	0x10000u
#define LVT_DEADLINE	0x40000u
#define ICR_WAITS	100000		/* reads before giving up */

/* Timer ticks per 2^32 TSC ticks; 0: not measured; or the TSC deadline. */
static uint64_t ticks_per_tsc;
static bool use_deadline;

static uint32_t apic_read(unsigned reg)
{
	struct cpu *cpu = this_cpu();

	if (cpu->apic_page)
		return cpu->apic_page[reg * 4];
	return (uint32_t)rdmsr(0x800 + reg);
}

static void apic_write(unsigned reg, uint32_t value)
{
	struct cpu *cpu = this_cpu();

	if (cpu->apic_page)
		cpu->apic_page[reg * 4] = value;
	else
		wrmsr(0x800 + reg, value);
}

static bool cpu_has_deadline(void)
{
	uint32_t a = 1, b, c = 0, d;

	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return c >> 24 & 1;
}

void apic_init(struct cpu *cpu)
{
	static volatile uint32_t *page;

	use_deadline = cpu_has_deadline();
	if (!boot.x2apic && !page) {
		page = kernel_map_device(rdmsr(MSR_APIC_BASE) & PTE_ADDRESS,
					 PAGE_SIZE, true);
		ASSERT(page);
	}
	cpu->apic_page = page;
	apic_open(false);
	apic_write(APIC_SVR, 0x100 | APIC_SPURIOUS_VECTOR);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | APIC_TIMER_VECTOR);
	apic_write(APIC_DIVIDE, 0x0b);		/* by 1 */
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

bool apic_in_service(unsigned vector)
{
	return apic_read(APIC_ISR + vector / 32) >> (vector % 32) & 1;
}

static void apic_command(uint32_t apic_id, uint32_t command)
{
	struct cpu *cpu = this_cpu();

	if (!cpu->apic_page) {
		/* Unlike the xAPIC's, this write orders nothing. */
		__asm__ volatile("mfence; lfence" : : : "memory");
		wrmsr(0x830, (uint64_t)apic_id << 32 | command);
		return;
	}
	for (int i = 0; i < ICR_WAITS; i++) {
		if (!(apic_read(APIC_ICR) & ICR_BUSY))
			break;
		__builtin_ia32_pause();
	}
	apic_write(APIC_ICR_HIGH, apic_id << 24);
	apic_write(APIC_ICR, command);
}

void apic_send(uint32_t apic_id, uint8_t vector)
{
	apic_command(apic_id, vector);
}

void apic_send_nmi(uint32_t apic_id)
{
	apic_command(apic_id, ICR_NMI);
}

void apic_open(bool open)
{
	uint64_t priority = open ? 0 : 15;

	__asm__ volatile("mov %0, %%cr8" : : "r" (priority) : "memory");
}

/* Run the timer against the TSC for a millisecond. */
static void timer_measure(void)
{
	uint64_t start, span = boot.tsc_khz, now;
	uint32_t left;

	apic_write(APIC_INITIAL, 0xffffffff);
	start = rdtsc();
	do
		now = rdtsc();
	while (now - start < span);
	left = apic_read(APIC_CURRENT);
	apic_write(APIC_INITIAL, 0);
	ticks_per_tsc = ((uint64_t)(0xffffffff - left) << 32) / (now - start);
	if (!ticks_per_tsc)
		ticks_per_tsc = 1;
}

static void timer_deadline(uint64_t when)
{
	apic_write(APIC_LVT_TIMER, APIC_TIMER_VECTOR | LVT_DEADLINE |
		   (when ? 0 : LVT_MASKED));
	__asm__ volatile("mfence" : : : "memory");
	wrmsr(MSR_DEADLINE, when);
}

void apic_timer(uint64_t when)
{
	unsigned __int128 ticks;
	uint64_t now;

	if (use_deadline) {
		timer_deadline(when);
		return;
	}
	if (!when) {
		apic_write(APIC_LVT_TIMER, LVT_MASKED | APIC_TIMER_VECTOR);
		apic_write(APIC_INITIAL, 0);
		return;
	}
	if (!ticks_per_tsc)
		timer_measure();
	now = rdtsc();
	ticks = when > now ?
		(unsigned __int128)(when - now) * ticks_per_tsc >> 32 : 0;
	if (ticks > 0xffffffff)
		ticks = 0xffffffff;	/* fires early and is armed again */
	apic_write(APIC_LVT_TIMER, APIC_TIMER_VECTOR);
	apic_write(APIC_INITIAL, (uint32_t)ticks + 1);
}
