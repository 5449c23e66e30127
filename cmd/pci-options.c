/* SPDX-License-Identifier: GPL-2.0-only */
/* How devices are to be given, and what is printed of one that was. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/pci-options.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/pci-address.h"

bool pci_option(int option, struct device_wish *wish)
{
	switch (option) {
	case PCI_OPTION_POLL:
		wish->flags |= PISCES_GRANT_POLL;
		return true;
	case PCI_OPTION_FORWARD:
		wish->flags |= PISCES_GRANT_FORWARD;
		return true;
	case PCI_OPTION_UNSAFE_DMA:
		wish->flags |= PISCES_GRANT_UNSAFE_DMA;
		return true;
	case PCI_OPTION_FORCE:
		wish->force = true;
		return true;
	default:
		return false;
	}
}

int pci_check_options(const struct device_wish *wish)
{
	if (wish->flags & PISCES_GRANT_POLL &&
	    wish->flags & PISCES_GRANT_FORWARD)
		return cmd_usage("%s: --poll or --forward, not both",
				 cmd_current->name);
	if (!wish->count && (wish->flags || wish->force))
		return cmd_usage("%s: --poll, --forward, --unsafe-dma and "
				 "--force are about PCI functions, and none is "
				 "named", cmd_current->name);
	return EXIT_OK;
}

const char *pci_mode_name(uint32_t mode)
{
	switch (mode) {
	case PISCES_DEVICE_DIRECT:
		return "direct";
	case PISCES_DEVICE_FORWARD:
		return "forwarded";
	default:
		return "polled";
	}
}

static void print_one(const struct pisces_ioctl_device *device,
		      const char *name, const char *address, bool contained)
{
	printf("%s: PCI function %s added: ", name, address);
	if (!device->driver[0])
		printf("no driver");
	else if (!device->name[0])
		printf("driver %s", device->driver);
	else
		printf("/dev/%s", device->name);
	printf(", %s%s%s\n", device->mode == PISCES_DEVICE_POLL ? ""
						       : "interrupts ",
	       pci_mode_name(device->mode),
	       contained ? "" : ", DMA not contained");
}

static void print_added(int manager, const struct ledger *ledger,
			const char *name, uint32_t address)
{
	const struct pisces_ioctl_ledger *grant =
		ledger_find(ledger, PISCES_GRANT_DEVICE, address);
	const char *text = pci_address_name(address);
	struct pisces_ioctl_device device;

	/* Somebody may have taken it again. */
	if (!grant || manager_device(manager, grant->id, address, &device))
		return;
	print_one(&device, name, text, grant->flags & PISCES_GRANT_CONTAINED);
	if (!(grant->flags & PISCES_GRANT_CONTAINED))
		cmd_warn("no IOMMU contains the DMA of %s: it can write to all "
			 "memory of this machine, and so can who controls its "
			 "driver in %s", text, name);
}

void pci_print_added(int manager, uint32_t id, const char *name,
		     const struct device_wish *wish)
{
	struct ledger ledger;

	if (!ledger_read(manager, id, &ledger))
		for (int i = 0; i < wish->count; i++)
			print_added(manager, &ledger, name, wish->list[i]);
	ledger_free(&ledger);
}
