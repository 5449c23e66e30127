/* SPDX-License-Identifier: GPL-2.0-only */
/* status: show an enclave's resources and counters; for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/registers.h"
#include "cmd/status.h"
#include "lib/calls.h"
#include "lib/enclave.h"
#include "lib/manager.h"
#include "lib/node.h"
#include "lib/text.h"
#include "lib/view.h"

const char cmd_status_usage[] =
"usage: pisces status [--json] [-e NAME | NAME]\n"
"\n"
"Shows what an enclave holds and what its CPUs have done.  All is read from\n"
"shared memory: the enclave is not disturbed.  For a crashed one: why, with\n"
"registers and backtrace.  With one enclave no name is needed.  Who is not root\n"
"sees what belongs to them, without blocks, devices, changer and panic.\n"
"\n"
"  --json   an object with the keys name, id, state, responding, orphaned,\n"
"           unfinished, changer_pid (or null), uptime_ns, memory (bytes), blocks\n"
"           (start, size, node, free), memory_total, memory_free, memory_used,\n"
"           memory_kept, memory_kernel, tasks, sessions, stream_waits,\n"
"           missing_calls, missing_last, cpus (cpu, apic_id, node, online, timer,\n"
"           broadcast, device, spurious, interrupts (their sum), nmi, faults,\n"
"           calls, switches, tasks, idle, restarts, flushes), devices (address,\n"
"           driver, name, interrupts (how they come), source, vectors,\n"
"           stopped_by, contained, faults (or null), requests, bytes, errors,\n"
"           resets, count (of interrupts), forwarded, polls) and panic (null, or\n"
"           reason, cpu, vector (or null), error, registers, backtrace)\n"
"  -e, --enclave NAME   the enclave\n";

bool status_has_cpu(const struct status *status, uint32_t slot)
{
	const struct pisces_stats *stats = status->stats;

	if (slot >= stats->cpu_count)
		return false;
	if (stats->cpu[slot].online)
		return true;
	for (size_t i = 0; i < status->ledger.count; i++) {
		const struct pisces_ioctl_ledger *entry =
			&status->ledger.entries[i];

		if (entry->kind == PISCES_GRANT_CPU && entry->slot == slot &&
		    ledger_holds(entry))
			return status->enclave.state !=
			       PISCES_ENCLAVE_RUNNING;
	}
	return false;
}

bool status_block_free(const struct status *status,
		       const struct pisces_ioctl_ledger *entry,
		       uint64_t *bytes)
{
	if (!status->stats || entry->slot >= PISCES_MAX_BLOCKS)
		return false;
	*bytes = status->stats->block_free[entry->slot];
	if (*bytes > entry->size_bytes)
		*bytes = entry->size_bytes;
	return true;
}

const char *status_state_name(const struct pisces_ioctl_status *enclave)
{
	if (enclave->state == PISCES_ENCLAVE_RUNNING &&
	    (enclave->flags & PISCES_STATUS_SILENT))
		return "not responding";
	return enclave_state_name(enclave->state);
}

static void print_cpu(const struct pisces_cpu_stats *cpu)
{
	printf("cpu %-9u %s, node %u, apic %u, %" PRIu32 " tasks\n",
	       cpu->host_cpu, cpu->online ? "online" : "offline", cpu->node,
	       cpu->apic_id, cpu->tasks);
	printf("  interrupts  %" PRIu64 " timer, %" PRIu64 " broadcast, %"
	       PRIu64 " device, %" PRIu32 " spurious\n", cpu->timer,
	       cpu->broadcast, cpu->device, cpu->spurious);
	printf("  nmis        %" PRIu64 ", %" PRIu64 " in a marked window, %"
	       PRIu64 " for TLB flushes\n", cpu->nmi, cpu->restarts,
	       cpu->flushes);
	printf("  calls       %" PRIu64 ", page faults %" PRIu64
	       ", switches %" PRIu64 ", slept %" PRIu64 " times\n", cpu->calls,
	       cpu->faults, cpu->switches, cpu->idle);
}

/* A number is Linux's, a name if we know it. */
static void print_missing(const struct pisces_stats *stats)
{
	printf("missing calls %" PRIu64, stats->missing_calls);
	for (int i = 0; i < 8 && (uint64_t)i < stats->missing_calls; i++) {
		uint32_t number = stats->missing_last[i];
		const char *name = number < CALLS ? calls[number].name : NULL;

		printf("%s%u%s%s%s", i ? ", " : ", latest ", number,
		       name ? " (" : "", name ? name : "", name ? ")" : "");
	}
	putchar('\n');
}

static void print_stats(const struct status *status)
{
	const struct pisces_stats *stats = status->stats;

	printf("free          %s of %s; the co-kernel took %s\n",
	       text_bytes(stats->memory_free & ~0x3ffull),
	       text_bytes(stats->memory_total),
	       text_bytes(stats->memory_kernel));
	if (stats->memory_kept)
		printf("kept files    %s\n", text_bytes(stats->memory_kept));
	printf("tasks         %" PRIu64 "\nsessions      %" PRIu64 "\n",
	       stats->tasks, stats->sessions);
	printf("stream waits  %" PRIu64 "\n", stats->stream_waits);
	print_missing(stats);
	for (uint32_t i = 0; i < PISCES_MAX_CPUS; i++)
		if (status_has_cpu(status, i))
			print_cpu(&stats->cpu[i]);
}

static void print_panic(const struct pisces_panic *panic)
{
	printf("panic         %s\n", panic->reason);
	printf("  on cpu %u, vector %d, error 0x%" PRIx64 "\n",
	       panic->host_cpu, (int)panic->vector, panic->error);
	registers_print(&panic->registers);
	for (int i = 0; i < PISCES_BACKTRACE && panic->backtrace[i]; i++)
		printf("  #%-2d %016" PRIx64 "\n", i, panic->backtrace[i]);
}

static void print_blocks(const struct status *status)
{
	uint64_t bytes;

	for (size_t i = 0; i < status->ledger.count; i++) {
		const struct pisces_ioctl_ledger *entry =
			&status->ledger.entries[i];

		if (entry->kind != PISCES_GRANT_MEMORY || !ledger_holds(entry))
			continue;
		printf("  0x%" PRIx64 "-0x%" PRIx64 " %s, node %u",
		       entry->start, entry->start + entry->size_bytes - 1,
		       text_bytes(entry->size_bytes), entry->node);
		if (status_block_free(status, entry, &bytes))
			printf(", %s free", text_bytes(bytes & ~0x3ffull));
		putchar('\n');
	}
}

/* Who is at it, or who was. */
static void print_changing(const struct pisces_ioctl_status *enclave)
{
	if (enclave->changer_pid)
		printf("changing      by process %u\n", enclave->changer_pid);
	else if (enclave->flags & PISCES_STATUS_UNFINISHED)
		puts("changing      unfinished: pisces reclaim puts it right");
}

static void print_people(const struct status *status)
{
	const struct pisces_ioctl_status *enclave = &status->enclave;
	char list[1024];

	printf("name          %s\n", enclave->name);
	printf("state         %s%s\n", status_state_name(enclave),
	       enclave->flags & PISCES_STATUS_ORPHANED
	       ? " (its boot was killed)" : "");
	print_changing(enclave);
	printf("uptime        %s\n", cmd_uptime(enclave->uptime_ns));
	grants_cpu_list(&status->grants, list, sizeof(list));
	printf("cpus          %s\n", list);
	grants_node_list(&status->grants, list, sizeof(list));
	printf("nodes         %s\n", list);
	printf("memory        %s\n", text_bytes(status->grants.bytes));
	print_blocks(status);
	if (status->stats)
		print_stats(status);
	status_print_devices(status);
	if (status->panic)
		print_panic(status->panic);
}

/* What the ledger says, for root; the counters are the node's. */
static int read_ledger(int manager, const char *name, struct node *node,
		       struct status *status)
{
	int error = enclave_find(manager, name, &status->enclave);

	if (!error)
		error = grants_read(manager, status->enclave.id,
				    &status->grants);
	if (!error)
		error = ledger_read(manager, status->enclave.id,
				    &status->ledger);
	if (!error)
		error = status_read_devices(manager, status);
	if (error)
		return error;
	if (status->enclave.panic.reason[0])
		status->panic = &status->enclave.panic;
	/* Without them there is still something to say. */
	node_open(node, status->enclave.name);
	return 0;
}

/* What the node says, for whom it belongs to. */
static int read_node(const char *name, struct node *node,
		     struct status *status)
{
	char found[PISCES_NAME_SIZE];
	int error = enclave_resolve(name, found);

	if (!error)
		error = node_open(node, found);
	if (!error)
		error = view_status(node, &status->enclave);
	if (!error)
		error = view_grants(node, &status->grants);
	return error;
}

static void read_stats(struct node *node, struct status *status)
{
	static struct pisces_stats stats;

	/* One that was not started has no counters. */
	if (node->fd < 0 || status->enclave.state < PISCES_ENCLAVE_BOOTING ||
	    node_map_stats(node))
		return;
	memcpy(&stats, node->stats, sizeof(stats));
	if (stats.version == PISCES_ABI_VERSION)
		status->stats = &stats;
}

static int show(const char *name, bool as_json)
{
	struct status status = { 0 };
	struct node node = { .fd = -1 };
	int manager = manager_open(), error = manager;

	if (manager >= 0) {
		error = read_ledger(manager, name, &node, &status);
		close(manager);
	} else if (manager_denied(manager)) {
		error = read_node(name, &node, &status);
	}
	if (!error) {
		read_stats(&node, &status);
		if (as_json)
			status_print_json(&status);
		else
			print_people(&status);
	}
	node_close(&node);
	grants_free(&status.grants);
	ledger_free(&status.ledger);
	free(status.devices);
	return error ? cmd_fail() : EXIT_OK;
}

int cmd_status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	const char *name = NULL;
	bool as_json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'j':
			as_json = true;
			break;
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	return show(name, as_json);
}
