/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs and memory that the host gives and wants back. */
#ifndef HOST_RESOURCE_H
#define HOST_RESOURCE_H

/* At start-up: the blocks of the boot page are in use, and wishes are heard. */
void resource_init(void);

#endif
