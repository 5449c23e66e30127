/* SPDX-License-Identifier: GPL-2.0-only */
/* rm-cpu: take CPUs from an enclave that runs. */
#include <stdio.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "lib/error.h"

const char cmd_rm_cpu_usage[] =
"usage: pisces rm-cpu [-e NAME] [--node N] [--force] [--dry-run] [--timings]\n"
"                     LIST|+N\n"
"\n"
"Takes CPUs from an enclave that runs and gives them back to Linux, all or none:\n"
"LIST, such as 3 or 2-3,5, or any N of them, idle ones first.  Tasks that may run\n"
"elsewhere do so.  A CPU that a task is bound to (taskset, pthread affinity) is\n"
"refused.  The enclave's first CPU stays to the end.  With one enclave no name is\n"
"needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --node N             CPUs of NUMA node N, of which those of LIST must be\n"
"  --force              also CPUs that tasks are bound to: these may run anywhere\n"
"                       then\n"
"  --dry-run            only say which CPUs would be tried first\n"
"  --timings            print how long it took, in microseconds\n";

int cmd_rm_cpu(int argc, char **argv)
{
	static struct cpu_wish wish;
	struct change_arguments arguments;
	struct change change;
	int status = change_parse(&arguments, "CPUs are",
				  CHANGE_NODE | CHANGE_FORCE, argc, argv);

	if (status >= 0)
		return status;
	if (wish_cpus(arguments.what, &wish))
		return cmd_usage("%s", error_text());
	status = change_open(&change, &arguments);
	if (status)
		return status;
	status = change_remove_cpus(&change, &wish);
	if (!status && change.dry_run)
		printf("%s: would give %s back to Linux\n",
		       change.enclave.name, grants_summary(&change.changed));
	else if (!status)
		change_print(&change, PISCES_GRANT_CPU,
			     "%s went back to Linux",
			     grants_summary(&change.changed));
	return change_close(&change, &arguments, status);
}
