/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking PCI functions from Linux for an enclave. */
#include <errno.h>

#include "lib/claim.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/pci-address.h"
#include "lib/pci-bind.h"
#include "lib/pci-refuse.h"

static int missing(uint32_t address)
{
	return error_set(-ENXIO, "there is no PCI function %s: pisces check "
			 "--pci lists them", pci_address_name(address));
}

static int check(const struct pci_request *request, uint32_t address)
{
	struct pci_function function;
	struct pci_refusal refusal;

	if (pci_look(address, &function))
		return missing(address);
	if (pci_refuse(request, &function, &refusal))
		return error_set(refusal.error, "the PCI function %s cannot be "
				 "given: %s: %s", pci_address_name(address),
				 refusal.reason, refusal.remedy);
	return 0;
}

static int plan_one(uint32_t address, struct grants *plan)
{
	const struct pisces_ioctl_ledger entry = {
		.kind = PISCES_GRANT_DEVICE, .start = address, .size_bytes = 1,
	};

	return grants_add(plan, &entry);
}

int claim_plan_devices(const struct claim *claim,
		       const struct device_wish *wish, struct grants *plan)
{
	struct ledger ledger = { 0 };
	struct pci_request request = {
		.manager = claim->manager, .id = claim->id, .ledger = &ledger,
		.wish = wish,
	};
	int error = claim->manager < 0 ? 0
		    : ledger_read_all(claim->manager, &ledger);

	for (int i = 0; i < wish->count && !error; i++)
		error = check(&request, wish->list[i]);
	for (int i = 0; i < wish->count && !error && plan; i++)
		error = plan_one(wish->list[i], plan);
	ledger_free(&ledger);
	return error;
}

/* What the module says of one that seemed fit. */
static int step_error(const struct claim *claim, const char *name,
		      const struct pisces_ioctl_grant *grant, int error)
{
	switch (-error) {
	case EXDEV:
		return error_set(error, "the PCI function %s shares its IOMMU "
				 "group with %s: give both, or have Linux let "
				 "go of that", name,
				 pci_address_name(
					 (uint32_t)grant->other_start));
	case EIO:
		return error_set(error, "the PCI function %s does not stop: it "
				 "may be broken", name);
	case EISDIR:
		return error_set(error, "the PCI function %s is a bridge: give "
				 "functions that are behind it", name);
	case ENOTSUP:
		return error_set(error, "no IOMMU contains the DMA of the PCI "
				 "function %s: --unsafe-dma gives it "
				 "nevertheless", name);
	case ENOTTY:
		return error_set(error, "nothing is known that makes the PCI "
				 "function %s stop: it must stay with Linux",
				 name);
	case ENOSPC:
		return error_set(error, "%s has as many PCI functions as an "
				 "enclave can have", claim->name);
	default:
		return error_errno(error, "cannot claim the PCI function %s",
				   name);
	}
}

static int intend(const struct claim *claim, struct pisces_ioctl_grant *grant,
		  uint32_t flags)
{
	const char *name = pci_address_name((uint32_t)grant->start);
	int error;

	grant->step = PISCES_STEP_INTENT;
	grant->flags = flags;
	error = manager_grant(claim->manager, grant);
	switch (-error) {
	case 0:
		return 0;
	case ENXIO:
		return missing((uint32_t)grant->start);
	case EEXIST:
		return error_set(error, "the PCI function %s is granted to %s "
				 "already: pisces rm-pci gives it back", name,
				 enclave_name_of(claim->manager, grant->owner));
	case EBUSY:
		if (grant->changer_pid)
			return enclave_changing(claim->name,
						grant->changer_pid);
	}
	return step_error(claim, name, grant, error);
}

static int commit(const struct claim *claim, struct pisces_ioctl_grant *grant)
{
	uint32_t address = (uint32_t)grant->start;
	int error;

	grant->step = PISCES_STEP_COMMIT;
	grant->flags = 0;
	error = manager_grant(claim->manager, grant);
	if (error == -EBUSY)
		return error_set(error, "the module's driver has lost the PCI "
				 "function %s: somebody else binds drivers; "
				 "try again", pci_address_name(address));
	if (error)
		return step_error(claim, pci_address_name(address), grant,
				  error);
	return interrupt_check();
}

/* Linux must have let go of a whole group before the first is committed. */
int claim_devices(const struct claim *claim, const struct device_wish *wish)
{
	struct pisces_ioctl_grant grant = {
		.id = claim->id, .kind = PISCES_GRANT_DEVICE, .size_bytes = 1,
	};
	int error = interrupt_check();

	for (int i = 0; i < wish->count && !error; i++) {
		grant.start = wish->list[i];
		error = intend(claim, &grant, wish->flags);
	}
	for (int i = 0; i < wish->count && !error; i++) {
		error = pci_bind(wish->list[i]);
		if (!error)
			error = interrupt_check();
	}
	for (int i = 0; i < wish->count && !error; i++) {
		grant.start = wish->list[i];
		error = commit(claim, &grant);
	}
	return error;
}
