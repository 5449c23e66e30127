/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of devices in memory (pci_map()): one access each, of just that
 * size.  They are uncached, and x86 keeps such accesses in order among
 * themselves and behind earlier writes to memory (SDM vol. 3, 8.2 and 11.3), so
 * that what a command says is there before the device is told of it.
 *
 * Unit tests have a header of this name of their own.
 */
#ifndef PCI_MMIO_H
#define PCI_MMIO_H

#include <lib/types.h>

static inline uint32_t mmio_read32(const volatile void *at)
{
	uint32_t value = *(const volatile uint32_t *)at;

	__asm__ volatile("" : : : "memory");
	return value;
}

static inline void mmio_write32(volatile void *at, uint32_t value)
{
	__asm__ volatile("" : : : "memory");
	*(volatile uint32_t *)at = value;
}

static inline uint64_t mmio_read64(const volatile void *at)
{
	uint64_t value = *(const volatile uint64_t *)at;

	__asm__ volatile("" : : : "memory");
	return value;
}

static inline void mmio_write64(volatile void *at, uint64_t value)
{
	__asm__ volatile("" : : : "memory");
	*(volatile uint64_t *)at = value;
}

#endif
