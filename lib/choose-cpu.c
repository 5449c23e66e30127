/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs to take from Linux, where only their number was given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pisces/layout.h>

#include "lib/choose-cpu.h"
#include "lib/cpu.h"
#include "lib/error.h"

static int by_cpu_descending(const void *a, const void *b)
{
	const struct choose_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? 1 : x->cpu > y->cpu ? -1 : 0;
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/* What is chosen on one node. */
struct choice {
	unsigned int list[PISCES_MAX_CPUS];
	int count;
	int sharing;		/* of them, their core is not all theirs */
};

static int core_size(const struct choose_cpu *all, int count,
		     const struct choose_cpu *one)
{
	int size = 0;

	for (int i = 0; i < count; i++)
		size += all[i].node == one->node && all[i].core == one->core;
	return size;
}

static bool is_chosen(const struct choice *choice, unsigned int cpu)
{
	for (int i = 0; i < choice->count; i++)
		if (choice->list[i] == cpu)
			return true;
	return false;
}

/* CPUs are in descending order.  Whole cores that fit, while there are any. */
static void choose_cores(const struct choose_cpu *all, int count, int node,
			 int wanted, struct choice *choice)
{
	for (int i = 0; i < count; i++) {
		int size = core_size(all, count, &all[i]);

		if (all[i].node != node || all[i].shared ||
		    size > wanted - choice->count ||
		    is_chosen(choice, all[i].cpu))
			continue;
		for (int j = i; j < count; j++)
			if (all[j].node == node && all[j].core == all[i].core)
				choice->list[choice->count++] = all[j].cpu;
	}
}

/* Up to WANTED on NODE. */
static void choose_on(const struct choose_cpu *all, int count, int node,
		      int wanted, struct choice *choice)
{
	choice->count = choice->sharing = 0;
	choose_cores(all, count, node, wanted, choice);
	for (int i = 0; i < count && choice->count < wanted; i++)
		if (all[i].node == node && !is_chosen(choice, all[i].cpu))
			choice->list[choice->count++] = all[i].cpu;
	for (int i = 0; i < count; i++) {
		bool whole = !all[i].shared;

		if (all[i].node != node || !is_chosen(choice, all[i].cpu))
			continue;
		for (int j = 0; j < count; j++)
			whole = whole && (all[j].node != node ||
					  all[j].core != all[i].core ||
					  is_chosen(choice, all[j].cpu));
		choice->sharing += !whole;
	}
}

/* Has its node been met before it? */
static bool is_again(const struct choose_cpu *all, int at)
{
	for (int i = 0; i < at; i++)
		if (all[i].node == all[at].node)
			return true;
	return false;
}

static int node_size(const struct choose_cpu *all, int count, int node)
{
	int size = 0;

	for (int i = 0; i < count; i++)
		size += all[i].node == node;
	return size;
}

/* The node that has enough for all, or -1. */
static int best_node(const struct choose_cpu *all, int count, int wanted,
		     int near)
{
	static struct choice choice;
	int best = -1, least = 0;

	for (int i = 0; i < count; i++) {
		int node = all[i].node;

		if (is_again(all, i) || node_size(all, count, node) < wanted)
			continue;
		if (node == near)
			return node;
		choose_on(all, count, node, wanted, &choice);
		/* The first that is met has the highest CPU. */
		if (best < 0 || choice.sharing < least) {
			best = node;
			least = choice.sharing;
		}
	}
	return best;
}

/* The node to empty next where none has enough: NEAR, or the largest. */
static int largest_node(const struct choose_cpu *all, int count, int near)
{
	int best = all[0].node;

	for (int i = 0; i < count; i++) {
		if (all[i].node == near)
			return near;
		if (node_size(all, count, all[i].node) >
		    node_size(all, count, best))
			best = all[i].node;
	}
	return best;
}

static int without_node(struct choose_cpu *all, int count, int node)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (all[i].node != node)
			all[kept++] = all[i];
	return kept;
}

bool choose_among(struct choose_cpu *candidates, int count, int wanted,
		  int near, unsigned int *list)
{
	static struct choice choice;
	int got = 0;

	if (wanted > count)
		return false;
	qsort(candidates, (size_t)count, sizeof(*candidates),
	      by_cpu_descending);
	while (got < wanted) {
		int node = best_node(candidates, count, wanted - got, near);

		if (node < 0)
			node = largest_node(candidates, count, near);
		choose_on(candidates, count, node, wanted - got, &choice);
		memcpy(list + got, choice.list,
		       (size_t)choice.count * sizeof(*list));
		got += choice.count;
		count = without_node(candidates, count, node);
	}
	qsort(list, (size_t)wanted, sizeof(*list), by_number);
	return true;
}

static bool can_go(unsigned int cpu)
{
	return cpu != 0 && cpu_has_switch(cpu) && cpu_is_online(cpu);
}

static void look(unsigned int cpu, struct choose_cpu *one)
{
	static unsigned int siblings[PISCES_MAX_CPUS];
	int count = cpu_siblings(cpu, siblings, PISCES_MAX_CPUS);

	*one = (struct choose_cpu){
		.cpu = cpu, .node = cpu_node(cpu), .core = cpu,
	};
	for (int i = 0; i < count; i++) {
		if (siblings[i] < one->core)
			one->core = siblings[i];
		one->shared |= !can_go(siblings[i]);
	}
}

/* The candidates; Linux keeps one CPU in any case. */
static int gather(int node, struct choose_cpu *all)
{
	static unsigned int list[PISCES_MAX_CPUS];
	int present = cpu_list(list, PISCES_MAX_CPUS);
	int count = 0, online = 0;

	for (int i = 0; i < present; i++) {
		online += cpu_is_online(list[i]);
		if (!can_go(list[i]))
			continue;
		look(list[i], &all[count]);
		count += node < 0 || all[count].node == node;
	}
	if (count && count == online) {
		count--;
		memmove(all, all + 1, (size_t)count * sizeof(*all));
	}
	return count;
}

int choose_cpus(int wanted, int node, int near, unsigned int *list)
{
	static struct choose_cpu all[PISCES_MAX_CPUS];
	int count = gather(node, all);
	char where[32] = "";

	if (choose_among(all, count, wanted, near, list))
		return 0;
	if (node >= 0)
		snprintf(where, sizeof(where), " on node %d", node);
	if (count)
		return error_set(-ENODEV, "Linux can let go of %d CPU%s%s, not "
				 "of %d: pisces check says which can go",
				 count, count > 1 ? "s" : "", where, wanted);
	return error_set(-ENODEV, "Linux can let go of no CPU%s: pisces check "
			 "says %s", where, node >= 0 ? "which can go" : "why");
}

static void add_once(unsigned int *list, int *count, unsigned int cpu)
{
	for (int i = 0; i < *count; i++)
		if (list[i] == cpu)
			return;
	if (*count < PISCES_MAX_CPUS)
		list[(*count)++] = cpu;
}

static bool is_in(const unsigned int *list, int count, unsigned int cpu)
{
	for (int i = 0; i < count; i++)
		if (list[i] == cpu)
			return true;
	return false;
}

void choose_find_shared(const unsigned int *list, int count,
			struct choose_shared *shared)
{
	static unsigned int siblings[PISCES_MAX_CPUS];

	shared->staying_count = shared->mates_count = 0;
	shared->staying = calloc(PISCES_MAX_CPUS, sizeof(unsigned int));
	shared->mates = calloc(PISCES_MAX_CPUS, sizeof(unsigned int));
	if (!shared->staying || !shared->mates)
		return;
	for (int i = 0; i < count; i++) {
		int others = cpu_siblings(list[i], siblings, PISCES_MAX_CPUS);

		for (int j = 0; j < others; j++) {
			if (is_in(list, count, siblings[j]))
				continue;
			add_once(shared->staying, &shared->staying_count,
				 siblings[j]);
			add_once(shared->mates, &shared->mates_count, list[i]);
		}
	}
	qsort(shared->staying, (size_t)shared->staying_count,
	      sizeof(unsigned int), by_number);
	qsort(shared->mates, (size_t)shared->mates_count,
	      sizeof(unsigned int), by_number);
}

void choose_free_shared(struct choose_shared *shared)
{
	free(shared->staying);
	free(shared->mates);
}
