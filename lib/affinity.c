/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of an enclave's CPUs a program is to run on. */
#include <errno.h>
#include <stdlib.h>

#include "lib/affinity.h"
#include "lib/error.h"
#include "lib/text.h"

/* One that the enclave has. */
struct candidate {
	unsigned int cpu;
	int index;
	uint64_t tasks;
};

static int by_load(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->tasks != y->tasks)
		return x->tasks < y->tasks ? -1 : 1;
	return y->index - x->index;
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

static void sort(unsigned int *list, int count)
{
	qsort(list, (size_t)count, sizeof(*list), by_number);
}

static int gather(const struct pisces_stats *stats, struct candidate *all)
{
	int count = 0;

	for (int i = 0; i < PISCES_MAX_CPUS; i++)
		if (stats->cpu[i].online)
			all[count++] = (struct candidate){
				.cpu = stats->cpu[i].host_cpu, .index = i,
				.tasks = stats->cpu[i].tasks,
			};
	return count;
}

static bool is_among(const struct candidate *all, int count, unsigned int cpu)
{
	for (int i = 0; i < count; i++)
		if (all[i].cpu == cpu)
			return true;
	return false;
}

static const char *has(const struct candidate *all, int count)
{
	static unsigned int list[PISCES_MAX_CPUS];
	static char text[1024];

	for (int i = 0; i < count; i++)
		list[i] = all[i].cpu;
	sort(list, count);
	return text_from_list(list, count, text, sizeof(text));
}

static int choose_listed(const struct candidate *all, int count,
			 const char *name, const struct cpu_wish *wish,
			 unsigned int *list)
{
	static unsigned int others[PISCES_MAX_CPUS];
	char text[1024];
	int strange = 0;

	for (int i = 0; i < wish->count; i++) {
		list[i] = wish->list[i];
		if (!is_among(all, count, list[i]))
			others[strange++] = list[i];
	}
	sort(list, wish->count);
	if (!strange)
		return wish->count;
	sort(others, strange);
	text_from_list(others, strange, text, sizeof(text));
	return error_set(-EINVAL, strange > 1 ? "CPUs %s are not %s's: it has "
			 "%s" : "CPU %s is not one of %s's: it has %s", text,
			 name, has(all, count));
}

int affinity_choose(const struct pisces_stats *stats, const char *name,
		    const struct cpu_wish *wish, unsigned int *list)
{
	static struct candidate all[PISCES_MAX_CPUS];
	int count = gather(stats, all);

	if (!wish->any)
		return choose_listed(all, count, name, wish, list);
	if (wish->count > count)
		return error_set(-EINVAL, "%d CPUs are more than %s has, which "
				 "is %s", wish->count, name,
				 has(all, count));
	qsort(all, (size_t)count, sizeof(*all), by_load);
	for (int i = 0; i < wish->count; i++)
		list[i] = all[i].cpu;
	sort(list, wish->count);
	return wish->count;
}
