/* SPDX-License-Identifier: GPL-2.0-only */
/* add-cpu: give an enclave that runs more CPUs. */
#include <stdio.h>

#include <pisces/layout.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "lib/choose-cpu.h"
#include "lib/error.h"

const char cmd_add_cpu_usage[] =
"usage: pisces add-cpu [-e NAME] [--node N] [--dry-run] [--timings] LIST|+N\n"
"\n"
"Takes CPUs from Linux and gives them to an enclave that runs, all or none:\n"
"LIST, such as 3 or 2-3,5, or any N of them.  Programs go on meanwhile and may\n"
"use them at once.  Prints what was added, and all that the enclave has.  With\n"
"one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --node N             CPUs of NUMA node N, of which those of LIST must be\n"
"  --dry-run            only say which CPUs would be taken\n"
"  --timings            print how long it took, in microseconds\n";

static int add(struct change *change,
	       const struct change_arguments *arguments,
	       const struct cpu_wish *wish)
{
	static unsigned int list[PISCES_MAX_CPUS];
	struct choose_shared shared;
	int count = change_choose_cpus(change, wish, list);
	int status;

	if (count < 0)
		return change_close(change, arguments, count);
	if (change->dry_run) {
		printf("%s: would take CPU%s %s\n", change->enclave.name,
		       count > 1 ? "s" : "", cmd_cpu_list(list, count));
		return change_close(change, arguments, 0);
	}
	choose_find_shared(list, count, &shared);
	status = change_add_cpus(change, list, count);
	if (!status) {
		change_print(change, PISCES_GRANT_CPU, "%s added",
			     grants_summary(&change->changed));
		cmd_warn_shared(&shared);
	}
	choose_free_shared(&shared);
	return change_close(change, arguments, status);
}

int cmd_add_cpu(int argc, char **argv)
{
	static struct cpu_wish wish;
	struct change_arguments arguments;
	struct change change;
	int status = change_parse(&arguments, "CPUs are", CHANGE_NODE, argc,
				  argv);

	if (status >= 0)
		return status;
	if (wish_cpus(arguments.what, &wish))
		return cmd_usage("%s", error_text());
	status = change_open(&change, &arguments);
	return status ? status : add(&change, &arguments, &wish);
}
