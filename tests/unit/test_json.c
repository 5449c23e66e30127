/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How texts stand in JSON, whatever bytes they have.
 *
 * Build: lib/json.c
 */
#include <stdlib.h>

#include "lib/json.h"
#include "tap.h"

static bool becomes(const char *text, const char *expected)
{
	struct json json;
	char *out = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&out, &size);
	bool same;

	json_begin_line(&json, file);
	json_text(&json, NULL, text);
	fclose(file);
	same = !strcmp(out, expected);
	if (!same)
		printf("# %s\n", out);
	free(out);
	return same;
}

static void ascii_is_quoted(void)
{
	CHECK(becomes("", "\"\""));
	CHECK(becomes("a b~", "\"a b~\""));
	CHECK(becomes("\"\\/", "\"\\\"\\\\/\""));
	CHECK(becomes("\n\033[m\x7f", "\"\\u000a\\u001b[m\\u007f\""));
}

static void utf8_stays_as_it_is(void)
{
	CHECK(becomes("\u00fcber", "\"\u00fcber\""));
	CHECK(becomes("\u00a0\u07ff", "\"\u00a0\u07ff\""));
	CHECK(becomes("\u0800\ud7ff\ue000\uffff",
		      "\"\u0800\ud7ff\ue000\uffff\""));
	CHECK(becomes("\U00010000\U0010ffff", "\"\U00010000\U0010ffff\""));
}

static void what_is_no_utf8_is_escaped_byte_by_byte(void)
{
	CHECK(becomes("\xfc" "ber", "\"\\u00fcber\""));
	CHECK(becomes("\x80\xbf\xff", "\"\\u0080\\u00bf\\u00ff\""));
	CHECK(becomes("\xc3", "\"\\u00c3\""));
	CHECK(becomes("\xc3\n", "\"\\u00c3\\u000a\""));
	CHECK(becomes("\xe2\x82", "\"\\u00e2\\u0082\""));
	CHECK(becomes("\xe2\x82\u00fc", "\"\\u00e2\\u0082\u00fc\""));
}

static void no_character_is_written_in_too_many_bytes_or_out_of_range(void)
{
	CHECK(becomes("\xc0\xaf", "\"\\u00c0\\u00af\""));
	CHECK(becomes("\xc1\xbf", "\"\\u00c1\\u00bf\""));
	CHECK(becomes("\xe0\x9f\xbf", "\"\\u00e0\\u009f\\u00bf\""));
	CHECK(becomes("\xf0\x8f\xbf\xbf",
		      "\"\\u00f0\\u008f\\u00bf\\u00bf\""));
	CHECK(becomes("\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""));
	CHECK(becomes("\xf4\x90\x80\x80",
		      "\"\\u00f4\\u0090\\u0080\\u0080\""));
	CHECK(becomes("\xf5\x80\x80\x80",
		      "\"\\u00f5\\u0080\\u0080\\u0080\""));
}

static void control_characters_are_escaped(void)
{
	CHECK(becomes("\xc2\x80\xc2\x9b" "31m", "\"\\u0080\\u009b31m\""));
}

int main(void)
{
	RUN(ascii_is_quoted);
	RUN(utf8_stays_as_it_is);
	RUN(what_is_no_utf8_is_escaped_byte_by_byte);
	RUN(no_character_is_written_in_too_many_bytes_or_out_of_range);
	RUN(control_characters_are_escaped);
	return tap_end();
}
