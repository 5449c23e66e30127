/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's ledger of an enclave, read whole. */
#ifndef LIB_LEDGER_H
#define LIB_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>

#define LEDGER_NO_SLOT	0xffffffffu

struct ledger {
	struct pisces_ioctl_ledger *entries;	/* as they were granted */
	size_t count;
};

/* 0 or -errno with an error text; free it in any case. */
int ledger_read(int manager, uint32_t id, struct ledger *ledger);

/* The same of all enclaves: an entry's ID says whose it is. */
int ledger_read_all(int manager, struct ledger *ledger);

void ledger_free(struct ledger *ledger);

/*
 * The entry of this CPU or PCI function, or of the block that holds this
 * address; or NULL.
 */
struct pisces_ioctl_ledger *ledger_find(const struct ledger *ledger,
					uint32_t kind, uint64_t start);

/* Does the enclave hold it, from Linux's point of view? */
bool ledger_holds(const struct pisces_ioctl_ledger *entry);

/*
 * "CPU 3", "the memory block at 0x..." or "the PCI function 0000:03:00.0"; the
 * text is static.
 */
const char *ledger_name(const struct pisces_ioctl_ledger *entry);

/*
 * Ask for STEP (PISCES_STEP_*) of ENTRY.  0 or -errno without an error text;
 * *GRANT (may be NULL) has what else the module said.
 */
int ledger_step(int manager, uint32_t id,
		const struct pisces_ioctl_ledger *entry, uint32_t step,
		uint32_t flags, struct pisces_ioctl_grant *grant);

#endif
