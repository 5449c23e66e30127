/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a program finds the number of its CPU and node without a system call:
 * in the limit of a segment that each CPU has of its own, which LSL tells any
 * ring, and in TSC_AUX.  Selector and format are Linux's, which some programs
 * know.
 */
#ifndef CPU_CPU_NUMBER_H
#define CPU_CPU_NUMBER_H

#include <lib/types.h>

#define CPU_NUMBER_SELECTOR	0x7b
#define CPU_NUMBER_BITS		12	/* the CPU's; the node's are above */
#define CPU_NUMBER_NO_NODE	0xffu	/* and beyond: only the kernel knows */

static inline uint32_t cpu_number_encode(uint32_t cpu, uint32_t node)
{
	return cpu | MIN(node, CPU_NUMBER_NO_NODE) << CPU_NUMBER_BITS;
}

/* Of the CPU that runs this.  False: ask the kernel. */
static inline bool cpu_number_read(uint32_t *cpu, uint32_t *node)
{
	uint32_t limit = ~0u;

	__asm__ volatile("lsl %1, %0" : "+r" (limit) :
			 "r" (CPU_NUMBER_SELECTOR) : "cc");
	*cpu = limit & ((1u << CPU_NUMBER_BITS) - 1);
	*node = limit >> CPU_NUMBER_BITS;
	return *node < CPU_NUMBER_NO_NODE;
}

#endif
