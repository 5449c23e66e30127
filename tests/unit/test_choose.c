/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs are taken where only their number was given (lib/choose-cpu.c), on
 * machines that are made up.
 * Build: lib/choose-cpu.c lib/cpu.c lib/clock.c lib/linux-time.c lib/error.c lib/file.c lib/steps.c lib/sysfs.c lib/text.c
 */
#include "lib/choose-cpu.h"
#include "lib/text.h"

#include "tap.h"

static struct choose_cpu all[64];
static int count;

/* CPUs from FIRST on, each a core of its own. */
static void add_cpus(unsigned int first, unsigned int last, int node)
{
	for (unsigned int cpu = first; cpu <= last; cpu++)
		all[count++] = (struct choose_cpu){
			.cpu = cpu, .node = node, .core = cpu,
		};
}

/* Two threads each: CPU and CPU + APART. */
static void add_cores(unsigned int first, unsigned int last, unsigned int apart,
		      int node)
{
	for (unsigned int cpu = first; cpu <= last; cpu++)
		for (int thread = 0; thread < 2; thread++)
			all[count++] = (struct choose_cpu){
				.cpu = cpu + thread * apart, .node = node,
				.core = cpu,
			};
}

/* A thread whose mate stays with Linux. */
static void add_shared(unsigned int cpu, unsigned int core, int node)
{
	all[count++] = (struct choose_cpu){
		.cpu = cpu, .node = node, .core = core, .shared = true,
	};
}

static bool chosen(int wanted, int near, const char *expected)
{
	static unsigned int list[64];
	static struct choose_cpu copy[64];
	char text[128];

	memcpy(copy, all, sizeof(copy));
	if (!choose_among(copy, count, wanted, near, list))
		return expected == NULL;
	text_from_list(list, wanted, text, sizeof(text));
	if (!expected || strcmp(text, expected)) {
		printf("# chosen: %s\n", text);
		return false;
	}
	return true;
}

static void the_highest_come_first(void)
{
	count = 0;
	add_cpus(1, 7, 0);
	CHECK(chosen(1, -1, "7"));
	CHECK(chosen(3, -1, "5-7"));
	CHECK(chosen(7, -1, "1-7"));
}

static void more_than_there_are_is_refused(void)
{
	count = 0;
	CHECK(chosen(1, -1, NULL));
	add_cpus(1, 3, 0);
	CHECK(chosen(4, -1, NULL));
}

static void one_node_if_that_can_be(void)
{
	count = 0;
	add_cpus(1, 5, 0);
	add_cpus(6, 7, 1);
	CHECK(chosen(2, -1, "6-7"));
	CHECK(chosen(3, -1, "3-5"));
	CHECK(chosen(5, -1, "1-5"));
}

static void the_near_node_if_it_has_enough(void)
{
	count = 0;
	add_cpus(1, 3, 0);
	add_cpus(4, 7, 1);
	CHECK(chosen(2, 0, "2-3"));
	CHECK(chosen(3, 0, "1-3"));
	CHECK(chosen(4, 0, "4-7"));
	CHECK(chosen(2, 9, "6-7"));
}

static void several_nodes_if_none_has_enough(void)
{
	count = 0;
	add_cpus(1, 2, 0);
	add_cpus(4, 7, 1);
	add_cpus(8, 9, 2);
	CHECK(chosen(5, -1, "4-7,9"));
	CHECK(chosen(6, 0, "1-2,4-7"));
	CHECK(chosen(8, -1, "1-2,4-9"));
}

static void whole_cores_come_first(void)
{
	/* 0-3 and 4-7 are the threads; 0 stays. */
	count = 0;
	add_shared(4, 0, 0);
	add_cores(1, 3, 4, 0);
	CHECK(chosen(2, -1, "3,7"));
	CHECK(chosen(4, -1, "2-3,6-7"));
	CHECK(chosen(6, -1, "1-3,5-7"));
	CHECK(chosen(3, -1, "3,6-7"));
	CHECK(chosen(7, -1, "1-7"));
	CHECK(chosen(1, -1, "7"));
}

static void a_lonely_thread_is_taken_before_a_core_is_split(void)
{
	/* The mate of 3 was never started. */
	count = 0;
	add_cores(4, 5, 2, 0);
	add_cpus(3, 3, 0);
	CHECK(chosen(1, -1, "3"));
	CHECK(chosen(3, -1, "3,5,7"));
}

static void a_node_with_whole_cores_is_better(void)
{
	count = 0;
	add_cores(2, 3, 4, 0);
	add_shared(8, 0, 1);
	add_shared(9, 1, 1);
	CHECK(chosen(2, -1, "3,7"));
	CHECK(chosen(2, 1, "8-9"));
}

int main(void)
{
	RUN(the_highest_come_first);
	RUN(more_than_there_are_is_refused);
	RUN(one_node_if_that_can_be);
	RUN(the_near_node_if_it_has_enough);
	RUN(several_nodes_if_none_has_enough);
	RUN(whole_cores_come_first);
	RUN(a_lonely_thread_is_taken_before_a_core_is_split);
	RUN(a_node_with_whole_cores_is_better);
	return tap_end();
}
