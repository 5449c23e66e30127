// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: one open file at a time changes what an enclave holds.
 *
 * The file is only compared, never used; it is forgotten when it is closed.  A
 * transaction that lost its file so is free to be taken over by the first that
 * asks for a change, which then undoes or completes it.
 *
 * After FINISH the file stays the changer until the last resource that was
 * given up is back with Linux and out of the ledger: nobody is to mistake that
 * for something left behind.
 *
 * Locking: ledger_mutex.
 */
#include <linux/sched.h>
#include "claim.h"
#include "ledger.h"
#include "transaction.h"

void transaction_begin(struct enclave *e, const struct file *file)
{
	e->changer = file;
	e->changer_pid = task_tgid_nr(current);
}

static void end(struct enclave *e)
{
	e->changer = NULL;
	e->changer_pid = 0;
}

int transaction_run(const struct file *file, u32 id,
		    int (*change)(struct enclave *e, void *argument),
		    void *argument)
{
	struct enclave *e = enclave_find(id);
	bool begins;
	int error;

	if (!e)
		return -ENOENT;
	if (e->changer && e->changer != file)
		return -EBUSY;
	begins = !e->changer;
	if (begins)
		transaction_begin(e, file);
	/* If that was DESTROY, there is no E any more. */
	error = change(e, argument);
	if (error && begins)
		end(e);
	return error;
}

pid_t transaction_other(const struct file *file, u32 id)
{
	const struct enclave *e = enclave_find(id);

	return e && e->changer != file ? e->changer_pid : 0;
}

void transaction_settle(struct enclave *e)
{
	/* Who stopped it is about to take it apart. */
	if (e->kept && e->state != PISCES_ENCLAVE_STOPPED &&
	    e->state != PISCES_ENCLAVE_QUARANTINED && ledger_all_kept(e))
		end(e);
}

/* What is about to be RETURNed: devices first, which may use the memory. */
static int give_back(const struct enclave *e)
{
	u32 kind;
	int error = 0;

	for (kind = PISCES_GRANT_DEVICE; kind >= PISCES_GRANT_CPU; kind--) {
		const struct claim *claim = claim_of(kind);
		struct grant *g = NULL;

		while (!error && claim->give_back &&
		       (g = ledger_next(e, kind, g)))
			if (g->step == PISCES_STEP_DETACH)
				error = claim->give_back(g);
	}
	return error;
}

int transaction_finish(const struct file *file, u32 id)
{
	struct enclave *e = enclave_find(id);
	int error;

	if (!e)
		return -ENOENT;
	if (e->changer && e->changer != file)
		return -EBUSY;
	if (!e->changer && !transaction_flags(e))
		return -EINVAL;
	error = ledger_check_finish(e);
	if (!error)
		error = give_back(e);
	if (error)
		return error;
	ledger_finish(e);
	e->kept = true;
	if (ledger_all_kept(e))
		end(e);
	else if (!e->changer)
		transaction_begin(e, file);
	return 0;
}

u32 transaction_flags(const struct enclave *e)
{
	if (e->changer)
		return 0;
	if (!e->kept)
		return PISCES_STATUS_ORPHANED;
	/* Without any grant it was about to be destroyed. */
	return ledger_all_kept(e) && ledger_count(e) ?
		       0 : PISCES_STATUS_UNFINISHED;
}

void transaction_closed(const struct file *file)
{
	struct enclave *e;

	mutex_lock(&ledger_mutex);
	list_for_each_entry(e, &enclaves, link)
		if (e->changer == file)
			end(e);
	mutex_unlock(&ledger_mutex);
}
