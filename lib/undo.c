/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting right an enclave whose transaction was not finished. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attach.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/release.h"
#include "lib/undo.h"

#define LOCK_MS	10000

struct undo {
	int manager;
	uint32_t id;
	const char *name;
	bool runs, answers;	/* it can be asked only if both */
	struct undone *undone;
	struct errors errors;
};

static void note(struct undo *undo, int error)
{
	if (error)
		errors_note(&undo->errors, error);
}

static int attach(struct undo *undo, const struct pisces_ioctl_ledger *entry)
{
	return attach_grant(undo->manager, undo->id, undo->name, entry);
}

static int detach(struct undo *undo, const struct pisces_ioctl_ledger *entry)
{
	return detach_grant(undo->manager, undo->id, undo->name, entry, true);
}

/* A device only leaves the enclave: all of them go to Linux in the end. */
static int release(struct undo *undo, struct pisces_ioctl_ledger *entry)
{
	int error;

	if (entry->kind == PISCES_GRANT_DEVICE)
		return release_device(undo->manager, undo->id, undo->name,
				      entry);
	error = release_grant(undo->manager, undo->id, entry);
	if (!error)
		note(undo, grants_add(&undo->undone->out, entry));
	return error;
}

/* The co-kernel may still be about to use it: then it must leave it first. */
static int release_claimed(struct undo *undo,
			   struct pisces_ioctl_ledger *entry)
{
	int error = release(undo, entry);

	if (error != -EBUSY)
		return error;
	/* Otherwise it stays claimed until the enclave is destroyed. */
	if (!undo->answers)
		return undo->runs ? enclave_silent(undo->name) : 0;
	if (!attach(undo, entry)) {
		error = detach(undo, entry);
		if (error)
			return error;
	}
	/* One that could not use it has not got it any more. */
	return release(undo, entry);
}

static void undo_one(struct undo *undo, struct pisces_ioctl_ledger *entry)
{
	int error;

	switch (entry->step) {
	case PISCES_STEP_DETACH:
		if (!undo->answers)
			return;
		error = attach(undo, entry);
		note(undo, error ? error
				 : grants_add(&undo->undone->back, entry));
		return;
	case PISCES_STEP_ATTACH:
		if (!undo->answers)
			return;
		error = detach(undo, entry);
		if (error) {
			error_add("it stays in %s", undo->name);
			note(undo, error);
			return;
		}
		entry->step = PISCES_STEP_COMMIT;
		note(undo, release(undo, entry));
		return;
	case PISCES_STEP_COMMIT:
		note(undo, release_claimed(undo, entry));
		return;
	case PISCES_STEP_INTENT:
	case PISCES_STEP_RETURN:
		note(undo, release(undo, entry));
		return;
	}
}

static void undo_steps(struct undo *undo)
{
	struct ledger ledger;

	note(undo, ledger_read(undo->manager, undo->id, &ledger));
	for (size_t i = ledger.count; i-- > 0;)
		undo_one(undo, &ledger.entries[i]);
	release_devices(undo->manager, undo->id, &ledger, &undo->undone->out,
			&undo->errors);
	ledger_free(&ledger);
	/*
	 * Whatever could not be undone is completed.  Without a DETACH this is
	 * nobody's transaction, and there is nothing to finish.
	 */
	if (manager_finish(undo->manager, undo->id))
		return;
	note(undo, ledger_read(undo->manager, undo->id, &ledger));
	for (size_t i = ledger.count; i-- > 0;)
		if (ledger.entries[i].step == PISCES_STEP_RETURN)
			note(undo, release(undo, &ledger.entries[i]));
	release_devices(undo->manager, undo->id, &ledger, &undo->undone->out,
			&undo->errors);
	ledger_free(&ledger);
}

int undo_changes(int manager, uint32_t id, const char *name,
		 struct undone *undone)
{
	struct undone own = { 0 };
	struct undo undo = {
		.manager = manager, .id = id, .name = name,
		.undone = undone ? undone : &own,
	};
	struct pisces_ioctl_status status;

	*undo.undone = own;
	if (!manager_status(manager, id, 0, &status)) {
		undo.runs = status.state == PISCES_ENCLAVE_RUNNING;
		undo.answers = undo.runs &&
			       !(status.flags & PISCES_STATUS_SILENT);
	}
	interrupt_hold();
	undo_steps(&undo);
	interrupt_release();
	undo_free(&own);
	return errors_all(&undo.errors);
}

void undo_free(struct undone *undone)
{
	grants_free(&undone->out);
	grants_free(&undone->back);
}

void undo_after_error(int manager, uint32_t id, const char *name,
		      int (*undo)(int manager, uint32_t id, const char *name))
{
	char *why = strdup(error_text());
	bool locked;

	interrupt_hold();
	locked = !manager_lock(manager, LOCK_MS);
	if (undo(manager, id, name)) {
		char *more = strdup(error_text());

		error_set(0, "%s", why ? why : "");
		error_add("undoing it: %s", more ? more : "");
		free(more);
	} else {
		error_set(0, "%s", why ? why : "");
		if (interrupt_signal())
			error_add("all was undone");
	}
	if (locked)
		manager_unlock(manager);
	interrupt_release();
	free(why);
}
