/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries to and exits from the kernel.
 *
 * Interrupts stay disabled in the kernel, so only NMI and machine check can
 * strike here; they have stacks of their own.  A frame of user registers always
 * lies at the very top of the current task's kernel stack, and stays intact
 * until the last instruction of the exit.  So the NMI handler can send any
 * interrupted exit back to its beginning, where the pending flag is checked
 * again: an NMI between that check and the return to user mode is never lost.
 * The same holds for the window between the idle loop's check and its HLT.
 */
#include <cpu/offsets.h>
#include <cpu/segments.h>

/* CLAC, patched in by smap_patch() where the CPU has it. */
.macro CLAC_SITE
771:	.byte	0x0f, 0x1f, 0x00
	.pushsection .smap, "a"
	.quad	771b, 0xca010f
	.popsection
.endm

.macro PUSH_REGISTERS
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

	.text

/* SYSCALL: RCX = RIP, R11 = RFLAGS; MSR_SFMASK has cleared IF, DF, TF, AC. */
	.globl	syscall_entry
syscall_entry:
	swapgs
	mov	%rsp, %gs:CPU_USER_STACK
	mov	%gs:CPU_KERNEL_STACK, %rsp
	push	$USER_SS
	push	%gs:CPU_USER_STACK
	push	%r11
	push	$USER_CS
	push	%rcx
	push	%rax
	push	$256			/* FRAME_SYSCALL */
	PUSH_REGISTERS
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	trap_syscall
	jmp	exit_begin

/* All other vectors: the stub has pushed an error code and the vector. */
trap_common:
	testb	$3, 24(%rsp)
	jz	1f
	swapgs
1:	PUSH_REGISTERS
	cld
	CLAC_SITE
	mov	%rsp, %rdi
	mov	%rsp, %rbp
	call	trap_handle
	testb	$3, FRAME_CS(%rsp)
	jnz	exit_begin
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$16, %rsp
	iretq

exit_slow:
	mov	%rsp, %rdi
	call	trap_exit_work
	jmp	exit_begin
exit_bad_rip:
	mov	%rsp, %rdi
	call	trap_bad_rip
	jmp	exit_begin

/* A new task's first code; RSP = its user frame.  The lock came with the CPU. */
	.globl	task_first
task_first:
	xor	%ebp, %ebp
	call	kernel_unlock
	jmp	exit_begin

/* A kernel task's first code: R12 = its function, R13 = the argument. */
	.globl	task_first_kernel
task_first_kernel:
	xor	%ebp, %ebp
	mov	%r13, %rdi
	call	*%r12
	ud2

exit_unswap:
	swapgs
	.globl	exit_begin, exit_end
exit_begin:
	cmpl	$0, %gs:CPU_PENDING
	jne	exit_slow
	mov	FRAME_RIP(%rsp), %rax
	shr	$47, %rax
	jnz	exit_bad_rip
	mov	FRAME_R15(%rsp), %r15
	mov	FRAME_R14(%rsp), %r14
	mov	FRAME_R13(%rsp), %r13
	mov	FRAME_R12(%rsp), %r12
	mov	FRAME_RBP(%rsp), %rbp
	mov	FRAME_RBX(%rsp), %rbx
	mov	FRAME_R10(%rsp), %r10
	mov	FRAME_R9(%rsp), %r9
	mov	FRAME_R8(%rsp), %r8
	mov	FRAME_RDX(%rsp), %rdx
	mov	FRAME_RSI(%rsp), %rsi
	mov	FRAME_RDI(%rsp), %rdi
	/* SYSRET restores RIP from RCX and RFLAGS from R11. */
	mov	FRAME_R11(%rsp), %r11
	mov	FRAME_RCX(%rsp), %rcx
	cmp	%rcx, FRAME_RIP(%rsp)
	jne	exit_iret
	cmp	%r11, FRAME_RFLAGS(%rsp)
	jne	exit_iret
	test	$0x10100, %r11		/* RF, TF: IRET handles them */
	jnz	exit_iret
	mov	FRAME_RAX(%rsp), %rax
	mov	FRAME_RSP(%rsp), %rsp
	swapgs
exit_sysret:
	sysretq
exit_iret:
	mov	FRAME_RAX(%rsp), %rax
	add	$FRAME_RIP, %rsp
	swapgs
exit_iretq:
	iretq
exit_end:

/*
 * void idle_wait(bool interrupts): sleep until something is pending.  With
 * INTERRUPTS, timers and devices wake it too; otherwise only an NMI does.
 */
	.globl	idle_wait
idle_wait:
	push	%rbp
	mov	%rsp, %rbp
	jmp	idle_begin
idle_window:
idle_test:				/* an NMI to itself, right here */
	movl	$0, %gs:CPU_NMI_TEST
	mov	%gs:CPU_APIC_ID, %edx
	mov	%gs:CPU_APIC_PAGE, %rcx
	test	%rcx, %rcx
	jz	2f
	shl	$24, %edx
	mov	%edx, 0x310(%rcx)
	movl	$0x4400, 0x300(%rcx)
	jmp	3f
2:	mov	$0x830, %ecx
	mov	$0x4400, %eax
	wrmsr
3:	.rept	4096			/* until it has arrived */
	nop
	.endr
	jmp	idle_tested
idle_begin:
	cmpl	$0, %gs:CPU_PENDING
	jne	idle_out
	cmpl	$0, %gs:CPU_NMI_TEST
	jne	idle_test
idle_tested:
	test	%edi, %edi
	jz	1f
	sti
1:	hlt
idle_end:
idle_out:
	cli
	pop	%rbp
	ret

/*
 * NMI, on its own stack, above whose hardware frame lies this CPU's struct cpu
 * pointer: GS may be either side's here.  Nothing in here may fault: the IRET
 * of a fault would let the next NMI overwrite this frame.
 *
 * What another CPU wants of this one in an instant (a TLB flush, its registers)
 * is done here and now, whatever it executes.  An NMI that brought a flush and
 * nothing else is over then; any other has the CPU look at its flags, and so has
 * every one where devices interrupt, whose NMI may have become one with it.
 */
	.globl	nmi_entry
nmi_entry:
	push	%rax
	push	%rdx
	mov	56(%rsp), %rax		/* 16 + RIP CS RFLAGS RSP SS */
	incq	CPU_NMI_COUNT(%rax)
	mov	host_page, %rdx		/* the host may want registers */
	mov	BOOT_DEBUG(%rdx), %edx
	cmp	CPU_DEBUG_SEEN(%rax), %edx
	je	1f
	mov	%edx, CPU_DEBUG_NEW(%rax)
	movl	$1, CPU_PENDING(%rax)	/* to act, or to answer */
	cmp	$3, %dl			/* PISCES_DEBUG_REGISTERS */
	je	nmi_save
	mov	%edx, CPU_DEBUG_SEEN(%rax)
1:	cmpl	$0, CPU_HALT_WANTED(%rax)
	jne	nmi_save
nmi_saved:
	mov	CPU_FLUSH_WANTED(%rax), %edx
	cmp	CPU_FLUSH_DONE(%rax), %edx
	je	1f
	push	%rcx
	mov	%cr4, %rcx		/* without PGE, then as it was */
	btc	$7, %rcx
	mov	%rcx, %cr4
	btc	$7, %rcx
	mov	%rcx, %cr4
	pop	%rcx
	mov	%edx, CPU_FLUSH_DONE(%rax)
	cmpl	$0, CPU_DEVICES(%rax)
	jne	1f
	mov	host_state, %rdx
	cmpl	$0, STATE_DOORBELL(%rdx)
	je	2f
1:	movl	$1, CPU_PENDING(%rax)
2:	cmpl	$0, CPU_PENDING(%rax)
	je	nmi_out
	testb	$3, 24(%rsp)
	jnz	nmi_user

	mov	16(%rsp), %rdx
	cmp	$idle_window, %rdx
	jb	1f
	cmp	$idle_end, %rdx
	jae	1f
	incq	CPU_RESTARTS(%rax)
	movq	$idle_begin, 16(%rsp)
	jmp	nmi_out
1:	cmp	$exit_begin, %rdx
	jb	nmi_out
	cmp	$exit_end, %rdx
	jae	nmi_out
	incq	CPU_RESTARTS(%rax)
	movq	$exit_begin, 16(%rsp)
	cmp	$exit_sysret, %rdx
	je	2f
	cmp	$exit_iretq, %rdx
	jne	3f
2:	movq	$exit_unswap, 16(%rsp)
3:	mov	CPU_KERNEL_STACK(%rax), %rdx
	sub	$FRAME_SIZE, %rdx
	mov	%rdx, 40(%rsp)
nmi_out:
	pop	%rdx
	pop	%rax
	iretq

/* All registers into the save area; RBX holds its address meanwhile. */
nmi_save:
	mov	CPU_SAVE(%rax), %rdx
	mov	%rbx, SAVE_REGISTERS + 8(%rdx)
	mov	%rdx, %rbx
	add	$SAVE_REGISTERS, %rbx
	mov	8(%rsp), %rdx
	mov	%rdx, (%rbx)		/* RAX */
	mov	%rcx, 16(%rbx)
	mov	(%rsp), %rdx
	mov	%rdx, 24(%rbx)		/* RDX */
	mov	%rsi, 32(%rbx)
	mov	%rdi, 40(%rbx)
	mov	%rbp, 48(%rbx)
	mov	40(%rsp), %rdx
	mov	%rdx, 56(%rbx)		/* RSP */
	mov	%r8, 64(%rbx)
	mov	%r9, 72(%rbx)
	mov	%r10, 80(%rbx)
	mov	%r11, 88(%rbx)
	mov	%r12, 96(%rbx)
	mov	%r13, 104(%rbx)
	mov	%r14, 112(%rbx)
	mov	%r15, 120(%rbx)
	mov	16(%rsp), %rdx
	mov	%rdx, 128(%rbx)		/* RIP */
	mov	32(%rsp), %rdx
	mov	%rdx, 136(%rbx)		/* RFLAGS */
	mov	24(%rsp), %rdx
	mov	%rdx, 144(%rbx)		/* CS */
	mov	48(%rsp), %rdx
	mov	%rdx, 152(%rbx)		/* SS */
	mov	%cr0, %rdx
	mov	%rdx, 160(%rbx)
	mov	%cr2, %rdx
	mov	%rdx, 168(%rbx)
	mov	%cr3, %rdx
	mov	%rdx, 176(%rbx)
	mov	%cr4, %rdx
	mov	%rdx, 184(%rbx)
	push	%rax
	rdtsc
	shl	$32, %rdx
	or	%rax, %rdx
	pop	%rax
	mov	%rdx, SAVE_TSC - SAVE_REGISTERS(%rbx)
	mov	8(%rbx), %rbx
	mov	CPU_DEBUG_NEW(%rax), %edx	/* seen only now: all is there */
	mov	%edx, CPU_DEBUG_SEEN(%rax)
	cmpl	$0, CPU_HALT_WANTED(%rax)
	je	nmi_saved
3:	hlt
	jmp	3b

/*
 * From user mode: move to the task's kernel stack, as an interrupt would have,
 * by an IRET, which also lets NMIs in again.
 */
nmi_user:
	mov	CPU_KERNEL_STACK(%rax), %rdx
	mov	48(%rsp), %rax
	mov	%rax, -8(%rdx)		/* SS */
	mov	40(%rsp), %rax
	mov	%rax, -16(%rdx)		/* RSP */
	mov	32(%rsp), %rax
	mov	%rax, -24(%rdx)		/* RFLAGS */
	mov	24(%rsp), %rax
	mov	%rax, -32(%rdx)		/* CS */
	mov	16(%rsp), %rax
	mov	%rax, -40(%rdx)		/* RIP */
	sub	$40, %rdx
	movq	$KERNEL_SS, 48(%rsp)
	mov	%rdx, 40(%rsp)
	movq	$2, 32(%rsp)
	movq	$KERNEL_CS, 24(%rsp)
	movq	$nmi_as_trap, 16(%rsp)
	jmp	nmi_out
nmi_as_trap:
	push	$0
	push	$2
	jmp	trap_common

/* void task_switch(uint64_t *save, uint64_t load): change kernel stacks. */
	.globl	task_switch
task_switch:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

/* One stub a vector, 16 bytes each. */
	.balign	16
	.globl	trap_stubs
trap_stubs:
vector = 0
	.rept	256
	.balign	16
	.if	vector == 8 || (vector >= 10 && vector <= 14) || \
		vector == 17 || vector == 21 || vector == 29 || vector == 30
	.else
	push	$0
	.endif
	push	$vector
	jmp	trap_common
vector = vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
