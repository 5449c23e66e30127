/* SPDX-License-Identifier: GPL-2.0-only */
/* load: load the Linux module. */
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/manager.h"
#include "lib/module.h"

const char cmd_load_usage[] =
"usage: pisces load [--module FILE]\n"
"\n"
"Loads the Linux module for the kernel that runs, which pisces carries within\n"
"itself.  pisces boot does this by itself.  Nothing to do if it is loaded.\n"
"\n"
"  -m, --module FILE   load this one instead\n";

int cmd_load(int argc, char **argv)
{
	static const struct option options[] = {
		{ "module", required_argument, NULL, 'm' },
		CMD_OPTIONS,
	};
	const char *file = NULL;
	int option, fd;

	while ((option = getopt_long(argc, argv, ":hm:", options, NULL)) >= 0)
		switch (option) {
		case 'm':
			file = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	if (module_load(file))
		return cmd_fail();
	fd = manager_open();
	if (fd < 0)
		return cmd_fail();
	close(fd);
	return EXIT_OK;
}
