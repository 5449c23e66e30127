/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking something from an enclave that runs: what all kinds share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attach.h"
#include "lib/change-remove.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/node.h"
#include "lib/release.h"

#define LOCK_MS	30000

static int copy_stats(struct removal *removal)
{
	struct node node;
	int error = node_open(&node, removal->change->enclave.name);

	if (!error)
		error = node_map_stats(&node);
	if (!error)
		memcpy(&removal->stats, node.stats, sizeof(removal->stats));
	node_close(&node);
	return error;
}

int removal_begin(struct removal *removal, struct change *change)
{
	int error;

	memset(removal, 0, sizeof(*removal));
	removal->change = change;
	error = ledger_read(change->manager, change->enclave.id,
			    &removal->ledger);
	if (!error)
		error = copy_stats(removal);
	removal->list = calloc(removal->ledger.count + 1,
			       sizeof(*removal->list));
	if (!error && !removal->list)
		error = error_set(-ENOMEM, "out of memory");
	return error;
}

void removal_end(struct removal *removal)
{
	ledger_free(&removal->ledger);
	free(removal->list);
}

void removal_add(struct removal *removal, struct pisces_ioctl_ledger *entry,
		 uint64_t in_use)
{
	for (size_t i = 0; i < removal->count; i++)
		if (removal->list[i].entry == entry)
			return;
	removal->list[removal->count++] = (struct removable){
		.entry = entry, .in_use = in_use,
		.age = (size_t)(entry - removal->ledger.entries),
	};
}

static int compare(const void *a, const void *b)
{
	const struct removable *x = a, *y = b;

	if (x->in_use != y->in_use)
		return x->in_use < y->in_use ? -1 : 1;
	return x->age < y->age ? 1 : x->age > y->age ? -1 : 0;
}

void removal_sort(struct removal *removal)
{
	if (removal->count)
		qsort(removal->list, removal->count, sizeof(*removal->list),
		      compare);
}

int removal_detach(struct removal *removal, size_t at, bool force)
{
	struct change *change = removal->change;
	struct removable *one = &removal->list[at];
	int error = interrupt_check();

	if (!error && !change->dry_run)
		error = detach_grant(change->manager, change->enclave.id,
				     change->enclave.name, one->entry, force);
	if (error)
		return error;
	removal->gone++;
	one->entry->step = PISCES_STEP_DETACH;
	return grants_add(&change->changed, one->entry);
}

/* The transaction is over: whatever happens, the enclave goes on without. */
static int give_to_linux(struct removal *removal)
{
	struct change *change = removal->change;
	struct errors errors = { 0 };
	struct ledger ledger;
	int error = ledger_read(change->manager, change->enclave.id, &ledger);

	if (error)
		errors_note(&errors, error);
	release_devices(change->manager, change->enclave.id, &ledger, NULL,
			&errors);
	for (size_t i = ledger.count; i-- > 0;) {
		if (ledger.entries[i].step != PISCES_STEP_RETURN ||
		    ledger.entries[i].kind == PISCES_GRANT_DEVICE)
			continue;
		error = release_grant(change->manager, change->enclave.id,
				      &ledger.entries[i]);
		if (error)
			errors_note(&errors, error);
	}
	ledger_free(&ledger);
	return errors_all(&errors);
}

/* Under the lock, so that no other tool takes it for a leftover. */
static int finish(struct removal *removal)
{
	struct change *change = removal->change;
	int error = manager_lock(change->manager, LOCK_MS);

	if (error)
		error = error_set(error, "another pisces is giving things back "
				  "to Linux: try again");
	if (!error)
		error = interrupt_check();
	if (!error) {
		error = manager_finish(change->manager, change->enclave.id);
		if (error)
			error_errno(error, "cannot finish the change of %s",
				    change->enclave.name);
	}
	if (error) {
		manager_unlock(change->manager);
		return change_undo(change, error);
	}
	error = give_to_linux(removal);
	manager_unlock(change->manager);
	return error;
}

int removal_finish(struct removal *removal, int error)
{
	struct change *change = removal->change;

	if (change->dry_run || (error && !removal->gone))
		return error;
	if (error)
		return change_undo(change, error);
	interrupt_hold();
	error = finish(removal);
	interrupt_release();
	return error;
}
