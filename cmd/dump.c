/* SPDX-License-Identifier: GPL-2.0-only */
/* dump: write an enclave's memory and registers to a core file. */
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "lib/dump.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/text.h"

const char cmd_dump_usage[] =
"usage: pisces dump [-e NAME | NAME] FILE\n"
"\n"
"Writes FILE, an ELF core file for gdb and its like: all memory of the enclave as\n"
"its co-kernel maps it, and the registers of its CPUs.  It holds the memory of\n"
"the enclave's programs, too.  Works on one that has crashed; one that runs goes\n"
"on, so that its memory is not of one instant.  With one enclave no name is\n"
"needed.\n"
"\n"
"  gdb build/cokernel/cokernel.elf FILE\n"
"\n"
"  -e, --enclave NAME   the enclave\n";

static void warn(const struct dump *dump)
{
	if (dump->no_tables)
		cmd_warn("%s has no page tables that make sense: memory is "
			 "shown as it was mapped at its start",
			 dump->enclave.name);
	if (dump->cut)
		cmd_warn("the page tables of %s map more than can be right: "
			 "some of that is left out", dump->enclave.name);
	if (dump->unread)
		cmd_warn("%s could not be read and are zeroes",
			 text_bytes(dump->unread));
}

static int dump_to(int manager, const char *name, const char *path)
{
	struct dump dump = { .manager = manager, .progress = progress_bytes };
	int error;

	if (enclave_find(manager, name, &dump.enclave))
		return cmd_fail();
	progress_begin();
	error = dump_write(&dump, path);
	progress_end();
	if (error)
		return cmd_fail_interrupted();
	if (dump.old_registers)
		cmd_warn("%s does not answer: the registers are those that its "
			 "CPUs saved last", dump.enclave.name);
	warn(&dump);
	printf("%s: %zu CPU%s and %s dumped to %s\n", dump.enclave.name,
	       dump.cpus, dump.cpus == 1 ? "" : "s", text_bytes(dump.bytes),
	       path);
	return EXIT_OK;
}

int cmd_dump(int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	const char *name = NULL, *path;
	int option, manager, status;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (optind == argc)
		return cmd_usage("dump: no FILE is named: see pisces dump "
				 "--help");
	path = argv[--argc];
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	interrupt_catch();
	manager = manager_open();
	if (manager < 0)
		return cmd_fail();
	status = dump_to(manager, name, path);
	close(manager);
	return status;
}
