/* SPDX-License-Identifier: GPL-2.0-only */
/* What status says of devices, for people and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/pci-options.h"
#include "cmd/status.h"
#include "lib/error.h"
#include "lib/manager.h"
#include "lib/pci-address.h"

int status_read_devices(int manager, struct status *status)
{
	const struct ledger *ledger = &status->ledger;

	status->devices = calloc(ledger->count + 1, sizeof(*status->devices));
	if (!status->devices)
		return error_set(-ENOMEM, "out of memory");
	for (size_t i = 0; i < ledger->count; i++) {
		const struct pisces_ioctl_ledger *entry = &ledger->entries[i];
		struct status_device *device =
			&status->devices[status->device_count];

		if (entry->kind != PISCES_GRANT_DEVICE ||
		    !ledger_holds(entry) ||
		    manager_device(manager, status->enclave.id, entry->start,
				   &device->seen))
			continue;
		device->contained = entry->flags & PISCES_GRANT_CONTAINED;
		status->device_count++;
	}
	return 0;
}

static const char *source_name(uint32_t source)
{
	switch (source) {
	case PISCES_SOURCE_INTX:
		return "INTx";
	case PISCES_SOURCE_MSI:
		return "MSI";
	case PISCES_SOURCE_MSIX:
		return "MSI-X";
	default:
		return NULL;
	}
}

static void print_how(const struct pisces_ioctl_device *device)
{
	const char *source = source_name(device->source);

	if (device->name[0])
		printf("/dev/%s, ", device->name);
	if (device->driver[0])
		printf("driver %s, ", device->driver);
	else
		printf("no driver, ");
	if (device->mode == PISCES_DEVICE_POLL || !source)
		printf("%s\n", pci_mode_name(device->mode));
	else
		printf("interrupts %s (%s, %" PRIu32 " vector%s)\n",
		       pci_mode_name(device->mode), source, device->vectors,
		       device->vectors == 1 ? "" : "s");
}

static void print_one(const struct status_device *device)
{
	const struct pisces_ioctl_device *seen = &device->seen;

	printf("pci %s  ", pci_address_name((uint32_t)seen->start));
	print_how(seen);
	printf("  requests    %" PRIu64 ", %" PRIu64 " bytes, %" PRIu64
	       " failed, %" PRIu64 " resets\n", seen->requests, seen->bytes,
	       seen->errors, seen->resets);
	printf("  interrupts  %" PRIu64 ", %" PRIu64 " forwarded by Linux, %"
	       PRIu64 " polls\n", seen->interrupts, seen->forwarded,
	       seen->polls);
	printf("  dma         %s", device->contained ? "contained"
						     : "not contained");
	if (seen->faults_known)
		printf(", %" PRIu32 " faults", seen->faults);
	printf("; it is stopped by %s\n",
	       seen->reset_method[0] ? seen->reset_method : "-");
}

void status_print_devices(const struct status *status)
{
	for (size_t i = 0; i < status->device_count; i++)
		print_one(&status->devices[i]);
}

static const char *mode_key(uint32_t mode)
{
	switch (mode) {
	case PISCES_DEVICE_DIRECT:
		return "direct";
	case PISCES_DEVICE_FORWARD:
		return "forward";
	default:
		return "poll";
	}
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void print_object(struct json *json, const struct status_device *device)
{
	const struct pisces_ioctl_device *seen = &device->seen;

	json_open(json, NULL, '{');
	json_text(json, "address", pci_address_name((uint32_t)seen->start));
	json_text_or_null(json, "driver", or_null(seen->driver));
	json_text_or_null(json, "name", or_null(seen->name));
	json_text(json, "interrupts", mode_key(seen->mode));
	json_text_or_null(json, "source", source_name(seen->source));
	json_number(json, "vectors", seen->vectors);
	json_text_or_null(json, "stopped_by", or_null(seen->reset_method));
	json_bool(json, "contained", device->contained);
	json_number_or_null(json, "faults", seen->faults_known, seen->faults);
	json_number(json, "requests", seen->requests);
	json_number(json, "bytes", seen->bytes);
	json_number(json, "errors", seen->errors);
	json_number(json, "resets", seen->resets);
	json_number(json, "count", seen->interrupts);
	json_number(json, "forwarded", seen->forwarded);
	json_number(json, "polls", seen->polls);
	json_close(json, '}');
}

void status_print_devices_json(struct json *json, const struct status *status)
{
	json_open(json, "devices", '[');
	for (size_t i = 0; i < status->device_count; i++)
		print_object(json, &status->devices[i]);
	json_close(json, ']');
}
