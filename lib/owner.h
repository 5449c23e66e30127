/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom an enclave's device node belongs to. */
#ifndef LIB_OWNER_H
#define LIB_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct owner {
	uid_t user;		/* -1: stays as it is */
	gid_t group;		/* likewise */
};

#define OWNER_NONE	{ (uid_t)-1, (gid_t)-1 }

/*
 * "USER", "USER:GROUP", "USER:" (with the user's own group) or ":GROUP", as
 * names or numbers.  0 or -EINVAL with an error text.
 */
int owner_parse(const char *text, struct owner *owner);

/*
 * Give the open device node FD of the enclave NAME to OWNER; the members of a
 * group may use it then.  0 or -errno with an error text.
 */
int owner_set(int fd, const char *name, const struct owner *owner);

#endif
