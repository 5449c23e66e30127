/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs from an enclave that runs. */
#include <errno.h>
#include <stdio.h>

#include "lib/change-remove.h"
#include "lib/error.h"

static const char *held(const struct removal *removal)
{
	const struct change *change = removal->change;
	static char text[1024];
	struct grants grants;

	if (grants_read(change->manager, change->enclave.id, &grants))
		return "?";
	grants_cpu_list(&grants, text, sizeof(text));
	grants_free(&grants);
	return text;
}

static int first_error(const struct removal *removal, unsigned int cpu)
{
	const char *name = removal->change->enclave.name;

	return error_set(-EPERM, "CPU %u is the first of %s and stays to the "
			 "end: pisces destroy %s gives it back", cpu, name,
			 name);
}

/* How much the CPU has to do, as far as one can see. */
static uint64_t load_of(const struct removal *removal,
			const struct pisces_ioctl_ledger *entry)
{
	if (entry->slot >= PISCES_MAX_CPUS)
		return 0;
	return removal->stats.cpu[entry->slot].tasks;
}

static int add_listed(struct removal *removal, unsigned int cpu)
{
	const struct change *change = removal->change;
	struct pisces_ioctl_ledger *entry =
		ledger_find(&removal->ledger, PISCES_GRANT_CPU, cpu);

	if (!entry || entry->step != PISCES_STEP_KEPT)
		return error_set(-EINVAL, "CPU %u is not one of %s's: it has "
				 "%s", cpu, change->enclave.name,
				 held(removal));
	if (entry->slot == 0)
		return first_error(removal, cpu);
	if (change->node >= 0 && entry->node != (uint32_t)change->node)
		return error_set(-EINVAL, "CPU %u is on node %u, not on node "
				 "%d", cpu, entry->node, change->node);
	removal_add(removal, entry, 0);
	return 0;
}

static int remove_listed(struct removal *removal, const struct cpu_wish *wish)
{
	int error = 0;

	for (int i = 0; i < wish->count && !error; i++)
		error = add_listed(removal, wish->list[i]);
	for (size_t i = 0; i < removal->count && !error; i++)
		error = removal_detach(removal, i, removal->change->force);
	if (error == -EBUSY)
		error_add("pisces rm-cpu --force takes it nevertheless, its "
			  "tasks then run elsewhere");
	return error;
}

static void add_all(struct removal *removal)
{
	const struct change *change = removal->change;

	for (size_t i = 0; i < removal->ledger.count; i++) {
		struct pisces_ioctl_ledger *entry =
			&removal->ledger.entries[i];

		if (entry->kind != PISCES_GRANT_CPU || entry->slot == 0 ||
		    entry->step != PISCES_STEP_KEPT ||
		    (change->node >= 0 &&
		     entry->node != (uint32_t)change->node))
			continue;
		removal_add(removal, entry, load_of(removal, entry));
	}
	removal_sort(removal);
}

static int too_many(const struct removal *removal, int wanted)
{
	const struct change *change = removal->change;
	char where[32] = "";

	if (change->node >= 0)
		snprintf(where, sizeof(where), " on node %d", change->node);
	return error_set(-EINVAL, "%d CPUs are more than %s can lose: besides "
			 "its first it has %zu%s", wanted,
			 change->enclave.name, removal->count, where);
}

/* Those that nobody is bound to, then with force the others. */
static int remove_any(struct removal *removal, size_t wanted)
{
	const char *name = removal->change->enclave.name;
	int refused = 0;

	for (int force = 0; force <= removal->change->force; force++)
		for (size_t i = 0; i < removal->count; i++) {
			int error;

			if (removal->gone == wanted)
				return 0;
			if (removal->list[i].entry->step != PISCES_STEP_KEPT)
				continue;
			error = removal_detach(removal, i, force);
			if (error && error != -EBUSY)
				return error;
			refused = error ? error : refused;
		}
	if (removal->gone == wanted)
		return 0;
	/* The text is that of the last refusal. */
	if (removal->gone)
		error_add("%zu can go: pisces rm-cpu -e %s +%zu",
			  removal->gone, name, removal->gone);
	error_add("pisces rm-cpu --force takes CPUs nevertheless, their tasks "
		  "then run elsewhere");
	return refused;
}

int change_remove_cpus(struct change *change, const struct cpu_wish *wish)
{
	static struct removal removal;
	int error = removal_begin(&removal, change);

	if (error) {
		removal_end(&removal);
		return error;
	}
	if (!wish->any) {
		error = remove_listed(&removal, wish);
	} else {
		add_all(&removal);
		error = (size_t)wish->count > removal.count
			? too_many(&removal, wish->count)
			: remove_any(&removal, (size_t)wish->count);
	}
	error = removal_finish(&removal, error);
	removal_end(&removal);
	return error;
}
