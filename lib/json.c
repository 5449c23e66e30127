/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes JSON. */
#include <inttypes.h>

#include "lib/json.h"

/*
 * How many bytes the UTF-8 character at TEXT has (RFC 3629), 0 if it is none:
 * neither too long nor a surrogate nor beyond the last.
 */
static int utf8(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	int length = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 :
		     *c < 0xf0 ? 3 : *c < 0xf5 ? 4 : 0;

	for (int i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

/* What a terminal might obey is escaped, too; it means the same. */
static void quote(struct json *json, const char *text)
{
	int length;

	fputc('"', json->file);
	for (; *text; text += length) {
		unsigned char c = (unsigned char)*text;
		bool control = c < ' ' || c == 0x7f;

		length = utf8(text);
		if (length == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0) {
			c = (unsigned char)text[1];
			control = true;
		}
		if (c == '"' || c == '\\')
			fprintf(json->file, "\\%c", c);
		else if (control || !length)
			fprintf(json->file, "\\u%04x", c);
		else
			fwrite(text, 1, (size_t)length, json->file);
		length += !length;
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
