/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a PCI function changes hands: from Linux's driver to the module's, and
 * back.  Each of their writes is a step (lib/steps.h).
 */
#ifndef LIB_PCI_BIND_H
#define LIB_PCI_BIND_H

#include <stdint.h>

/*
 * Whatever driver has it lets go, and the module's takes it.  0 or -errno with
 * an error text.
 */
int pci_bind(uint32_t address);

/*
 * Undo that, from wherever it got to: the module's driver lets go, and Linux
 * may choose one.  One that was pulled out meanwhile is no error, here and
 * below.  0 or -errno with an error text.
 */
int pci_unbind(uint32_t address);

/*
 * Linux looks for a driver, and this waits until one has it, unless one has.
 * -ENODEV none takes it.
 */
int pci_probe(uint32_t address);

#endif
