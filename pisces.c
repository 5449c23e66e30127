/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pisces: takes CPUs and memory from the Linux that runs, boots a co-kernel on
 * them and runs programs there.  This file is the table of commands and what
 * each needs; a command is in cmd/.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/steps.h"
#include "lib/sysfs.h"

#define COMMAND_AS(text, name, flags, summary) \
	{ text, cmd_##name, flags, summary, cmd_##name##_usage }
#define COMMAND(name, flags, summary) COMMAND_AS(#name, name, flags, summary)
#define CMD_MANAGES	(CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS | CMD_NEEDS_MODULE)

const struct command cmd_table[] = {
	COMMAND(check, CMD_NEEDS_SYSFS,
		"say whether this machine can run enclaves"),
	COMMAND(boot, CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS,
		"take CPUs and memory, and start an enclave on them"),
	COMMAND_AS("add-cpu", add_cpu, CMD_MANAGES,
		"give a running enclave more CPUs"),
	COMMAND_AS("rm-cpu", rm_cpu, CMD_MANAGES,
		"take CPUs from a running enclave"),
	COMMAND_AS("add-mem", add_mem, CMD_MANAGES,
		"give a running enclave more memory"),
	COMMAND_AS("rm-mem", rm_mem, CMD_MANAGES,
		"take memory from a running enclave"),
	COMMAND_AS("add-pci", add_pci, CMD_MANAGES,
		"give a running enclave PCI functions"),
	COMMAND_AS("rm-pci", rm_pci, CMD_MANAGES,
		"take PCI functions from a running enclave"),
	COMMAND(run, CMD_RUNS | CMD_NEEDS_SYSFS,
		"run a program in an enclave"),
	COMMAND(ps, CMD_NEEDS_SYSFS,
		"list what runs in enclaves"),
	COMMAND(kill, CMD_NEEDS_SYSFS,
		"send a signal to processes in an enclave"),
	COMMAND(wait, CMD_RUNS | CMD_NEEDS_SYSFS | CMD_NEEDS_MODULE,
		"wait for detached programs to end"),
	COMMAND(list, CMD_NEEDS_SYSFS,
		"list the enclaves"),
	COMMAND(status, CMD_NEEDS_SYSFS | CMD_NEEDS_MODULE,
		"show an enclave's resources and counters"),
	COMMAND(top, CMD_NEEDS_SYSFS,
		"watch the enclaves and what their CPUs do"),
	COMMAND(log, CMD_NEEDS_SYSFS | CMD_NEEDS_MODULE,
		"print a co-kernel's log"),
	COMMAND(console, CMD_NEEDS_SYSFS | CMD_NEEDS_MODULE,
		"follow a co-kernel's log and detached programs' output"),
	COMMAND(noise, 0, "measure what keeps CPUs from computing"),
	COMMAND(destroy, CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS,
		"end an enclave and give everything back to Linux"),
	COMMAND(reclaim, CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS,
		"give back what a pisces that died has left"),
	COMMAND(dump, CMD_MANAGES,
		"write an enclave's memory and registers to a core file"),
	COMMAND(debug, CMD_MANAGES,
		"make an enclave crash, hang or show its registers"),
	COMMAND(load, CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS,
		"load the Linux module"),
	COMMAND(unload, CMD_NEEDS_ROOT | CMD_NEEDS_SYSFS,
		"unload the Linux module"),
	COMMAND(version, 0, "print the version"),
	COMMAND(help, 0, "explain a command"),
	{ NULL, NULL, 0, NULL, NULL },
};

const struct command *cmd_current;

const struct command *cmd_find(const char *name)
{
	for (const struct command *c = cmd_table; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* How many letters must be changed, added or left out (Levenshtein). */
static int distance(const char *a, const char *b)
{
	int row[32], length = (int)strlen(b);

	if (length >= 31)
		return 99;
	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int corner = row[0];

		row[0] = i;
		for (int j = 1; j <= length; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[length];
}

int cmd_unknown(const char *name)
{
	const struct command *nearest = NULL;
	int least = 3;

	for (const struct command *c = cmd_table; c->name; c++) {
		int d = distance(name, c->name);

		/* One that shares no letter is not near. */
		if (d < least && d < (int)strlen(c->name)) {
			least = d;
			nearest = c;
		}
	}
	if (nearest)
		return cmd_usage("there is no command '%s': did you mean '%s'?",
				 name, nearest->name);
	return cmd_usage("there is no command '%s': pisces help lists them",
			 name);
}

static bool check_needs(const struct command *command)
{
	if (command->flags & CMD_NEEDS_ROOT && geteuid() != 0) {
		cmd_error("%s: must be run as root (try sudo)",
			  command->name);
		return false;
	}
	if (command->flags & CMD_NEEDS_SYSFS && geteuid() == 0 &&
	    sysfs_require() && command->function != cmd_check) {
		cmd_fail();
		return false;
	}
	return !(command->flags & CMD_NEEDS_MODULE) || !cmd_need_module();
}

/*
 * A file opened later must not become a standard stream.  The root folder can
 * neither be read nor written, as a stream that is closed.
 */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/", O_RDONLY | O_DIRECTORY);
}

/* What was printed must have arrived. */
static int finish(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && status == EXIT_OK)
		return cmd_error("cannot write to standard output");
	return status;
}

static bool is_one_of(const char *word, const char *brief, const char *full)
{
	return !strcmp(word, brief) || !strcmp(word, full);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";

	fill_standard_streams();
	steps_begin();
	signal(SIGPIPE, SIG_IGN);
	opterr = 0;
	if (is_one_of(name, "-h", "--help"))
		name = "help";
	if (is_one_of(name, "-V", "--version"))
		name = "version";
	cmd_current = cmd_find(name);
	if (!cmd_current)
		return cmd_unknown(name);
	if (argc > 2 && is_one_of(argv[2], "-h", "--help")) {
		fputs(cmd_current->usage, stdout);
		return finish(EXIT_OK);
	}
	if (!check_needs(cmd_current))
		return cmd_current->flags & CMD_RUNS ? EXIT_RUN_FAILED
						     : EXIT_FAILED;
	if (argc > 1) {
		argc--;
		argv++;
	}
	return finish(cmd_current->function(argc, argv));
}
