/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of a function in memory (pci_map()): one access each, of just that
 * size, or none if it is gone.  They are uncached, and x86 keeps such accesses in order among
 * themselves and behind earlier writes to memory (SDM vol. 3, 8.2 and 11.3), so
 * that what a command says is there before the device is told of it.
 *
 * Unit tests have a header of this name of their own.
 */
#ifndef PCI_MMIO_H
#define PCI_MMIO_H

#include <pci/pci.h>

static inline uint32_t mmio_read32(const struct pci_function *function,
				   const volatile void *at)
{
	uint32_t value = ~0u;

	if (!function->gone)
		value = *(const volatile uint32_t *)at;
	__asm__ volatile("" : : : "memory");
	return value;
}

static inline void mmio_write32(const struct pci_function *function,
				volatile void *at, uint32_t value)
{
	__asm__ volatile("" : : : "memory");
	if (!function->gone)
		*(volatile uint32_t *)at = value;
}

static inline uint64_t mmio_read64(const struct pci_function *function,
				   const volatile void *at)
{
	uint64_t value = ~0ull;

	if (!function->gone)
		value = *(const volatile uint64_t *)at;
	__asm__ volatile("" : : : "memory");
	return value;
}

static inline void mmio_write64(const struct pci_function *function,
				volatile void *at, uint64_t value)
{
	__asm__ volatile("" : : : "memory");
	if (!function->gone)
		*(volatile uint64_t *)at = value;
}

#endif
