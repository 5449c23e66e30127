/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's ledger of an enclave, read whole. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/error.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/pci-address.h"

static int append(int manager, uint32_t id, struct ledger *ledger)
{
	struct pisces_ioctl_ledger *more, entry;
	int error;

	for (uint32_t i = 0; !(error = manager_ledger(manager, id, i, &entry));
	     i++) {
		more = realloc(ledger->entries,
			       (ledger->count + 1) * sizeof(*more));
		if (!more)
			return error_set(-ENOMEM, "out of memory");
		ledger->entries = more;
		entry.id = id;
		more[ledger->count++] = entry;
	}
	/* What is not known may not be taken for what is not there. */
	return error == -ENOENT ? 0
		: error_errno(error, "cannot read the ledger");
}

int ledger_read(int manager, uint32_t id, struct ledger *ledger)
{
	*ledger = (struct ledger){ 0 };
	return append(manager, id, ledger);
}

int ledger_read_all(int manager, struct ledger *ledger)
{
	struct pisces_ioctl_status status;
	int listed = 0, error = 0;

	*ledger = (struct ledger){ 0 };
	for (uint32_t after = 0; !error &&
	     !(listed = manager_status(manager, 0, after, &status));
	     after = status.id)
		error = append(manager, status.id, ledger);
	if (!error && listed != -ENOENT)
		error = error_errno(listed, "cannot list the enclaves");
	return error;
}

void ledger_free(struct ledger *ledger)
{
	free(ledger->entries);
	*ledger = (struct ledger){ 0 };
}

struct pisces_ioctl_ledger *ledger_find(const struct ledger *ledger,
					uint32_t kind, uint64_t start)
{
	for (size_t i = 0; i < ledger->count; i++) {
		struct pisces_ioctl_ledger *entry = &ledger->entries[i];

		if (entry->kind == kind && start >= entry->start &&
		    start - entry->start < entry->size_bytes)
			return entry;
	}
	return NULL;
}

bool ledger_holds(const struct pisces_ioctl_ledger *entry)
{
	switch (entry->step) {
	case PISCES_STEP_COMMIT:
	case PISCES_STEP_ATTACH:
	case PISCES_STEP_KEPT:
	case PISCES_STEP_DETACH:
		return true;
	default:
		return false;
	}
}

const char *ledger_name(const struct pisces_ioctl_ledger *entry)
{
	static char text[64];

	if (entry->kind == PISCES_GRANT_CPU)
		snprintf(text, sizeof(text), "CPU %" PRIu64, entry->start);
	else if (entry->kind == PISCES_GRANT_DEVICE)
		snprintf(text, sizeof(text), "the PCI function %s",
			 pci_address_name((uint32_t)entry->start));
	else
		snprintf(text, sizeof(text), "the memory block at 0x%" PRIx64,
			 entry->start);
	return text;
}

int ledger_step(int manager, uint32_t id,
		const struct pisces_ioctl_ledger *entry, uint32_t step,
		uint32_t flags, struct pisces_ioctl_grant *grant)
{
	struct pisces_ioctl_grant own;

	grant = grant ? grant : &own;
	*grant = (struct pisces_ioctl_grant){
		.id = id, .kind = entry->kind, .step = step, .flags = flags,
		.start = entry->start, .size_bytes = entry->size_bytes,
	};
	return manager_grant(manager, grant);
}
