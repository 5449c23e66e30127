/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's first instructions, in the state that struct pisces_image
 * (<pisces/boot.h>) describes: RDI = boot page, RSI = this CPU's index.
 */
	.section .text.head, "ax"
	.globl	head_start
head_start:
	lea	boot_stack_top(%rip), %rsp
	xor	%ebp, %ebp
	cld
	call	main
1:	hlt
	jmp	1b

	.section .bss
	.balign	4096
	.globl	boot_stack
boot_stack:
	.skip	16384
	.globl	boot_stack_top
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
