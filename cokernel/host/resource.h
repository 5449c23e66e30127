/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs and memory that the host gives and wants back. */
#ifndef HOST_RESOURCE_H
#define HOST_RESOURCE_H

struct pisces_slot;
struct process;

/* With -EBUSY: PROCESS needs what SLOT is about; NULL: none in particular. */
void resource_name_user(struct pisces_slot *slot,
			const struct process *process);

/* At start-up: the blocks of the boot page are in use, and wishes are heard. */
void resource_init(void);

#endif
