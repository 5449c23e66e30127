/* SPDX-License-Identifier: GPL-2.0-only */
/* unload: take the Linux module out. */
#include "cmd/cmd.h"
#include "lib/module.h"

const char cmd_unload_usage[] =
"usage: pisces unload\n"
"\n"
"Takes the Linux module out.  Refused while there are enclaves.\n";

int cmd_unload(int argc, char **argv)
{
	static const struct option options[] = { CMD_OPTIONS };
	int option = getopt_long(argc, argv, ":h", options, NULL);

	if (option >= 0)
		return cmd_option(option, argv);
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	return module_unload() ? cmd_fail() : EXIT_OK;
}
