/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's registers, for people and as JSON. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/registers.h"

#define REGISTERS	24
#define REGISTER(name) { #name, offsetof(struct pisces_registers, name) }

static const struct {
	const char *name;
	size_t offset;
} table[REGISTERS] = {
	REGISTER(rip), REGISTER(rflags), REGISTER(rsp), REGISTER(cs),
	REGISTER(ss), REGISTER(rax), REGISTER(rbx), REGISTER(rcx),
	REGISTER(rdx), REGISTER(rsi), REGISTER(rdi), REGISTER(rbp),
	REGISTER(r8), REGISTER(r9), REGISTER(r10), REGISTER(r11),
	REGISTER(r12), REGISTER(r13), REGISTER(r14), REGISTER(r15),
	REGISTER(cr0), REGISTER(cr2), REGISTER(cr3), REGISTER(cr4),
};

_Static_assert(sizeof(struct pisces_registers) ==
	       REGISTERS * sizeof(uint64_t), "a register is missing");

static uint64_t value(const struct pisces_registers *registers, int number)
{
	const char *base = (const char *)registers;

	return *(const uint64_t *)(base + table[number].offset);
}

void registers_print(const struct pisces_registers *registers)
{
	for (int i = 0; i < REGISTERS; i++)
		printf("%s%-6s %016" PRIx64 "%s", i % 3 ? " " : "  ",
		       table[i].name, value(registers, i),
		       i % 3 == 2 || i == REGISTERS - 1 ? "\n" : "");
}

void registers_print_json(struct json *json, const char *key,
			  const struct pisces_registers *registers)
{
	char text[32];

	json_open(json, key, '{');
	for (int i = 0; i < REGISTERS; i++) {
		snprintf(text, sizeof(text), "0x%" PRIx64,
			 value(registers, i));
		json_text(json, table[i].name, text);
	}
	json_close(json, '}');
}
