/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of signals.
 *
 * Build: lib/signals.c lib/text.c lib/error.c
 */
#include <errno.h>
#include <string.h>

#include "lib/signals.h"
#include "tap.h"

static void names_and_numbers(void)
{
	CHECK(signals_number("9") == 9 && signals_number("0") == 0);
	CHECK(signals_number("64") == 64 && signals_number("65") == -EINVAL);
	CHECK(signals_number("KILL") == 9 && signals_number("SIGKILL") == 9);
	CHECK(signals_number("kill") == 9 && signals_number("sigTerm") == 15);
	CHECK(signals_number("IOT") == 6 && signals_number("CLD") == 17 &&
	      signals_number("POLL") == 29);
	CHECK(signals_number("RTMIN") == 34 && signals_number("RTMAX") == 64);
	CHECK(signals_number("RTMIN+3") == 37 &&
	      signals_number("SIGRTMAX-2") == 62);
	CHECK(signals_number("rtmin+30") == 64 &&
	      signals_number("RTMAX-30") == 34);
}

static void what_is_none(void)
{
	static const char *const none[] = {
		"", "SIG", "SIG9", "-9", "+9", "9 ", " 9", "KILLER", "KIL",
		"RTMIN+", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31",
		"RTMIN+-1", "SIGSIGKILL", "99999999999999999999",
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(signals_number(none[i]) == -EINVAL);
}

static void each_name_is_its_number(void)
{
	char buffer[SIGNALS_NAME];

	for (int i = 1; i <= SIGNALS_MAX; i++)
		CHECK(signals_number(signals_name(i, buffer)) == i);
	CHECK(!strcmp(signals_name(9, buffer), "KILL"));
	CHECK(!strcmp(signals_name(32, buffer), "32"));
	CHECK(!strcmp(signals_name(49, buffer), "RTMIN+15"));
	CHECK(!strcmp(signals_name(50, buffer), "RTMAX-14"));
}

int main(void)
{
	RUN(names_and_numbers);
	RUN(what_is_none);
	RUN(each_name_is_its_number);
	return tap_end();
}
