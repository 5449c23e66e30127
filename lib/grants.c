/* SPDX-License-Identifier: GPL-2.0-only */
/* What an enclave holds, put together from the module's ledger. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/error.h"
#include "lib/grants.h"
#include "lib/ledger.h"
#include "lib/pci-address.h"
#include "lib/text.h"

static int add_cpu(struct grants *grants,
		   const struct pisces_ioctl_ledger *entry)
{
	struct grants_cpu *more;

	more = realloc(grants->cpus, (grants->cpu_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	grants->cpus = more;
	more[grants->cpu_count++] = (struct grants_cpu){
		(unsigned int)entry->start, entry->apic_id, entry->node,
	};
	return 0;
}

static int add_range(struct grants *grants,
		     const struct pisces_ioctl_ledger *entry)
{
	struct grants_range *more;

	more = realloc(grants->ranges,
		       (grants->range_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	grants->ranges = more;
	more[grants->range_count++] = (struct grants_range){
		entry->start, entry->size_bytes, entry->node,
	};
	grants->bytes += entry->size_bytes;
	return 0;
}

static int add_device(struct grants *grants,
		      const struct pisces_ioctl_ledger *entry)
{
	uint32_t *more;

	more = realloc(grants->devices,
		       (grants->device_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	grants->devices = more;
	more[grants->device_count++] = (uint32_t)entry->start;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct grants_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_cpu(const void *a, const void *b)
{
	const struct grants_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static int by_address(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void join_ranges(struct grants *grants)
{
	struct grants_range *ranges = grants->ranges;
	size_t kept = 0;

	qsort(ranges, grants->range_count, sizeof(*ranges), by_start);
	for (size_t i = 1; i < grants->range_count; i++) {
		struct grants_range *last = &ranges[kept];

		if (last->start + last->size == ranges[i].start &&
		    last->node == ranges[i].node)
			last->size += ranges[i].size;
		else
			ranges[++kept] = ranges[i];
	}
	grants->range_count = kept + 1;
}

static void put_in_order(struct grants *grants)
{
	if (grants->cpu_count)
		qsort(grants->cpus, grants->cpu_count, sizeof(*grants->cpus),
		      by_cpu);
	if (grants->range_count)
		join_ranges(grants);
	if (grants->device_count)
		qsort(grants->devices, grants->device_count,
		      sizeof(*grants->devices), by_address);
}

int grants_add(struct grants *grants, const struct pisces_ioctl_ledger *entry)
{
	int error;

	if (entry->kind == PISCES_GRANT_CPU)
		error = add_cpu(grants, entry);
	else if (entry->kind == PISCES_GRANT_DEVICE)
		error = add_device(grants, entry);
	else
		error = add_range(grants, entry);
	if (error)
		return error_set(error, "out of memory");
	put_in_order(grants);
	return 0;
}

int grants_read(int manager, uint32_t id, struct grants *grants)
{
	struct ledger ledger;
	int error = ledger_read(manager, id, &ledger);

	*grants = (struct grants){ 0 };
	for (size_t i = 0; !error && i < ledger.count; i++)
		if (ledger_holds(&ledger.entries[i]))
			error = grants_add(grants, &ledger.entries[i]);
	ledger_free(&ledger);
	return error;
}

void grants_free(struct grants *grants)
{
	free(grants->cpus);
	free(grants->ranges);
	free(grants->devices);
	*grants = (struct grants){ 0 };
}

const char *grants_cpu_list(const struct grants *grants, char *text,
			    size_t size)
{
	static unsigned int list[PISCES_MAX_CPUS];
	size_t count = 0;

	for (; count < grants->cpu_count && count < PISCES_MAX_CPUS; count++)
		list[count] = grants->cpus[count].cpu;
	if (!count)
		snprintf(text, size, "-");
	else
		text_from_list(list, (int)count, text, size);
	return text;
}

int grants_nodes(const struct grants *grants, unsigned int list[GRANTS_NODES])
{
	bool found[GRANTS_NODES] = { false };
	int count = 0;

	for (size_t i = 0; i < grants->cpu_count; i++)
		found[grants->cpus[i].node % GRANTS_NODES] = true;
	for (size_t i = 0; i < grants->range_count; i++)
		found[grants->ranges[i].node % GRANTS_NODES] = true;
	for (unsigned int node = 0; node < GRANTS_NODES; node++)
		if (found[node])
			list[count++] = node;
	return count;
}

const char *grants_node_list(const struct grants *grants, char *text,
			     size_t size)
{
	unsigned int list[GRANTS_NODES];
	int count = grants_nodes(grants, list);

	if (!count)
		snprintf(text, size, "-");
	else
		text_from_list(list, count, text, size);
	return text;
}

const char *grants_range_list(const struct grants *grants, char *text,
			      size_t size)
{
	size_t used = 0;

	snprintf(text, size, "-");
	for (size_t i = 0; i < grants->range_count && used < size; i++) {
		const struct grants_range *range = &grants->ranges[i];

		used += snprintf(text + used, size - used,
				 "%s0x%" PRIx64 "-0x%" PRIx64, i ? ", " : "",
				 range->start, range->start + range->size - 1);
	}
	return text;
}

const char *grants_device_list(const struct grants *grants, char *text,
			       size_t size)
{
	size_t used = 0;

	snprintf(text, size, "-");
	for (size_t i = 0; i < grants->device_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i ? ", " : "",
					 pci_address_name(grants->devices[i]));
	return text;
}

bool grants_any(const struct grants *grants)
{
	return grants->cpu_count || grants->bytes || grants->device_count;
}

const char *grants_summary(const struct grants *grants)
{
	static char text[2560];
	char cpus[1024] = "", devices[1024] = "";
	bool memory = grants->bytes;

	if (grants->cpu_count)
		grants_cpu_list(grants, cpus, sizeof(cpus));
	if (grants->device_count)
		grants_device_list(grants, devices, sizeof(devices));
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s",
		 grants->cpu_count == 0 ? "" :
		 grants->cpu_count == 1 ? "CPU " : "CPUs ", cpus,
		 !grants->cpu_count || !memory ? "" :
		 grants->device_count ? ", " : " and ",
		 memory ? text_bytes(grants->bytes) : "",
		 grants->device_count && (grants->cpu_count || memory) ?
		 " and " : "",
		 grants->device_count == 0 ? "" :
		 grants->device_count == 1 ? "the PCI function "
					   : "the PCI functions ", devices);
	return text[0] ? text : "nothing";
}
