/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory Linux has. */
#ifndef LIB_MEMINFO_H
#define LIB_MEMINFO_H

#include <stdint.h>

/* Bytes that Linux could give away now without paging anything out. */
uint64_t meminfo_available(void);

#endif
