/* SPDX-License-Identifier: GPL-2.0-only */
/* debug: make an enclave crash, hang or show its registers. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/registers.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/save.h"

const char cmd_debug_usage[] =
"usage: pisces debug panic|hang|nmi|registers [--cpu N] [-e NAME | NAME]\n"
"\n"
"For trying out what happens then, and for those who look for a fault:\n"
"\n"
"  panic      the co-kernel gives up, as after an error of its own\n"
"  hang       a CPU of it stays in the kernel with interrupts off, for good\n"
"  nmi        a CPU gets an NMI, as when Linux rings, and finds nothing to do\n"
"  registers  prints the registers of its CPUs; of one that has crashed, as they\n"
"             were then\n"
"\n"
"  --cpu N              the CPU, by Linux's number (default: its first one;\n"
"                       registers: all)\n"
"  -e, --enclave NAME   the enclave\n";

struct debug {
	int manager;
	struct pisces_ioctl_status enclave;
	int cpu;		/* -1: none was named */
};

/* The CPU's index in the boot page. */
static int find_slot(const struct debug *debug, uint32_t *slot)
{
	struct ledger ledger;
	const struct pisces_ioctl_ledger *entry;
	int error = ledger_read(debug->manager, debug->enclave.id, &ledger);

	*slot = 0;
	if (!error && debug->cpu >= 0) {
		entry = ledger_find(&ledger, PISCES_GRANT_CPU,
				    (uint64_t)debug->cpu);
		if (entry && entry->slot < PISCES_MAX_CPUS)
			*slot = entry->slot;
		else
			error = error_set(-EINVAL, "CPU %d is not one of "
					  "%s's: pisces list shows them",
					  debug->cpu, debug->enclave.name);
	}
	ledger_free(&ledger);
	return error;
}

static int ask(struct debug *debug, uint32_t what, const char *done)
{
	const char *name = debug->enclave.name;
	uint32_t slot;
	int error = enclave_require_running(name, debug->enclave.state);

	if (!error)
		error = find_slot(debug, &slot);
	if (error)
		return cmd_fail();
	error = manager_debug(debug->manager, debug->enclave.id, what, slot,
			      1000);
	if (error == -EINVAL && debug->cpu >= 0)
		return cmd_error("CPU %d takes no NMI while it joins or leaves "
				 "%s: pisces status %s shows it", debug->cpu,
				 name, name);
	if (error)
		return cmd_error("cannot ring at %s: %s", name,
				 strerror(-error));
	printf("%s: %s\n", name, done);
	return EXIT_OK;
}

static int ask_panic(struct debug *debug)
{
	return ask(debug, PISCES_DEBUG_PANIC, "told to panic");
}

static int ask_hang(struct debug *debug)
{
	return ask(debug, PISCES_DEBUG_HANG, "told to hang");
}

static int ask_nmi(struct debug *debug)
{
	return ask(debug, PISCES_DEBUG_NOTHING, "NMI sent");
}

static void print_save(const struct save *save, int cpu)
{
	for (size_t i = 0; i < save->count; i++) {
		const struct save_cpu *one = &save->cpus[i];

		if (cpu >= 0 && one->cpu != (unsigned int)cpu)
			continue;
		if (!one->save.tsc) {
			printf("cpu %u  none were saved\n", one->cpu);
			continue;
		}
		printf("cpu %u  at tsc %" PRIu64 "\n", one->cpu,
		       one->save.tsc);
		registers_print(&one->save.registers);
	}
}

static int show_registers(struct debug *debug)
{
	int status = EXIT_OK;
	struct save save;
	uint32_t slot;

	if (find_slot(debug, &slot))
		return cmd_fail();
	/* What they saved before is better than nothing. */
	if (debug->enclave.state == PISCES_ENCLAVE_RUNNING &&
	    save_refresh(debug->manager, &debug->enclave)) {
		status = cmd_fail();
		cmd_warn("these are the registers that were saved last");
	}
	if (save_read(debug->manager, &debug->enclave, &save))
		status = cmd_fail();
	else
		print_save(&save, debug->cpu);
	save_free(&save);
	return status;
}

static const struct {
	const char *name;
	int (*function)(struct debug *debug);
} requests[] = {
	{ "panic", ask_panic },
	{ "hang", ask_hang },
	{ "nmi", ask_nmi },
	{ "registers", show_registers },
};

static int do_request(const char *what, struct debug *debug, const char *name)
{
	const size_t count = sizeof(requests) / sizeof(requests[0]);
	size_t i = 0;
	int status;

	while (i < count && strcmp(what, requests[i].name))
		i++;
	if (i == count)
		return cmd_usage("debug: '%s' is none of panic, hang, nmi and "
				 "registers", what);
	debug->manager = manager_open();
	if (debug->manager < 0)
		return cmd_fail();
	status = enclave_find(debug->manager, name, &debug->enclave)
		 ? cmd_fail() : requests[i].function(debug);
	close(debug->manager);
	return status;
}

int cmd_debug(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	struct debug debug = { .cpu = -1 };
	const char *name = NULL, *what;
	uint64_t number;
	int option;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'c':
			if (cmd_number("--cpu", optarg, INT32_MAX, &number))
				return EXIT_USAGE;
			debug.cpu = (int)number;
			break;
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (optind == argc)
		return cmd_usage("debug: say what: panic, hang, nmi or "
				 "registers");
	what = argv[optind++];
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	return do_request(what, &debug, name);
}
