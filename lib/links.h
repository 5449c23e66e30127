/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a bundle that may be met again under other names, by inode. */
#ifndef LIB_LINKS_H
#define LIB_LINKS_H

#include <stdint.h>

#include "lib/bundle.h"

struct links {
	void *tree;		/* of tsearch(3); NULL: none yet */
};

/* The file that was added as this inode, or NULL. */
struct bundle_file *links_find(const struct links *links, uint64_t device,
			       uint64_t inode);
/* Adds FILE, which lives as long.  0 or -ENOMEM with an error text. */
int links_add(struct links *links, uint64_t device, uint64_t inode,
	      struct bundle_file *file);
void links_free(struct links *links);

#endif
