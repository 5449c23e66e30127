/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment selectors, in the order that SYSCALL and SYSRET want (the same as
 * Linux's, which programs see in signal frames), and the per-CPU tables.
 */
#ifndef CPU_SEGMENTS_H
#define CPU_SEGMENTS_H

#define KERNEL_CS	0x10
#define KERNEL_SS	0x18
#define USER_SS		0x2b
#define USER_CS		0x33
#define TSS_SELECTOR	0x38

#define IST_NMI		1
#define IST_DOUBLE	2
#define IST_MACHINE	3

#ifndef __ASSEMBLER__
#include <cpu/cpu.h>

/* The tables and trap stacks of the first CPU, and of another: -ENOMEM. */
void segments_create_first(struct cpu *cpu);
int segments_create(struct cpu *cpu);
/* On CPU itself: load GDT, IDT, TSS, the system-call registers and GS. */
void segments_load(struct cpu *cpu);
/* The stack that the next entry from user mode on this CPU starts on. */
void segments_set_stack(uint64_t top);
#endif

#endif
