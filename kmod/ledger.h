/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger: the only truth about what is granted to whom. */
#ifndef LEDGER_H
#define LEDGER_H

#include "enclave.h"

struct grant {
	struct list_head link;
	struct enclave *enclave;
	u32 kind;		/* enum pisces_grant_kind */
	u32 step;		/* the last one done */
	u32 flags;
	u32 node;
	u32 apic_id;
	u64 start;
	u64 size;
};

/* PISCES_GRANT and PISCES_LEDGER.  ledger_mutex. */
int ledger_grant(struct pisces_ioctl_grant *a);
int ledger_entry(struct pisces_ioctl_ledger *a);

/*
 * The committed grant of KIND that follows AFTER (NULL: the first), in the
 * order of commits, or NULL.  ledger_mutex.
 */
struct grant *ledger_next(const struct enclave *e, u32 kind,
			  const struct grant *after);
u32 ledger_count(const struct enclave *e);

/* Does the range lie in one committed block of the enclave?  Any context. */
bool ledger_owns(const struct enclave *e, u64 start, u64 size);

/* May Linux bring it online? */
bool ledger_vetoes_cpu(unsigned int cpu);
/* Linux begins to bring a range online: false if it must not. */
bool ledger_memory_begins(u64 start, u64 size);
void ledger_memory_ends(void);

#endif
