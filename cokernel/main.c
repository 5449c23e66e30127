/* SPDX-License-Identifier: GPL-2.0-only */
/* The co-kernel's start: from the trampoline to the control task. */
#include <cpu/apic.h>
#include <cpu/clock.h>
#include <cpu/fpu.h>
#include <cpu/segments.h>
#include <cpu/trap.h>
#include <fs/file.h>
#include <host/host.h>
#include <host/log.h>
#include <host/session.h>
#include <mm/frame.h>
#include <mm/frame_block.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <selftest.h>
#include <task/process.h>
#include <task/sched.h>

static struct cpu boot_cpu;

static void cpu_init(struct cpu *cpu, unsigned index)
{
	cpu->self = cpu;
	cpu->index = index;
	cpu->apic_id = boot.cpu[index].apic_id;
	cpu->host_cpu = boot.cpu[index].host_cpu;
	cpu->stats = &host_stats->cpu[index];
	cpu->stats->host_cpu = cpu->host_cpu;
	cpu->stats->apic_id = cpu->apic_id;
	cpu->stats->node = boot.cpu[index].node;
	cpu->stats->online = 1;
}

/* The channel, the image and the control task lie at the block's start. */
static void first_block_init(void)
{
	uint64_t used = ALIGN_UP(boot.init_start + boot.init_size - boot.base,
				 PAGE_SIZE);

	frame_add_block(boot.base, boot.block[0].size, used);
	frame_free_bytes(boot.base + PISCES_SHARED_END,
			 PISCES_IMAGE_OFFSET - PISCES_SHARED_END);
}

static void other_blocks_init(void)
{
	uint64_t total = boot.block[0].size;

	for (unsigned i = 1; i < boot.block_count; i++) {
		frame_add_block(boot.block[i].start, boot.block[i].size, 0);
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

NORETURN void main(const struct pisces_boot *page, uint64_t index);
NORETURN void main(const struct pisces_boot *page, uint64_t index)
{
	host_init(page);		/* a panic can be reported now */
	cpu_init(&boot_cpu, (unsigned)index);
	segments_init(&boot_cpu);	/* traps are ours, GS works */
	trap_init();			/* patches text: before paging_init() */
	frame_init();
	first_block_init();		/* mapped by the start-up tables */
	paging_init();			/* our own tables, all blocks mapped */
	other_blocks_init();
	host_phase(PISCES_PHASE_MAPPED);	/* the host's tables may go */
	sched_init();			/* current() works */
	fpu_init();
	clock_init();
	apic_init(&boot_cpu);
	host_ring_enable();
	log_info("pisces co-kernel on CPU %u (APIC id %u), %lu MiB in %u "
		 "blocks", boot_cpu.host_cpu, boot_cpu.apic_id,
		 host_stats->memory_total >> 20, boot.block_count);
	selftest_run(boot.command_line);
	fs_init();
	session_init();			/* the control device */
	account_start();
	process_start_control();
	idle_loop();
}
