/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving back to Linux the devices that an enclave holds. */
#include <errno.h>

#include "lib/pci-bind.h"
#include "lib/release.h"

int release_device(int manager, uint32_t id, const char *name,
		   struct pisces_ioctl_ledger *entry)
{
	int error;

	if (!ledger_holds(entry))
		return 0;
	error = ledger_step(manager, id, entry, PISCES_STEP_RETURN, 0, NULL);
	if (error == -EIO)
		return release_quarantined(name, ledger_name(entry));
	if (error)
		return error_errno(error, "%s stays out of Linux's use",
				   ledger_name(entry));
	entry->step = PISCES_STEP_RETURN;
	return 0;
}

static bool is_leaving(const struct pisces_ioctl_ledger *entry)
{
	return entry->kind == PISCES_GRANT_DEVICE && !ledger_holds(entry);
}

/* It is Linux's, even if no driver wants it. */
static int give_back(int manager, uint32_t id,
		     const struct pisces_ioctl_ledger *entry)
{
	int forgotten, error = 0;

	if (entry->flags & PISCES_GRANT_WAS_ONLINE)
		error = pci_probe((uint32_t)entry->start);
	forgotten = ledger_step(manager, id, entry, PISCES_STEP_FORGET, 0,
				NULL);
	if (forgotten)
		return error_errno(forgotten, "%s stays in the ledger",
				   ledger_name(entry));
	return error;
}

void release_devices(int manager, uint32_t id, const struct ledger *ledger,
		     struct grants *out, struct errors *errors)
{
	bool stuck = false;

	for (size_t i = ledger->count; i-- > 0;) {
		int error = 0;

		if (is_leaving(&ledger->entries[i]))
			error = pci_unbind((uint32_t)ledger->entries[i].start);
		if (error)
			errors_note(errors, error);
		stuck = stuck || error;
	}
	for (size_t i = ledger->count; i-- > 0 && !stuck;) {
		const struct pisces_ioctl_ledger *entry = &ledger->entries[i];
		int error;

		if (!is_leaving(entry))
			continue;
		error = give_back(manager, id, entry);
		if (!error && out)
			error = grants_add(out, entry);
		if (error)
			errors_note(errors, error);
	}
}
