/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be known of the registers: see lib/flow.h and Intel SDM vol. 2. */
#include <string.h>

#include "lib/flow.h"

#define R8	8
#define R9	9
#define R11	11

#define ON_STACK	7	/* the argument that is there */

static const uint8_t in_registers[] = {
	X86_DI, X86_SI, X86_DX, X86_CX, R8, R9, X86_AX,
};

_Static_assert(sizeof(in_registers) == ON_STACK &&
	       ON_STACK == FLOW_ARGUMENTS - 1, "arguments");

static const struct flow_value unknown = { FLOW_UNKNOWN, 0, 0 };

/* 32-bit operations clear the upper half. */
static int64_t narrow(const struct x86 *x, int64_t number)
{
	return x->wide ? number : (int64_t)(uint32_t)number;
}

static int64_t sum(const struct x86 *x, int64_t a, int64_t b)
{
	return narrow(x, (int64_t)((uint64_t)a + (uint64_t)b));
}

static struct flow_value constant(const struct x86 *x, int64_t number)
{
	number = narrow(x, number);
	return (struct flow_value){ FLOW_CONSTANT, number, number };
}

/* It is one or the other; of more than two constants some are forgotten. */
static struct flow_value either(struct flow_value a, struct flow_value b)
{
	if (a.kind == FLOW_UNKNOWN)
		return b;
	if (a.kind == FLOW_CONSTANT && b.kind == FLOW_CONSTANT &&
	    a.other == a.number)
		a.other = b.number != a.number ? b.number : b.other;
	return a;
}

void flow_forget(struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->depth = -1;
}

void flow_join(struct flow *flow, const struct flow *other)
{
	for (int i = 0; i < 16; i++)
		flow->reg[i] = either(flow->reg[i], other->reg[i]);
	if (flow->depth < 0)
		flow->depth = other->depth;
}

void flow_begin(struct flow *flow)
{
	flow_forget(flow);
	for (int i = 0; i < ON_STACK; i++)
		flow->reg[in_registers[i]] =
			(struct flow_value){ FLOW_ARGUMENT, i, 0 };
	flow->depth = 0;
}

struct flow_value flow_argument(const struct flow *flow, int i)
{
	return i == ON_STACK ? flow->pushed : flow->reg[in_registers[i]];
}

void flow_called(struct flow *flow)
{
	static const uint8_t lost[] = {
		X86_AX, X86_CX, X86_DX, X86_SI, X86_DI, R8, R9, 10, R11,
	};

	for (size_t i = 0; i < sizeof(lost); i++)
		flow->reg[lost[i]] = unknown;
	flow->pushed = unknown;
}

/* REG changes; if it is the stack's, so does what is known of that. */
static void lose_stack(struct flow *flow, uint8_t reg)
{
	if (reg == X86_SP) {
		flow->depth = -1;
		flow->pushed = unknown;
	}
}

static void set(struct flow *flow, uint8_t reg, struct flow_value value)
{
	lose_stack(flow, reg);
	flow->reg[reg & 15] = value;
}

static void lose(struct flow *flow, uint8_t reg)
{
	set(flow, reg, unknown);
}

static void lose_rm(struct flow *flow, const struct x86 *x)
{
	if (x->mod == 3)
		lose(flow, x->rm);
}

static void lose_both(struct flow *flow, const struct x86 *x)
{
	lose(flow, x->reg);
	lose_rm(flow, x);
}

static void copy(struct flow *flow, const struct x86 *x, uint8_t to,
		 uint8_t from)
{
	struct flow_value value = flow->reg[from];

	if (value.kind == FLOW_CONSTANT) {
		value.number = narrow(x, value.number);
		value.other = narrow(x, value.other);
	}
	set(flow, to, value);
}

/* What is in memory: known is only the argument behind the return address. */
static struct flow_value load(const struct flow *flow, const struct x86 *x)
{
	if (x->mod == 3 || x->rm != X86_SP || x->sib != 0x24 ||
	    flow->depth < 0 || x->displacement != flow->depth + 8)
		return unknown;
	return (struct flow_value){ FLOW_ARGUMENT, ON_STACK, 0 };
}

/* BYTES more on the stack, VALUE on its top. */
static void push(struct flow *flow, struct flow_value value, int64_t bytes)
{
	flow->pushed = value;
	if (flow->depth >= 0)
		flow->depth += bytes;
}

static void load_address(struct flow *flow, const struct x86 *x, uint64_t next)
{
	struct flow_value base = flow->reg[x->rm];

	if (x->rip_relative)
		base = (struct flow_value){
			FLOW_CONSTANT, (int64_t)next, (int64_t)next,
		};
	if (x->has_sib || base.kind != FLOW_CONSTANT) {
		lose(flow, x->reg);
		return;
	}
	base.number = sum(x, base.number, x->displacement);
	base.other = sum(x, base.other, x->displacement);
	set(flow, x->reg, base);
}

/* add, or and sub with an immediate, which is all that is followed. */
static int64_t compute(const struct x86 *x, int64_t number)
{
	switch (x->reg & 7) {
	case 0:
		return sum(x, number, x->immediate);
	case 1:
		return narrow(x, number | x->immediate);
	default:
		return narrow(x, (int64_t)((uint64_t)number -
					   (uint64_t)x->immediate));
	}
}

/* These, and adc, sbb, and, xor and cmp. */
static void arithmetic(struct flow *flow, const struct x86 *x)
{
	uint8_t kind = x->reg & 7;
	struct flow_value value = flow->reg[x->rm];

	if (x->mod != 3 || kind == 7)
		return;
	if (x->rm == X86_SP && (kind == 0 || kind == 5)) {
		push(flow, unknown, kind ? x->immediate : -x->immediate);
		return;
	}
	if (value.kind != FLOW_CONSTANT || x->opcode == 0x80 ||
	    (kind > 1 && kind != 5)) {
		lose(flow, x->rm);
		return;
	}
	value.number = compute(x, value.number);
	value.other = compute(x, value.other);
	set(flow, x->rm, value);
}

/* The first 64 opcodes: arithmetic of a register and another or memory. */
static void arithmetic_pair(struct flow *flow, const struct x86 *x)
{
	bool compares = x->opcode >= 0x38;
	bool clears = (x->opcode & 0xfc) == 0x30 || (x->opcode & 0xfc) == 0x28;

	switch (x->opcode & 7) {
	case 0: case 1:
		if (!compares && x->mod == 3)
			lose(flow, x->rm);
		break;
	case 2: case 3:
		if (!compares)
			lose(flow, x->reg);
		break;
	case 4: case 5:
		if (!compares)
			lose(flow, X86_AX);
		return;
	}
	if (clears && x->opcode & 1 && x->mod == 3 && x->reg == x->rm)
		flow->reg[x->rm] = constant(x, 0);
}

/* Of F6, F7, FE and FF. */
static void group(struct flow *flow, const struct x86 *x)
{
	uint8_t kind = x->reg & 7;

	if (x->opcode >= 0xfe) {
		if (kind < 2)
			lose_rm(flow, x);
		else if (kind == 6)
			push(flow, load(flow, x), 8);
	} else if (kind == 2 || kind == 3) {
		lose_rm(flow, x);
	} else if (kind > 3) {
		lose(flow, X86_AX);
		lose(flow, X86_DX);
	}
}

static void step_strings(struct flow *flow)
{
	lose(flow, X86_AX);
	lose(flow, X86_CX);
	lose(flow, X86_SI);
	lose(flow, X86_DI);
}

/* Those with a register in the opcode. */
static void step_low(struct flow *flow, const struct x86 *x)
{
	switch (x->opcode & 0xf8) {
	case 0x50:
		push(flow, flow->reg[x->low], 8);
		break;
	case 0x58:
		flow->reg[x->low] = flow->pushed;
		push(flow, unknown, -8);
		lose_stack(flow, x->low);
		break;
	case 0x90:
		if (x->low) {
			lose(flow, X86_AX);
			lose(flow, x->low);
		}
		break;
	case 0xb0:
		lose(flow, x->low);
		lose(flow, x->low & 3);
		break;
	case 0xb8:
		flow->reg[x->low] = constant(x, x->immediate);
		break;
	}
}

static void step_one_byte(struct flow *flow, const struct x86 *x,
			  uint64_t next)
{
	switch (x->opcode) {
	case 0x00 ... 0x3f:
		arithmetic_pair(flow, x);
		break;
	case 0x50 ... 0x5f: case 0x90 ... 0x97: case 0xb0 ... 0xbf:
		step_low(flow, x);
		break;
	case 0x63: case 0x8b:
		if (x->mod == 3)
			copy(flow, x, x->reg, x->rm);
		else
			set(flow, x->reg, load(flow, x));
		break;
	case 0x68: case 0x6a:
		push(flow, (struct flow_value){
			FLOW_CONSTANT, x->immediate, x->immediate,
		}, 8);
		break;
	case 0x69: case 0x6b: case 0x8a:
		lose(flow, x->reg);
		break;
	case 0x80: case 0x81: case 0x83:
		arithmetic(flow, x);
		break;
	case 0x84: case 0x85:
		break;
	case 0x86: case 0x87:
		lose_both(flow, x);
		break;
	case 0x88: case 0x8f: case 0xc0: case 0xc1: case 0xc6:
	case 0xd0 ... 0xd3:
		lose_rm(flow, x);
		break;
	case 0x89:
		if (x->mod == 3)
			copy(flow, x, x->rm, x->reg);
		break;
	case 0x8d:
		load_address(flow, x, next);
		break;
	case 0x99:
		lose(flow, X86_DX);
		break;
	case 0xa4 ... 0xa7: case 0xaa ... 0xaf:
		step_strings(flow);
		break;
	case 0xa0 ... 0xa3: case 0xd7: case 0xdf: case 0xe4: case 0xe5:
	case 0xec: case 0xed:
		lose(flow, X86_AX);
		break;
	case 0xc7:
		if (x->mod == 3)
			flow->reg[x->rm] = constant(x, x->immediate);
		break;
	case 0xf6: case 0xf7: case 0xfe: case 0xff:
		group(flow, x);
		break;
	}
}

/* What of vector instructions is not in a vector goes to general registers. */
static void step_two_bytes(struct flow *flow, const struct x86 *x)
{
	switch (x->opcode) {
	case 0x05:
		lose(flow, X86_AX);
		lose(flow, X86_CX);
		lose(flow, R11);
		break;
	case 0x01: case 0x31 ... 0x33: case 0xa2:
		lose(flow, X86_AX);
		lose(flow, X86_BX);
		lose(flow, X86_CX);
		lose(flow, X86_DX);
		break;
	case 0x40 ... 0x4f:
		if (x->mod == 3)
			set(flow, x->reg, either(flow->reg[x->reg],
						 flow->reg[x->rm]));
		else
			lose(flow, x->reg);
		break;
	case 0x2c: case 0x2d: case 0x50: case 0xaf:
	case 0xb6: case 0xb7: case 0xb8: case 0xbc ... 0xbf: case 0xc5:
	case 0xd7:
		lose(flow, x->reg);
		break;
	case 0x7e: case 0x90 ... 0x9f: case 0xa4: case 0xa5: case 0xab:
	case 0xac: case 0xad: case 0xb3: case 0xba: case 0xbb:
		lose_rm(flow, x);
		break;
	case 0xb0: case 0xb1: case 0xc0: case 0xc1: case 0xc7:
		lose_both(flow, x);
		lose(flow, X86_AX);
		lose(flow, X86_DX);
		break;
	case 0xc8 ... 0xcf:
		lose(flow, x->low);
		break;
	}
}

void flow_step(struct flow *flow, const struct x86 *x, uint64_t next)
{
	if (x->map == X86_ONE_BYTE)
		step_one_byte(flow, x, next);
	else if (x->map == X86_0F && !x->vex)
		step_two_bytes(flow, x);
	else if (x->has_modrm)
		lose_both(flow, x);
}
