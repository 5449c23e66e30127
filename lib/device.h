/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's device nodes, also where nobody fills /dev. */
#ifndef LIB_DEVICE_H
#define LIB_DEVICE_H

#include <stddef.h>

#define DEVICE_MANAGER	"pisces"
#define DEVICE_PREFIX	"pisces-"

/*
 * Open /dev/NAME.  Where it is missing or stale and /sys says what it should
 * be, it is made.  Returns the file or -errno; no error text.
 */
int device_open(const char *name);

/* Take away a node that device_open() made, once the device is gone. */
void device_forget(const char *name);

#endif
