// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local APIC's interrupt command register, in both of its modes.
 *
 * Linux's own senders know online CPUs only, so this writes the register
 * itself: in xAPIC mode through a mapping of our own (two registers, hence with
 * interrupts off), in x2APIC mode as one MSR.  The mode cannot change while
 * Linux runs.  Source: Intel SDM volume 3, "Issuing Interprocessor Interrupts".
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include "apic.h"
#include "compat.h"

#define MSR_APIC_BASE		0x1b
#define MSR_X2APIC_ICR		0x830
#define BASE_X2APIC		(1ull << 10)
#define BASE_ADDRESS		0x000ffffffffff000ull

#define ICR_LOW			0x300
#define ICR_HIGH		0x310
#define ICR_BUSY		(1u << 12)
#define ICR_TRIES		100000

static void __iomem *registers;	/* NULL in x2APIC mode */
static u64 base;

int apic_init(void)
{
	u64 value;

	rdmsrq(MSR_APIC_BASE, value);
	base = value & BASE_ADDRESS;
	if (value & BASE_X2APIC)
		return 0;
	registers = ioremap(base, 4096);
	return registers ? 0 : -ENOMEM;
}

void apic_exit(void)
{
	if (registers)
		iounmap(registers);
}

bool apic_is_x2apic(void)
{
	return !registers;
}

u64 apic_base(void)
{
	return base;
}

static void wait_idle(void)
{
	int tries;

	for (tries = 0; tries < ICR_TRIES; tries++) {
		if (!(readl(registers + ICR_LOW) & ICR_BUSY))
			return;
		cpu_relax();
	}
}

void apic_send(u32 apic_id, u32 command)
{
	unsigned long flags;

	if (!registers) {
		/* This write does not order earlier ones by itself. */
		asm volatile("mfence; lfence" : : : "memory");
		wrmsrq(MSR_X2APIC_ICR, (u64)apic_id << 32 | command);
		return;
	}
	local_irq_save(flags);
	wait_idle();
	writel(apic_id << 24, registers + ICR_HIGH);
	writel(command, registers + ICR_LOW);
	wait_idle();
	local_irq_restore(flags);
}
