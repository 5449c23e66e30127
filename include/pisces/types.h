/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixed-width types for everything that crosses a boundary.  These headers are
 * compiled into the Linux module, the co-kernel, the tool and the unit tests,
 * so they use nothing else.
 */
#ifndef PISCES_TYPES_H
#define PISCES_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/* The version of all layouts together; both sides refuse any other. */
#define PISCES_ABI_VERSION	5

/* An enclave's name: [A-Za-z0-9][A-Za-z0-9._-]*, NUL-terminated. */
#define PISCES_NAME_SIZE	32

#define PISCES_PAGE_SIZE	4096

#endif
