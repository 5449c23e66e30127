/* SPDX-License-Identifier: GPL-2.0-only */
/* All drivers. */
#ifndef PCI_DRIVERS_H
#define PCI_DRIVERS_H

#include <pci/pci.h>

extern const struct pci_driver nvme_driver;	/* block/nvme.c */
extern const struct pci_driver ahci_driver;	/* block/ahci.c */
extern const struct pci_driver edu_driver;	/* block/edu.c: in tests alone */

#endif
