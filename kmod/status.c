// SPDX-License-Identifier: GPL-2.0-only
/*
 * PISCES_STATUS and PISCES_NODE_INFO: what can be told about an enclave.
 *
 * The co-kernel's memory is untrusted: each value is read once.
 *
 * Locking: ledger_mutex; the gate where the caller has no more than a node.
 */
#include <linux/ktime.h>
#include <linux/string.h>
#include "compat.h"
#include "ledger.h"
#include "status.h"
#include "transaction.h"

#define SILENT_NS	(2 * (u64)NSEC_PER_SEC)

static struct enclave *find_after(u32 after)
{
	struct enclave *e;

	/* Ids only grow and new ones go to the end. */
	list_for_each_entry(e, &enclaves, link)
		if (e->id > after)
			return e;
	return NULL;
}

/* Only who takes NMIs can be silent. */
static bool is_silent(const struct enclave *e)
{
	u8 *memory = enclave_memory(e);
	u64 rung_ns;

	if (!memory || READ_ONCE(e->state) != PISCES_ENCLAVE_RUNNING ||
	    !smp_load_acquire(&enclave_page(memory)->doorbell))
		return false;
	/* The clock last, for it may be rung again while we look. */
	rung_ns = smp_load_acquire(&e->rung_ns);
	return ktime_get_ns() - rung_ns > SILENT_NS;
}

static u64 uptime(const struct enclave *e)
{
	u64 since = READ_ONCE(e->booted_ns);

	return since ? ktime_get_ns() - since : 0;
}

static void report_page(u8 *memory, struct pisces_ioctl_status *a)
{
	const struct pisces_boot *boot = enclave_boot(memory);
	const struct pisces_state *page = enclave_page(memory);

	a->phase = READ_ONCE(page->phase);
	a->tsc_init = READ_ONCE(boot->tsc_init);
	a->tsc_first = READ_ONCE(boot->tsc_first);
	a->tsc_entered = READ_ONCE(page->tsc_entered);
	a->tsc_mapped = READ_ONCE(page->tsc_mapped);
	a->tsc_ready = READ_ONCE(page->tsc_ready);
	a->kernel_bytes = READ_ONCE(page->kernel_bytes);
	if (a->phase == PISCES_PHASE_CRASHED) {
		memcpy(&a->panic, &page->panic, sizeof(a->panic));
		a->panic.reason[sizeof(a->panic.reason) - 1] = 0;
	}
}

int status_enclave(struct pisces_ioctl_status *a)
{
	struct enclave *e;
	u32 size = a->size;
	u8 *memory;

	e = a->id ? enclave_find(a->id) : find_after(a->after);
	if (!e)
		return -ENOENT;
	enclave_look(e);
	memset(a, 0, sizeof(*a));
	a->size = size;
	a->id = e->id;
	a->state = READ_ONCE(e->state);
	memcpy(a->name, e->name, sizeof(a->name));
	a->flags = transaction_flags(e);
	a->grants = ledger_count(e);
	a->creator_pid = e->creator_pid;
	a->changer_pid = e->changer_pid;
	a->uptime_ns = uptime(e);
	a->tsc_khz = tsc_khz;
	a->tsc_now = rdtsc_ordered();
	memory = enclave_memory(e);
	if (memory) {
		a->base = e->base;
		report_page(memory, a);
	}
	if (is_silent(e))
		a->flags |= PISCES_STATUS_SILENT;
	return 0;
}

void status_node(struct enclave *e, struct pisces_ioctl_node_info *a)
{
	a->id = e->id;
	memcpy(a->name, e->name, sizeof(a->name));
	a->state = READ_ONCE(e->state);
	a->phase = enclave_phase(e);
	a->flags = is_silent(e) ? PISCES_STATUS_SILENT : 0;
	a->uptime_ns = uptime(e);
}
