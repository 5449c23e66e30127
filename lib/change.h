/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing what an enclave holds while it runs: each call here is a
 * transaction, whole or not at all.  Whatever fails, and a signal
 * (interrupt_catch()), has all of it undone.
 */
#ifndef LIB_CHANGE_H
#define LIB_CHANGE_H

#include <stdbool.h>

#include <pisces/ioctl.h>

#include "lib/grants.h"
#include "lib/wish.h"

struct change {
	int manager;
	struct pisces_ioctl_status enclave;
	int node;		/* of what is chosen, or -1 */
	bool force;		/* take CPUs that tasks are bound to, too */
	bool dry_run;		/* only find out what would be done */
	/* Told of each block before Linux is asked for it; may be NULL. */
	void (*progress)(uint64_t block, uint64_t address);
	struct grants changed;	/* what came or went (or would be tried) */
};

/*
 * The enclave NAME, or the only one.  Puts right first what an earlier tool
 * left half-done.  0 or -errno with an error text, also if it cannot be changed
 * now.
 */
int change_begin(struct change *change, const char *name);
void change_end(struct change *change);

/* The CPUs that would be added, ascending.  How many, or -errno with a text. */
int change_choose_cpus(struct change *change, const struct cpu_wish *wish,
		       unsigned int *list);

int change_add_cpus(struct change *change, const unsigned int *list,
		    int count);
int change_add_memory(struct change *change, const struct memory_wish *wish);

/* Those of a wish are checked first; a dry run ends with that. */
int change_add_devices(struct change *change, const struct device_wish *wish);

int change_remove_cpus(struct change *change, const struct cpu_wish *wish);
int change_remove_memory(struct change *change,
			 const struct memory_wish *wish);
int change_remove_devices(struct change *change,
			  const struct device_wish *wish);

/* Between these files: undo the transaction; returns ERROR. */
int change_undo(struct change *change, int error);

#endif
