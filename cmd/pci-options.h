/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How devices are to be given: the options that add-pci and boot share, and
 * what both print of a device that was added.
 */
#ifndef CMD_PCI_OPTIONS_H
#define CMD_PCI_OPTIONS_H

#include <stdbool.h>

#include <pisces/ioctl.h>

#include "lib/wish.h"

enum {
	PCI_OPTION_POLL = 256,		/* no letter of another option */
	PCI_OPTION_FORWARD,
	PCI_OPTION_UNSAFE_DMA,
	PCI_OPTION_FORCE,
};

#define PCI_OPTIONS							\
	{ "poll", no_argument, NULL, PCI_OPTION_POLL },			\
	{ "forward", no_argument, NULL, PCI_OPTION_FORWARD },		\
	{ "unsafe-dma", no_argument, NULL, PCI_OPTION_UNSAFE_DMA }

/* What getopt_long() returned: true, if it is one of these and *WISH has it. */
bool pci_option(int option, struct device_wish *wish);

/* Do they go together?  EXIT_OK or prints an error. */
int pci_check_options(const struct device_wish *wish);

/* Describes them in a command's usage. */
#define PCI_OPTIONS_USAGE						\
"  --poll               its interrupts do not come: its driver looks instead\n" \
"  --forward            Linux takes its interrupts and passes them on\n"	\
"  --unsafe-dma         also if no IOMMU holds back what it writes to memory\n" \
"  --force              also if its disk is mounted or its interface is up\n"

/* "direct", "forwarded" or "polled". */
const char *pci_mode_name(uint32_t mode);

/*
 * A line for each of WISH that enclave ID, called NAME, has now: "test: PCI
 * function 0000:03:00.0 added: /dev/nvme0n1, interrupts direct"; and a warning
 * if nothing contains the DMA of one.
 */
void pci_print_added(int manager, uint32_t id, const char *name,
		     const struct device_wish *wish);

#endif
