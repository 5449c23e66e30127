/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two outputs of `ps` share. */
#ifndef CMD_PS_H
#define CMD_PS_H

#include "lib/json.h"
#include "lib/processes.h"

/* The name of a user; NULL: it has none here.  The text is static. */
const char *ps_user(uint32_t uid);

/* ps-json.c: an object for each. */
void ps_print_json(struct json *json, const char *enclave,
		   const struct processes *processes);

#endif
