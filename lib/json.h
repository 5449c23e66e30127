/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes JSON (RFC 8259).  KEY is NULL inside an array.  Commas and indentation
 * are its own business.  Text may be any bytes: those that are no UTF-8 come as
 * the characters U+0080 to U+00ff of their numbers.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *file;
	int depth;
	bool started;	/* something stands before on this level */
	bool one_line;
};

void json_begin(struct json *json, FILE *file);
void json_begin_line(struct json *json, FILE *file);	/* all in one line */
void json_end(struct json *json);	/* the last newline */

void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* TEXT, or null if it is NULL; NUMBER, or null if it is not KNOWN. */
void json_text_or_null(struct json *json, const char *key, const char *text);
void json_number_or_null(struct json *json, const char *key, bool known,
			 uint64_t number);

#endif
