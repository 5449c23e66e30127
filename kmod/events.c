// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux's own events: it must not take back what is granted, and must not leave
 * co-kernels behind when it goes.
 *
 * The vetoes run with Linux's hotplug locks held, so they use the ledger's
 * spinlock only.  They answer -EPERM: for -EBUSY newer kernels try again for
 * seconds.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/cpuhotplug.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/suspend.h>
#include "compat.h"
#include "enclave.h"
#include "events.h"
#include "ledger.h"
#include "power.h"

/* How long Linux's sleep waits for a change to end. */
#define SLEEP_LOCK_MS	2000

static int cpu_prepare(unsigned int cpu)
{
	return ledger_vetoes_cpu(cpu) ? -EPERM : 0;
}

static int memory_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct memory_notify *what = data;

	switch (event) {
	case MEM_GOING_ONLINE:
		if (!ledger_memory_begins(PFN_PHYS(what->start_pfn),
					  PFN_PHYS((u64)what->nr_pages)))
			return notifier_from_errno(-EPERM);
		break;
	case MEM_ONLINE:
	case MEM_CANCEL_ONLINE:
		ledger_memory_ends();
		break;
	}
	return NOTIFY_OK;
}

/* Reboot, power off, kexec: the next kernel will use that memory. */
static int reboot_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	power_stop_all();
	return NOTIFY_OK;
}

static int panic_event(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	power_panic();
	return NOTIFY_OK;
}

/* Sleep would stop the enclave's CPUs and lose their state. */
static int prepare_sleep(void)
{
	u32 count;

	if (!enclave_lock_ledger(SLEEP_LOCK_MS)) {
		pr_warn("no sleep while an enclave is being changed\n");
		return -EBUSY;
	}
	count = enclave_count();
	WRITE_ONCE(host_leaves, !count);
	mutex_unlock(&ledger_mutex);
	if (!count)
		return 0;
	pr_warn("no sleep while there are enclaves: pisces destroy --all ends them\n");
	return -EBUSY;
}

static int power_event(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		return notifier_from_errno(prepare_sleep());
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		WRITE_ONCE(host_leaves, false);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block memory_block = { .notifier_call = memory_event };
static struct notifier_block reboot_block = { .notifier_call = reboot_event };
static struct notifier_block panic_block = { .notifier_call = panic_event };
static struct notifier_block power_block = { .notifier_call = power_event };

static int cpu_state;

int events_init(void)
{
	int error;

	cpu_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
					      "pisces:prepare", cpu_prepare,
					      NULL);
	if (cpu_state < 0)
		return cpu_state;
	error = register_memory_notifier(&memory_block);
	if (error)
		goto remove_state;
	error = register_reboot_notifier(&reboot_block);
	if (error)
		goto unregister_memory;
	error = register_pm_notifier(&power_block);
	if (error)
		goto unregister_reboot;
	error = atomic_notifier_chain_register(&panic_notifier_list,
					       &panic_block);
	if (error)
		goto unregister_power;
	return 0;

unregister_power:
	unregister_pm_notifier(&power_block);
unregister_reboot:
	unregister_reboot_notifier(&reboot_block);
unregister_memory:
	unregister_memory_notifier(&memory_block);
remove_state:
	cpuhp_remove_state_nocalls(cpu_state);
	return error;
}

void events_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	unregister_pm_notifier(&power_block);
	unregister_reboot_notifier(&reboot_block);
	unregister_memory_notifier(&memory_block);
	cpuhp_remove_state_nocalls(cpu_state);
}
