/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would be lost if a PCI function were taken from Linux right now: disks
 * below it that are mounted, used for swapping, part of another device or opened
 * by somebody for himself alone, and network interfaces that are up.
 */
#ifndef LIB_PCI_USE_H
#define LIB_PCI_USE_H

#include <stdbool.h>
#include <stdint.h>

struct pci_use {
	char reason[256];	/* "its disk sda1 is mounted on /srv" */
	char remedy[128];	/* "unmount it" */
};

/*
 * Is it in use?  *USE tells of the first such use that is found.  Who is not
 * root sees only the mounts of his own mount namespace.
 */
bool pci_in_use(uint32_t address, struct pci_use *use);

#endif
