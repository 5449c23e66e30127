/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an x86-64 instruction ends and which of its parts are where (Intel SDM
 * vol. 2, chapter 2 and appendix A): as much as is needed to follow code, not
 * what it does.
 */
#ifndef LIB_X86_H
#define LIB_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opcode maps; a VEX or EVEX instruction is in one of them, too. */
enum { X86_ONE_BYTE, X86_0F, X86_0F38, X86_0F3A };

/* Registers as instructions number them. */
enum { X86_AX, X86_CX, X86_DX, X86_BX, X86_SP, X86_BP, X86_SI, X86_DI };

struct x86 {
	uint8_t length;		/* bytes, prefixes included */
	uint8_t map, opcode;
	bool vex;		/* any of VEX, EVEX, XOP */
	bool wide;		/* REX.W: 64-bit operands */
	bool has_modrm;
	bool has_sib;
	uint8_t sib;
	bool rip_relative;	/* DISPLACEMENT counts from the next one */
	uint8_t mod, reg, rm;	/* of ModRM, with REX.R and REX.B */
	uint8_t low;		/* a register in the opcode, with REX.B */
	int32_t displacement;
	int64_t immediate;	/* signed; also of a relative jump or call */
};

/* Reads the instruction at CODE; false: there is none in these LEFT bytes. */
bool x86_decode(const uint8_t *code, size_t left, struct x86 *x);

#endif
