/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of PCI functions as people and Linux write them: segment, bus,
 * device and function, such as 0000:03:00.0.
 */
#ifndef LIB_PCI_ADDRESS_H
#define LIB_PCI_ADDRESS_H

#include <stdint.h>

/*
 * "0000:03:00.0", or "03:00.0" of segment 0; small and capital letters mean the
 * same.  *ADDRESS is PISCES_PCI_ADDRESS().  -EINVAL; sets no error text.
 */
int pci_address_parse(const char *text, uint32_t *address);

/* As Linux writes it, with the segment; the text is static, 4 in turn. */
const char *pci_address_name(uint32_t address);

#endif
