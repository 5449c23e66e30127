/* SPDX-License-Identifier: GPL-2.0-only */
/* boot: take CPUs and memory, and start an enclave on them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pisces/layout.h>

#include "cmd/cmd.h"
#include "cmd/pci-options.h"
#include "cmd/progress.h"
#include "lib/choose-cpu.h"
#include "lib/claim.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/grants.h"
#include "lib/interrupt.h"
#include "lib/leftovers.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/owner.h"
#include "lib/start-up.h"
#include "lib/text.h"
#include "lib/wish.h"

const char cmd_boot_usage[] =
"usage: pisces boot [--cpu LIST|+N] [--mem SIZE[@NODE][,...]|RANGE] [--node N]\n"
"                   [--pci BDF[,BDF...]] [--poll | --forward] [--unsafe-dma]\n"
"                   [--force] [--name NAME] [--owner USER[:GROUP]]\n"
"                   [--cmdline STRING] [--timeout SECONDS] [--timings]\n"
"                   [--dry-run]\n"
"\n"
"Takes CPUs, memory and devices from Linux and starts an enclave on them.\n"
"Whatever fails, and Ctrl-C, has everything undone.  Prints what was taken.\n"
"\n"
"  --cpu LIST|+N        the CPUs, such as 3 or 2-3,5 (it boots on the one that\n"
"                       is written first), or any N of them: on one node and\n"
"                       whole cores if that can be, the last ones first\n"
"                       (default: +1)\n"
"  --mem SIZE[@NODE]    memory, a number with K, M or G, rounded up to whole\n"
"                       blocks, which need not be adjacent (default: one block);\n"
"                       several with commas; or a range, 0xSTART-0xEND\n"
"  --node N             take all from NUMA node N where no other is named\n"
"  --pci BDF            PCI functions, such as 0000:03:00.0; may be given again.\n"
"                       These are about them, as with add-pci:\n"
PCI_OPTIONS_USAGE
"  --name NAME          default: enclave0 or the next free number\n"
"  --owner USER[:GROUP] who may run programs in it, besides root\n"
"  --cmdline STRING     the co-kernel's command line\n"
"  --timeout SECONDS    how long the co-kernel may take to get ready (default 30)\n"
"  --timings            print how long each part took, in microseconds\n"
"  --dry-run            only say what would be taken\n";

struct boot {
	struct cpu_wish wish;
	struct memory_wish memory;
	struct device_wish devices;
	int node;		/* -1: any */
	bool timings, dry_run;
	unsigned int cpus[PISCES_MAX_CPUS];
	struct start_up start;
};

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

static int set_number(struct boot *boot, int option, const char *text)
{
	uint64_t number = 0;
	int status;

	if (option == 'N') {
		status = cmd_number("--node", text, CMD_MOST_NODE, &number);
		boot->node = (int)number;
	} else {
		status = cmd_number("--timeout", text, 86400, &number);
		boot->start.timeout_ms = (unsigned int)number * 1000;
	}
	return status;
}

static int set_option(struct boot *boot, int option, char **argv)
{
	int error = 0;

	switch (option) {
	case 'c':
		error = wish_cpus(optarg, &boot->wish);
		break;
	case 'm':
		error = wish_memory(optarg, &boot->memory);
		break;
	case 'p':
		error = wish_devices(optarg, &boot->devices);
		break;
	case 'o':
		error = owner_parse(optarg, &boot->start.owner);
		break;
	case 'N':
	case 't':
		return set_number(boot, option, optarg);
	case 'n':
		return set_name(boot, optarg);
	case 'l':
		return set_command_line(boot, optarg);
	case 'T':
		boot->timings = true;
		break;
	case 'd':
		boot->dry_run = true;
		break;
	default:
		if (pci_option(option, &boot->devices))
			return EXIT_OK;
		return cmd_option(option, argv);
	}
	return error ? cmd_usage("%s", error_text()) : EXIT_OK;
}

/* -1: go on; else the exit status. */
static int parse(struct boot *boot, int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "mem", required_argument, NULL, 'm' },
		{ "node", required_argument, NULL, 'N' },
		{ "pci", required_argument, NULL, 'p' },
		{ "force", no_argument, NULL, PCI_OPTION_FORCE },
		PCI_OPTIONS,
		{ "name", required_argument, NULL, 'n' },
		{ "owner", required_argument, NULL, 'o' },
		{ "cmdline", required_argument, NULL, 'l' },
		{ "timeout", required_argument, NULL, 't' },
		{ "timings", no_argument, NULL, 'T' },
		{ "dry-run", no_argument, NULL, 'd' },
		CMD_OPTIONS,
	};
	int option, status;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) >= 0) {
		status = set_option(boot, option, argv);
		if (status || option == 'h')
			return status;
	}
	return cmd_no_more(argc, argv) || pci_check_options(&boot->devices)
	       ? EXIT_USAGE : -1;
}

/* Where memory was asked for by node, CPUs are best taken there. */
static int near(const struct boot *boot)
{
	for (int i = 0; i < boot->memory.count; i++)
		if (boot->memory.part[i].node >= 0)
			return boot->memory.part[i].node;
	return -1;
}

static int pick_cpus(struct boot *boot)
{
	int count = claim_choose_cpus(&boot->wish, boot->node, near(boot),
				      boot->cpus);

	if (count < 0)
		return cmd_fail();
	boot->start.cpus = boot->cpus;
	boot->start.cpu_count = count;
	return EXIT_OK;
}

static void print_taken(int manager, const struct start_up *start)
{
	struct grants grants;
	char cpus[1024], nodes[64], ranges[4096];

	if (!grants_read(manager, start->id, &grants))
		printf("%s: CPU%s %s, %s at %s, node %s: ready in %" PRId64
		       " ms\n", start->name, grants.cpu_count > 1 ? "s" : "",
		       grants_cpu_list(&grants, cpus, sizeof(cpus)),
		       text_bytes(grants.bytes),
		       grants_range_list(&grants, ranges, sizeof(ranges)),
		       grants_node_list(&grants, nodes, sizeof(nodes)),
		       start->total_us / 1000);
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
		{ "device_claim_us", start->device_us },
		{ "copy_us", start->copy_us },
		{ "init_to_first_us", start->first_us },
		{ "first_to_ready_us", start->ready_us },
		{ "attach_us", start->attach_us },
		{ "total_us", start->total_us },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		printf("%s %" PRId64 "\n", parts[i].name, parts[i].us);
}

/* MANAGER is -1 if the module is not loaded: then there are no enclaves. */
static int say_plan(struct boot *boot, int manager)
{
	struct start_up *start = &boot->start;
	struct claim claim = { .manager = manager, .name = start->name };
	struct grants plan = { 0 };
	char nodes[64], ranges[4096], devices[1024];
	int error = 0;

	if (!start->name[0] && manager >= 0)
		error = enclave_free_name(manager, start->name);
	else if (!start->name[0])
		strcpy(start->name, "enclave0");
	if (!error)
		error = claim_check_cpus(&claim, boot->cpus, start->cpu_count);
	if (!error)
		error = claim_plan_memory(&claim, &boot->memory, boot->node,
					  cpu_node(boot->cpus[0]), &plan);
	if (!error)
		error = claim_plan_devices(&claim, &boot->devices, &plan);
	if (error) {
		grants_free(&plan);
		return cmd_fail();
	}
	printf("%s: would take CPU%s %s and %s, trying %s first, node %s%s%s; "
	       "it would boot on CPU %u\n", start->name,
	       start->cpu_count > 1 ? "s" : "",
	       cmd_cpu_list(boot->cpus, start->cpu_count),
	       text_bytes(plan.bytes),
	       grants_range_list(&plan, ranges, sizeof(ranges)),
	       grants_node_list(&plan, nodes, sizeof(nodes)),
	       plan.device_count ? ", and PCI " : "", plan.device_count
	       ? grants_device_list(&plan, devices, sizeof(devices)) : "",
	       boot->cpus[0]);
	grants_free(&plan);
	return EXIT_OK;
}

static int dry_run(struct boot *boot)
{
	int manager = module_is_loaded() ? manager_open() : -1;
	int status = pick_cpus(boot);

	if (!status)
		status = say_plan(boot, manager);
	if (manager >= 0)
		close(manager);
	return status;
}

static int boot_on(struct boot *boot, int manager, int64_t load_us)
{
	struct claim claim = { .manager = manager };
	struct choose_shared shared;
	int status;

	/* What this cannot repair concerns another enclave. */
	leftovers_reclaim(10000, NULL);
	boot->start.node = boot->node;
	boot->start.memory = &boot->memory;
	boot->start.devices = &boot->devices;
	status = pick_cpus(boot);
	if (status)
		return status;
	if (claim_plan_memory(&claim, &boot->memory, boot->node, boot->node,
			      NULL) ||
	    claim_plan_devices(&claim, &boot->devices, NULL))
		return cmd_fail();
	choose_find_shared(boot->cpus, boot->start.cpu_count, &shared);
	progress_begin();
	if (start_up(manager, &boot->start)) {
		status = cmd_fail_interrupted();
	} else {
		print_taken(manager, &boot->start);
		pci_print_added(manager, boot->start.id, boot->start.name,
				&boot->devices);
		if (boot->timings)
			print_timings(&boot->start, load_us);
		cmd_warn_shared(&shared);
	}
	choose_free_shared(&shared);
	return status;
}

int cmd_boot(int argc, char **argv)
{
	static struct boot boot = {
		.wish = { .any = true, .count = 1 },
		.memory = { .count = 1, .part[0].node = -1 },
		.node = -1,
		.start = { .command_line = "", .timeout_ms = 30000,
			   .owner = OWNER_NONE, .progress = progress_block },
	};
	int status = parse(&boot, argc, argv), manager;
	int64_t begin = clock_ns();

	if (status >= 0)
		return status;
	if (boot.dry_run)
		return dry_run(&boot);
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
