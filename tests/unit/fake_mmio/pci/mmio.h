/* SPDX-License-Identifier: GPL-2.0-only */
/* The co-kernel's pci/mmio.h with a fake device behind it. */
#ifndef PCI_MMIO_H
#define PCI_MMIO_H

#include <pci/pci.h>

uint32_t fake_read32(uint64_t offset);
void fake_write32(uint64_t offset, uint32_t value);

/* What pci_map() returns: no memory that anybody could touch. */
#define FAKE_REGISTERS	0x10000ull

static inline uint32_t mmio_read32(const struct pci_function *function,
				   const volatile void *at)
{
	return function->gone ? ~0u :
		fake_read32((uint64_t)at - FAKE_REGISTERS);
}

static inline void mmio_write32(const struct pci_function *function,
				volatile void *at, uint32_t value)
{
	if (!function->gone)
		fake_write32((uint64_t)at - FAKE_REGISTERS, value);
}

#endif
