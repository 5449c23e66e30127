// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function's page of PCIe's enhanced configuration access (PCIe 5.0, 7.2.2).
 *
 * Firmware says where the pages are (PCI Firmware 3.2, 4.1.2: the MCFG table).
 * Linux does not tell whether it believes that, so what the page shows is
 * compared with what Linux knows of the function.
 *
 * Locking: none.
 */
#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include "config.h"

#define BUS_SHIFT	20
#define FUNCTION_SHIFT	12
#define PAGE_BYTES	4096

static u64 page_in(const struct acpi_table_mcfg *table,
		   const struct pci_dev *pdev)
{
	const struct acpi_mcfg_allocation *a = (const void *)(table + 1);
	const void *end = (const u8 *)table + table->header.length;
	u8 bus = pdev->bus->number;

	for (; (const void *)(a + 1) <= end; a++)
		if (a->pci_segment == pci_domain_nr(pdev->bus) &&
		    bus >= a->start_bus_number && bus <= a->end_bus_number)
			return a->address + ((u64)bus << BUS_SHIFT) +
			       ((u64)pdev->devfn << FUNCTION_SHIFT);
	return 0;
}

static u64 find_page(const struct pci_dev *pdev)
{
	struct acpi_table_header *table;
	u64 start;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_MCFG, 0, &table)))
		return 0;
	start = page_in((const struct acpi_table_mcfg *)table, pdev);
	acpi_put_table(table);
	return start;
}

/*
 * All moves go through EAX: AMD's BIOS and Kernel Developer's Guide for Family
 * 10h, 2.11, asks for that.
 */
static u32 read32(const void __iomem *at)
{
	u32 value;

	asm volatile("movl (%1), %%eax" : "=a"(value) : "r"(at) : "memory");
	return value;
}

static void write16(void __iomem *at, u16 value)
{
	asm volatile("movw %%ax, (%1)" : : "a"(value), "r"(at) : "memory");
}

void __iomem *config_map(struct pci_dev *pdev, u64 *start)
{
	u64 found = find_page(pdev);
	void __iomem *page;
	u32 id;

	*start = 0;
	if (!found || region_intersects(found, PAGE_BYTES,
					IORESOURCE_SYSTEM_RAM,
					IORES_DESC_NONE) != REGION_DISJOINT)
		return NULL;
	page = ioremap(found, PAGE_BYTES);
	if (!page)
		return NULL;
	id = read32(page + PCI_VENDOR_ID);
	if (id != ((u32)pdev->device << 16 | pdev->vendor)) {
		iounmap(page);
		return NULL;
	}
	*start = found;
	return page;
}

void config_silence(void __iomem *page)
{
	u16 command = read32(page + PCI_COMMAND);

	write16(page + PCI_COMMAND, command & ~PCI_COMMAND_MASTER);
}
