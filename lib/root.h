/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A root: a complete file system that a program gets instead of what lies
 * here.  What an enclave makes itself, /dev, /proc and /sys, is not taken from
 * it, and device nodes are left out.
 */
#ifndef LIB_ROOT_H
#define LIB_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bundle.h"

/*
 * Adds the root SOURCE to BUNDLE, before anything else: a folder, or an archive
 * of cpio or tar, which may be compressed and then is at most MOST bytes
 * without that.  0 or -errno with an error text.
 */
int root_add(struct bundle *bundle, const char *source, uint64_t most);

/* Is PATH one that the enclave makes itself, or below one? */
bool root_is_own(const char *path);
/* May there be device nodes below it, of which some must be left out? */
bool root_has_devices(const char *path);
/* A device node at PATH is left out: counts it, unless the enclave has it. */
void root_leave_device(struct bundle *bundle, const char *path);

#endif
