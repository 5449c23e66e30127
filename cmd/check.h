/* SPDX-License-Identifier: GPL-2.0-only */
/* Between check.c and check-pci.c. */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include <stdbool.h>

/* Print all PCI functions and whether they could be given; the exit status. */
int check_pci(bool as_json);

#endif
