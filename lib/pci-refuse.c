/* SPDX-License-Identifier: GPL-2.0-only */
/* May a PCI function be given to an enclave, and if not, why not? */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/enclave.h"
#include "lib/pci-address.h"
#include "lib/pci-refuse.h"
#include "lib/pci-use.h"

/* What all checks below look at. */
struct check {
	const struct pci_request *request;
	const struct pci_function *function;
	struct pci_refusal *refusal;
};

__attribute__((format(printf, 3, 4)))
static int refuse(const struct check *check, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->refusal->reason, sizeof(check->refusal->reason),
		  format, arguments);
	va_end(arguments);
	check->refusal->error = error;
	return error;
}

__attribute__((format(printf, 2, 3)))
static void remedy(const struct check *check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->refusal->remedy, sizeof(check->refusal->remedy),
		  format, arguments);
	va_end(arguments);
}

static const struct pisces_ioctl_ledger *grant_of(const struct check *check,
						  uint32_t address)
{
	return ledger_find(check->request->ledger, PISCES_GRANT_DEVICE,
			   address);
}

static int check_bridge(const struct check *check)
{
	if (!check->function->bridge)
		return 0;
	remedy(check, "give functions that are behind it");
	return refuse(check, -EISDIR, "it is a bridge");
}

static int check_granted(const struct check *check)
{
	const struct pisces_ioctl_ledger *grant =
		grant_of(check, check->function->address);
	const char *name;

	/* Who is not root does not see whose it is. */
	if (!grant && check->request->manager < 0 &&
	    !strcmp(check->function->driver, PCI_DRIVER)) {
		remedy(check, "pisces rm-pci, as root");
		return refuse(check, -EEXIST, "an enclave has it");
	}
	if (!grant)
		return 0;
	name = enclave_name_of(check->request->manager, grant->id);
	remedy(check, "pisces rm-pci -e %s %s", name,
	       pci_address_name(check->function->address));
	return refuse(check, -EEXIST, "it is granted to %s already", name);
}

static bool is_vfio(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

/* Somebody has it for something else than Linux's own use. */
static int check_driver(const struct check *check)
{
	const struct pci_function *function = check->function;

	if (is_vfio(function->driver)) {
		remedy(check, "end what uses it and unbind it from %s",
		       function->driver);
		return refuse(check, -EBUSY, "vfio has it, for virtual "
			      "machines or programs (driver %s)",
			      function->driver);
	}
	if (function->override[0] && strcmp(function->override, PCI_DRIVER)) {
		remedy(check, "take that away: echo > /sys/bus/pci/devices/%s/"
		       "driver_override",
		       pci_address_name(function->address));
		return refuse(check, -EBUSY, "somebody chose the driver %s for "
			      "it (driver_override)", function->override);
	}
	if (function->virtual_functions) {
		remedy(check, "give some of these, or take them away: echo 0 > "
		       "/sys/bus/pci/devices/%s/sriov_numvfs",
		       pci_address_name(function->address));
		return refuse(check, -EBUSY, "it has %u virtual functions",
			      function->virtual_functions);
	}
	return 0;
}

static int check_memory(const struct check *check)
{
	if (check->function->has_memory)
		return 0;
	remedy(check, "it can only stay with Linux");
	return refuse(check, -EOPNOTSUPP, "it has no registers in memory, and "
		      "an enclave uses no I/O ports");
}

static int check_stop(const struct check *check)
{
	if (check->function->reset[0] || pci_quiesce(check->function))
		return 0;
	remedy(check, "behind a bridge of its own it could be reset with the "
	       "bus");
	return refuse(check, -ENOTTY, "nothing is known that makes it stop: "
		      "Linux has no way to reset it, and it is neither AHCI "
		      "nor NVMe");
}

/* Who is in the way, of those that share its group? */
static int check_companion(const struct check *check, uint32_t address)
{
	const struct pci_request *request = check->request;
	const struct pisces_ioctl_ledger *grant = grant_of(check, address);
	const char *name = pci_address_name(address);
	struct pci_function other;

	if (wish_has_device(request->wish, address) ||
	    pci_look(address, &other) || other.bridge)
		return 0;
	if (grant && grant->id == request->id)
		return 0;
	if (grant) {
		name = enclave_name_of(request->manager, grant->id);
		remedy(check, "pisces rm-pci -e %s %s", name,
		       pci_address_name(address));
		return refuse(check, -EXDEV, "it shares IOMMU group %d with %s,"
			      " which is granted to %s",
			      check->function->group,
			      pci_address_name(address), name);
	}
	if (!other.driver[0])
		return 0;
	remedy(check, "give both, or have Linux let go of that: echo %s > "
	       "/sys/bus/pci/drivers/%s/unbind", name, other.driver);
	return refuse(check, -EXDEV, "it shares IOMMU group %d with %s, which "
		      "Linux uses (driver %s)", check->function->group, name,
		      other.driver);
}

static int check_group(const struct check *check)
{
	static uint32_t members[PCI_MOST_IN_GROUP];
	int count = check->function->group == PCI_NO_GROUP ? 0 :
		pci_group_members(check->function->group, members);
	int error = 0;

	for (int i = 0; i < count && !error; i++)
		if (members[i] != check->function->address)
			error = check_companion(check, members[i]);
	return error;
}

static int check_iommu(const struct check *check)
{
	if (check->function->group != PCI_NO_GROUP ||
	    check->request->wish->flags & PISCES_GRANT_UNSAFE_DMA)
		return 0;
	check->refusal->option = "--unsafe-dma";
	remedy(check, "switch the IOMMU on (firmware; intel_iommu=on), or let "
	       "the device reach all memory of the machine, Linux's too, with "
	       "--unsafe-dma");
	return refuse(check, -ENOTSUP, "no IOMMU contains its DMA");
}

static int check_use(const struct check *check)
{
	struct pci_use use;

	if (check->request->wish->force ||
	    !pci_in_use(check->function->address, &use))
		return 0;
	check->refusal->option = "--force";
	remedy(check, "%s, or take it from under Linux's feet with --force",
	       use.remedy);
	return refuse(check, -EBUSY, "%s", use.reason);
}

/* What no option overrides comes first. */
static int (*const checks[])(const struct check *check) = {
	check_bridge,
	check_granted,
	check_driver,
	check_memory,
	check_stop,
	check_group,
	check_iommu,
	check_use,
};

int pci_refuse(const struct pci_request *request,
	       const struct pci_function *function,
	       struct pci_refusal *refusal)
{
	const struct check check = { request, function, refusal };
	const size_t count = sizeof(checks) / sizeof(checks[0]);

	*refusal = (struct pci_refusal){ 0 };
	for (size_t i = 0; i < count && !refusal->error; i++)
		checks[i](&check);
	return refusal->error;
}
