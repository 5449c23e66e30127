/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's first instructions, in the state that struct pisces_image
 * (<pisces/boot.h>) describes: RDI = boot page, RSI = this CPU's index.
 */
	.section .text.head, "ax"
	.globl	head_start
head_start:
	xor	%ebp, %ebp
	cld
	test	%esi, %esi
	jnz	1f
	lea	boot_stack_top(%rip), %rsp
	call	main
1:	lea	join_stack_top(%rip), %rsp
	mov	%rsi, %rdi
	call	join

/* void stack_change(uint64_t top, void (*function)(void)): never returns. */
	.globl	stack_change
stack_change:
	mov	%rdi, %rsp
	xor	%ebp, %ebp
	call	*%rsi

	.section .bss
	.balign	4096
	.globl	boot_stack
boot_stack:
	.skip	16384
	.globl	boot_stack_top
boot_stack_top:
	.skip	8192
join_stack_top:

	.section .note.GNU-stack, "", @progbits
