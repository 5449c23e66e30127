/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking PCI functions from an enclave that runs. */
#include <errno.h>

#include "lib/change-remove.h"
#include "lib/error.h"
#include "lib/pci-address.h"
#include "lib/pci.h"

static int not_there(const struct removal *removal, uint32_t address)
{
	const struct change *change = removal->change;
	struct grants grants;
	char list[1024];

	if (!grants_read(change->manager, change->enclave.id, &grants))
		grants_device_list(&grants, list, sizeof(list));
	error_set(-EINVAL, "the PCI function %s is not one of %s's: it has %s",
		  pci_address_name(address), change->enclave.name,
		  grants.device_count ? list : "none");
	grants_free(&grants);
	return -EINVAL;
}

/* All that shares its group is in the same domain, and must leave it, too. */
static int check_group(const struct removal *removal, uint32_t address,
		       const struct device_wish *wish)
{
	static uint32_t members[PCI_MOST_IN_GROUP];
	struct pci_function function;
	int count = 0;

	/* One that was pulled out is in no group any more. */
	if (!pci_look(address, &function) && function.group != PCI_NO_GROUP)
		count = pci_group_members(function.group, members);
	for (int i = 0; i < count; i++)
		if (!wish_has_device(wish, members[i]) &&
		    ledger_find(&removal->ledger, PISCES_GRANT_DEVICE,
				members[i]))
			return error_set(-EXDEV, "the PCI function %s shares "
					 "its IOMMU group with %s: take both",
					 pci_address_name(address),
					 pci_address_name(members[i]));
	return 0;
}

static int add(struct removal *removal, uint32_t address,
	       const struct device_wish *wish)
{
	struct pisces_ioctl_ledger *entry =
		ledger_find(&removal->ledger, PISCES_GRANT_DEVICE, address);

	if (!entry || entry->step != PISCES_STEP_KEPT)
		return not_there(removal, address);
	removal_add(removal, entry, 0);
	return check_group(removal, address, wish);
}

int change_remove_devices(struct change *change, const struct device_wish *wish)
{
	static struct removal removal;
	int error = removal_begin(&removal, change);

	for (int i = 0; i < wish->count && !error; i++)
		error = add(&removal, wish->list[i], wish);
	for (size_t i = 0; i < removal.count && !error; i++)
		error = removal_detach(&removal, i, false);
	error = removal_finish(&removal, error);
	removal_end(&removal);
	return error;
}
