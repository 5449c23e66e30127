/* SPDX-License-Identifier: GPL-2.0-only */
/* boot: take a CPU and memory, and start an enclave on them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pisces/layout.h>

#include "cmd/cmd.h"
#include "lib/claim.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/grants.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/release.h"
#include "lib/start-up.h"
#include "lib/sysfs.h"
#include "lib/text.h"

const char cmd_boot_usage[] =
"usage: pisces boot [--cpu LIST] [--mem SIZE] [--node N] [--name NAME]\n"
"                   [--cmdline STRING] [--timeout SECONDS] [--timings]\n"
"\n"
"Takes a CPU and memory from Linux and starts an enclave on them.  Whatever\n"
"fails, and Ctrl-C, has everything undone.  Prints what was taken.\n"
"\n"
"  --cpu LIST         the CPU (default: the last one that can go); this\n"
"                     version runs one CPU per enclave\n"
"  --mem SIZE         memory, a number with K, M or G, rounded up to whole\n"
"                     blocks, which need not be adjacent (default: one block)\n"
"  --node N           take both from NUMA node N\n"
"  --name NAME        default: enclave0 or the next free number\n"
"  --cmdline STRING   the co-kernel's command line\n"
"  --timeout SECONDS  how long the co-kernel may take to get ready "
"(default 30)\n"
"  --timings          print how long each part took, in microseconds\n";

struct boot {
	int cpu;		/* -1: any */
	int node;		/* -1: any */
	bool timings;
	struct start_up start;
};

static int64_t begun;

static void progress(uint64_t block, uint64_t address)
{
	if (isatty(STDERR_FILENO) && clock_ns() - begun > 1000000000)
		fprintf(stderr, "trying memory%" PRIu64 " (0x%" PRIx64 ")\n",
			block, address);
}

static int parse_number(const char *option, const char *text, uint64_t most,
			uint64_t *number)
{
	if (text_number(text, number) || *number > most)
		return cmd_usage("boot: %s: '%s' is not a number from 0 to "
				 "%" PRIu64, option, text, most);
	return EXIT_OK;
}

static int set_cpu(struct boot *boot, const char *text)
{
	static unsigned int list[PISCES_MAX_CPUS];
	int count = text_list(text, list, PISCES_MAX_CPUS);

	if (count < 0)
		return cmd_usage("'%s' is not a list of CPUs: write it like 3 "
				 "or 2-3,5", text);
	if (count > 1)
		return cmd_usage("this version runs one CPU per enclave, and "
				 "'%s' names %d", text, count);
	boot->cpu = (int)list[0];
	return EXIT_OK;
}

static int set_name(struct boot *boot, const char *name)
{
	if (enclave_check_name(name))
		return cmd_usage("%s", error_text());
	strcpy(boot->start.name, name);
	return EXIT_OK;
}

static int set_command_line(struct boot *boot, const char *text)
{
	if (strlen(text) >= 2048)
		return cmd_usage("boot: the command line has more than 2047 "
				 "characters");
	boot->start.command_line = text;
	return EXIT_OK;
}

static int set_option(struct boot *boot, int option, char **argv)
{
	uint64_t number;
	int status;

	switch (option) {
	case 'c':
		return set_cpu(boot, optarg);
	case 'm':
		return text_size(optarg, &boot->start.bytes)
			? cmd_usage("%s", error_text()) : EXIT_OK;
	case 'N':
		status = parse_number("--node", optarg, 1023, &number);
		boot->node = (int)number;
		return status;
	case 'n':
		return set_name(boot, optarg);
	case 'l':
		return set_command_line(boot, optarg);
	case 't':
		status = parse_number("--timeout", optarg, 86400, &number);
		boot->start.timeout_ms = (unsigned int)number * 1000;
		return status;
	case 'T':
		boot->timings = true;
		return EXIT_OK;
	default:
		return cmd_option(option, argv);
	}
}

/* -1: go on; else the exit status. */
static int parse(struct boot *boot, int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "mem", required_argument, NULL, 'm' },
		{ "node", required_argument, NULL, 'N' },
		{ "name", required_argument, NULL, 'n' },
		{ "cmdline", required_argument, NULL, 'l' },
		{ "timeout", required_argument, NULL, 't' },
		{ "timings", no_argument, NULL, 'T' },
		CMD_OPTIONS,
	};
	int option, status;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) >= 0) {
		status = set_option(boot, option, argv);
		if (status || option == 'h')
			return status;
	}
	return cmd_no_more(argc, argv) ? EXIT_USAGE : -1;
}

static int check_node(int node)
{
	char path[64];

	snprintf(path, sizeof(path), SYSFS_NODE "/node%d", node);
	/* A kernel without NUMA has node 0 and does not say so. */
	if (node > 0 && access(path, F_OK))
		return cmd_error("there is no node %d", node);
	return EXIT_OK;
}

static int choose_cpu(struct boot *boot)
{
	int cpu = boot->cpu;

	if (boot->node >= 0 && check_node(boot->node))
		return EXIT_FAILED;
	if (cpu < 0)
		cpu = claim_choose_cpu(boot->node);
	if (cpu < 0)
		return cmd_fail();
	boot->start.cpu = (unsigned int)cpu;
	if (boot->node >= 0 && cpu_exists(boot->start.cpu) &&
	    cpu_node(boot->start.cpu) != boot->node)
		return cmd_error("CPU %d is on node %d, not on node %d", cpu,
				 cpu_node(boot->start.cpu), boot->node);
	return EXIT_OK;
}

static void print_taken(int manager, const struct start_up *start)
{
	struct grants grants;
	char cpus[64], nodes[64];

	if (!grants_read(manager, start->id, &grants)) {
		printf("%s: CPU %s, %s at ", start->name,
		       grants_cpu_list(&grants, cpus, sizeof(cpus)),
		       text_bytes(grants.bytes));
		for (size_t i = 0; i < grants.range_count; i++)
			printf("%s0x%" PRIx64 "-0x%" PRIx64, i ? ", " : "",
			       grants.ranges[i].start, grants.ranges[i].start +
			       grants.ranges[i].size - 1);
		printf(", node %s: ready in %" PRId64 " ms\n",
		       grants_node_list(&grants, nodes, sizeof(nodes)),
		       start->total_us / 1000);
	}
	grants_free(&grants);
}

static void print_timings(const struct start_up *start, int64_t load_us)
{
	const struct {
		const char *name;
		int64_t us;
	} parts[] = {
		{ "module_load_us", load_us },
		{ "cpu_offline_us", start->cpu_us },
		{ "memory_offline_us", start->memory_us },
		{ "copy_us", start->copy_us },
		{ "init_to_first_us", start->first_us },
		{ "first_to_ready_us", start->ready_us },
		{ "total_us", start->total_us },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		printf("%s %" PRId64 "\n", parts[i].name, parts[i].us);
}

/* Siblings that stay are noticed by the enclave: they share its core. */
static void warn_siblings(unsigned int cpu, const unsigned int *siblings,
			  int count)
{
	char list[128];

	if (count > 0)
		cmd_warn("CPU %s shares a core with CPU %u and stays with "
			 "Linux, which the enclave will feel",
			 text_from_list(siblings, count, list, sizeof(list)),
			 cpu);
}

static int boot_on(struct boot *boot, int manager, int64_t load_us)
{
	static unsigned int siblings[PISCES_MAX_CPUS];
	int count, status;

	/* What this cannot repair concerns another enclave. */
	release_leftovers(manager, 10000, NULL);
	boot->start.node = boot->node;
	status = choose_cpu(boot);
	if (status)
		return status;
	if (claim_check_memory(manager, boot->start.bytes, boot->node))
		return cmd_fail();
	count = cpu_siblings(boot->start.cpu, siblings, PISCES_MAX_CPUS);
	begun = clock_ns();
	if (start_up(manager, &boot->start)) {
		status = cmd_fail();
		return interrupt_signal() ? EXIT_SIGNAL + interrupt_signal()
					  : status;
	}
	print_taken(manager, &boot->start);
	if (boot->timings)
		print_timings(&boot->start, load_us);
	warn_siblings(boot->start.cpu, siblings, count);
	return EXIT_OK;
}

int cmd_boot(int argc, char **argv)
{
	struct boot boot = {
		.cpu = -1, .node = -1,
		.start = { .command_line = "", .timeout_ms = 30000,
			   .progress = progress },
	};
	int status = parse(&boot, argc, argv), manager;
	int64_t begin = clock_ns();

	if (status >= 0)
		return status;
	interrupt_catch();
	if (module_load(NULL))
		return cmd_fail();
	manager = manager_open();
	if (manager < 0)
		return cmd_fail();
	status = boot_on(&boot, manager, (clock_ns() - begin) / 1000);
	close(manager);
	return status;
}
