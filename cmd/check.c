/* SPDX-License-Identifier: GPL-2.0-only */
/* check: say whether this machine can run enclaves. */
#include <stdbool.h>
#include <stdio.h>

#include "cmd/check.h"
#include "cmd/cmd.h"
#include "lib/fitness.h"
#include "lib/json.h"

const char cmd_check_usage[] =
"usage: pisces check [--pci] [--json]\n"
"\n"
"Says whether this machine can run enclaves, point by point, and for each that\n"
"fails what to do.  Changes nothing.  Exits with 0 if it can, with 1 if not.\n"
"\n"
"  --pci    instead, lists the PCI functions: driver, IOMMU group, kinds of\n"
"           interrupts, what makes it stop, and whether it can be given to an\n"
"           enclave, else why not and what to do; and whether an IOMMU contains\n"
"           their DMA and their interrupts\n"
"  --json   an object with the keys fit and checks, whose items have the keys\n"
"           name, result (ok, warn or fail), text and remedy; with --pci one with\n"
"           iommu, interrupts_contained and functions, whose items have address,\n"
"           vendor, device, class, driver, group, domain, interrupts,\n"
"           reset_methods, quiesce, can_be_given, reason, remedy and option\n";

static const char *const words[] = {
	[FITNESS_OK] = "ok", [FITNESS_WARN] = "warn", [FITNESS_FAIL] = "FAIL",
};

static void print_line(const struct fitness *fitness)
{
	printf("%-4s  %-16s  %s\n", words[fitness->result], fitness->name,
	       fitness->text);
	if (fitness->remedy[0])
		printf("      %-16s  -> %s\n", "", fitness->remedy);
}

static void print_object(struct json *json, const struct fitness *fitness)
{
	json_open(json, NULL, '{');
	json_text(json, "name", fitness->name);
	json_text(json, "result", fitness->result == FITNESS_FAIL ? "fail"
		  : words[fitness->result]);
	json_text(json, "text", fitness->text);
	if (fitness->remedy[0])
		json_text(json, "remedy", fitness->remedy);
	else
		json_null(json, "remedy");
	json_close(json, '}');
}

static int check_all(bool as_json)
{
	struct fitness fitness;
	struct json json;
	bool fit = true;

	json_begin(&json, stdout);
	if (as_json) {
		json_open(&json, NULL, '{');
		json_open(&json, "checks", '[');
	}
	for (size_t i = 0; i < fitness_count; i++) {
		fitness_look(i, &fitness);
		fit = fit && fitness.result != FITNESS_FAIL;
		if (as_json)
			print_object(&json, &fitness);
		else
			print_line(&fitness);
	}
	if (as_json) {
		json_close(&json, ']');
		json_bool(&json, "fit", fit);
		json_close(&json, '}');
		json_end(&json);
	} else {
		puts(fit ? "This machine can run enclaves."
			 : "This machine cannot run enclaves as it is.");
	}
	return fit ? EXIT_OK : EXIT_FAILED;
}

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pci", no_argument, NULL, 'p' },
		CMD_OPTIONS,
	};
	bool as_json = false, pci = false;
	int option;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) >= 0)
		switch (option) {
		case 'j':
			as_json = true;
			break;
		case 'p':
			pci = true;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_no_more(argc, argv))
		return EXIT_USAGE;
	return pci ? check_pci(as_json) : check_all(as_json);
}
