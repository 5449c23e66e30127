/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes JSON. */
#include <inttypes.h>

#include "lib/json.h"

static void quote(struct json *json, const char *text)
{
	fputc('"', json->file);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(json->file, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			fprintf(json->file, "\\u%04x", c);
		else
			fputc(c, json->file);
	}
	fputc('"', json->file);
}

static void new_line(struct json *json)
{
	if (!json->one_line)
		fprintf(json->file, "\n%*s", 2 * json->depth, "");
}

static void item(struct json *json, const char *key)
{
	if (json->started)
		fputs(json->one_line ? ", " : ",", json->file);
	if (json->depth)
		new_line(json);
	json->started = true;
	if (key) {
		quote(json, key);
		fputs(": ", json->file);
	}
}

void json_begin(struct json *json, FILE *file)
{
	*json = (struct json){ .file = file };
}

void json_begin_line(struct json *json, FILE *file)
{
	*json = (struct json){ .file = file, .one_line = true };
}

void json_end(struct json *json)
{
	fputc('\n', json->file);
}

void json_open(struct json *json, const char *key, char bracket)
{
	item(json, key);
	fputc(bracket, json->file);
	json->depth++;
	json->started = false;
}

void json_close(struct json *json, char bracket)
{
	json->depth--;
	if (json->started)
		new_line(json);
	fputc(bracket, json->file);
	json->started = true;
}

void json_text(struct json *json, const char *key, const char *text)
{
	item(json, key);
	quote(json, text);
}

void json_number(struct json *json, const char *key, uint64_t number)
{
	item(json, key);
	fprintf(json->file, "%" PRIu64, number);
}

void json_bool(struct json *json, const char *key, bool value)
{
	item(json, key);
	fputs(value ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *key)
{
	item(json, key);
	fputs("null", json->file);
}

void json_text_or_null(struct json *json, const char *key, const char *text)
{
	if (text)
		json_text(json, key, text);
	else
		json_null(json, key);
}

void json_number_or_null(struct json *json, const char *key, bool known,
			 uint64_t number)
{
	if (known)
		json_number(json, key, number);
	else
		json_null(json, key);
}
