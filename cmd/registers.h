/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's registers, for people and as JSON. */
#ifndef CMD_REGISTERS_H
#define CMD_REGISTERS_H

#include <pisces/boot.h>

#include "lib/json.h"

/* Three a line, with two spaces before each line. */
void registers_print(const struct pisces_registers *registers);

/* An object; as texts, because JSON's numbers lose the lower bits. */
void registers_print_json(struct json *json, const char *key,
			  const struct pisces_registers *registers);

#endif
