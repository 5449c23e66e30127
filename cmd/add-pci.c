/* SPDX-License-Identifier: GPL-2.0-only */
/* add-pci: give an enclave that runs PCI functions. */
#include <stdio.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "cmd/pci-options.h"

const char cmd_add_pci_usage[] =
"usage: pisces add-pci [-e NAME] [--poll | --forward] [--unsafe-dma] [--force]\n"
"                      [--dry-run] [--timings] BDF...\n"
"\n"
"Takes PCI functions from Linux and gives them to an enclave that runs, all or\n"
"none: BDF is an address such as 0000:03:00.0, where 0000: may be left out.  Its\n"
"own driver has them then, and an IOMMU keeps them from all memory but the\n"
"enclave's.  Interrupts come straight to the enclave's CPUs where that can be,\n"
"else they are polled.  pisces check --pci says which functions may go.  With one\n"
"enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
PCI_OPTIONS_USAGE
"  --dry-run            only say whether they could be given\n"
"  --timings            print how long it took, in microseconds\n";

int cmd_add_pci(int argc, char **argv)
{
	struct change_arguments arguments;
	struct change change;
	int status = change_parse(&arguments, "PCI function is",
				  CHANGE_DEVICES | CHANGE_PCI_OPTIONS, argc,
				  argv);

	if (status >= 0)
		return status;
	status = change_open(&change, &arguments);
	if (status)
		return status;
	status = change_add_devices(&change, &arguments.devices);
	if (!status && change.dry_run)
		printf("%s: would take %s\n", change.enclave.name,
		       grants_summary(&change.changed));
	else if (!status)
		pci_print_added(change.manager, change.enclave.id,
				change.enclave.name, &arguments.devices);
	return change_close(&change, &arguments, status);
}
