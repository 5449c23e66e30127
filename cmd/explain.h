/* SPDX-License-Identifier: GPL-2.0-only */
/* run --explain. */
#ifndef CMD_EXPLAIN_H
#define CMD_EXPLAIN_H

#include <stdbool.h>

#include "lib/explain.h"

/* Explains the program NAME; returns the exit status. */
int explain_run(const char *name, bool as_json);

/* cmd/explain-json.c */
void explain_print_json(const struct explain *explain);

/* The line that says why; in words, static. */
const char *explain_reason(const struct explain *explain);

#endif
