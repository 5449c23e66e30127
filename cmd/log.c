/* SPDX-License-Identifier: GPL-2.0-only */
/* log: print a co-kernel's log. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/logline.h"
#include "lib/enclave.h"
#include "lib/node.h"

const char cmd_log_usage[] =
"usage: pisces log [-e NAME | NAME]\n"
"\n"
"Prints the log of an enclave's co-kernel, also of one that has crashed.  Times\n"
"are Linux's CLOCK_MONOTONIC, in seconds.  With one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n";

static int print_log(const char *name)
{
	char found[PISCES_NAME_SIZE];
	struct logline line;
	struct node node;
	int status = EXIT_OK;

	if (enclave_resolve(name, found) || node_open(&node, found))
		return cmd_fail();
	if (node_map_log(&node)) {
		status = cmd_fail();
	} else {
		logline_begin(&line, node.log);
		logline_print(&line);
		if (line.open)
			putchar('\n');
	}
	node_close(&node);
	return status;
}

int cmd_log(int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	const char *name = NULL;
	int option;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	return print_log(name);
}
