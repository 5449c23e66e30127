/* SPDX-License-Identifier: GPL-2.0-only */
/* The drivers, in the order in which they are asked whether they match. */
#include <pci/drivers.h>

const struct pci_driver *const pci_drivers[] = {
	&nvme_driver,
	&ahci_driver,
#ifdef PCI_EDU
	&edu_driver,
#endif
	NULL,
};
