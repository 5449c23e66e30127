/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment of a program (lib/environment.c).
 * Build: lib/environment.c lib/error.c
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/environment.h"
#include "lib/error.h"

#include "tap.h"

static char *own[] = { "A=1", "LONG=a=b", "B=", "A=again", "odd", NULL };

/* The variables with spaces between them. */
static const char *made(bool clear, char **changes)
{
	static char text[200];
	size_t count = 0;
	char **list;

	while (changes[count])
		count++;
	list = environment_make(own, clear, changes, count);
	text[0] = 0;
	for (char **v = list; *v; v++) {
		strcat(text, *v);
		strcat(text, " ");
	}
	free(list);
	return text;
}

#define MADE(clear, ...) \
	made(clear, (char *[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static bool is(const char *text, const char *expected)
{
	if (!strcmp(text, expected))
		return true;
	printf("# '%s'\n", text);
	return false;
}

static void without_changes_it_is_our_own(void)
{
	CHECK(is(MADE(false), "A=1 LONG=a=b B= A=again odd "));
	CHECK(is(MADE(true), ""));
}

static void a_variable_is_set_where_it_stood_or_at_the_end(void)
{
	CHECK(is(MADE(false, "LONG=x"), "A=1 LONG=x B= A=again odd "));
	CHECK(is(MADE(false, "C=", "LO=y"),
		 "A=1 LONG=a=b B= A=again odd C= LO=y "));
}

static void of_doubles_one_is_left(void)
{
	CHECK(is(MADE(false, "A=2"), "A=2 LONG=a=b B= odd "));
}

static void the_last_change_counts(void)
{
	CHECK(is(MADE(true, "X=1", "Y=1", "X=2"), "X=2 Y=1 "));
	CHECK(is(MADE(true, "LONG=1", "LONG"), "LONG=a=b "));
	CHECK(is(MADE(true, "LONG", "LONG=1"), "LONG=1 "));
}

static void a_name_takes_its_value_or_its_absence_from_our_own(void)
{
	CHECK(is(MADE(true, "A", "B", "NONE"), "A=1 B= "));
	CHECK(is(MADE(true, "NONE=1", "NONE"), ""));
	CHECK(is(MADE(false, "LO", "LONG"), "A=1 LONG=a=b B= A=again odd "));
}

static void what_has_no_name_is_refused(void)
{
	CHECK(environment_check("A") == 0 && environment_check("A=") == 0);
	CHECK(environment_check("A=b=c") == 0);
	CHECK(environment_check("") == -EINVAL);
	CHECK(environment_check("=x") == -EINVAL);
	CHECK(!strcmp(error_text(), "'=x' is not NAME=VALUE or NAME"));
}

int main(void)
{
	RUN(without_changes_it_is_our_own);
	RUN(a_variable_is_set_where_it_stood_or_at_the_end);
	RUN(of_doubles_one_is_left);
	RUN(the_last_change_counts);
	RUN(a_name_takes_its_value_or_its_absence_from_our_own);
	RUN(what_has_no_name_is_refused);
	return tap_end();
}
