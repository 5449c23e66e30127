/* SPDX-License-Identifier: GPL-2.0-only */
/* list: list the enclaves. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/status.h"
#include "lib/enclave.h"
#include "lib/grants.h"
#include "lib/json.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/node.h"
#include "lib/pci-address.h"
#include "lib/text.h"
#include "lib/view.h"

const char cmd_list_usage[] =
"usage: pisces list [--json]\n"
"\n"
"Lists the enclaves, one a line: name, state, CPUs, memory, how much of it is\n"
"free, NUMA nodes, and how long ago it was started.  States: new, loaded,\n"
"booting, running, not responding, stopped, crashed, quarantined (a CPU or a\n"
"device would not stop, so its memory is kept back).  Who is not root sees those\n"
"that belong to them.\n"
"\n"
"  --json   an array of objects with the keys name, id, state, responding,\n"
"           orphaned, unfinished, changer_pid (or null), cpus, nodes, memory\n"
"           (bytes), memory_free (or null), blocks (start, size, node), devices\n"
"           and uptime_ns\n";

/* -1: nobody knows. */
static int64_t memory_free(const struct pisces_ioctl_status *status)
{
	int64_t bytes = -1;
	struct node node;

	if (!node_open(&node, status->name) &&
	    status->state >= PISCES_ENCLAVE_RUNNING && !node_map_stats(&node))
		bytes = (int64_t)node.stats->memory_free;
	node_close(&node);
	return bytes;
}

static void print_row(const struct pisces_ioctl_status *status,
		      const struct grants *grants)
{
	int64_t bytes = memory_free(status);
	char cpus[1024], nodes[64];

	printf("%-16s %-14s %-8s %-10s %-10s %-5s %s\n", status->name,
	       status_state_name(status),
	       grants_cpu_list(grants, cpus, sizeof(cpus)),
	       text_bytes(grants->bytes),
	       bytes < 0 ? "-" : text_bytes((uint64_t)bytes & ~0xfffffull),
	       grants_node_list(grants, nodes, sizeof(nodes)),
	       cmd_uptime(status->uptime_ns));
}

static void print_object(struct json *json,
			 const struct pisces_ioctl_status *status,
			 const struct grants *grants)
{
	int64_t bytes = memory_free(status);
	unsigned int nodes[GRANTS_NODES];
	int count;

	json_open(json, NULL, '{');
	json_text(json, "name", status->name);
	json_number(json, "id", status->id);
	json_text(json, "state", enclave_state_name(status->state));
	json_bool(json, "responding",
		  !(status->flags & PISCES_STATUS_SILENT));
	json_bool(json, "orphaned", status->flags & PISCES_STATUS_ORPHANED);
	json_bool(json, "unfinished",
		  status->flags & PISCES_STATUS_UNFINISHED);
	if (status->changer_pid)
		json_number(json, "changer_pid", status->changer_pid);
	else
		json_null(json, "changer_pid");
	json_open(json, "cpus", '[');
	for (size_t i = 0; i < grants->cpu_count; i++)
		json_number(json, NULL, grants->cpus[i].cpu);
	json_close(json, ']');
	json_open(json, "nodes", '[');
	count = grants_nodes(grants, nodes);
	for (int i = 0; i < count; i++)
		json_number(json, NULL, nodes[i]);
	json_close(json, ']');
	json_number(json, "memory", grants->bytes);
	if (bytes < 0)
		json_null(json, "memory_free");
	else
		json_number(json, "memory_free", (uint64_t)bytes);
	json_open(json, "blocks", '[');
	for (size_t i = 0; i < grants->range_count; i++) {
		json_open(json, NULL, '{');
		json_number(json, "start", grants->ranges[i].start);
		json_number(json, "size", grants->ranges[i].size);
		json_number(json, "node", grants->ranges[i].node);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_open(json, "devices", '[');
	for (size_t i = 0; i < grants->device_count; i++)
		json_text(json, NULL, pci_address_name(grants->devices[i]));
	json_close(json, ']');
	json_number(json, "uptime_ns", status->uptime_ns);
	json_close(json, '}');
}

/* MANAGER: -1 if the caller may not manage. */
static int read_grants(int manager, const struct pisces_ioctl_status *status,
		       struct grants *grants)
{
	struct node node;
	int error;

	if (manager >= 0)
		return grants_read(manager, status->id, grants);
	*grants = (struct grants){ 0 };
	error = node_open(&node, status->name);
	if (!error)
		error = view_grants(&node, grants);
	node_close(&node);
	return error;
}

static int print_all(const struct pisces_ioctl_status *list, size_t count,
		     int manager, bool as_json)
{
	struct json json;
	int error = 0;

	json_begin(&json, stdout);
	if (as_json)
		json_open(&json, NULL, '[');
	else
		puts("NAME             STATE          CPU      MEMORY     "
		     "FREE       NODE  UPTIME");
	for (size_t i = 0; i < count && !error; i++) {
		struct grants grants;

		error = read_grants(manager, &list[i], &grants);
		if (!error && as_json)
			print_object(&json, &list[i], &grants);
		else if (!error)
			print_row(&list[i], &grants);
		grants_free(&grants);
	}
	if (as_json) {
		json_close(&json, ']');
		json_end(&json);
	}
	return error ? cmd_fail() : EXIT_OK;
}

static int print_list(bool as_json)
{
	struct pisces_ioctl_status *list = NULL;
	int manager, error, status;
	size_t count = 0;

	/* Without the module there are none, which is no error. */
	if (!module_is_loaded())
		return print_all(NULL, 0, -1, as_json);
	manager = manager_open();
	if (manager >= 0)
		error = enclave_list(manager, &list, &count);
	else if (manager_denied(manager))
		error = view_list(&list, &count);
	else
		error = manager;
	if (error)
		status = cmd_fail();
	else
		status = print_all(list, count, manager, as_json);
	free(list);
	if (manager >= 0)
		close(manager);
	return status;
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		CMD_OPTIONS,
	};
	bool as_json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) >= 0)
		switch (option) {
		case 'j':
			as_json = true;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	return print_list(as_json);
}
