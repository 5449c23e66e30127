/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that an enclave's CPUs saved. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/save.h"

#define ANSWER_MS	3000

int save_refresh(int manager, const struct pisces_ioctl_status *enclave)
{
	int error = manager_debug(manager, enclave->id,
				  PISCES_DEBUG_REGISTERS, 0, ANSWER_MS);

	if (error == -ETIMEDOUT)
		return enclave_silent(enclave->name);
	if (error)
		return error_errno(error, "cannot ask %s for its registers",
				   enclave->name);
	return 0;
}

static bool is_used(const struct pisces_ioctl_ledger *entry)
{
	return entry->kind == PISCES_GRANT_CPU &&
	       entry->slot < PISCES_MAX_CPUS &&
	       (entry->step == PISCES_STEP_ATTACH ||
		entry->step == PISCES_STEP_KEPT);
}

static int read_one(int manager, const struct pisces_ioctl_status *enclave,
		    const struct pisces_ioctl_ledger *entry,
		    struct save_cpu *one)
{
	int error;

	*one = (struct save_cpu){
		.cpu = (unsigned int)entry->start, .slot = entry->slot,
	};
	error = manager_read(manager, enclave->id, enclave->base +
			     PISCES_SAVE_OFFSET +
			     entry->slot * sizeof(one->save), &one->save,
			     sizeof(one->save));
	if (error)
		return error_errno(error, "cannot read the registers of CPU %u",
				   one->cpu);
	if (!one->save.tsc && enclave->panic.reason[0] &&
	    enclave->panic.host_cpu == one->cpu) {
		one->save.tsc = enclave->panic.tsc;
		one->save.registers = enclave->panic.registers;
	}
	return 0;
}

static int by_cpu(const void *a, const void *b)
{
	const struct save_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

int save_read(int manager, const struct pisces_ioctl_status *enclave,
	      struct save *save)
{
	struct ledger ledger;
	int error = ledger_read(manager, enclave->id, &ledger);

	*save = (struct save){ 0 };
	if (!error && !enclave->base)
		error = error_set(-ENODEV, "%s has no memory yet: it is %s",
				  enclave->name,
				  enclave_state_name(enclave->state));
	save->cpus = calloc(ledger.count + 1, sizeof(*save->cpus));
	if (!error && !save->cpus)
		error = error_set(-ENOMEM, "out of memory");
	for (size_t i = 0; i < ledger.count && !error; i++)
		if (is_used(&ledger.entries[i]))
			error = read_one(manager, enclave, &ledger.entries[i],
					 &save->cpus[save->count++]);
	if (save->count)
		qsort(save->cpus, save->count, sizeof(*save->cpus), by_cpu);
	ledger_free(&ledger);
	return error;
}

void save_free(struct save *save)
{
	free(save->cpus);
	*save = (struct save){ 0 };
}
