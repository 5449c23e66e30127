// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSI and MSI-X straight to an enclave's CPUs.
 *
 * A message is a write: the address names the CPU and the data says NMI, so no
 * vector is needed and the CPU's task priority does not matter (Intel SDM
 * volume 3, 11.11).  Linux does not know that they are enabled.
 *
 * Where interrupts are remapped a message names an entry of the remapping table
 * instead, which Linux fills for its own CPUs only: there it cannot be done.
 *
 * Locking: the function's lock.
 */
#include <linux/io.h>
#include "compat.h"
#include "message.h"

#define ADDRESS(apic_id)	(0xfee00000u | (apic_id) << 12)
#define APIC_ID_MAX		0xfeu	/* 0xff is all CPUs */
#define DATA_NMI		(4u << 8)

/* MSI-X (PCI 3.0, 6.8.2). */

static void __iomem *entry_of(const struct function *f, u32 vector)
{
	return f->interrupt.table + vector * PCI_MSIX_ENTRY_SIZE;
}

static void __iomem *map_table(struct pci_dev *pdev, u32 entries)
{
	u32 bytes = entries * PCI_MSIX_ENTRY_SIZE;
	u32 table, offset, bar;

	pci_read_config_dword(pdev, pdev->msix_cap + PCI_MSIX_TABLE, &table);
	bar = table & PCI_MSIX_TABLE_BIR;
	offset = table & PCI_MSIX_TABLE_OFFSET;
	if (bar >= PCI_STD_NUM_BARS ||
	    !(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, bar) < (u64)offset + bytes)
		return NULL;
	return ioremap(pci_resource_start(pdev, bar) + offset, bytes);
}

static void change_msix(struct pci_dev *pdev, u16 clear, u16 set)
{
	u16 flags;

	pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, &flags);
	flags = (flags & ~clear) | set;
	pci_write_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS, flags);
}

static int set_msix(struct function *f, u32 count, const u32 *apic_id)
{
	u32 v, entries = f->interrupt.entries;

	f->interrupt.table = map_table(f->pdev, entries);
	if (!f->interrupt.table)
		return -ENOMEM;
	change_msix(f->pdev, 0, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	for (v = 0; v < entries; v++) {
		bool used = v < count;
		void __iomem *entry = entry_of(f, v);

		writel(PCI_MSIX_ENTRY_CTRL_MASKBIT,
		       entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
		writel(used ? ADDRESS(apic_id[v]) : 0,
		       entry + PCI_MSIX_ENTRY_LOWER_ADDR);
		writel(0, entry + PCI_MSIX_ENTRY_UPPER_ADDR);
		writel(used ? DATA_NMI : 0, entry + PCI_MSIX_ENTRY_DATA);
		if (used)
			writel(0, entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
	}
	/* All of it has arrived before any is sent. */
	readl(f->interrupt.table);
	change_msix(f->pdev, PCI_MSIX_FLAGS_MASKALL, 0);
	return count;
}

static void move_msix(struct function *f, u32 vector, u32 apic_id)
{
	void __iomem *entry = entry_of(f, vector);

	writel(PCI_MSIX_ENTRY_CTRL_MASKBIT, entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
	writel(ADDRESS(apic_id), entry + PCI_MSIX_ENTRY_LOWER_ADDR);
	writel(0, entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
	/* Messages that were sent before arrive before the answer. */
	readl(entry);
}

/* MSI (PCI 3.0, 6.8.1): one vector, since all of one function are NMIs. */

static u16 msi_flags(struct pci_dev *pdev)
{
	u16 flags;

	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &flags);
	return flags & ~(PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
}

static void write_msi(struct pci_dev *pdev, u32 apic_id)
{
	u32 read_back;

	pci_write_config_dword(pdev, pdev->msi_cap + PCI_MSI_ADDRESS_LO,
			       ADDRESS(apic_id));
	pci_read_config_dword(pdev, pdev->msi_cap + PCI_MSI_ADDRESS_LO,
			      &read_back);
}

static void set_msi(struct function *f, u32 apic_id)
{
	struct pci_dev *pdev = f->pdev;
	u16 flags = msi_flags(pdev);
	bool wide = flags & PCI_MSI_FLAGS_64BIT;
	int cap = pdev->msi_cap;

	write_msi(pdev, apic_id);
	if (wide)
		pci_write_config_dword(pdev, cap + PCI_MSI_ADDRESS_HI, 0);
	pci_write_config_word(pdev, cap + (wide ? PCI_MSI_DATA_64 :
						  PCI_MSI_DATA_32), DATA_NMI);
	if (flags & PCI_MSI_FLAGS_MASKBIT)
		pci_write_config_dword(pdev, cap + (wide ? PCI_MSI_MASK_64 :
							   PCI_MSI_MASK_32), 0);
	pci_write_config_word(pdev, cap + PCI_MSI_FLAGS,
			      flags | PCI_MSI_FLAGS_ENABLE);
}

/* Both. */

static bool is_msix(const struct function *f)
{
	return f->interrupt.source == PISCES_SOURCE_MSIX;
}

bool message_reaches(u32 apic_id)
{
	return apic_id <= APIC_ID_MAX;
}

static bool reaches_cpus(const struct enclave *e)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_CPU, g)))
		if (!message_reaches(g->apic_id))
			return false;
	return true;
}

bool message_is_possible(struct function *f)
{
	if (f->interrupt.source != PISCES_SOURCE_MSI && !is_msix(f))
		return false;
	return compat_msi_is_plain(f->pdev) && reaches_cpus(f->enclave);
}

int message_set(struct function *f, u32 count, const u32 *apic_id)
{
	if (is_msix(f))
		return set_msix(f, count, apic_id);
	set_msi(f, apic_id[0]);
	return 1;
}

bool message_is_on(struct function *f)
{
	struct pci_dev *pdev = f->pdev;
	u16 flags;

	if (is_msix(f)) {
		pci_read_config_word(pdev, pdev->msix_cap + PCI_MSIX_FLAGS,
				     &flags);
		return flags & PCI_MSIX_FLAGS_ENABLE;
	}
	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &flags);
	return flags & PCI_MSI_FLAGS_ENABLE;
}

void message_move(struct function *f, u32 vector, u32 apic_id)
{
	if (is_msix(f))
		move_msix(f, vector, apic_id);
	else
		write_msi(f->pdev, apic_id);
}

void message_off(struct function *f)
{
	struct pci_dev *pdev = f->pdev;

	if (!is_msix(f)) {
		pci_write_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS,
				      msi_flags(pdev));
		return;
	}
	change_msix(pdev, PCI_MSIX_FLAGS_ENABLE, 0);
	iounmap(f->interrupt.table);
	f->interrupt.table = NULL;
}
