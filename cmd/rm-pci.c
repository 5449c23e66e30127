/* SPDX-License-Identifier: GPL-2.0-only */
/* rm-pci: take PCI functions from an enclave that runs. */
#include <stdio.h>

#include "cmd/change.h"
#include "cmd/cmd.h"
#include "lib/pci-address.h"

const char cmd_rm_pci_usage[] =
"usage: pisces rm-pci [-e NAME] [--dry-run] [--timings] BDF...\n"
"\n"
"Takes PCI functions from an enclave that runs and gives them back to Linux, all\n"
"or none: they are made to stop, and Linux's driver has them again.  One that a\n"
"process has open is refused; those of one IOMMU group go together.  BDF is an\n"
"address such as 0000:03:00.0.  With one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --dry-run            only say what would be given back\n"
"  --timings            print how long it took, in microseconds\n";

int cmd_rm_pci(int argc, char **argv)
{
	struct change_arguments arguments;
	struct change change;
	int status = change_parse(&arguments, "PCI function is",
				  CHANGE_DEVICES, argc, argv);

	if (status >= 0)
		return status;
	status = change_open(&change, &arguments);
	if (status)
		return status;
	status = change_remove_devices(&change, &arguments.devices);
	if (!status && change.dry_run)
		printf("%s: would give %s back to Linux\n",
		       change.enclave.name, grants_summary(&change.changed));
	for (size_t i = 0; !status && !change.dry_run &&
	     i < change.changed.device_count; i++)
		printf("%s: PCI function %s removed\n", change.enclave.name,
		       pci_address_name(change.changed.devices[i]));
	return change_close(&change, &arguments, status);
}
