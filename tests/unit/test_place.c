/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On which CPU a task runs (cokernel/task/place.c): the rules one by one, then
 * random enclaves of up to 1024 CPUs, some of them gone or leaving.
 * Build: -ffreestanding -idirafter cokernel cokernel/task/place.c
 */
#include <stdlib.h>

#include "tap.h"

#include <task/place.h>

struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;

static struct cpu cpu_of[PISCES_MAX_CPUS];
static struct task idle_of[PISCES_MAX_CPUS], busy;
static struct task task;

static uint64_t rnd(uint64_t below)
{
	static uint64_t seed = 7;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

/* COUNT CPUs, idle, all of node 0; the task may be everywhere, was on CPU 0. */
static void begin(unsigned count)
{
	memset(cpus, 0, sizeof(cpus));
	for (unsigned i = 0; i < count; i++) {
		struct cpu *cpu = &cpu_of[i];

		*cpu = (struct cpu){
			.index = i, .online = true, .idle = &idle_of[i],
			.current = &idle_of[i],
		};
		list_init(&cpu->runnable);
		cpus[i] = cpu;
	}
	cpu_limit = count;
	task = (struct task){ .cpu = cpus[0] };
	affinity_all(&task.affinity);
}

/* CPU I runs one task and N more wait. */
static void load_with(unsigned i, unsigned n)
{
	static struct task waits[PISCES_MAX_CPUS];

	cpus[i]->current = &busy;
	cpus[i]->runnable_count = n;
	if (n && list_empty(&cpus[i]->runnable)) {
		affinity_all(&waits[i].affinity);
		list_add(&cpus[i]->runnable, &waits[i].run);
	}
}

static void only(unsigned i)
{
	memset(&task.affinity, 0, sizeof(task.affinity));
	task.affinity.word[i / 64] |= 1ull << i % 64;
}

static void affinity_counts_beyond_64(void)
{
	static const unsigned bits[] = { 0, 1, 31, 32, 63, 64, 65, 127, 128,
					 500, 1022, 1023 };
	struct affinity affinity;

	affinity_all(&affinity);
	for (unsigned i = 0; i < PISCES_MAX_CPUS; i++)
		CHECK(affinity_has(&affinity, i));
	for (unsigned b = 0; b < ARRAY_SIZE(bits); b++) {
		begin(PISCES_MAX_CPUS);
		only(bits[b]);
		for (unsigned i = 0; i < PISCES_MAX_CPUS; i++)
			CHECK(affinity_has(&task.affinity, i) ==
			      (i == bits[b]));
		CHECK(place_choose(&task) == cpus[bits[b]]);
		CHECK(place_elsewhere(&task, cpus[bits[b]]) == false);
		CHECK(place_elsewhere(&task, cpus[bits[b] ^ 1]));
	}
}

static void the_last_CPU_if_it_is_idle(void)
{
	begin(4);
	task.cpu = cpus[2];
	CHECK(place_choose(&task) == cpus[2]);
	load_with(0, 0);
	CHECK(place_choose(&task) == cpus[2]);
}

static void else_an_idle_one_of_its_node(void)
{
	begin(8);
	for (unsigned i = 4; i < 8; i++)
		cpus[i]->node = 1;
	task.cpu = cpus[5];
	load_with(5, 0);
	CHECK(place_choose(&task)->node == 1);
	load_with(4, 0);
	load_with(6, 0);
	CHECK(place_choose(&task) == cpus[7]);
	load_with(7, 0);
	CHECK(place_choose(&task)->node == 0);
	CHECK(cpu_is_idle(place_choose(&task)));
}

static void else_the_one_with_the_least_to_do(void)
{
	begin(4);
	for (unsigned i = 0; i < 4; i++)
		load_with(i, 3 + i);
	task.cpu = cpus[3];
	CHECK(place_choose(&task) == cpus[0]);
	load_with(2, 1);
	CHECK(place_choose(&task) == cpus[2]);
	/* It stays where as little waits as anywhere. */
	load_with(3, 1);
	CHECK(place_choose(&task) == cpus[3]);
}

/* A task on its way to a CPU is not there yet, so that is not idle. */
static void what_waits_counts_before_it_runs(void)
{
	begin(3);
	load_with(0, 0);
	load_with(1, 1);
	cpus[1]->current = cpus[1]->idle;
	CHECK(!cpu_is_idle(cpus[1]));
	CHECK(place_choose(&task) == cpus[2]);
}

static void urgent_ones_disturb_the_first_CPU_only(void)
{
	begin(4);
	for (unsigned i = 0; i < 4; i++)
		load_with(i, i ? 0 : 5);
	task.cpu = cpus[3];
	task.urgent = true;
	CHECK(place_choose(&task) == cpus[0]);
	cpus[2]->current = cpus[2]->idle;
	CHECK(place_choose(&task) == cpus[2]);
	/* Unless they may not. */
	only(1);
	CHECK(place_choose(&task) == cpus[1]);
}

static void nowhere_allowed_is_the_first_CPU(void)
{
	begin(4);
	only(9);
	task.cpu = cpus[2];
	CHECK(place_choose(&task) == cpus[0]);
	CHECK(!place_elsewhere(&task, cpus[0]));
}

static void one_that_leaves_gets_nothing(void)
{
	begin(3);
	task.cpu = cpus[1];
	cpus[1]->leave = 0x102;
	CHECK(!cpu_is_idle(cpus[1]));
	CHECK(!place_allowed(&task, cpus[1]));
	CHECK(place_choose(&task) != cpus[1]);
	cpus[0]->online = false;
	CHECK(place_choose(&task) == cpus[2]);
	CHECK(!place_elsewhere(&task, cpus[2]));
	cpus[0]->online = true;
	CHECK(place_elsewhere(&task, cpus[2]));
}

static void an_idle_CPU_finds_what_waits_elsewhere(void)
{
	struct task first = { .tid = 1 }, second = { .tid = 2 };

	begin(4);
	CHECK(place_waiting(cpus[2]) == NULL);
	first.affinity.word[0] = 1 << 1;
	affinity_all(&second.affinity);
	list_add_tail(&cpus[1]->runnable, &first.run);
	CHECK(place_waiting(cpus[2]) == NULL);
	CHECK(place_waiting(cpus[1]) == &first);
	list_add_tail(&cpus[1]->runnable, &second.run);
	CHECK(place_waiting(cpus[2]) == &second);
	/* One that leaves takes nothing; what waits on it can be taken. */
	cpus[2]->leave = 0x102;
	CHECK(place_waiting(cpus[2]) == NULL);
	cpus[1]->leave = 0x102;
	CHECK(place_waiting(cpus[3]) == &second);
}

/* A CPU is the better the smaller this is. */
static unsigned worth(const struct cpu *cpu)
{
	if (cpu_is_idle(cpu))
		return cpu == task.cpu ? 0 : cpu->node == task.cpu->node ? 1 : 2;
	return 3 + cpu->runnable_count + (cpu->current != cpu->idle);
}

static void random_enclave(void)
{
	unsigned count = 1 + (unsigned)rnd(rnd(2) ? 8 : PISCES_MAX_CPUS);

	begin(count);
	for (unsigned i = 0; i < count; i++) {
		cpus[i]->node = (uint32_t)rnd(3);
		cpus[i]->online = i == 0 || rnd(4);
		cpus[i]->leave = i && !rnd(4) ? 0x102 : 0;
		if (rnd(8))
			load_with(i, (unsigned)rnd(6));
		if (!rnd(8))	/* what waits has yet to get there */
			cpus[i]->current = cpus[i]->idle;
		if (i && !rnd(6))
			cpus[i] = NULL;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(task.affinity.word); i++)
		task.affinity.word[i] &= rnd(1ull << 31) * rnd(1ull << 31);
	do
		task.cpu = cpus[rnd(count)];
	while (!task.cpu);
	task.urgent = !rnd(4);
}

static void random_enclaves(void)
{
	for (unsigned round = 0; round < 20000 && tap_good; round++) {
		unsigned best = ~0u, allowed = 0;
		struct cpu *chosen;

		random_enclave();
		for (unsigned i = 0; i < cpu_limit; i++)
			if (cpus[i] && place_allowed(&task, cpus[i])) {
				CHECK(cpus[i]->online && !cpus[i]->leave);
				best = MIN(best, worth(cpus[i]));
				allowed++;
			}
		chosen = place_choose(&task);
		CHECK(place_elsewhere(&task, cpus[0]) ==
		      (allowed > place_allowed(&task, cpus[0])));
		if (!allowed || (task.urgent && best > 2 &&
				 place_allowed(&task, cpus[0])))
			CHECK(chosen == cpus[0]);
		else
			CHECK(place_allowed(&task, chosen) &&
			      worth(chosen) == best);
	}
}

int main(void)
{
	RUN(affinity_counts_beyond_64);
	RUN(the_last_CPU_if_it_is_idle);
	RUN(else_an_idle_one_of_its_node);
	RUN(else_the_one_with_the_least_to_do);
	RUN(what_waits_counts_before_it_runs);
	RUN(urgent_ones_disturb_the_first_CPU_only);
	RUN(nowhere_allowed_is_the_first_CPU);
	RUN(one_that_leaves_gets_nothing);
	RUN(an_idle_CPU_finds_what_waits_elsewhere);
	RUN(random_enclaves);
	return tap_end();
}
