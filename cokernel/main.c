/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's start: from the trampoline to the control task, and for each
 * CPU that joins later to the idle loop.
 */
#include <errno.h>
#include <cpu/apic.h>
#include <cpu/clock.h>
#include <cpu/fpu.h>
#include <cpu/lock.h>
#include <cpu/segments.h>
#include <cpu/trap.h>
#include <fs/file.h>
#include <host/host.h>
#include <host/kept.h>
#include <host/log.h>
#include <host/resource.h>
#include <host/session.h>
#include <mm/frame.h>
#include <mm/frame_block.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <pci/pci.h>
#include <selftest.h>
#include <task/process.h>
#include <task/sched.h>
#include <task/vdso.h>

/* cpu/head.S: go on with FUNCTION on the stack that ends at TOP. */
NORETURN void stack_change(uint64_t top, void (*function)(void));

/* The channel, the image and the control task lie at the block's start. */
static void first_block_init(void)
{
	uint64_t used = ALIGN_UP(boot.init_start + boot.init_size - boot.base,
				 PAGE_SIZE);

	frame_add_block(0, &boot.block[0], used);
	frame_free_bytes(boot.base + PISCES_SHARED_END,
			 PISCES_IMAGE_OFFSET - PISCES_SHARED_END);
}

static void other_blocks_init(void)
{
	uint64_t total = boot.block[0].size;

	for (unsigned i = 1; i < boot.block_count; i++) {
		frame_add_block(i, &boot.block[i], 0);
		total += boot.block[i].size;
	}
	host_stats->memory_total = total;
}

static void account_start(void)
{
	host_state->kernel_bytes = host_stats->memory_total -
		frame_free_total();
	host_stats->memory_kernel = host_state->kernel_bytes;
}

NORETURN void main(const struct pisces_boot *page);
NORETURN void main(const struct pisces_boot *page)
{
	struct cpu *cpu;

	host_init(page);		/* a panic can be reported now */
	cpu = cpu_create_first();
	segments_load(cpu);		/* traps are ours, GS works */
	lock_init();
	kernel_lock();
	trap_patch();			/* patches text: before paging_init() */
	trap_init();
	first_block_init();		/* mapped by the start-up tables */
	paging_init();			/* our own tables, all blocks mapped */
	other_blocks_init();
	host_phase(PISCES_PHASE_MAPPED);	/* the host's tables may go */
	sched_init(cpu);		/* current() works */
	fpu_init();
	clock_init();
	apic_init(cpu);
	cpu->online = true;
	cpu->stats->online = 1;
	host_ring_enable();
	resource_init();		/* the host may add and take now */
	log_info("pisces co-kernel on CPU %u (APIC id %u), %lu MiB in %u "
		 "blocks", cpu->host_cpu, cpu->apic_id,
		 host_stats->memory_total >> 20, boot.block_count);
	selftest_run(boot.command_line);
	fs_init();
	vdso_init();			/* before there are programs */
	session_init();			/* the control device */
	kept_init();			/* what memory may be taken from */
	pci_init();			/* the host may give devices now */
	account_start();
	process_start_control();
	idle_loop();
}

/* What the boot page says of CPU INDEX, checked. */
static int join_describe(unsigned index, uint32_t *wanted)
{
	const volatile struct pisces_boot_cpu *page = &host_page->cpu[index];

	*wanted = page->wanted;
	if ((*wanted & PISCES_WANT_MASK) != PISCES_WANT_USE ||
	    (cpus[index] && cpus[index]->online))
		return -EINVAL;
	boot.cpu[index] = (struct pisces_boot_cpu){
		.apic_id = page->apic_id,
		.host_cpu = page->host_cpu,
		.node = page->node,
		.wanted = *wanted,
	};
	return 0;
}

static void set_joining(bool joining)
{
	__atomic_store_n(&host_state->joining, joining, __ATOMIC_SEQ_CST);
}

/*
 * Take the kernel lock while CPU INDEX is still wanted.  The host may stop this
 * CPU at any instant but while it says that it is joining; and it takes its
 * wish back before it looks whether that is so.
 */
static void join_lock(unsigned index)
{
	const volatile uint32_t *wanted = &host_page->cpu[index].wanted;

	for (;;) {
		set_joining(true);
		if ((*wanted & PISCES_WANT_MASK) != PISCES_WANT_USE)
			break;
		if (kernel_trylock())
			return;
		set_joining(false);
		__builtin_ia32_pause();
	}
	set_joining(false);
	cpu_halt();
}

/* The rest of a CPU's joining, on its own stack. */
static void join_end(void)
{
	struct cpu *cpu = this_cpu();
	struct pisces_slot *slot = &host_state->cpu[cpu->index];

	trap_init();
	fpu_init();
	apic_init(cpu);
	cpu->online = true;
	cpu->stats->online = 1;
	log_info("CPU %u (APIC id %u) of node %u joins", cpu->host_cpu,
		 cpu->apic_id, cpu->node);
	slot->state = PISCES_SLOT_USED;
	set_joining(false);
	host_answer(slot, boot.cpu[cpu->index].wanted, 0);
	idle_loop();
}

/* A CPU of its own, with tables and stacks, to go on as.  -ENOMEM. */
static int join_create(unsigned index, struct cpu **result)
{
	struct cpu *cpu = cpu_create(index);

	if (!cpu || sched_init(cpu))
		return -ENOMEM;
	if (!cpu->idle_stack)
		cpu->idle_stack = paging_guarded_alloc(KERNEL_STACK_SIZE);
	if (!cpu->idle_stack)
		return -ENOMEM;
	*result = cpu;
	return 0;
}

/*
 * A further CPU, on the start-up tables, the join stack and without a struct
 * cpu.  The host starts one at a time.
 */
NORETURN void join(uint64_t index);
NORETURN void join(uint64_t index)
{
	static struct cpu guest;	/* until it has its own */
	struct cpu *cpu = NULL;
	uint32_t wanted = 0;
	int error;

	__asm__ volatile("mov %0, %%cr3" : : "r" (paging_kernel_root) :
			 "memory");
	guest = (struct cpu){
		.self = &guest,
		.apic_page = cpus[0]->apic_page,
		.host_cpu = (uint32_t)index,
	};
	wrmsr(MSR_GS_BASE, (uint64_t)&guest);
	join_lock((unsigned)index);
	error = join_describe((unsigned)index, &wanted);
	if (!error)
		error = join_create((unsigned)index, &cpu);
	if (error) {
		kernel_unlock();
		set_joining(false);
		host_answer(&host_state->cpu[index], wanted, error);
		cpu_halt();
	}
	segments_load(cpu);
	cpu->locked = true;
	cpu->root = paging_kernel_root;
	stack_change((uint64_t)cpu->idle_stack + KERNEL_STACK_SIZE, join_end);
}
