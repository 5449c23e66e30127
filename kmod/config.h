/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of memory through which a function's configuration is reached. */
#ifndef CONFIG_H
#define CONFIG_H

#include <linux/pci.h>

/*
 * Map the function's page of PCIe's enhanced configuration access, at physical
 * address *START.  NULL, and 0 there: it has none, or not one that works.
 */
void __iomem *config_map(struct pci_dev *pdev, u64 *start);

/* Turn bus mastering off through it.  Any context, takes no lock. */
void config_silence(void __iomem *page);

#endif
