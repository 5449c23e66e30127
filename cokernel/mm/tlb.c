/* SPDX-License-Identifier: GPL-2.0-only */
/* See mm/tlb.h. */
#include <cpu/apic.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <lib/panic.h>
#include <mm/tlb.h>

#define CR4_PGE		(1ull << 7)
#define PAGES_MAX	64	/* above, all is flushed */
#define WAIT_SECONDS	10

void tlb_flush_page(uint64_t virt)
{
	__asm__ volatile("invlpg (%0)" : : "r" (virt) : "memory");
}

void tlb_flush_all(void)
{
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r" (cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r" (cr4 ^ CR4_PGE) : "memory");
	__asm__ volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
}

static void flush_here(uint64_t start, uint64_t end)
{
	if (end - start > PAGES_MAX * PAGE_SIZE) {
		tlb_flush_all();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		tlb_flush_page(start);
}

static bool is_done(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->flush_done, __ATOMIC_ACQUIRE) ==
		cpu->flush_wanted;
}

/* An NMI always gets in, so a CPU that does not answer is broken. */
static void wait_done(const struct cpu *cpu)
{
	uint64_t start = rdtsc();

	while (!is_done(cpu)) {
		if (rdtsc() - start > WAIT_SECONDS * 1000 * boot.tsc_khz)
			panic("CPU %u takes no NMI", cpu->host_cpu);
		__builtin_ia32_pause();
	}
}

void tlb_synchronise(phys_t root)
{
	struct cpu *self = this_cpu(), *cpu;

	for_each_cpu(cpu) {
		if (cpu == self || cpu->root != root)
			continue;
		__atomic_add_fetch(&cpu->flush_wanted, 1, __ATOMIC_SEQ_CST);
		apic_send_nmi(cpu->apic_id);
		cpu->stats->flushes++;
	}
	for_each_cpu(cpu) {
		if (cpu != self && cpu->root == root)
			wait_done(cpu);
	}
}

void tlb_flush(phys_t root, uint64_t start, uint64_t end)
{
	if (this_cpu()->root == root)
		flush_here(start, end);
	tlb_synchronise(root);
}

void tlb_flush_kernel(uint64_t virt)
{
	struct cpu *self = this_cpu(), *cpu;

	tlb_flush_page(virt);
	for_each_cpu(cpu) {
		if (cpu != self)
			cpu->stale = true;
	}
}
