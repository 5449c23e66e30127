/* SPDX-License-Identifier: GPL-2.0-only */
/* Lengths of x86-64 instructions. */
#include <string.h>

#include "lib/x86.h"

/*
 * What follows an opcode, a letter for each:
 *   -  nothing		x  no instruction in 64-bit mode
 *   M  ModRM		B, Z  ModRM and an immediate as b, z
 *   b  1 byte		w  2 bytes	 e  3 bytes (enter)
 *   z  4 bytes, 2 with an operand-size prefix, but 4 with REX.W
 *   v  the same, but 8 with REX.W
 *   j, J  a relative target of 1 and 4 bytes
 *   o  an address of 8 bytes
 *   3, 4  ModRM, and where its REG is 0 or 1 an immediate as b, z
 *   p, r, E  prefix, REX, escape (0F)
 *   y, Y, V  VEX of 2 and 3 bytes, EVEX
 *   P  pop, or XOP
 */
static const char one_byte[] =
	"MMMMbzxxMMMMbzxE" "MMMMbzxxMMMMbzxx"
	"MMMMbzpxMMMMbzpx" "MMMMbzpxMMMMbzpx"
	"rrrrrrrrrrrrrrrr" "----------------"
	"xxVMppppzZbB----" "jjjjjjjjjjjjjjjj"
	"BZxBMMMMMMMMMMMP" "----------x-----"
	"oooo----bz------" "bbbbbbbbvvvvvvvv"
	"BBw-YyBZe-w--bx-" "MMMMxxx-MMMMMMMM"
	"jjjjbbbbJJxj----" "p-pp--34------MM";

static const char two_bytes[] =
	"MMMMx-----x-xM-B" "MMMMMMMMMMMMMMMM"
	"MMMMxxxxMMMMMMMM" "------x-ExExxxxx"
	"MMMMMMMMMMMMMMMM" "MMMMMMMMMMMMMMMM"
	"MMMMMMMMMMMMMMMM" "BBBBMMM-MMMMMMMM"
	"JJJJJJJJJJJJJJJJ" "MMMMMMMMMMMMMMMM"
	"---MBMxx---MBMMM" "MMMMMMMMMMBMMMMM"
	"MMBMBBBM--------" "MMMMMMMMMMMMMMMM"
	"MMMMMMMMMMMMMMMM" "MMMMMMMMMMMMMMMM";

_Static_assert(sizeof(one_byte) == 257 && sizeof(two_bytes) == 257,
	       "opcode maps");

struct reader {
	const uint8_t *at, *end;
	bool over;		/* read beyond END */
	bool narrow;		/* an operand-size prefix */
	uint8_t rex;		/* WRXB */
	struct x86 *x;
};

static uint8_t byte(struct reader *reader)
{
	if (reader->at < reader->end)
		return *reader->at++;
	reader->over = true;
	return 0;
}

/* A signed number of SIZE bytes, the lowest first. */
static int64_t number(struct reader *reader, unsigned int size)
{
	uint64_t value = 0;

	if (!size)
		return 0;
	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)byte(reader) << 8 * i;
	return (int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size);
}

static void read_modrm(struct reader *reader)
{
	struct x86 *x = reader->x;
	uint8_t modrm = byte(reader);
	unsigned int size = 0;

	x->has_modrm = true;
	x->mod = modrm >> 6;
	x->reg = (modrm >> 3 & 7) | (reader->rex & 4) << 1;
	x->rm = (modrm & 7) | (reader->rex & 1) << 3;
	if (x->mod == 3)
		return;
	x->has_sib = (modrm & 7) == 4;
	if (x->has_sib)
		x->sib = byte(reader);
	if (x->mod == 1)
		size = 1;
	else if (x->mod == 2 || (modrm & 7) == 5 ||
		 (x->has_sib && (x->sib & 7) == 5))
		size = 4;
	x->rip_relative = x->mod == 0 && (modrm & 7) == 5;
	x->displacement = (int32_t)number(reader, size);
}

static unsigned int full_size(const struct reader *reader)
{
	return reader->narrow && !reader->x->wide ? 2 : 4;
}

static bool read_operands(struct reader *reader, char kind)
{
	struct x86 *x = reader->x;
	unsigned int size = 0;

	if (strchr("MBZ34P", kind))
		read_modrm(reader);
	switch (kind) {
	case 'x':
		return false;
	case 'b': case 'B': case 'j':
		size = 1;
		break;
	case 'w':
		size = 2;
		break;
	case 'e':
		size = 3;
		break;
	case 'z': case 'Z':
		size = full_size(reader);
		break;
	case 'J':
		size = 4;
		break;
	case 'v':
		size = x->wide ? 8 : full_size(reader);
		break;
	case 'o':
		size = 8;
		break;
	case '3':
		size = (x->reg & 7) < 2 ? 1 : 0;
		break;
	case '4':
		size = (x->reg & 7) < 2 ? full_size(reader) : 0;
		break;
	}
	x->immediate = number(reader, size);
	return true;
}

/* Behind the opcode of MAP. */
static bool read_map(struct reader *reader, uint8_t map)
{
	reader->x->map = map;
	reader->x->opcode = byte(reader);
	switch (map) {
	case X86_0F:
		return read_operands(reader, two_bytes[reader->x->opcode]);
	case X86_0F38:
		return read_operands(reader, 'M');
	default:
		return read_operands(reader, 'B');
	}
}

/* VEX, EVEX or XOP: SIZE bytes, of which the first two hold what REX would. */
static bool read_vex(struct reader *reader, unsigned int size)
{
	uint8_t first = byte(reader), second = size > 1 ? byte(reader) : 0;
	uint8_t map = size == 1 ? X86_0F : first & (size == 3 ? 7 : 31);

	for (unsigned int i = 2; i < size; i++)
		byte(reader);
	reader->x->vex = true;
	reader->x->wide = second & 0x80;
	reader->rex = size == 1 ? (~first & 0x80) >> 5 : (~first & 0xe0) >> 5;
	switch (map) {
	case X86_0F: case X86_0F38: case X86_0F3A:
		return read_map(reader, map);
	case 5: case 6: case 9:		/* half precision; XOP */
		return read_map(reader, X86_0F38);
	case 8:
		return read_map(reader, X86_0F3A);
	}
	return false;
}

static bool read_0f(struct reader *reader)
{
	uint8_t next = reader->at < reader->end ? *reader->at : 0;

	if (next != 0x38 && next != 0x3a)
		return read_map(reader, X86_0F);
	byte(reader);
	return read_map(reader, next == 0x38 ? X86_0F38 : X86_0F3A);
}

static bool read_opcode(struct reader *reader)
{
	struct x86 *x = reader->x;
	char kind;

	x->wide = reader->rex & 8;
	x->opcode = byte(reader);
	kind = one_byte[x->opcode];
	if (kind == 'E')
		return read_0f(reader);
	if (kind == 'y' || kind == 'Y' || kind == 'V')
		return read_vex(reader, kind == 'y' ? 1 : kind == 'Y' ? 2 : 3);
	if (kind == 'P' && reader->at < reader->end && (*reader->at & 31) >= 8)
		return read_vex(reader, 2);
	return read_operands(reader, kind);
}

bool x86_decode(const uint8_t *code, size_t left, struct x86 *x)
{
	struct reader reader = {
		.at = code, .end = code + (left < 15 ? left : 15), .x = x,
	};

	memset(x, 0, sizeof(*x));
	for (; reader.at < reader.end; reader.at++) {
		char kind = one_byte[*reader.at];

		if (kind == 'p')
			reader.narrow |= *reader.at == 0x66;
		else if (kind != 'r')
			break;
		/* A REX counts if nothing but the opcode comes after it. */
		reader.rex = kind == 'r' ? *reader.at & 15 : 0;
	}
	if (!read_opcode(&reader) || reader.over)
		return false;
	x->low = (x->opcode & 7) | (reader.rex & 1) << 3;
	x->length = (uint8_t)(reader.at - code);
	return true;
}
