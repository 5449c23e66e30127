/* SPDX-License-Identifier: GPL-2.0-only */
/* The timers' lower side: for the trap handler and the idle loop. */
#ifndef CPU_TIMER_H
#define CPU_TIMER_H

#include <cpu/cpu.h>
#include <lib/types.h>

/* The APIC timer has fired: run what is due, arm it for the next. */
void timer_expire(void);
/* Another CPU has changed this one's timers: arm the APIC timer anew. */
void timer_refresh(void);
/* All timers of FROM, which is not this CPU any more, become TO's. */
void timer_move_all(struct cpu *from, struct cpu *to);
/* Does any timer of this CPU run, so that it must be open to interrupts? */
bool timer_armed(void);

#endif
