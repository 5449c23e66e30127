/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing what an enclave holds while it runs: the beginning and the end of a
 * transaction, and adding.  Removing is in change-remove-*.c.
 */
#include <errno.h>
#include <stddef.h>

#include "lib/attach.h"
#include "lib/change.h"
#include "lib/claim.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/leftovers.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/undo.h"

#define LOCK_MS	10000

int change_begin(struct change *change, const char *name)
{
	const struct pisces_ioctl_status *enclave = &change->enclave;
	int error;

	/* What this cannot repair shows below, or concerns another enclave. */
	if (!change->dry_run)
		leftovers_reclaim(LOCK_MS, NULL);
	error = enclave_find(change->manager, name, &change->enclave);
	if (error)
		return error;
	if (enclave_is_booting(enclave))
		return error_set(-EBUSY, "%s is being booted by process %u: "
				 "try again when it is done", enclave->name,
				 enclave->creator_pid);
	error = enclave_require_running(enclave->name, enclave->state);
	if (error)
		return error;
	if (enclave->changer_pid)
		return enclave_changing(enclave->name, enclave->changer_pid);
	if (enclave->flags & PISCES_STATUS_SILENT)
		return enclave_silent(enclave->name);
	return 0;
}

void change_end(struct change *change)
{
	grants_free(&change->changed);
}

static int undo(int manager, uint32_t id, const char *name)
{
	return undo_changes(manager, id, name, NULL);
}

int change_undo(struct change *change, int error)
{
	undo_after_error(change->manager, change->enclave.id,
			 change->enclave.name, undo);
	grants_free(&change->changed);
	return error;
}

/* Where the enclave is: the node of its first block. */
static int near(const struct change *change)
{
	struct ledger ledger;
	const struct pisces_ioctl_ledger *first;
	int node = -1;

	if (!ledger_read(change->manager, change->enclave.id, &ledger)) {
		first = ledger_find(&ledger, PISCES_GRANT_MEMORY,
				    change->enclave.base);
		node = first ? (int)first->node : -1;
	}
	ledger_free(&ledger);
	return node;
}

static struct claim claim_for(const struct change *change)
{
	return (struct claim){
		.manager = change->manager, .id = change->enclave.id,
		.name = change->enclave.name, .progress = change->progress,
	};
}

/* What is claimed is handed over, and all is finished. */
static int finish_adding(struct change *change)
{
	uint32_t id = change->enclave.id;
	struct ledger ledger;
	int error = attach_claimed(change->manager, id, change->enclave.name);

	if (error)
		return error;
	error = ledger_read(change->manager, id, &ledger);
	for (size_t i = 0; i < ledger.count && !error; i++)
		if (ledger.entries[i].step == PISCES_STEP_ATTACH)
			error = grants_add(&change->changed,
					   &ledger.entries[i]);
	ledger_free(&ledger);
	if (error)
		return error;
	error = manager_finish(change->manager, id);
	if (error)
		return error_errno(error, "cannot finish the change of %s",
				   change->enclave.name);
	return 0;
}

int change_choose_cpus(struct change *change, const struct cpu_wish *wish,
		       unsigned int *list)
{
	struct claim claim = claim_for(change);
	int count = claim_choose_cpus(wish, change->node, near(change), list);
	int error = count > 0 ? claim_check_cpus(&claim, list, count) : 0;

	return error ? error : count;
}

int change_add_cpus(struct change *change, const unsigned int *list, int count)
{
	struct claim claim = claim_for(change);
	int error = claim_cpus(&claim, list, count);

	if (!error)
		error = finish_adding(change);
	return error ? change_undo(change, error) : 0;
}

int change_add_devices(struct change *change, const struct device_wish *wish)
{
	struct claim claim = claim_for(change);
	int error = claim_plan_devices(&claim, wish, change->dry_run ?
				       &change->changed : NULL);

	if (error || change->dry_run)
		return error;
	error = claim_devices(&claim, wish);
	if (!error)
		error = finish_adding(change);
	return error ? change_undo(change, error) : 0;
}

int change_add_memory(struct change *change, const struct memory_wish *wish)
{
	struct claim claim = claim_for(change);
	int close_by = near(change), error;

	error = claim_plan_memory(&claim, wish, change->node, close_by,
				  change->dry_run ? &change->changed : NULL);
	if (error || change->dry_run)
		return error;
	error = claim_memory(&claim, wish, change->node, close_by);
	if (!error)
		error = finish_adding(change);
	return error ? change_undo(change, error) : 0;
}
