/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC, in the mode the host uses (Intel SDM vol. 3, chapter 10).
 *
 * Its task priority stays at the highest class, so that none of the interrupts
 * that Linux broadcasts gets in; apic_open() lowers it while a timer or device
 * needs this CPU.  An NMI always gets in.
 */
#ifndef CPU_APIC_H
#define CPU_APIC_H

#include <cpu/cpu.h>

#define APIC_TIMER_VECTOR	0xe0
#define APIC_SPURIOUS_VECTOR	0xff

void apic_init(struct cpu *cpu);
void apic_eoi(void);
/* Is this fixed interrupt in service, so that it needs an EOI? */
bool apic_in_service(unsigned vector);
/* Send VECTOR (fixed, physical, edge) to the CPU with APIC_ID. */
void apic_send(uint32_t apic_id, uint8_t vector);
/* An NMI to the CPU with APIC_ID, which gets in whatever its priority. */
void apic_send_nmi(uint32_t apic_id);
/* Let interrupts in (or keep them out again). */
void apic_open(bool open);
/* Arm the one-shot timer to fire at TSC value WHEN; 0 disarms it. */
void apic_timer(uint64_t when);

#endif
