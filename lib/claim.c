/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking CPUs from Linux for an enclave; memory is in claim-memory.c. */
#include <errno.h>

#include <pisces/layout.h>

#include "lib/claim.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"

int claim_choose_cpu(int node)
{
	static unsigned int list[PISCES_MAX_CPUS];
	int count = cpu_list(list, PISCES_MAX_CPUS);

	while (count-- > 0) {
		unsigned int cpu = list[count];

		if (cpu != 0 && cpu_has_switch(cpu) && cpu_is_online(cpu) &&
		    (node < 0 || cpu_node(cpu) == node))
			return (int)cpu;
	}
	if (node >= 0)
		return error_set(-ENODEV, "Linux can let go of no CPU on node "
				 "%d: pisces check says which can go", node);
	return error_set(-ENODEV, "Linux can let go of no CPU: pisces check "
			 "says why");
}

/* Why may this CPU not be granted? */
static int intent_error(const struct claim *claim, unsigned int cpu,
			const struct pisces_ioctl_grant *grant, int error)
{
	switch (-error) {
	case ENXIO:
		return error_set(error, "there is no CPU %u: pisces check "
				 "lists those that can go", cpu);
	case EEXIST:
		return error_set(error, "CPU %u is granted to %s already", cpu,
				 enclave_name_of(claim->manager,
						 grant->owner));
	case EPERM:
		return error_set(error, "CPU %u stays with Linux, which needs "
				 "it: choose another", cpu);
	case EBUSY:
		return error_set(error, "CPU %u is the last one that Linux "
				 "has: bring another online first", cpu);
	case ENODEV:
		return error_set(error, "CPU %u was never started by Linux "
				 "(maxcpus=?): start it once with 'echo 1 > "
				 "/sys/devices/system/cpu/cpu%u/online'", cpu,
				 cpu);
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

int claim_cpu(const struct claim *claim, unsigned int cpu)
{
	struct pisces_ioctl_grant grant = {
		.id = claim->id, .kind = PISCES_GRANT_CPU, .start = cpu,
		.size_bytes = 1, .step = PISCES_STEP_INTENT,
	};
	int error = interrupt_check();

	if (error)
		return error;
	error = manager_grant(claim->manager, &grant);
	if (error && error != -EEXIST && error != -ENXIO && cpu_smt_off(cpu))
		return smt_error(cpu);
	if (error)
		return intent_error(claim, cpu, &grant, error);
	if (cpu_smt_off(cpu))
		return smt_error(cpu);
	/* From here on release_enclave() puts it right. */
	error = take_offline(cpu);
	if (error)
		return error;
	grant.step = PISCES_STEP_COMMIT;
	error = manager_grant(claim->manager, &grant);
	if (error)
		return error_errno(error, "Linux has not let go of CPU %u",
				   cpu);
	return interrupt_check();
}
