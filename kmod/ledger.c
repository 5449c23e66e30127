// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: what is granted to which enclave and how far that is.
 *
 * Rules: no resource has two entries; from the moment Linux is looked at for
 * having let go of it, Linux is refused its return.  What leads from step to
 * step is in grant.c.
 *
 * Locking: entries change under ledger_mutex and grants_lock together, so
 * either is enough to read.  grants_lock alone is for the vetoes, which Linux
 * calls with its hotplug locks held.
 */
#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include "ledger.h"

static LIST_HEAD(grants);
static DEFINE_SPINLOCK(grants_lock);

/* What Linux is bringing online at this moment; SIZE 0: nothing. */
static u64 onlining_start, onlining_size;

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

/* Changing. */

void ledger_add(struct grant *g)
{
	spin_lock(&grants_lock);
	list_add_tail(&g->link, &grants);
	spin_unlock(&grants_lock);
}

void ledger_remove(struct grant *g)
{
	spin_lock(&grants_lock);
	list_del(&g->link);
	spin_unlock(&grants_lock);
}

void ledger_set(struct grant *g, u32 step, u32 slot)
{
	spin_lock(&grants_lock);
	g->step = step;
	g->slot = slot;
	spin_unlock(&grants_lock);
}

int ledger_veto(struct grant *g)
{
	int error = 0;

	spin_lock(&grants_lock);
	if (g->kind == PISCES_GRANT_MEMORY &&
	    overlap(onlining_start, onlining_size, g->start, g->size)) {
		error = -EBUSY;
	} else {
		g->step = PISCES_STEP_COMMIT;
		/* The first CPU to be committed is the one that boots. */
		list_move_tail(&g->link, &grants);
	}
	spin_unlock(&grants_lock);
	return error;
}

void ledger_finish(struct enclave *e)
{
	struct grant *g;

	spin_lock(&grants_lock);
	list_for_each_entry(g, &grants, link) {
		if (g->enclave != e)
			continue;
		if (g->step == PISCES_STEP_ATTACH)
			g->step = PISCES_STEP_KEPT;
		else if (g->step == PISCES_STEP_DETACH)
			g->step = PISCES_STEP_RETURN;
	}
	spin_unlock(&grants_lock);
}

/* Looking things up. */

int ledger_entry(struct pisces_ioctl_ledger *a)
{
	struct enclave *e = enclave_find(a->id);
	u32 index = 0;
	struct grant *g;

	if (!e)
		return -ENOENT;
	if (a->reserved)
		return -EINVAL;
	list_for_each_entry(g, &grants, link) {
		if (g->enclave != e || index++ != a->index)
			continue;
		a->kind = g->kind;
		a->step = g->step;
		a->flags = g->flags;
		a->start = g->start;
		a->size_bytes = g->size;
		a->node = g->node;
		a->apic_id = g->apic_id;
		a->slot = g->slot;
		return 0;
	}
	return -ENOENT;
}

struct grant *ledger_find(u32 kind, u64 start, u64 size)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->kind == kind && overlap(g->start, g->size, start, size))
			return g;
	return NULL;
}

struct grant *ledger_next(const struct enclave *e, u32 kind,
			  const struct grant *after)
{
	const struct list_head *link = after ? after->link.next : grants.next;

	for (; link != &grants; link = link->next) {
		struct grant *g = list_entry(link, struct grant, link);

		if (g->enclave == e && g->kind == kind)
			return g;
	}
	return NULL;
}

struct grant *ledger_in_slot(const struct enclave *e, u32 kind, u32 slot)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, kind, g)))
		if (g->slot == slot)
			break;
	return g;
}

u32 ledger_free_slot(const struct enclave *e, u32 kind)
{
	DECLARE_BITMAP(taken, PISCES_MAX_CPUS);
	struct grant *g = NULL;

	BUILD_BUG_ON(PISCES_MAX_CPUS != PISCES_MAX_BLOCKS);
	bitmap_zero(taken, PISCES_MAX_CPUS);
	while ((g = ledger_next(e, kind, g)))
		if (g->slot != NO_SLOT)
			set_bit(g->slot, taken);
	/* An enclave has no more entries than there are slots. */
	return find_first_zero_bit(taken, PISCES_MAX_CPUS);
}

bool ledger_all_kept(const struct enclave *e)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->enclave == e && g->step != PISCES_STEP_KEPT)
			return false;
	return true;
}

int ledger_check_finish(const struct enclave *e)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->enclave == e && g->step == PISCES_STEP_DETACH &&
		    g->slot != NO_SLOT)
			return -EBUSY;
	return 0;
}

u32 ledger_count_kind(const struct enclave *e, u32 kind)
{
	struct grant *g;
	u32 count = 0;

	list_for_each_entry(g, &grants, link)
		count += g->enclave == e && g->kind == kind;
	return count;
}

u32 ledger_count(const struct enclave *e)
{
	return ledger_count_kind(e, PISCES_GRANT_CPU) +
	       ledger_count_kind(e, PISCES_GRANT_MEMORY) +
	       ledger_count_kind(e, PISCES_GRANT_DEVICE);
}

bool ledger_owns(const struct enclave *e, u64 start, u64 size)
{
	struct grant *g = NULL;
	bool owns = false;

	spin_lock(&grants_lock);
	while (!owns && (g = ledger_next(e, PISCES_GRANT_MEMORY, g)))
		owns = g->slot != NO_SLOT && start >= g->start &&
		       size <= g->size && start - g->start <= g->size - size;
	spin_unlock(&grants_lock);
	return owns;
}

/* Linux's questions. */

/* Has Linux let go of something in the range?  grants_lock. */
static bool is_granted(u32 kind, u64 start, u64 size)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->kind == kind && g->step != PISCES_STEP_INTENT &&
		    g->step != PISCES_STEP_RETURN &&
		    overlap(g->start, g->size, start, size))
			return true;
	return false;
}

bool ledger_vetoes_cpu(unsigned int cpu)
{
	bool granted;

	spin_lock(&grants_lock);
	granted = is_granted(PISCES_GRANT_CPU, cpu, 1);
	spin_unlock(&grants_lock);
	return granted;
}

bool ledger_memory_begins(u64 start, u64 size)
{
	bool granted;

	spin_lock(&grants_lock);
	granted = is_granted(PISCES_GRANT_MEMORY, start, size);
	if (!granted) {
		onlining_start = start;
		onlining_size = size;
	}
	spin_unlock(&grants_lock);
	return !granted;
}

void ledger_memory_ends(void)
{
	spin_lock(&grants_lock);
	onlining_size = 0;
	spin_unlock(&grants_lock);
}
