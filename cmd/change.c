/* SPDX-License-Identifier: GPL-2.0-only */
/* What add-cpu, rm-cpu, add-mem, rm-mem, add-pci and rm-pci share. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "cmd/pci-options.h"
#include "cmd/progress.h"
#include "lib/clock.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/text.h"

static int parse_node(struct change_arguments *arguments, const char *text)
{
	uint64_t number = 0;
	int status = cmd_number("--node", text, CMD_MOST_NODE, &number);

	arguments->node = (int)number;
	return status;
}

static int set_option(struct change_arguments *arguments, unsigned int accepts,
		      int option, char **argv)
{
	switch (option) {
	case 'e':
		arguments->enclave = optarg;
		return EXIT_OK;
	case 'n':
		arguments->dry_run = true;
		return EXIT_OK;
	case 'T':
		arguments->timings = true;
		return EXIT_OK;
	case 'N':
		if (accepts & CHANGE_NODE)
			return parse_node(arguments, optarg);
		break;
	case PCI_OPTION_FORCE:
		if (!(accepts & CHANGE_FORCE))
			break;
		arguments->force = true;
		return EXIT_OK;
	}
	if (accepts & CHANGE_PCI_OPTIONS &&
	    pci_option(option, &arguments->devices))
		return EXIT_OK;
	return cmd_option(option, argv);
}

static int parse_devices(struct change_arguments *arguments, int argc,
			 char **argv)
{
	for (int i = optind; i < argc; i++)
		if (wish_devices(argv[i], &arguments->devices))
			return cmd_usage("%s", error_text());
	return pci_check_options(&arguments->devices) ? EXIT_USAGE : -1;
}

static int parse_rest(struct change_arguments *arguments, const char *what,
		      unsigned int accepts, int argc, char **argv)
{
	if (optind == argc)
		return cmd_usage("%s: no %s named: see pisces %s --help",
				 cmd_current->name, what, cmd_current->name);
	if (accepts & CHANGE_DEVICES)
		return parse_devices(arguments, argc, argv);
	if (optind + 1 < argc)
		return cmd_usage("%s: one list is enough, '%s' is too much "
				 "(-e names the enclave)", cmd_current->name,
				 argv[optind + 1]);
	arguments->what = argv[optind];
	return -1;
}

int change_parse(struct change_arguments *arguments, const char *what,
		 unsigned int accepts, int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		{ "node", required_argument, NULL, 'N' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, PCI_OPTION_FORCE },
		{ "timings", no_argument, NULL, 'T' },
		PCI_OPTIONS,
		CMD_OPTIONS,
	};
	int option, status;

	*arguments = (struct change_arguments){
		.node = -1, .begin = clock_ns(),
	};
	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0) {
		status = set_option(arguments, accepts, option, argv);
		if (status || option == 'h')
			return status;
	}
	return parse_rest(arguments, what, accepts, argc, argv);
}

int change_open(struct change *change,
		const struct change_arguments *arguments)
{
	*change = (struct change){
		.node = arguments->node, .force = arguments->force,
		.dry_run = arguments->dry_run, .progress = progress_block,
	};
	interrupt_catch();
	change->manager = manager_open();
	if (change->manager < 0)
		return cmd_fail();
	if (change_begin(change, arguments->enclave))
		return change_close(change, arguments, -1);
	progress_begin();
	return EXIT_OK;
}

int change_close(struct change *change,
		 const struct change_arguments *arguments, int error)
{
	int status = error ? cmd_fail_interrupted() : EXIT_OK;

	if (!error && arguments->timings)
		cmd_print_timings(arguments->begin);
	change_end(change);
	close(change->manager);
	return status;
}

void change_print(const struct change *change, uint32_t kind,
		  const char *format, ...)
{
	struct grants now;
	va_list arguments;
	char cpus[1024];

	printf("%s: ", change->enclave.name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	if (!grants_read(change->manager, change->enclave.id, &now))
		printf(": %s", kind == PISCES_GRANT_CPU
		       ? grants_cpu_list(&now, cpus, sizeof(cpus))
		       : text_bytes(now.bytes));
	grants_free(&now);
	putchar('\n');
}
