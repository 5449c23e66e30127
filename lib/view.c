/* SPDX-License-Identifier: GPL-2.0-only */
/* An enclave as its node shows it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/view.h"

int view_status(const struct node *node, struct pisces_ioctl_status *status)
{
	struct pisces_ioctl_node_info info;
	int error = node_info(node, &info);

	if (error)
		return error;
	*status = (struct pisces_ioctl_status){
		.id = info.id, .state = info.state, .phase = info.phase,
		.flags = info.flags, .uptime_ns = info.uptime_ns,
	};
	memcpy(status->name, info.name, sizeof(status->name));
	status->name[sizeof(status->name) - 1] = 0;
	return 0;
}

int view_grants(struct node *node, struct grants *grants)
{
	const struct pisces_stats *stats;
	int error = 0;

	*grants = (struct grants){ 0 };
	/* One that was not started has no counters. */
	if (node_state(node) < PISCES_ENCLAVE_BOOTING || node_map_stats(node))
		return 0;
	stats = node->stats;
	for (uint32_t i = 0; i < PISCES_MAX_CPUS && !error; i++) {
		struct pisces_ioctl_ledger entry = {
			.kind = PISCES_GRANT_CPU,
			.start = stats->cpu[i].host_cpu,
			.apic_id = stats->cpu[i].apic_id,
			.node = stats->cpu[i].node,
		};

		if (stats->cpu[i].online)
			error = grants_add(grants, &entry);
	}
	grants->bytes = stats->memory_total;
	return error;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int view_list(struct pisces_ioctl_status **list, size_t *count)
{
	char (*names)[PISCES_NAME_SIZE];
	size_t all = enclave_names_in_dev(&names);

	*count = 0;
	*list = calloc(all + 1, sizeof(**list));
	if (!*list) {
		free(names);
		return error_set(-ENOMEM, "out of memory");
	}
	if (all)
		qsort(names, all, sizeof(*names), by_name);
	for (size_t i = 0; i < all; i++) {
		struct node node;

		if (!node_open(&node, names[i]) &&
		    !view_status(&node, &(*list)[*count]))
			(*count)++;
		node_close(&node);
	}
	free(names);
	return 0;
}

static int list_all(struct pisces_ioctl_status **list, size_t *count)
{
	int manager = manager_open(), error;

	if (manager < 0)
		return manager_denied(manager) ? view_list(list, count) :
			manager;
	error = enclave_list(manager, list, count);
	close(manager);
	return error;
}

int view_all(struct pisces_ioctl_status **list, size_t *count)
{
	int error = 0;

	*list = NULL;
	*count = 0;
	if (module_is_loaded())
		error = list_all(list, count);
	/* It may go in the middle of that. */
	return error && !module_is_loaded() ? 0 : error;
}
