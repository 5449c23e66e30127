// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the boot page's tables and of the devices', by kind of grant.
 *
 * Locking: ledger_mutex.
 */
#include <linux/kernel.h>
#include "entry.h"
#include "request.h"

static struct pisces_boot *boot_of(const struct enclave *e)
{
	return enclave_boot(enclave_memory(e));
}

static struct pisces_devices *devices_of(const struct enclave *e)
{
	return enclave_devices(enclave_memory(e));
}

u32 *entry_wanted(const struct enclave *e, const struct grant *g)
{
	switch (g->kind) {
	case PISCES_GRANT_CPU:
		return &boot_of(e)->cpu[g->slot].wanted;
	case PISCES_GRANT_MEMORY:
		return &boot_of(e)->block[g->slot].wanted;
	default:
		return &devices_of(e)->host[g->slot].wanted;
	}
}

struct pisces_slot *entry_slot(const struct enclave *e, const struct grant *g)
{
	struct pisces_state *page = enclave_page(enclave_memory(e));

	switch (g->kind) {
	case PISCES_GRANT_CPU:
		return &page->cpu[g->slot];
	case PISCES_GRANT_MEMORY:
		return &page->block[g->slot];
	default:
		return &devices_of(e)->own[g->slot].slot;
	}
}

static void write_cpu(const struct enclave *e, const struct grant *g)
{
	struct pisces_boot_cpu *cpu = &boot_of(e)->cpu[g->slot];

	WRITE_ONCE(cpu->apic_id, g->apic_id);
	WRITE_ONCE(cpu->host_cpu, g->start);
	WRITE_ONCE(cpu->node, g->node);
}

static void write_block(const struct enclave *e, const struct grant *g)
{
	struct pisces_boot_block *block = &boot_of(e)->block[g->slot];

	WRITE_ONCE(block->start, g->start);
	WRITE_ONCE(block->size, g->size);
	WRITE_ONCE(block->node, g->node);
}

void entry_write(const struct enclave *e, const struct grant *g)
{
	switch (g->kind) {
	case PISCES_GRANT_CPU:
		write_cpu(e, g);
		break;
	case PISCES_GRANT_MEMORY:
		write_block(e, g);
		break;
	default:
		request_open(g->function, g->slot);
	}
}

static void grow(u32 *count, u32 *shown, const struct grant *g)
{
	*count = max(*count, g->slot + 1);
	smp_store_release(shown, *count);
}

void entry_count(struct enclave *e, const struct grant *g)
{
	switch (g->kind) {
	case PISCES_GRANT_CPU:
		grow(&e->boot_cpus, &boot_of(e)->cpu_count, g);
		break;
	case PISCES_GRANT_MEMORY:
		grow(&e->boot_blocks, &boot_of(e)->block_count, g);
		break;
	default:
		grow(&e->boot_devices, &devices_of(e)->count, g);
	}
}
