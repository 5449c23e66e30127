/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs of this enclave: see cpu/cpu.h. */
#include <cpu/apic.h>
#include <cpu/cpu.h>
#include <cpu/segments.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/object.h>

struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;

static struct cpu first;

static void cpu_describe(struct cpu *cpu, unsigned index)
{
	const struct pisces_boot_cpu *what = &boot.cpu[index];

	cpu->self = cpu;
	cpu->index = index;
	cpu->apic_id = what->apic_id;
	cpu->host_cpu = what->host_cpu;
	cpu->node = what->node;
	cpu->save = &host_save[index];
	cpu->debug_seen = cpu->debug_new = host_page->debug;
	cpu->stats = &host_stats->cpu[index];
	memset(cpu->stats, 0, sizeof(*cpu->stats));
	cpu->stats->host_cpu = cpu->host_cpu;
	cpu->stats->apic_id = cpu->apic_id;
	cpu->stats->node = (uint16_t)cpu->node;
	list_init(&cpu->runnable);
	list_init(&cpu->timers);
	cpus[index] = cpu;
	cpu_limit = MAX(cpu_limit, index + 1);
	host_stats->cpu_count = cpu_limit;
}

struct cpu *cpu_create_first(void)
{
	segments_create_first(&first);
	cpu_describe(&first, 0);
	return &first;
}

struct cpu *cpu_create(unsigned index)
{
	struct cpu *cpu = cpus[index];

	if (!cpu) {
		cpu = object_alloc(sizeof(*cpu));
		if (!cpu)
			return NULL;
		if (segments_create(cpu)) {
			object_free(cpu);
			return NULL;
		}
	}
	cpu->pending = cpu->flush_wanted = cpu->flush_done = 0;
	cpu->halt_wanted = 0;
	cpu->nmi_count = cpu->restarts = 0;
	cpu->leave = 0;
	cpu_describe(cpu, index);
	return cpu;
}

void cpu_kick(struct cpu *cpu)
{
	__atomic_store_n(&cpu->pending, 1, __ATOMIC_SEQ_CST);
	if (cpu != this_cpu())
		apic_send_nmi(cpu->apic_id);
}
