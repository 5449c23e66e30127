/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top: a look at the enclaves.  Nothing stays open or mapped in between, so
 * that they and the module can go at any time.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/top.h"
#include "lib/clock.h"
#include "lib/error.h"
#include "lib/node.h"
#include "lib/view.h"

/* Those that it runs on, or ran on. */
static int read_cpus(struct top_enclave *enclave,
		     const struct pisces_stats *stats)
{
	uint32_t count = *(const volatile uint32_t *)&stats->cpu_count;

	if (count > PISCES_MAX_CPUS)
		count = PISCES_MAX_CPUS;
	enclave->cpus = calloc(count + 1, sizeof(*enclave->cpus));
	if (!enclave->cpus)
		return error_set(-ENOMEM, "out of memory");
	for (uint32_t i = 0; i < count; i++) {
		struct top_cpu *cpu = &enclave->cpus[enclave->cpu_count];

		cpu->slot = i;
		activity_read(&stats->cpu[i], &cpu->now);
		if (cpu->now.stats.online)
			enclave->cpu_count++;
	}
	return 0;
}

static int read_stats(struct top_enclave *enclave,
		      const volatile struct pisces_stats *stats)
{
	/* Once its memory is no longer its own all of this is zero. */
	if (stats->version != PISCES_ABI_VERSION)
		return 0;
	enclave->counted = true;
	enclave->memory_total = stats->memory_total;
	enclave->memory_free = stats->memory_free;
	if (enclave->memory_free > enclave->memory_total)
		enclave->memory_free = enclave->memory_total;
	enclave->tasks = stats->tasks;
	enclave->sessions = stats->sessions;
	enclave->ready = stats->tsc_ready;
	enclave->now = __builtin_ia32_rdtsc();
	return read_cpus(enclave, (const struct pisces_stats *)stats);
}

static int look_at(struct top_enclave *enclave)
{
	struct node node;
	int error = 0;

	/* One that was not started has no counters, one that went neither. */
	if (!node_open(&node, enclave->status.name) &&
	    enclave->status.state >= PISCES_ENCLAVE_BOOTING &&
	    !node_map_stats(&node))
		error = read_stats(enclave, node.stats);
	node_close(&node);
	return error;
}

static const struct top_enclave *
find_enclave(const struct top_look *look, uint32_t id)
{
	for (size_t i = 0; look && i < look->count; i++)
		if (look->enclaves[i].status.id == id)
			return &look->enclaves[i];
	return NULL;
}

static const struct top_cpu *find_cpu(const struct top_enclave *enclave,
				      uint32_t slot)
{
	for (size_t i = 0; i < enclave->cpu_count; i++)
		if (enclave->cpus[i].slot == slot)
			return &enclave->cpus[i];
	return NULL;
}

static void compare_cpu(struct top_cpu *cpu, const struct top_enclave *before)
{
	const struct top_cpu *last = find_cpu(before, cpu->slot);

	if (last)
		activity_since(&last->now, &cpu->now, &cpu->change);
	else
		activity_total(&cpu->now, before->now, &cpu->change);
	cpu->known = true;
}

/* Of one that stands still, time goes on and says nothing. */
static void compare(struct top_enclave *enclave,
		    const struct top_enclave *before, bool total)
{
	if (enclave->status.state != PISCES_ENCLAVE_RUNNING)
		return;
	for (size_t i = 0; i < enclave->cpu_count; i++) {
		struct top_cpu *cpu = &enclave->cpus[i];

		if (total) {
			activity_total(&cpu->now, enclave->ready,
				       &cpu->change);
			cpu->known = true;
		} else if (before && before->counted) {
			compare_cpu(cpu, before);
		}
	}
}

static int look_at_all(struct top_look *look, uint32_t id,
		       const struct pisces_ioctl_status *list, size_t count,
		       const struct top_look *before)
{
	int error = 0;

	look->enclaves = calloc(count + 1, sizeof(*look->enclaves));
	if (!look->enclaves)
		return error_set(-ENOMEM, "out of memory");
	for (size_t i = 0; i < count && !error; i++) {
		struct top_enclave *enclave = &look->enclaves[look->count];

		if (id != TOP_ALL && list[i].id != id)
			continue;
		look->count++;
		enclave->status = list[i];
		error = look_at(enclave);
		compare(enclave, find_enclave(before, list[i].id),
			look->total);
	}
	return error;
}

int top_look(struct top_look *look, uint32_t id, const struct top_look *before,
	     bool total)
{
	struct pisces_ioctl_status *list;
	size_t count;
	int error = view_all(&list, &count);

	*look = (struct top_look){ .at = clock_ns(), .total = total };
	if (before)
		look->interval = look->at - before->at;
	if (!error)
		error = look_at_all(look, id, list, count, before);
	free(list);
	return error;
}

void top_look_free(struct top_look *look)
{
	for (size_t i = 0; i < look->count; i++)
		free(look->enclaves[i].cpus);
	free(look->enclaves);
	*look = (struct top_look){ 0 };
}
