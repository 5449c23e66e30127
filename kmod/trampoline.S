/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two stubs that cpu.c copies to a page below 1 MiB, where a CPU begins
 * after a start-up IPI: real mode, CS = page >> 4, IP = 0.
 *
 * They are data here, never run in place, and use only offsets from their own
 * first byte.  EBX holds the page's address once it is known.
 */
#include "trampoline.h"

	.section .rodata, "a"

/* To 64-bit mode and into the co-kernel; see struct pisces_image. */
	.balign 16
	.globl trampoline_start, trampoline_32, trampoline_64, trampoline_end
	.code16
trampoline_start:
	rdtsc
	cli
	cld
	movw	%cs, %bx
	movw	%bx, %ds
	movl	%eax, LOW_TSC
	movl	%edx, LOW_TSC + 4
	movzwl	%bx, %ebx
	shll	$4, %ebx
	lgdtl	LOW_GDTR
	movl	$0x11, %eax
	movl	%eax, %cr0
	ljmpl	*LOW_FAR32

	.code32
trampoline_32:
	movw	$LOW_DATA, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	LOW_CR3(%ebx), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: NXE, LME */
	xorl	%edx, %edx
	movl	$0x900, %eax
	wrmsr
	movl	$0x80050033, %eax	/* INIT left caching off: not any more */
	movl	%eax, %cr0
	ljmpl	*LOW_FAR64(%ebx)

	.code64
trampoline_64:
	movl	%ebx, %ebx
	movq	LOW_RDI(%rbx), %rdi
	movq	LOW_RSI(%rbx), %rsi
	movq	LOW_ENTRY(%rbx), %rax
	jmp	*%rax
trampoline_end:

/* The proof that a CPU obeys us and nothing else: say so and halt. */
	.balign 16
	.globl trampoline_park, trampoline_park_end
	.code16
trampoline_park:
	cli
	movw	%cs, %bx
	movw	%bx, %ds
	movl	$LOW_PARKED, LOW_MAGIC
1:	hlt
	jmp	1b
trampoline_park_end:

	.section .note.GNU-stack, "", @progbits
