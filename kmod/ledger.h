/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger: the only truth about what is granted to whom. */
#ifndef LEDGER_H
#define LEDGER_H

#include "enclave.h"

struct device;
struct function;

struct grant {
	struct list_head link;
	struct enclave *enclave;
	u32 kind;		/* enum pisces_grant_kind */
	u32 step;		/* where it is, enum pisces_grant_step */
	u32 flags;
	u32 node;
	u32 apic_id;
	u64 start;
	u64 size;
	u32 slot;		/* its index in the boot page's table, while
				   that gives it to the enclave; or NO_SLOT */
	u32 wanted;		/* what stands there */
	struct function *function;	/* of a device */
	struct device *block;	/* of memory that could be ejected; or NULL */
	bool was_ejectable;	/* a CPU or block, until we had it */
};

#define NO_SLOT		U32_MAX		/* as in PISCES_LEDGER */

/* PISCES_LEDGER.  ledger_mutex. */
int ledger_entry(struct pisces_ioctl_ledger *a);

/* The changes of entries.  ledger_mutex. */
void ledger_add(struct grant *g);
void ledger_remove(struct grant *g);
void ledger_set(struct grant *g, u32 step, u32 slot);
/*
 * Veto Linux's use of it from now on, and make it the last in order.  -EBUSY:
 * Linux is bringing it online at this moment.
 */
int ledger_veto(struct grant *g);

/* Whose is what overlaps the range?  NULL: nobody's.  ledger_mutex. */
struct grant *ledger_find(u32 kind, u64 start, u64 size);
/*
 * The enclave's grant of KIND that follows AFTER (NULL: the first), in the
 * order of commits, or NULL.  ledger_mutex.
 */
struct grant *ledger_next(const struct enclave *e, u32 kind,
			  const struct grant *after);
struct grant *ledger_in_slot(const struct enclave *e, u32 kind, u32 slot);
u32 ledger_free_slot(const struct enclave *e, u32 kind);
/* No grant of the enclave is in another step than KEPT. */
bool ledger_all_kept(const struct enclave *e);
/*
 * Can a transaction end?  -EBUSY: the co-kernel was asked to use something in
 * DETACH again and has not answered.
 */
int ledger_check_finish(const struct enclave *e);
/* End it: ATTACH becomes KEPT, DETACH becomes RETURN. */
void ledger_finish(struct enclave *e);
u32 ledger_count_kind(const struct enclave *e, u32 kind);
u32 ledger_count(const struct enclave *e);

/*
 * Does the range lie in one block that the enclave was given to use?  Also from
 * the moment that it is told so, before it answers.
 */
bool ledger_owns(const struct enclave *e, u64 start, u64 size);

/* May Linux bring it online? */
bool ledger_vetoes_cpu(unsigned int cpu);
/* Linux begins to bring a range online: false if it must not. */
bool ledger_memory_begins(u64 start, u64 size);
void ledger_memory_ends(void);

#endif
