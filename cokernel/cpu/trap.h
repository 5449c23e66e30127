/* SPDX-License-Identifier: GPL-2.0-only */
/* Protection features, and the registers of a trap for a panic. */
#ifndef CPU_TRAP_H
#define CPU_TRAP_H

#include <cpu/cpu.h>

/* Once, before the text becomes read-only: STAC and CLAC where there is SMAP. */
void trap_patch(void);
/* On each CPU: turn on what it has of SMEP, SMAP, UMIP, global pages, #MC. */
void trap_init(void);
/* Is REGISTERS' trap frame the reason of a panic?  NULL outside traps. */
extern const struct trap_frame *trap_panicked;

#endif
