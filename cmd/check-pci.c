/* SPDX-License-Identifier: GPL-2.0-only */
/* check --pci: which PCI functions could be given to an enclave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/check.h"
#include "cmd/cmd.h"
#include "lib/enclave.h"
#include "lib/json.h"
#include "lib/manager.h"
#include "lib/module.h"
#include "lib/pci-address.h"
#include "lib/pci-refuse.h"

/* What a class is called: PCI Code and ID Assignment, 1. */
static const struct {
	uint32_t mask, code;
	const char *name;
} classes[] = {
	{ 0xffffff, 0x010601, "AHCI" },
	{ 0xffffff, 0x010802, "NVMe" },
	{ 0xff0000, 0x010000, "storage" },
	{ 0xff0000, 0x020000, "network" },
	{ 0xff0000, 0x030000, "display" },
	{ 0xff0000, 0x040000, "multimedia" },
	{ 0xff0000, 0x060000, "bridge" },
	{ 0xffff00, 0x0c0300, "USB" },
	{ 0xffff00, 0x0c0500, "SMBus" },
};

static const char *class_name(uint32_t code)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if ((code & classes[i].mask) == classes[i].code)
			return classes[i].name;
	return "other";
}

static const struct {
	unsigned int bit;
	const char *name;
} kinds[] = {
	{ PCI_INTX, "INTx" }, { PCI_MSI, "MSI" }, { PCI_MSIX, "MSI-X" },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* "?": who is not root does not see all. */
static const char *interrupts(const struct pci_function *function)
{
	static char text[32];

	text[0] = 0;
	for (size_t i = 0; i < KINDS; i++)
		if (function->interrupts & kinds[i].bit)
			strcat(strcat(text, text[0] ? "," : ""),
			       kinds[i].name);
	if (!function->interrupts_known)
		strcat(text, "?");
	return text[0] ? text : "-";
}

static const char *stopped_by(const struct pci_function *function)
{
	const char *quiesce = pci_quiesce(function);

	if (function->reset[0])
		return function->reset;
	return quiesce ? quiesce : "-";
}

static void print_row(const struct pci_function *function,
		      const struct pci_refusal *refusal)
{
	char group[16] = "-";

	if (function->group != PCI_NO_GROUP)
		snprintf(group, sizeof(group), "%d", function->group);
	printf("%s  %04x:%04x  %-10s  %-14s  %-5s  %-14s  %s\n",
	       pci_address_name(function->address), function->vendor,
	       function->device, class_name(function->class_code),
	       function->driver[0] ? function->driver : "-", group,
	       interrupts(function), stopped_by(function));
	if (!refusal->error)
		printf("  can be given\n");
	else
		printf("  cannot be given: %s\n    -> %s\n", refusal->reason,
		       refusal->remedy);
}

/* The words of TEXT. */
static void print_words(struct json *json, const char *key, const char *text)
{
	char copy[128], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	json_open(json, key, '[');
	while ((word = strsep(&rest, " ")))
		if (*word)
			json_text(json, NULL, word);
	json_close(json, ']');
}

static const char *or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

static void print_object(struct json *json, const struct pci_function *function,
			 const struct pci_refusal *refusal)
{
	char text[16];

	json_open(json, NULL, '{');
	json_text(json, "address", pci_address_name(function->address));
	json_number(json, "vendor", function->vendor);
	json_number(json, "device", function->device);
	snprintf(text, sizeof(text), "0x%06x", function->class_code);
	json_text(json, "class", text);
	json_text_or_null(json, "driver", or_null(function->driver));
	json_number_or_null(json, "group", function->group != PCI_NO_GROUP,
			    (uint64_t)function->group);
	json_text_or_null(json, "domain", or_null(function->domain));
	json_open(json, "interrupts", '[');
	for (size_t i = 0; i < KINDS; i++)
		if (function->interrupts & kinds[i].bit)
			json_text(json, NULL, kinds[i].name);
	json_close(json, ']');
	print_words(json, "reset_methods", function->reset);
	json_text_or_null(json, "quiesce", pci_quiesce(function));
	json_bool(json, "can_be_given", !refusal->error);
	json_text_or_null(json, "reason", or_null(refusal->reason));
	json_text_or_null(json, "remedy", or_null(refusal->remedy));
	json_text_or_null(json, "option", refusal->option);
	json_close(json, '}');
}

static void print_all(const struct pci_function *list, size_t count,
		      struct pci_request *request, struct json *json)
{
	for (size_t i = 0; i < count; i++) {
		const struct device_wish wish = {
			.count = 1, .list[0] = list[i].address,
		};
		struct pci_refusal refusal;

		request->wish = &wish;
		pci_refuse(request, &list[i], &refusal);
		if (json)
			print_object(json, &list[i], &refusal);
		else
			print_row(&list[i], &refusal);
	}
}

static bool iommu_is_used(const struct pci_function *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].group != PCI_NO_GROUP)
			return true;
	return false;
}

static void print_text(const struct pci_function *list, size_t count,
		       struct pci_request *request)
{
	puts(iommu_is_used(list, count)
	     ? "An IOMMU is in use: DMA is contained."
	     : "No IOMMU is in use: DMA is not contained.");
	puts(pci_interrupts_contained()
	     ? "Interrupt remapping is on: interrupts are contained; they are "
	       "polled, or\nLinux forwards them."
	     : "Interrupt remapping is off: interrupts are not contained; they "
	       "come straight to\nthe enclave.");
	puts("ADDRESS       ID         CLASS       DRIVER          GROUP  "
	     "INTERRUPTS      STOPPED BY");
	print_all(list, count, request, NULL);
}

static void print_json(const struct pci_function *list, size_t count,
		       struct pci_request *request)
{
	struct json json;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_bool(&json, "iommu", iommu_is_used(list, count));
	json_bool(&json, "interrupts_contained", pci_interrupts_contained());
	json_open(&json, "functions", '[');
	print_all(list, count, request, &json);
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}

int check_pci(bool as_json)
{
	struct ledger ledger = { 0 };
	struct pci_request request = {
		.manager = module_is_loaded() ? manager_open() : -1,
		.ledger = &ledger,
	};
	struct pci_function *list = NULL;
	size_t count = 0;
	int error = pci_list(&list, &count);

	/* Without the module, or the right to ask it, nothing is granted. */
	if (!error && request.manager >= 0)
		error = ledger_read_all(request.manager, &ledger);
	if (!error && as_json)
		print_json(list, count, &request);
	else if (!error)
		print_text(list, count, &request);
	ledger_free(&ledger);
	free(list);
	if (request.manager >= 0)
		close(request.manager);
	return error ? cmd_fail() : EXIT_OK;
}
