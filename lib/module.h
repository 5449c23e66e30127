/* SPDX-License-Identifier: GPL-2.0-only */
/* The Linux module: is it loaded, which one fits, load it, take it out. */
#ifndef LIB_MODULE_H
#define LIB_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "blob/blob.h"

bool module_is_loaded(void);

/* The module that is carried for the running kernel, or NULL. */
const struct blob *module_for_kernel(void);

/* The releases that modules are carried for, separated by spaces. */
const char *module_releases(void);

/* Has it a signature appended? */
bool module_is_signed(const struct blob *module);

/*
 * Load the module from FILE, or if that is NULL the one for the running kernel;
 * nothing to do if one is loaded.  0 or -errno with an error text.
 */
int module_load(const char *file);

/* Take it out.  -ENOENT not loaded, -EBUSY in use; with an error text. */
int module_unload(void);

#endif
