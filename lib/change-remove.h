/* SPDX-License-Identifier: GPL-2.0-only */
/* What change-remove-cpu.c, -memory.c and -device.c share. */
#ifndef LIB_CHANGE_REMOVE_H
#define LIB_CHANGE_REMOVE_H

#include <pisces/stats.h>

#include "lib/change.h"
#include "lib/ledger.h"

/* Something that may go, and how willingly. */
struct removable {
	struct pisces_ioctl_ledger *entry;
	uint64_t in_use;	/* the least goes first */
	size_t age;		/* then the highest */
};

struct removal {
	struct change *change;
	struct ledger ledger;
	struct pisces_stats stats;
	struct removable *list;
	size_t count;
	size_t gone;		/* that the enclave has left */
};

/* 0 or -errno with an error text; end it in any case. */
int removal_begin(struct removal *removal, struct change *change);
void removal_end(struct removal *removal);

/* One more that may go. */
void removal_add(struct removal *removal, struct pisces_ioctl_ledger *entry,
		 uint64_t in_use);
void removal_sort(struct removal *removal);

/*
 * The enclave leaves the one at AT (a dry run notes it only).  0, or -errno
 * with an error text; -EBUSY if it is in use.
 */
int removal_detach(struct removal *removal, size_t at, bool force);

/* All that the enclave left goes to Linux; ERROR: all of it comes back. */
int removal_finish(struct removal *removal, int error);

#endif
