/* SPDX-License-Identifier: GPL-2.0-only */
/* How the interrupts of a function that is granted come to its enclave. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <linux/types.h>
#include <pisces/device.h>

struct function;

struct vector {
	struct function *function;
	u32 index;
	u32 cpu;		/* slot of the CPU that it belongs to */
};

/* The function's lock. */
struct interrupt {
	u32 mode;		/* enum pisces_device_mode */
	u32 source;		/* enum pisces_device_source */
	u32 entries;		/* of MSI-X's table, as it was read once */
	u32 most;		/* vectors that can be had */
	u32 count;		/* that are set up */
	void __iomem *table;	/* MSI-X's, while DIRECT is set up */
	char name[32];		/* in /proc/interrupts */
	struct vector vector[PISCES_MAX_VECTORS];
};

/* What it has and, by its grant's FLAGS, how that comes.  ledger_mutex, too. */
void interrupt_choose(struct function *f, u32 flags);

/*
 * Set up COUNT vectors, CPU[V] is vector V's slot, or move those there are.
 * Returns how many there are, or the errors of PISCES_DEVICE_INTERRUPTS.
 */
int interrupt_set(struct function *f, u32 count, const u32 *cpu);
/* None comes any more. */
void interrupt_off(struct function *f);

/* The INTx was handled. */
void interrupt_acknowledge(struct function *f);

/*
 * The CPU in SLOT takes no NMIs any more, or again: its vectors go to the one
 * in slot 0, or back.
 */
void interrupt_aim(struct function *f, u32 slot);

#endif
