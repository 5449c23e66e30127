// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting and stopping CPUs that Linux has taken offline.
 *
 * A CPU begins in real mode in a page below 1 MiB.  No such page can be
 * reserved by a module, so we borrow one that nobody seems to use (RAM, kept
 * back from the page allocator, all zero), save it, and put it back; all with
 * CPU hotplug locked out, so that even a wrong pick cannot meet Linux's own use
 * of that memory.  Linux's trampoline is never touched.  Where there is no such
 * page one of the allocator's is kept: who is started has to be stopped.
 *
 * A CPU counts as stopped when it has executed our parking stub, which it can
 * only reach through INIT: it has then left whatever it did before.  A CPU in
 * VMX operation holds INIT back, hence the NMI first.
 *
 * Locking: ledger_mutex, and cpus_read_lock() taken here.  Every wait ends.
 * STARTED is written here alone, so that a panic sees each CPU that may run.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include "apic.h"
#include "compat.h"
#include "cpu.h"
#include "tables.h"
#include "trampoline.h"

#define LOW_FIRST	0x2000ull	/* leave the BIOS data area alone */
#define LOW_END		0xa0000ull

#define SIPI_WAIT_US	200
#define PARK_WAIT_US	1000000
#define PARK_TRIES	10
#define NMI_WAIT_US	1000

struct low_page {
	u8 *page;		/* in the direct map */
	u64 physical;
	u8 *saved;
};

static struct page *kept;	/* of the allocator, or NULL; ledger_mutex */

/* The page below 1 MiB. */

static bool is_unused(u64 physical)
{
	return region_intersects(physical, PAGE_SIZE, IORESOURCE_SYSTEM_RAM,
				 IORES_DESC_NONE) == REGION_INTERSECTS &&
	       pfn_valid(PHYS_PFN(physical)) &&
	       PageReserved(pfn_to_page(PHYS_PFN(physical))) &&
	       !memchr_inv(phys_to_virt(physical), 0, PAGE_SIZE);
}

/* Older kernels leave such pages to the allocator. */
static int keep_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL | GFP_DMA | __GFP_NOWARN);

	if (!page)
		return -ENOMEM;
	if (page_to_phys(page) >= LOW_END) {
		__free_page(page);
		return -ENOMEM;
	}
	kept = page;
	return 0;
}

static int low_find(struct low_page *low)
{
	u64 physical;

	for (physical = LOW_FIRST; physical < LOW_END; physical += PAGE_SIZE)
		if (is_unused(physical)) {
			low->physical = physical;
			return 0;
		}
	if (!kept && keep_page())
		return -ENOMEM;
	low->physical = page_to_phys(kept);
	return 0;
}

/* Borrow a page and copy a stub into it. */
static int low_take(struct low_page *low, const char *stub, const char *end)
{
	int error;

	low->saved = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!low->saved)
		return -ENOMEM;
	error = low_find(low);
	if (error) {
		kfree(low->saved);
		return error;
	}
	low->page = phys_to_virt(low->physical);
	memcpy(low->saved, low->page, PAGE_SIZE);
	memset(low->page, 0, PAGE_SIZE);
	memcpy(low->page, stub, end - stub);
	return 0;
}

static void low_give_back(struct low_page *low)
{
	memcpy(low->page, low->saved, PAGE_SIZE);
	kfree(low->saved);
}

static void put16(struct low_page *low, int offset, u16 value)
{
	memcpy(low->page + offset, &value, sizeof(value));
}

static void put32(struct low_page *low, int offset, u32 value)
{
	memcpy(low->page + offset, &value, sizeof(value));
}

static void put64(struct low_page *low, int offset, u64 value)
{
	memcpy(low->page + offset, &value, sizeof(value));
}

static u64 low_tsc(const struct low_page *low)
{
	return READ_ONCE(*(u64 *)(low->page + LOW_TSC));
}

static bool low_parked(const struct low_page *low)
{
	return READ_ONCE(*(u32 *)(low->page + LOW_MAGIC)) == LOW_PARKED;
}

/* Sequences of interrupts. */

/* Real CPUs want time after INIT; virtual ones are there at once. */
static void wait_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR))
		usleep_range(10000, 11000);
}

static void send_init(u32 apic_id)
{
	apic_send(apic_id, APIC_COMMAND_INIT);
	wait_init();
	apic_send(apic_id, APIC_COMMAND_DEASSERT);
}

/* Start at the low page. */
static void send_sipi(u32 apic_id, const struct low_page *low)
{
	apic_send(apic_id, APIC_COMMAND_SIPI | low->physical >> PAGE_SHIFT);
}

static bool is_awake(const struct low_page *low)
{
	return low_tsc(low) != 0;
}

/* Starting. */

static int prepare_launch(const struct enclave *e, const struct launch *l,
			  struct low_page *low)
{
	u32 page = low->physical;

	put64(low, LOW_CR3, tables_root(l->tables));
	put64(low, LOW_ENTRY, e->entry);
	put64(low, LOW_RDI, PISCES_DIRECT_MAP + e->base + PISCES_BOOT_OFFSET);
	put64(low, LOW_RSI, l->grant->slot);
	put64(low, LOW_GDT + LOW_CODE32, 0x00cf9a000000ffff);
	put64(low, LOW_GDT + LOW_DATA, 0x00cf92000000ffff);
	put64(low, LOW_GDT + LOW_CODE64, 0x00af9a000000ffff);
	put16(low, LOW_GDTR, 4 * 8 - 1);
	put32(low, LOW_GDTR + 2, page + LOW_GDT);
	put32(low, LOW_FAR32, page + (trampoline_32 - trampoline_start));
	put16(low, LOW_FAR32 + 4, LOW_CODE32);
	put32(low, LOW_FAR64, page + (trampoline_64 - trampoline_start));
	put16(low, LOW_FAR64 + 4, LOW_CODE64);
	return tables_map_low(l->tables, low->physical);
}

/* From here on a panic stops it too. */
static void mark_started(struct enclave *e, const struct grant *g)
{
	struct enclave_cpu *cpu = &e->cpus[g->slot];

	WRITE_ONCE(cpu->apic_id, g->apic_id);
	smp_store_release(&cpu->started, true);
	if (g->slot >= e->cpu_count)
		WRITE_ONCE(e->cpu_count, g->slot + 1);
}

static int wait_arrived(struct enclave *e, const struct launch *l,
			const struct low_page *low)
{
	u64 now = ktime_get_ns();
	u64 soon = now + 200 * NSEC_PER_USEC;
	u64 end = now + l->timeout_ms * (u64)NSEC_PER_MSEC;

	for (;;) {
		if (l->arrived(e, l->grant))
			return 0;
		now = ktime_get_ns();
		if (now >= end)
			return is_awake(low) ? -ETIMEDOUT : -EIO;
		if (enclave_is_dead(e))
			return -ENODEV;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (now < soon)
			cpu_relax();
		else
			usleep_range(50, 100);
	}
}

/* With a second start-up IPI only if the CPU stays asleep. */
static void start(u32 apic_id, const struct low_page *low)
{
	int us;

	send_sipi(apic_id, low);
	for (us = 0; us < SIPI_WAIT_US; us += 10) {
		if (is_awake(low))
			return;
		udelay(10);
	}
	send_sipi(apic_id, low);
}

static int run_launch(struct enclave *e, const struct launch *l,
		      struct low_page *low)
{
	struct pisces_boot *boot = enclave_boot(enclave_memory(e));
	u32 apic_id = l->grant->apic_id;
	bool first = l->grant->slot == 0;
	int error = prepare_launch(e, l, low);

	if (error)
		return error;
	mark_started(e, l->grant);
	if (first) {
		boot->tsc_first = 0;
		boot->tsc_init = rdtsc_ordered();
	}
	send_init(apic_id);
	start(apic_id, low);
	error = wait_arrived(e, l, low);
	if (first)
		boot->tsc_first = low_tsc(low);
	if (error && l->give_up && !l->give_up(e, l->grant))
		return 0;
	/* It must not go on in a page that is no longer ours. */
	if (error)
		send_init(apic_id);
	return error;
}

int cpu_launch(struct enclave *e, const struct launch *l)
{
	struct low_page low;
	int error;

	cpus_read_lock();
	error = low_take(&low, trampoline_start, trampoline_end);
	if (!error) {
		error = run_launch(e, l, &low);
		low_give_back(&low);
	}
	cpus_read_unlock();
	return error;
}

/* Stopping. */

static bool wait_parked(const struct low_page *low)
{
	u64 end = ktime_get_ns() + PARK_WAIT_US * (u64)NSEC_PER_USEC;

	while (!low_parked(low)) {
		if (ktime_get_ns() >= end)
			return low_parked(low);
		usleep_range(50, 100);
	}
	return true;
}

/*
 * One start-up IPI only: QEMU keeps a second one that comes late over the INIT
 * that follows, and the CPU would start again, in a page that is somebody else's.
 */
static bool park(u32 apic_id, struct low_page *low)
{
	bool parked;

	put32(low, LOW_MAGIC, 0);
	send_init(apic_id);
	send_sipi(apic_id, low);
	parked = wait_parked(low);
	/* Out of the stub again, which goes away. */
	send_init(apic_id);
	return parked;
}

/* Park one of them, if it was ever started. */
static int park_patiently(struct enclave_cpu *cpu, struct low_page *low)
{
	int tries;

	if (!cpu->started)
		return 0;
	for (tries = 0; tries < PARK_TRIES; tries++)
		if (park(cpu->apic_id, low)) {
			WRITE_ONCE(cpu->started, false);
			if (tries)
				pr_warn("the CPU with APIC id %u stopped only after %d s\n",
					cpu->apic_id, tries);
			return 0;
		}
	return -EIO;
}

/* Those of COUNT that were started. */
static void init_started(const struct enclave_cpu *cpus, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (!smp_load_acquire(&cpus[i].started))
			continue;
		apic_send(READ_ONCE(cpus[i].apic_id), APIC_COMMAND_INIT);
		apic_send(READ_ONCE(cpus[i].apic_id), APIC_COMMAND_DEASSERT);
	}
}

/* Park those of COUNT that were started. */
static int park_all(struct enclave_cpu *cpus, u32 count)
{
	struct low_page low;
	int error;
	u32 i;

	for (i = 0; i < count && !cpus[i].started; i++)
		;
	if (i == count)
		return 0;
	error = low_take(&low, trampoline_park, trampoline_park_end);
	if (error) {
		/* Then they stop without proof. */
		init_started(cpus, count);
		return error;
	}
	for (; i < count; i++)
		if (park_patiently(&cpus[i], &low))
			error = -EIO;
	low_give_back(&low);
	return error;
}

/* An NMI is safe only once the co-kernel has its own interrupt table. */
static void send_nmis(const struct enclave *e)
{
	u64 mapped = READ_ONCE(enclave_page(enclave_memory(e))->tsc_mapped);
	u32 i;

	if (!mapped || enclave_phase(e) < PISCES_PHASE_MAPPED)
		return;
	for (i = 0; i < e->cpu_count; i++)
		if (e->cpus[i].started && e->cpus[i].takes_nmi)
			apic_send(e->cpus[i].apic_id, APIC_COMMAND_NMI);
	usleep_range(NMI_WAIT_US, 2 * NMI_WAIT_US);
}

int cpu_halt(struct enclave *e, u32 slot)
{
	int error;

	cpus_read_lock();
	error = park_all(&e->cpus[slot], 1);
	cpus_read_unlock();
	return error;
}

int cpu_halt_all(struct enclave *e)
{
	int error;

	cpus_read_lock();
	send_nmis(e);
	error = park_all(e->cpus, e->cpu_count);
	cpus_read_unlock();
	return error;
}

void cpu_init_all(struct enclave *e)
{
	init_started(e->cpus, READ_ONCE(e->cpu_count));
}

void cpu_exit(void)
{
	if (kept)
		__free_page(kept);
}
