/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cpu.c writes behind the stubs of trampoline.S in the page below 1 MiB,
 * and what they leave there.  Offsets count from the page's first byte.
 */
#ifndef TRAMPOLINE_H
#define TRAMPOLINE_H

#define LOW_TSC		0x800	/* start stub: TSC of its first instruction */
#define LOW_CR3		0x808
#define LOW_ENTRY	0x810
#define LOW_RDI		0x818
#define LOW_RSI		0x820
#define LOW_GDT		0x828	/* null, 32-bit code, data, 64-bit code */
#define LOW_GDTR	0x848	/* limit, 32-bit base */
#define LOW_FAR32	0x850	/* 32-bit offset, selector */
#define LOW_FAR64	0x858	/* 32-bit offset, selector */
#define LOW_MAGIC	0x860	/* parking stub: LOW_PARKED */

#define LOW_PARKED	0x4b524150	/* "PARK" */

#define LOW_CODE32	0x08
#define LOW_DATA	0x10
#define LOW_CODE64	0x18

#ifndef __ASSEMBLY__
extern const char trampoline_start[], trampoline_32[], trampoline_64[];
extern const char trampoline_end[], trampoline_park[], trampoline_park_end[];
#endif

#endif
