/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own page tables, which all address spaces share above. */
#ifndef MM_KERNEL_MAP_H
#define MM_KERNEL_MAP_H

#include <lib/types.h>

extern phys_t paging_kernel_root;

#endif
