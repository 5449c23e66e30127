/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking CPUs and memory from Linux for an enclave that is being made: the
 * intent into the module's ledger, then Linux takes it offline, then the module
 * commits it.  A step that fails is undone here; what was claimed before stays
 * in the ledger for release_enclave().  Ends with -EINTR at a signal.
 */
#ifndef LIB_CLAIM_H
#define LIB_CLAIM_H

#include <stdint.h>

struct claim {
	int manager;
	uint32_t id;			/* the enclave */
	/* Told of each block before it is tried; may be NULL. */
	void (*progress)(uint64_t block, uint64_t address);
};

/*
 * A CPU that Linux could let go: the highest one that is online, on NODE if
 * that is not -1.  Its number, or -errno with an error text.
 */
int claim_choose_cpu(int node);

/* 0 or -errno with an error text. */
int claim_cpu(const struct claim *claim, unsigned int cpu);

/* Could there be so much memory?  Touches nothing.  Errors as claim_memory(). */
int claim_check_memory(int manager, uint64_t bytes, int node);

/*
 * BYTES (0: one block), rounded up to blocks.  On NODE if that is not -1, else rather on node
 * NEAR.  0 or -errno with an error text.
 */
int claim_memory(const struct claim *claim, uint64_t bytes, int node,
		 int near);

#endif
