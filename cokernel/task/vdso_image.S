/* SPDX-License-Identifier: GPL-2.0-only */
/* The vDSO, as vdso/ has been linked. */
	.section .rodata
	.balign	8
	.globl	vdso_image, vdso_image_end
vdso_image:
	.incbin	"vdso.so"
vdso_image_end:

	.section .note.GNU-stack, "", @progbits
