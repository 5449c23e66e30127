/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs from Linux for an enclave; memory is in claim-memory.c. */
#include <errno.h>
#include <string.h>

#include "lib/choose-cpu.h"
#include "lib/claim.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/sysfs.h"

int claim_choose_cpus(const struct cpu_wish *wish, int node, int near,
		      unsigned int *list)
{
	int error = node >= 0 ? sysfs_check_node(node) : 0;

	if (error)
		return error;
	if (wish->any) {
		error = choose_cpus(wish->count, node, near, list);
		return error ? error : wish->count;
	}
	memcpy(list, wish->list, (size_t)wish->count * sizeof(*list));
	for (int i = 0; i < wish->count && node >= 0; i++)
		if (cpu_exists(list[i]) && cpu_node(list[i]) != node)
			return error_set(-EINVAL, "CPU %u is on node %d, not "
					 "on node %d", list[i],
					 cpu_node(list[i]), node);
	return wish->count;
}

/* Why may this CPU not be granted? */
static int intent_error(const struct claim *claim, unsigned int cpu,
			uint32_t owner, uint32_t changer, int error)
{
	switch (-error) {
	case ENXIO:
		return error_set(error, "there is no CPU %u: pisces check "
				 "lists those that can go", cpu);
	case EEXIST:
		return error_set(error, "CPU %u is granted to %s already: "
				 "pisces rm-cpu or pisces destroy gives it "
				 "back", cpu,
				 enclave_name_of(claim->manager, owner));
	case EPERM:
		return error_set(error, "CPU %u stays with Linux, which needs "
				 "it: choose another", cpu);
	case EBUSY:
		if (changer)
			return enclave_changing(claim->name, changer);
		return error_set(error, "CPU %u is the last one that Linux "
				 "has: bring another online first", cpu);
	case ENODEV:
		return error_set(error, "CPU %u was never started by Linux "
				 "(maxcpus=?): start it once with 'echo 1 > "
				 "/sys/devices/system/cpu/cpu%u/online'", cpu,
				 cpu);
	case ENOSPC:
		return error_set(error, "%s has as many CPUs as an enclave "
				 "can have", claim->name);
	default:
		return error_errno(error, "cannot claim CPU %u", cpu);
	}
}

static int smt_error(unsigned int cpu)
{
	return error_set(-ENODEV, "CPU %u is offline and SMT control is '%s': "
			 "with 'echo on > /sys/devices/system/cpu/smt/control' "
			 "it can be taken", cpu, cpu_smt_control());
}

static int check_cpu(const struct claim *claim, unsigned int cpu,
		     const struct ledger *ledger)
{
	const struct pisces_ioctl_ledger *granted =
		ledger_find(ledger, PISCES_GRANT_CPU, cpu);

	if (!cpu_exists(cpu))
		return intent_error(claim, cpu, 0, 0, -ENXIO);
	if (granted)
		return intent_error(claim, cpu, granted->id, 0, -EEXIST);
	if (cpu_smt_off(cpu))
		return smt_error(cpu);
	if (cpu == 0 || !cpu_has_switch(cpu))
		return intent_error(claim, cpu, 0, 0, -EPERM);
	return 0;
}

int claim_check_cpus(const struct claim *claim, const unsigned int *list,
		     int count)
{
	struct ledger ledger;
	int error = ledger_read_all(claim->manager, &ledger);

	for (int i = 0; i < count && !error; i++)
		error = check_cpu(claim, list[i], &ledger);
	ledger_free(&ledger);
	return error;
}

static int take_offline(unsigned int cpu)
{
	int error = cpu_set_online(cpu, false);

	if (error == -EINTR && interrupt_check())
		return -EINTR;
	if (error == -EBUSY)
		return error_set(error, "Linux does not let go of CPU %u: it "
				 "is busy with it; try again", cpu);
	if (error)
		return error_errno(error, "cannot take CPU %u offline", cpu);
	return 0;
}

static int intend(const struct claim *claim, struct pisces_ioctl_grant *grant)
{
	unsigned int cpu = (unsigned int)grant->start;
	int error;

	grant->step = PISCES_STEP_INTENT;
	error = manager_grant(claim->manager, grant);
	if (error && error != -EEXIST && error != -ENXIO && cpu_smt_off(cpu))
		return smt_error(cpu);
	if (error)
		return intent_error(claim, cpu, grant->owner,
				    grant->changer_pid, error);
	return cpu_smt_off(cpu) ? smt_error(cpu) : 0;
}

static int commit(const struct claim *claim, struct pisces_ioctl_grant *grant)
{
	unsigned int cpu = (unsigned int)grant->start;
	int error = take_offline(cpu);

	if (error)
		return error;
	grant->step = PISCES_STEP_COMMIT;
	error = manager_grant(claim->manager, grant);
	if (error == -ENXIO)
		return intent_error(claim, cpu, 0, 0, error);
	if (error)
		return error_errno(error, "Linux has not let go of CPU %u",
				   cpu);
	return interrupt_check();
}

/* What cannot be had is known before Linux is touched. */
int claim_cpus(const struct claim *claim, const unsigned int *list, int count)
{
	struct pisces_ioctl_grant grant = {
		.id = claim->id, .kind = PISCES_GRANT_CPU, .size_bytes = 1,
	};
	int error = interrupt_check();

	for (int i = 0; i < count && !error; i++) {
		grant.start = list[i];
		error = intend(claim, &grant);
	}
	for (int i = 0; i < count && !error; i++) {
		grant.start = list[i];
		error = commit(claim, &grant);
	}
	return error;
}
