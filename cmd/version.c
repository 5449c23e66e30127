/* SPDX-License-Identifier: GPL-2.0-only */
/* version: print the version. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "lib/module.h"

const char cmd_version_usage[] =
"usage: pisces version\n"
"       pisces --version\n"
"\n"
"Prints the version, and the kernel releases that modules are carried for.\n";

int cmd_version(int argc, char **argv)
{
	if (argc > 1)
		return cmd_usage("version: takes no argument '%s'", argv[1]);
	printf("pisces " PISCES_VERSION "\nmodules for: %s\n",
	       module_releases());
	return EXIT_OK;
}
