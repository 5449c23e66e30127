/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests that run on the build machine and print TAP. A test is a program
 * tests/unit/test_X.c whose main() calls RUN() for each of its functions and
 * ends with `return tap_end()`. tests/check compiles it with the address and
 * undefined-behaviour sanitizers; what else the compiler needs (other sources,
 * folders, definitions) stands in the test's head comment as one line
 *	Build: WORD...
 * with paths that count from the repository's root.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failures;
static bool tap_good;

/* In a test: say what does not hold, and go on. */
#define CHECK(condition)	tap_check((condition), #condition, __LINE__)

static inline bool tap_check(bool holds, const char *condition, int line)
{
	if (!holds) {
		printf("# line %d: %s\n", line, condition);
		tap_good = false;
	}
	return holds;
}

/* One test: a function whose name, without underscores, is its title. */
#define RUN(function) \
	(tap_good = true, function(), tap_result(#function))

static inline void tap_result(const char *name)
{
	char title[128];

	snprintf(title, sizeof(title), "%s", name);
	for (char *c = title; *c; c++)
		if (*c == '_')
			*c = ' ';
	tap_failures += !tap_good;
	printf("%sok %d %s\n", tap_good ? "" : "not ", ++tap_count, title);
	fflush(stdout);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures != 0;
}

#endif
