/* SPDX-License-Identifier: GPL-2.0-only */
/* The environment that a program is to get, made from our own. */
#ifndef LIB_ENVIRONMENT_H
#define LIB_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Is it NAME=VALUE or NAME?  0 or -EINVAL with an error text. */
int environment_check(const char *change);

/*
 * OWN, or with CLEAR nothing, then changed in order: NAME=VALUE sets a
 * variable where it stands or at the end, NAME makes it what it is in OWN,
 * which may be unset.  Ends with NULL; the strings are those that were given,
 * the array is the caller's to free.  NULL with an error text.
 */
char **environment_make(char **own, bool clear, char *const *changes,
			size_t count);

#endif
