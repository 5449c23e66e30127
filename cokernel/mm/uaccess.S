/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions that touch user memory, with the ranges in which a fault is
 * expected and where to go then.  Words first; a fault there redoes the
 * turn byte by byte, so the count of what is left is exact.
 */
.macro SMAP_SITE bytes
771:	.byte	0x0f, 0x1f, 0x00
	.pushsection .smap, "a"
	.quad	771b, \bytes
	.popsection
.endm

#define STAC	SMAP_SITE 0xcb010f
#define CLAC	SMAP_SITE 0xca010f

.macro EXPECT_FAULT start, end, fixup
	.pushsection .user_access, "a"
	.quad	\start, \end, \fixup
	.popsection
.endm

#define STRING_LEAST	256		/* bytes: as in lib/string.c */

	.text

/* size_t user_copy(void *to, const void *from, size_t n): bytes not copied */
	.globl	user_copy
user_copy:
	STAC
	cmp	$STRING_LEAST, %rdx
	jb	3f
	mov	%rdx, %rcx
	shr	$3, %rcx
	and	$7, %rdx
1:	rep movsq
2:	lea	(%rdx, %rcx, 8), %rdx		# what is left, of words too
	test	%rcx, %rcx
	jnz	4f
3:	cmp	$8, %rdx
	jb	6f
7:	mov	(%rsi), %rax
	mov	%rax, (%rdi)
	add	$8, %rsi
	add	$8, %rdi
	sub	$8, %rdx
	jmp	3b
6:	test	%rdx, %rdx
	jz	5f
4:	mov	(%rsi), %al
	mov	%al, (%rdi)
	inc	%rsi
	inc	%rdi
	dec	%rdx
	jnz	4b
5:	CLAC
	mov	%rdx, %rax
	ret
	EXPECT_FAULT 1b, 2b, 2b
	EXPECT_FAULT 7b, 6b, 4b
	EXPECT_FAULT 4b, 5b, 5b

/* size_t user_clear(void *to, size_t n): bytes not zeroed */
	.globl	user_clear
user_clear:
	STAC
	xor	%eax, %eax
	mov	%rsi, %rcx
	shr	$3, %rcx
	and	$7, %rsi
1:	rep stosq
2:	lea	(%rsi, %rcx, 8), %rsi		# what is left, of words too
	test	%rsi, %rsi
	jz	5f
4:	mov	%al, (%rdi)
	inc	%rdi
	dec	%rsi
	jnz	4b
5:	CLAC
	mov	%rsi, %rax
	ret
	EXPECT_FAULT 1b, 2b, 2b
	EXPECT_FAULT 4b, 5b, 5b

/*
 * ssize_t user_string(char *to, const char *from, size_t n): length without
 * NUL; N if there is none in N bytes; -1 on a fault
 */
	.globl	user_string
user_string:
	STAC
	xor	%ecx, %ecx
1:	cmp	%rdx, %rcx
	je	3f
2:	mov	(%rsi, %rcx), %al
	mov	%al, (%rdi, %rcx)
	test	%al, %al
	jz	3f
	inc	%rcx
	jmp	1b
3:	CLAC
	mov	%rcx, %rax
	ret
4:	CLAC
	mov	$-1, %rax
	ret
	EXPECT_FAULT 2b, 3b, 4b

/* int user_load(uint32_t *to, const uint32_t *from): 1 on a fault */
	.globl	user_load
user_load:
	STAC
2:	mov	(%rsi), %ecx
3:	CLAC
	mov	%ecx, (%rdi)
	xor	%eax, %eax
	ret
4:	CLAC
	mov	$1, %eax
	ret
	EXPECT_FAULT 2b, 3b, 4b

/* int user_exchange(uint32_t *at, uint32_t *old, uint32_t new): 1 on a fault */
	.globl	user_exchange
user_exchange:
	mov	(%rsi), %eax
	STAC
2:	lock cmpxchg %edx, (%rdi)
3:	CLAC
	mov	%eax, (%rsi)
	xor	%eax, %eax
	ret
4:	CLAC
	mov	$1, %eax
	ret
	EXPECT_FAULT 2b, 3b, 4b

	.section .note.GNU-stack, "", @progbits
