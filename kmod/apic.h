/* SPDX-License-Identifier: GPL-2.0-only */
/* Interprocessor interrupts to CPUs that Linux does not know as online. */
#ifndef APIC_H
#define APIC_H

#include <linux/types.h>

#define APIC_COMMAND_FIXED	0x4000	/* | vector */
#define APIC_COMMAND_NMI	0x4400
#define APIC_COMMAND_INIT	0xc500
#define APIC_COMMAND_DEASSERT	0x8500
#define APIC_COMMAND_SIPI	0x4600	/* | page number */

int apic_init(void);
void apic_exit(void);

/* Any context, NMI excepted.  Waits a bounded time for the APIC. */
void apic_send(u32 apic_id, u32 command);

bool apic_is_x2apic(void);
u64 apic_base(void);		/* physical address of the registers */

#endif
