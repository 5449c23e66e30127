/* SPDX-License-Identifier: GPL-2.0-only */
/* reclaim: give back what a pisces that died has left. */
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/release.h"

const char cmd_reclaim_usage[] =
"usage: pisces reclaim\n"
"\n"
"Gives back to Linux what a pisces that was killed has left half-made: enclaves\n"
"whose boot did not finish, and enclaves whose destroy did not.  Those that run\n"
"or have crashed are not touched.  Says what it gave back, or nothing.\n"
"\n"
"boot and destroy do the same before they begin.\n";

static void print_done(const char *name)
{
	printf("%s: reclaimed\n", name);
}

int cmd_reclaim(int argc, char **argv)
{
	static const struct option options[] = { CMD_OPTIONS };
	int option = getopt_long(argc, argv, ":h", options, NULL);
	int manager, error;

	if (option >= 0)
		return cmd_option(option, argv);
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	if (!module_is_loaded())
		return EXIT_OK;
	manager = manager_open();
	if (manager < 0)
		return cmd_fail();
	error = release_leftovers(manager, 30000, print_done);
	close(manager);
	return error ? cmd_fail() : EXIT_OK;
}
