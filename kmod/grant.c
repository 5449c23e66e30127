// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a grant, as <pisces/ioctl.h> draws them.
 *
 * Rules: what has a slot in the boot page is not RETURNed while a CPU may run
 * the co-kernel; memory that had one, not before all devices are.
 *
 * Locking: ledger_mutex.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "attach.h"
#include "claim.h"
#include "device.h"
#include "grant.h"
#include "load.h"
#include "power.h"
#include "transaction.h"

/* Does it take in anything new in this state? */
static bool can_grow(const struct enclave *e)
{
	return READ_ONCE(e->state) <= PISCES_ENCLAVE_RUNNING;
}

static bool is_running(struct enclave *e)
{
	enclave_look(e);
	if (READ_ONCE(e->state) != PISCES_ENCLAVE_RUNNING)
		return false;
	attach_look(e);
	return true;
}

static int step_intent(struct enclave *e, struct grant *old,
		       struct pisces_ioctl_grant *a)
{
	const struct claim *claim = claim_of(a->kind);
	struct grant *g = ledger_find(a->kind, a->start, a->size_bytes);
	int error;

	if (g) {
		a->owner = g->enclave->id;
		return -EEXIST;
	}
	if (!can_grow(e))
		return -EINVAL;
	if (ledger_count_kind(e, a->kind) >= claim->most)
		return -ENOSPC;
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->enclave = e;
	g->kind = a->kind;
	g->step = PISCES_STEP_INTENT;
	g->slot = NO_SLOT;
	g->start = a->start;
	g->size = a->size_bytes;
	g->flags = a->flags;
	error = claim->claim(g, a);
	if (error) {
		kfree(g);
		return error;
	}
	ledger_add(g);
	a->flags = g->flags;
	a->node = g->node;
	a->apic_id = g->apic_id;
	return 0;
}

static int step_commit(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	if (!g || g->step != PISCES_STEP_INTENT || !can_grow(e))
		return -EINVAL;
	return claim_of(g->kind)->commit(g, a);
}

static int step_attach(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	if (!g || (g->step != PISCES_STEP_COMMIT &&
		   g->step != PISCES_STEP_DETACH))
		return -EINVAL;
	if (READ_ONCE(host_leaves))
		return -ESHUTDOWN;
	return is_running(e) ? attach_use(e, g) : -EINVAL;
}

/* The first CPU and the first block are the enclave's to its end. */
static bool is_first(const struct enclave *e, const struct grant *g)
{
	switch (g->kind) {
	case PISCES_GRANT_CPU:
		return g->slot == 0;
	case PISCES_GRANT_MEMORY:
		return g->start == e->base;
	default:
		return false;
	}
}

static int step_detach(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	/* Also one whose ATTACH was not answered has a slot. */
	if (!g || g->slot == NO_SLOT || !is_running(e))
		return -EINVAL;
	if (is_first(e, g))
		return -EPERM;
	return attach_leave(e, g, a->flags & PISCES_GRANT_FORCE, a);
}

static int give_back(struct enclave *e, struct grant *g)
{
	const struct claim *claim = claim_of(g->kind);
	int error = claim->give_back ? claim->give_back(g) : 0;

	/* One that runs holds the memory anyway. */
	if (error && !e->started)
		power_quarantine(e, "a device");
	return error;
}

static int step_return(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	int error;

	if (!g || g->step == PISCES_STEP_INTENT ||
	    g->step == PISCES_STEP_RETURN)
		return -EINVAL;
	if (e->state == PISCES_ENCLAVE_QUARANTINED)
		return -EIO;
	/* A detached one waits for FINISH, which says that it is for good. */
	if (e->started && (g->slot != NO_SLOT || g->step != PISCES_STEP_COMMIT))
		return -EBUSY;
	if (g->kind == PISCES_GRANT_MEMORY && g->slot != NO_SLOT &&
	    device_holds_memory(e))
		return -EBUSY;
	error = give_back(e, g);
	if (error)
		return error;
	if (g->slot != NO_SLOT) {
		load_undo(e);
		if (g->kind == PISCES_GRANT_MEMORY)
			enclave_drop_memory(e);
	}
	ledger_set(g, PISCES_STEP_RETURN, NO_SLOT);
	return 0;
}

static int step_forget(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	if (!g || (g->step != PISCES_STEP_INTENT &&
		   g->step != PISCES_STEP_RETURN))
		return -EINVAL;
	ledger_remove(g);
	if (claim_of(g->kind)->forget)
		claim_of(g->kind)->forget(g);
	kfree(g);
	return 0;
}

static int (*const steps[])(struct enclave *e, struct grant *g,
			    struct pisces_ioctl_grant *a) = {
	[PISCES_STEP_INTENT] = step_intent,
	[PISCES_STEP_COMMIT] = step_commit,
	[PISCES_STEP_RETURN] = step_return,
	[PISCES_STEP_FORGET] = step_forget,
	[PISCES_STEP_ATTACH] = step_attach,
	[PISCES_STEP_DETACH] = step_detach,
};

static bool are_flags_known(const struct pisces_ioctl_grant *a)
{
	u32 modes = PISCES_GRANT_POLL | PISCES_GRANT_FORWARD;

	if (a->kind == PISCES_GRANT_CPU && a->step == PISCES_STEP_DETACH)
		return !(a->flags & ~PISCES_GRANT_FORCE);
	if (a->kind == PISCES_GRANT_DEVICE && a->step == PISCES_STEP_INTENT)
		return !(a->flags & ~(modes | PISCES_GRANT_UNSAFE_DMA)) &&
		       (a->flags & modes) != modes;
	return !a->flags;
}

static int do_step(struct enclave *e, void *argument)
{
	struct pisces_ioctl_grant *a = argument;
	const struct claim *claim = claim_of(a->kind);
	struct grant *g;
	u32 flags;
	int error;

	if (!claim || a->step >= ARRAY_SIZE(steps) || !steps[a->step] ||
	    !are_flags_known(a))
		return -EINVAL;
	error = claim->check(a);
	if (error)
		return error;
	g = ledger_find(a->kind, a->start, a->size_bytes);
	if (a->step == PISCES_STEP_INTENT || (g && g->enclave != e))
		g = NULL;
	flags = g ? g->flags : 0;
	if (g) {
		a->node = g->node;
		a->apic_id = g->apic_id;
	}
	error = steps[a->step](e, g, a);
	/* COMMIT learns some; after FORGET there is no G. */
	if (a->step == PISCES_STEP_COMMIT && g)
		flags = g->flags;
	if (a->step != PISCES_STEP_INTENT)
		a->flags = flags;
	if (!error)
		transaction_settle(e);
	return error;
}

int grant_step(const struct file *file, struct pisces_ioctl_grant *a)
{
	int error;

	a->node = a->apic_id = a->owner = a->changer_pid = a->user_pid = 0;
	a->other_start = 0;
	memset(a->user_name, 0, sizeof(a->user_name));
	error = transaction_run(file, a->id, do_step, a);
	if (error == -EBUSY)
		a->changer_pid = transaction_other(file, a->id);
	return error;
}
