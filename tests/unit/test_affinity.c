/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs that a program is to run on (lib/affinity.c).
 * Build: lib/affinity.c lib/pci-address.c lib/wish.c lib/text.c lib/error.c
 */
#include <errno.h>

#include "lib/affinity.h"
#include "lib/error.h"
#include "lib/text.h"

#include "tap.h"

static struct pisces_stats stats;
static unsigned int list[PISCES_MAX_CPUS];

/* CPUs 7, 2, 3 and 12, and 5, which has left. */
static void set_up(void)
{
	static const unsigned int cpus[] = { 7, 2, 5, 3, 12 };

	memset(&stats, 0, sizeof(stats));
	for (int i = 0; i < 5; i++) {
		stats.cpu[i].host_cpu = cpus[i];
		stats.cpu[i].online = cpus[i] != 5;
	}
}

static int choose(const char *text)
{
	static struct cpu_wish wish;

	if (wish_cpus(text, &wish))
		return -1000;
	return affinity_choose(&stats, "e", &wish, list);
}

static bool chosen(const char *text, const char *expected)
{
	char buffer[200];
	int count = choose(text);

	if (count < 0)
		return false;
	text_from_list(list, count, buffer, sizeof(buffer));
	if (!strcmp(buffer, expected))
		return true;
	printf("# %s\n", buffer);
	return false;
}

static bool refused(const char *text, const char *why)
{
	if (choose(text) == -EINVAL && !strcmp(error_text(), why))
		return true;
	printf("# %s\n", error_text());
	return false;
}

static void those_that_are_listed(void)
{
	CHECK(chosen("7", "7"));
	CHECK(chosen("12,3,2", "2-3,12"));
	CHECK(chosen("2-3,12,7", "2-3,7,12"));
}

static void those_that_it_has_not_are_named(void)
{
	CHECK(refused("5", "CPU 5 is not one of e's: it has 2-3,7,12"));
	CHECK(refused("9,2,4-6", "CPUs 4-6,9 are not e's: it has 2-3,7,12"));
}

static void those_with_least_to_do_and_of_these_the_latest(void)
{
	CHECK(chosen("+1", "12"));
	stats.cpu[4].tasks = 2;
	CHECK(chosen("+1", "3"));
	stats.cpu[3].tasks = stats.cpu[1].tasks = 1;
	CHECK(chosen("+1", "7"));
	CHECK(chosen("+2", "3,7"));
	CHECK(chosen("+4", "2-3,7,12"));
}

static void more_than_it_has_are_refused(void)
{
	CHECK(refused("+5", "5 CPUs are more than e has, which is 2-3,7,12"));
}

#define TEST(function)	(set_up(), RUN(function))

int main(void)
{
	TEST(those_that_are_listed);
	TEST(those_that_it_has_not_are_named);
	TEST(those_with_least_to_do_and_of_these_the_latest);
	TEST(more_than_it_has_are_refused);
	return tap_end();
}
