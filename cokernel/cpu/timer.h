/* SPDX-License-Identifier: GPL-2.0-only */
/* The timers' lower side: for the trap handler and the idle loop. */
#ifndef CPU_TIMER_H
#define CPU_TIMER_H

#include <lib/types.h>

/* The APIC timer has fired: run what is due, arm it for the next. */
void timer_expire(void);
/* Does any timer of this CPU run, so that it must be open to interrupts? */
bool timer_armed(void);

#endif
