/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers, sizes and lists as people write them (lib/text.c), and error texts
 * (lib/error.c).
 * Build: lib/text.c lib/error.c
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/error.h"
#include "lib/text.h"

#include "tap.h"

static bool size_is(const char *text, uint64_t expected)
{
	uint64_t bytes = 0;

	return text_size(text, &bytes) == 0 && bytes == expected;
}

static void sizes_have_units(void)
{
	CHECK(size_is("1", 1));
	CHECK(size_is("4096", 4096));
	CHECK(size_is("64K", 65536));
	CHECK(size_is("64k", 65536));
	CHECK(size_is("64KiB", 65536));
	CHECK(size_is("128M", 128ull << 20));
	CHECK(size_is("128MB", 128ull << 20));
	CHECK(size_is("1G", 1ull << 30));
	CHECK(size_is("17179869183G", 17179869183ull << 30));
	CHECK(size_is("18446744073709551615", UINT64_MAX));
}

static void what_is_no_size_is_refused(void)
{
	static const char *const wrong[] = {
		"", " ", "M", "x", "-1", "-1M", "+1M", " 1M", "1 M", "1M ",
		"1X", "1MM", "0x10", "1.5G", "1e3", "1,000", "1M1",
	};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(text_size(wrong[i], &bytes) == -EINVAL))
			printf("# '%s'\n", wrong[i]);
	CHECK(text_size("0", &bytes) == -EINVAL);
	CHECK(text_size("0G", &bytes) == -EINVAL);
}

static void a_size_too_large_is_refused(void)
{
	uint64_t bytes;

	CHECK(text_size("18446744073709551616", &bytes) == -ERANGE);
	CHECK(text_size("17179869184G", &bytes) == -ERANGE);
	CHECK(text_size("99999999999999999999999999", &bytes) == -ERANGE);
}

static void a_refused_size_is_named(void)
{
	uint64_t bytes;

	text_size("lots", &bytes);
	CHECK(strstr(error_text(), "'lots' is not a size") != NULL);
	text_size("0M", &bytes);
	CHECK(strstr(error_text(), "zero") != NULL);
	text_size("99999999999G", &bytes);
	CHECK(strstr(error_text(), "too large") != NULL);
}

static void numbers_are_decimal_and_nothing_else(void)
{
	static const char *const wrong[] = { "", "x", "1x", "-1", "+1", " 1" };
	uint64_t number;

	CHECK(text_number("0", &number) == 0 && number == 0);
	CHECK(text_number("017", &number) == 0 && number == 17);
	CHECK(text_number("18446744073709551615", &number) == 0 &&
	      number == UINT64_MAX);
	CHECK(text_number("18446744073709551616", &number) == -ERANGE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(text_number(wrong[i], &number) == -EINVAL);
}

static bool list_is(const char *text, int count, const unsigned int *numbers)
{
	unsigned int list[16];

	return text_list(text, list, 16) == count &&
		!memcmp(list, numbers, (size_t)count * sizeof(list[0]));
}

#define LIST(text, ...) \
	list_is(text, sizeof((unsigned int[]){ __VA_ARGS__ }) / \
		sizeof(unsigned int), (unsigned int[]){ __VA_ARGS__ })

static void lists_are_sorted_and_have_each_number_once(void)
{
	CHECK(LIST("3", 3));
	CHECK(LIST("0-3", 0, 1, 2, 3));
	CHECK(LIST("5,2-3", 2, 3, 5));
	CHECK(LIST("1,1,1-2", 1, 2));
	CHECK(LIST("7-7", 7));
	CHECK(LIST("1-3,2-4", 1, 2, 3, 4));
}

static void what_is_no_list_is_refused(void)
{
	static const char *const wrong[] = {
		"", ",", "1,", ",1", "1-", "-1", "3-1", "1--2", "1-2-3", "a",
		"1;2", "1 2", "0-16", "4294967296", "99999999999999999999",
	};
	unsigned int list[16];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(text_list(wrong[i], list, 16) == -EINVAL))
			printf("# '%s'\n", wrong[i]);
}

static void a_list_is_written_short(void)
{
	static const unsigned int list[] = { 0, 1, 2, 5, 7, 8 };
	char buffer[64];

	CHECK(!strcmp(text_from_list(list, 6, buffer, sizeof(buffer)),
		      "0-2,5,7-8"));
	CHECK(!strcmp(text_from_list(list, 0, buffer, sizeof(buffer)), ""));
	for (size_t size = 1; size < 12; size++) {
		char *small = malloc(size);	/* the sanitizer watches it */

		text_from_list(list, 6, small, size);
		CHECK(strlen(small) < size);
		free(small);
	}
}

static void bytes_are_written_for_people(void)
{
	CHECK(!strcmp(text_bytes(0), "0 bytes"));
	CHECK(!strcmp(text_bytes(1), "1 bytes") ||
	      !strcmp(text_bytes(1), "1 byte"));
	CHECK(!strcmp(text_bytes(65536), "64 KiB"));
	CHECK(!strcmp(text_bytes(128ull << 20), "128 MiB"));
	CHECK(!strcmp(text_bytes(3ull << 30), "3 GiB"));
	CHECK(!strcmp(text_bytes(1536ull << 20), "1536 MiB"));
}

static void a_terminal_is_not_disturbed(void)
{
	char text[] = "a\tb\033[2Jc\r\nd\x7f~ \x80\x9b\xff";

	text_clean(text, sizeof(text) - 1);
	CHECK(!strcmp(text, "a\tb?[2Jc??d?~ ???"));
}

static void one_line_stays_one(void)
{
	char text[] = "a\tb\nc \033[31m~\x7f\x80\xff";

	text_clean_line(text);
	CHECK(!strcmp(text, "a?b?c ?[31m~???"));
}

static void an_error_is_one_line(void)
{
	CHECK(error_set(-EBUSY, "CPU %d is\nbusy", 3) == -EBUSY);
	CHECK(!strcmp(error_text(), "CPU 3 is busy"));
	error_add("and %s", "more\r");
	CHECK(!strcmp(error_text(), "CPU 3 is busy; and more "));
	CHECK(error_errno(-ENOENT, "cannot open %s", "x") == -ENOENT);
	CHECK(!strcmp(error_text(), "cannot open x: No such file or directory"));
}

static void a_long_error_is_cut(void)
{
	static char word[10000];

	memset(word, 'w', sizeof(word) - 1);
	error_set(-EINVAL, "%s", word);
	error_add("%s", word);
	error_errno(-EINVAL, "%s", word);
	CHECK(strlen(error_text()) > 1000);
	CHECK(strlen(error_text()) < sizeof(word));
}

static bool time_is(const char *text, int64_t expected)
{
	int64_t ns = -1;

	return text_duration(text, &ns) == 0 && ns == expected;
}

static void times_have_units_and_fractions(void)
{
	CHECK(time_is("0", 0) && time_is("0.0s", 0));
	CHECK(time_is("1", 1000000000) && time_is("30s", 30000000000));
	CHECK(time_is("5m", 300000000000) && time_is("1h", 3600000000000));
	CHECK(time_is("2d", 172800000000000));
	CHECK(time_is("7ns", 7) && time_is("100us", 100000));
	CHECK(time_is("1.5ms", 1500000) && time_is("0.9ns", 0));
	CHECK(time_is("0.25", 250000000) && time_is("1.5m", 90000000000));
	CHECK(time_is("0.000000001", 1) && time_is("0.0000000019", 1));
	CHECK(time_is("0.999999999m", 59999999940));
	CHECK(time_is("9223372036.854775807", INT64_MAX));
	CHECK(time_is("106751d", 9223286400000000000));
}

static void what_is_no_time_is_refused(void)
{
	static const char *const wrong[] = {
		"", " ", "s", "x", "-1", "+1", " 1", "1 ", "1 s", "1w", "1Ms",
		"1sec", ".5", "1.", "1.s", "1.5.5", "1e3", "0x10", "inf", "1,5",
	};
	int64_t ns;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(text_duration(wrong[i], &ns) == -EINVAL))
			printf("# '%s'\n", wrong[i]);
	text_duration("1w", &ns);
	CHECK(!strcmp(error_text(), "'1w' is not a time: write a number of "
		      "seconds, or one with ns, us, ms, s, m, h or d, such "
		      "as 90 or 1.5m"));
}

static void a_time_too_long_is_refused(void)
{
	int64_t ns;

	CHECK(text_duration("9223372037", &ns) == -ERANGE);
	CHECK(text_duration("9223372036.854775808", &ns) == -ERANGE);
	CHECK(text_duration("9223372036854775808ns", &ns) == -ERANGE);
	CHECK(text_duration("106752d", &ns) == -ERANGE);
	CHECK(text_duration("18446744073709551615", &ns) == -ERANGE);
	CHECK(text_duration("18446744073709551616", &ns) == -ERANGE);
	CHECK(text_duration("99999999999999999999h", &ns) == -ERANGE);
}

int main(void)
{
	RUN(sizes_have_units);
	RUN(what_is_no_size_is_refused);
	RUN(a_size_too_large_is_refused);
	RUN(a_refused_size_is_named);
	RUN(numbers_are_decimal_and_nothing_else);
	RUN(lists_are_sorted_and_have_each_number_once);
	RUN(what_is_no_list_is_refused);
	RUN(a_list_is_written_short);
	RUN(bytes_are_written_for_people);
	RUN(a_terminal_is_not_disturbed);
	RUN(one_line_stays_one);
	RUN(an_error_is_one_line);
	RUN(a_long_error_is_cut);
	RUN(times_have_units_and_fractions);
	RUN(what_is_no_time_is_refused);
	RUN(a_time_too_long_is_refused);
	return tap_end();
}
