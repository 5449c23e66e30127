/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions as Linux sees them, through /sys/bus/pci: what they are and how
 * their DMA is contained.  What Linux does with one is in lib/pci-use.h; how
 * one changes hands, in lib/pci-bind.h.
 */
#ifndef LIB_PCI_H
#define LIB_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The module's driver. */
#define PCI_DRIVER	"pisces"

/* The kinds of interrupts a function has. */
#define PCI_INTX	1u
#define PCI_MSI		2u
#define PCI_MSIX	4u

#define PCI_NO_GROUP	(-1)
#define PCI_MOST_IN_GROUP 256

struct pci_function {
	uint32_t address;	/* PISCES_PCI_ADDRESS() */
	uint16_t vendor, device;
	uint32_t class_code;	/* class, subclass, interface */
	bool bridge;
	bool has_memory;	/* a BAR of memory; else of ports, or none */
	char driver[32];	/* that has it now; "": none */
	char override[32];	/* its driver_override; "": none */
	int group;		/* its IOMMU group; PCI_NO_GROUP: nothing
				   contains its DMA */
	char domain[16];	/* the group's type now, such as "DMA-FQ" or
				   "identity"; "": not known */
	unsigned int interrupts;	/* PCI_INTX, ... */
	bool interrupts_known;	/* MSI and MSI-X, that is */
	/* The ways in which Linux can reset it, with spaces between them; "any"
	   where Linux (before 5.15) does not say which; "": none. */
	char reset[64];
	unsigned int virtual_functions;	/* of it, that are in use */
};

/* Look at one.  0, or -ENXIO without an error text. */
int pci_look(uint32_t address, struct pci_function *function);

/* The same of its driver and driver_override alone: the device sleeps on. */
int pci_look_at_driver(uint32_t address, struct pci_function *function);

/*
 * All of them, by address; the caller frees *LIST.  Those in segments above
 * 0xffff, which no host bridge of the firmware's has, are left out.  0 or
 * -errno with an error text.
 */
int pci_list(struct pci_function **list, size_t *count);

/* The members of an IOMMU group, ascending; returns how many. */
int pci_group_members(int group, uint32_t list[PCI_MOST_IN_GROUP]);

/*
 * How the module makes it stop where Linux knows no reset, by the registers of
 * its class: "ahci" or "nvme"; NULL: it cannot.
 */
const char *pci_quiesce(const struct pci_function *function);

/* Does the IOMMU check where interrupts go? */
bool pci_interrupts_contained(void);

/* The last part of the path that the link at PATH points to.  False: none. */
bool pci_link_name(const char *path, char *name, size_t size);

#endif
