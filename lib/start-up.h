/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The start of an enclave: from a name to a control task that answers and CPUs
 * that all run, as one transaction.
 */
#ifndef LIB_START_UP_H
#define LIB_START_UP_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/types.h>

#include "lib/owner.h"
#include "lib/wish.h"

struct start_up {
	/* What is wanted: */
	char name[PISCES_NAME_SIZE];	/* "": the next free one */
	const unsigned int *cpus;	/* the first boots */
	int cpu_count;
	const struct memory_wish *memory;
	int node;			/* of the memory, or -1 */
	const struct device_wish *devices;	/* NULL: none */
	struct owner owner;		/* of its device node */
	const char *command_line;
	unsigned int timeout_ms;
	void (*progress)(uint64_t block, uint64_t address);
	/* What came of it: */
	uint32_t id;
	/* How long it took, in microseconds: */
	int64_t cpu_us, memory_us, device_us, copy_us, first_us, ready_us;
	int64_t attach_us;
	int64_t total_us;
};

/*
 * Make it so; whatever fails, and a signal (interrupt_catch()), has all undone.
 * 0 or -errno with an error text.
 */
int start_up(int manager, struct start_up *start);

#endif
