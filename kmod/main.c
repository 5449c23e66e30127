// SPDX-License-Identifier: GPL-2.0-only
/*
 * pisces.ko: gives CPUs and memory that Linux has let go of to co-kernels.
 *
 * The list below is the order in which its parts come up; they go down in
 * reverse, or when a later one fails.  The module cannot be unloaded while an
 * enclave exists (it holds a reference) or a node is open.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include "apic.h"
#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "doorbell.h"
#include "events.h"
#include "function.h"
#include "manage.h"
#include "node.h"

/* What co-kernels count on. */
static int check_machine(void)
{
	if (compat_memory_is_encrypted()) {
		pr_err("memory is encrypted (SME, SEV or TDX), which a co-kernel cannot read\n");
		return -EOPNOTSUPP;
	}
	if (!tsc_khz) {
		pr_err("the TSC's frequency is not known, so a co-kernel would have no clock\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int nothing_to_start(void)
{
	return 0;
}

static void nothing_to_end(void)
{
}

static const struct {
	const char *name;
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ "this machine", check_machine, nothing_to_end },
	/* everything below may want to send interrupts */
	{ "local APIC", apic_init, apic_exit },
	/* numbers and a class for the enclaves' nodes */
	{ "nodes", node_init, node_exit },
	/* the interrupt that co-kernels ring, before there is one */
	{ "doorbell", doorbell_init, doorbell_exit },
	/* both are started by the first enclave; they only have to end */
	{ "clock", nothing_to_start, clock_exit },
	{ "CPUs", nothing_to_start, cpu_exit },
	/* vetoes, before anything is granted */
	{ "events", events_init, events_exit },
	/* what tools bind functions to; it lives as long as any is bound */
	{ "PCI driver", function_init, function_exit },
	/* now the tools may come */
	{ "/dev/pisces", manage_init, manage_exit },
};

static void stop_parts(size_t count)
{
	while (count-- > 0)
		parts[count].exit();
}

static int __init pisces_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		int error = parts[i].init();

		if (error) {
			pr_err("cannot set up %s: %d\n", parts[i].name, error);
			stop_parts(i);
			return error;
		}
	}
	pr_info("version %s is ready\n", PISCES_VERSION);
	return 0;
}

static void __exit pisces_exit(void)
{
	stop_parts(ARRAY_SIZE(parts));
}

module_init(pisces_init);
module_exit(pisces_exit);
MODULE_DESCRIPTION("Pisces: co-kernels beside Linux");
MODULE_VERSION(PISCES_VERSION);
MODULE_LICENSE("GPL");
