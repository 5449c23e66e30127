/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets that assembly relies on; asserted in cpu/trap.c. */
#ifndef CPU_OFFSETS_H
#define CPU_OFFSETS_H

/* struct cpu */
#define CPU_KERNEL_STACK	8
#define CPU_USER_STACK		16
#define CPU_PENDING		24
#define CPU_NMI_TEST		28
#define CPU_NMI_COUNT		32
#define CPU_RESTARTS		40
#define CPU_APIC_PAGE		48
#define CPU_APIC_ID		56
#define CPU_FLUSH_WANTED	60
#define CPU_FLUSH_DONE		64
#define CPU_HALT_WANTED		68
#define CPU_SAVE		72
#define CPU_DEBUG_NEW		80
#define CPU_DEBUG_SEEN		84
#define CPU_DEVICES		88

/* struct pisces_save */
#define SAVE_TSC		0
#define SAVE_REGISTERS		64

/* struct pisces_boot */
#define BOOT_DEBUG		136

/* struct pisces_state */
#define STATE_DOORBELL		8

/* struct trap_frame */
#define FRAME_R15	0
#define FRAME_R14	8
#define FRAME_R13	16
#define FRAME_R12	24
#define FRAME_RBP	32
#define FRAME_RBX	40
#define FRAME_R11	48
#define FRAME_R10	56
#define FRAME_R9	64
#define FRAME_R8	72
#define FRAME_RAX	80
#define FRAME_RCX	88
#define FRAME_RDX	96
#define FRAME_RSI	104
#define FRAME_RDI	112
#define FRAME_VECTOR	120
#define FRAME_ERROR	128
#define FRAME_RIP	136
#define FRAME_CS	144
#define FRAME_RFLAGS	152
#define FRAME_RSP	160
#define FRAME_SS	168
#define FRAME_SIZE	176

#endif
