/* SPDX-License-Identifier: GPL-2.0-only */
/* help: explain a command, or list them all. */
#include <stdio.h>

#include "cmd/cmd.h"

const char cmd_help_usage[] =
"usage: pisces help [COMMAND]\n"
"\n"
"Explains COMMAND, or lists the commands.\n";

static void list_commands(void)
{
	puts("usage: pisces COMMAND [ARGUMENT...]\n"
	     "\n"
	     "Takes CPUs and memory from the Linux that runs, boots a small "
	     "kernel on them\n"
	     "and runs programs there, undisturbed.\n");
	for (const struct command *c = cmd_table; c->name; c++)
		printf("  %-9s %s\n", c->name, c->summary);
	puts("\npisces help COMMAND says more.  pisces --version prints the "
	     "version.");
}

int cmd_help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return cmd_usage("help: one command at a time");
	if (argc < 2) {
		list_commands();
		return EXIT_OK;
	}
	command = cmd_find(argv[1]);
	if (!command)
		return cmd_unknown(argv[1]);
	fputs(command->usage, stdout);
	return EXIT_OK;
}
