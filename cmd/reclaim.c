/* SPDX-License-Identifier: GPL-2.0-only */
/* reclaim: give back what a pisces that died has left. */
#include <stdbool.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "lib/leftovers.h"
#include "lib/module.h"

const char cmd_reclaim_usage[] =
"usage: pisces reclaim\n"
"\n"
"Gives back to Linux what a pisces that was killed has left half-made: enclaves\n"
"whose boot did not finish, and enclaves whose destroy did not.  In those that\n"
"run, a change that did not finish is undone: CPUs, memory and devices that came\n"
"go, those that went come back.  Nothing else of an enclave that runs or has\n"
"crashed is touched.  Says what it did, or nothing.\n"
"\n"
"boot, destroy, add-cpu, rm-cpu, add-mem, rm-mem, add-pci and rm-pci do the same\n"
"before they begin.\n";

static void print_done(const char *name, const struct undone *undone)
{
	if (!undone) {
		printf("%s: reclaimed\n", name);
		return;
	}
	printf("%s: put right:", name);
	if (grants_any(&undone->out))
		printf(" %s went back to Linux",
		       grants_summary(&undone->out));
	if (grants_any(&undone->back))
		printf("%s it has %s again",
		       grants_any(&undone->out) ? ";" : "",
		       grants_summary(&undone->back));
	putchar('\n');
}

int cmd_reclaim(int argc, char **argv)
{
	static const struct option options[] = { CMD_OPTIONS };
	int option = getopt_long(argc, argv, ":h", options, NULL);

	if (option >= 0)
		return cmd_option(option, argv);
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	if (!module_is_loaded())
		return EXIT_OK;
	return leftovers_reclaim(30000, print_done) ? cmd_fail() : EXIT_OK;
}
