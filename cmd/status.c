/* SPDX-License-Identifier: GPL-2.0-only */
/* status: show an enclave's resources and counters; for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/status.h"
#include "lib/enclave.h"
#include "lib/manager.h"
#include "lib/node.h"
#include "lib/text.h"

const char cmd_status_usage[] =
"usage: pisces status [--json] [NAME]\n"
"\n"
"Shows what an enclave holds and what its CPUs have done.  All is read from\n"
"shared memory: the enclave is not disturbed.  For a crashed one: why, with\n"
"registers and backtrace.  With one enclave no name is needed.\n"
"\n"
"  --json   an object with the keys name, id, state, orphaned, uptime_ns,\n"
"           memory (bytes), blocks (start, size, node), memory_total,\n"
"           memory_free, memory_kernel, tasks, sessions, stream_waits,\n"
"           missing_calls, missing_last, cpus (cpu, apic_id, node, online,\n"
"           timer, broadcast, device, spurious, interrupts (their sum), nmi,\n"
"           faults, calls, switches, tasks, idle, restarts) and panic (null, or\n"
"           reason, cpu, vector, error, registers, backtrace)\n";

static void print_cpu(const struct pisces_cpu_stats *cpu)
{
	printf("cpu %-9u %s, node %u, apic %u\n", cpu->host_cpu,
	       cpu->online ? "online" : "offline", cpu->node, cpu->apic_id);
	printf("  interrupts  %" PRIu64 " timer, %" PRIu64 " broadcast, %"
	       PRIu64 " device, %" PRIu64 " spurious\n", cpu->timer,
	       cpu->broadcast, cpu->device, cpu->spurious);
	printf("  nmis        %" PRIu64 ", %" PRIu64 " in a marked window\n",
	       cpu->nmi, cpu->restarts);
	printf("  calls       %" PRIu64 ", page faults %" PRIu64
	       ", switches %" PRIu64 ", slept %" PRIu64 " times\n", cpu->calls,
	       cpu->faults, cpu->switches, cpu->idle);
}

static void print_stats(const struct pisces_stats *stats)
{
	printf("free          %s of %s; the co-kernel took %s\n",
	       text_bytes(stats->memory_free & ~0x3ffull),
	       text_bytes(stats->memory_total),
	       text_bytes(stats->memory_kernel));
	printf("tasks         %" PRIu64 "\nsessions      %" PRIu64 "\n",
	       stats->tasks, stats->sessions);
	printf("stream waits  %" PRIu64 "\nmissing calls %" PRIu64,
	       stats->stream_waits, stats->missing_calls);
	for (int i = 0; i < 8 && (uint64_t)i < stats->missing_calls; i++)
		printf("%s%u", i ? " " : ", latest ", stats->missing_last[i]);
	putchar('\n');
	for (uint32_t i = 0;
	     i < stats->cpu_count && i < PISCES_STATS_CPUS; i++)
		print_cpu(&stats->cpu[i]);
}

static void print_panic(const struct pisces_panic *panic)
{
	char reason[sizeof(panic->reason)];

	memcpy(reason, panic->reason, sizeof(reason));
	text_clean(reason, strlen(reason));
	printf("panic         %s\n", reason);
	printf("  on cpu %u, vector %d, error 0x%" PRIx64 "\n",
	       panic->host_cpu, (int)panic->vector, panic->error);
	for (int i = 0; i < STATUS_REGISTERS; i++)
		printf("%s%-6s %016" PRIx64 "%s", i % 3 ? " " : "  ",
		       status_registers[i].name,
		       status_register(&panic->registers, i),
		       i % 3 == 2 || i == STATUS_REGISTERS - 1 ? "\n" : "");
	for (int i = 0; i < PISCES_BACKTRACE && panic->backtrace[i]; i++)
		printf("  #%-2d %016" PRIx64 "\n", i, panic->backtrace[i]);
}

static void print_people(const struct status *status)
{
	const struct pisces_ioctl_status *enclave = &status->enclave;

	printf("name          %s\n", enclave->name);
	printf("state         %s%s\n", enclave_state_name(enclave->state),
	       enclave->flags & PISCES_STATUS_ORPHANED
	       ? " (its boot was killed)" : "");
	printf("uptime        %s\n", cmd_uptime(enclave->uptime_ns));
	printf("memory        %s\n", text_bytes(status->grants.bytes));
	for (size_t i = 0; i < status->grants.range_count; i++) {
		const struct grants_range *range = &status->grants.ranges[i];

		printf("  0x%" PRIx64 "-0x%" PRIx64 " node %u\n", range->start,
		       range->start + range->size - 1, range->node);
	}
	if (status->stats)
		print_stats(status->stats);
	if (status->panic)
		print_panic(status->panic);
}

static int show(int manager, const char *name, bool as_json)
{
	static struct pisces_stats stats;
	struct status status = { 0 };
	struct node node;

	if (enclave_find(manager, name, &status.enclave) ||
	    grants_read(manager, status.enclave.id, &status.grants))
		return cmd_fail();
	/* One that was not started has no counters. */
	if (!node_open(&node, status.enclave.name) &&
	    status.enclave.state >= PISCES_ENCLAVE_BOOTING &&
	    !node_map_stats(&node)) {
		memcpy(&stats, node.stats, sizeof(stats));
		if (stats.version == PISCES_ABI_VERSION)
			status.stats = &stats;
	}
	if (status.enclave.panic.reason[0])
		status.panic = &status.enclave.panic;
	if (as_json)
		status_print_json(&status);
	else
		print_people(&status);
	node_close(&node);
	grants_free(&status.grants);
	return EXIT_OK;
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
	int option, manager, status;

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
	manager = manager_open();
	if (manager < 0)
		return cmd_fail();
	status = show(manager, name, as_json);
	close(manager);
	return status;
}
