/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out what the boot page's resource tables wish (struct pisces_boot_cpu
 * and pisces_boot_block), and answers in the state page's slots.
 *
 * Only the module can write these tables; still each value is read once and
 * checked.  A CPU that joins answers for itself (main.c), one that leaves does
 * so at its very end (task/sched.c).
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <host/host.h>
#include <host/kept.h>
#include <host/log.h>
#include <host/resource.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame_block.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <task/place.h>
#include <task/process.h>
#include <task/sched.h>

void resource_name_user(struct pisces_slot *slot, const struct process *process)
{
	slot->pid = process ? (uint32_t)process->pid : 0;
	strlcpy(slot->user, process ? process->name : "", sizeof(slot->user));
}

/* CPUs. */

/*
 * Each task must have another CPU to go to; with FORCE those that are bound to
 * this one may go anywhere.  -EBUSY: *USER has one that is bound.
 */
static int unbind(const struct cpu *cpu, bool force, struct process **user)
{
	struct process *process;
	struct task *task;

	list_for_each(process, &process_list, all) {
		list_for_each(task, &process->tasks, member) {
			if (task->state == TASK_DEAD ||
			    place_elsewhere(task, cpu))
				continue;
			*user = process;
			if (!force)
				return -EBUSY;
			affinity_all(&task->affinity);
		}
	}
	return 0;
}

static int cpu_leave(unsigned index, uint32_t wanted)
{
	struct pisces_slot *slot = &host_state->cpu[index];
	struct cpu *cpu = cpus[index];
	struct process *user = NULL;
	int error;

	if (index == 0)
		return -EPERM;
	if (!cpu || !cpu->online || cpu->leave)
		return -ENOENT;
	error = unbind(cpu, (wanted & PISCES_WANT_MASK) == PISCES_WANT_FORCE,
		       &user);
	resource_name_user(slot, error ? user : NULL);
	if (!error) {
		cpu->leave = wanted;
		sched_leave(cpu);
	}
	return error;
}

static void cpu_wish(unsigned index, uint32_t wanted)
{
	struct pisces_slot *slot = &host_state->cpu[index];
	int error;

	switch (wanted & PISCES_WANT_MASK) {
	case PISCES_WANT_USE:
		/* One that does not run yet answers when it does. */
		if (slot->state != PISCES_SLOT_LEFT) {
			if (!cpus[index] || !cpus[index]->online)
				break;
			cpus[index]->leave = 0;
		}
		host_answer(slot, wanted, 0);
		break;
	case PISCES_WANT_LEAVE:
	case PISCES_WANT_FORCE:
		if (cpus[index] && cpus[index]->leave == wanted)
			break;			/* it is about to */
		error = cpu_leave(index, wanted);
		if (error)
			host_answer(slot, wanted, error);
		break;
	default:
		slot->state = PISCES_SLOT_NONE;
		host_answer(slot, wanted, 0);
	}
}

/* Memory. */

static bool overlaps(phys_t a, uint64_t a_size, phys_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static int block_check(unsigned index, const struct pisces_boot_block *what)
{
	/* Not at 0, which is FRAME_NONE. */
	if (!what->start || !what->size ||
	    (what->start | what->size) % LARGE_SIZE ||
	    what->start + what->size < what->start)
		return -EINVAL;
	for (unsigned i = 0; i < PISCES_MAX_BLOCKS; i++)
		if (i != index && boot.block[i].size &&
		    overlaps(what->start, what->size, boot.block[i].start,
			     boot.block[i].size))
			return -EEXIST;
	return 0;
}

static int block_use(unsigned index)
{
	const volatile struct pisces_boot_block *page =
		&host_page->block[index];
	const struct pisces_boot_block what = {
		.start = page->start, .size = page->size, .node = page->node,
	};
	int error = block_check(index, &what);

	if (!error)
		error = kernel_map_block(what.start, what.size);
	if (error)
		return error;
	boot.block[index] = what;
	frame_add_block(index, &what, 0);
	host_stats->memory_total += what.size;
	log_info("memory %#lx-%#lx of node %u joins", what.start,
		 what.start + what.size - 1, what.node);
	return 0;
}

/* A process that has a frame of the block mapped; NULL. */
static struct process *block_user(const struct pisces_boot_block *block)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		struct aspace *aspace = process->aspace;
		struct page_walk walk;

		if (!aspace)
			continue;
		walk = paging_walk(aspace->root, 0, USER_TOP);
		while (paging_step(&walk))
			if (overlaps(walk.leaf.start, walk.leaf.size,
				     block->start, block->size))
				return process;
	}
	return NULL;
}

static int block_leave(unsigned index)
{
	struct pisces_boot_block *block = &boot.block[index];
	struct pisces_slot *slot = &host_state->block[index];
	int error;

	if (block->start == boot.base)
		return -EPERM;
	do
		error = frame_remove_block(block->start);
	while (error == -EBUSY && kept_shrink());
	resource_name_user(slot, error == -EBUSY ? block_user(block) : NULL);
	if (error)
		return error;
	kernel_unmap_block(block->start, block->size);
	host_stats->memory_total -= block->size;
	log_info("memory %#lx-%#lx leaves", block->start,
		 block->start + block->size - 1);
	memset(block, 0, sizeof(*block));
	return 0;
}

static void block_wish(unsigned index, uint32_t wanted)
{
	struct pisces_slot *slot = &host_state->block[index];
	bool used = boot.block[index].size != 0;
	int error = 0;

	switch (wanted & PISCES_WANT_MASK) {
	case PISCES_WANT_USE:
		if (!used)
			error = block_use(index);
		if (!error)
			slot->state = PISCES_SLOT_USED;
		break;
	case PISCES_WANT_LEAVE:
		if (used)
			error = block_leave(index);
		if (!error)
			slot->state = PISCES_SLOT_LEFT;
		break;
	default:
		slot->state = PISCES_SLOT_NONE;
	}
	host_answer(slot, wanted, error);
}

static void resource_look(void)
{
	unsigned count = MIN(host_page->cpu_count, PISCES_MAX_CPUS);

	for (unsigned i = 0; i < count; i++) {
		uint32_t wanted = host_page->cpu[i].wanted;

		if (wanted != host_state->cpu[i].answered)
			cpu_wish(i, wanted);
	}
	count = MIN(host_page->block_count, PISCES_MAX_BLOCKS);
	for (unsigned i = 0; i < count; i++) {
		uint32_t wanted = host_page->block[i].wanted;

		if (wanted != host_state->block[i].answered)
			block_wish(i, wanted);
	}
}

void resource_init(void)
{
	host_state->cpu[0].state = PISCES_SLOT_USED;
	host_state->cpu[0].answered = boot.cpu[0].wanted;
	for (unsigned i = 0; i < boot.block_count; i++) {
		host_state->block[i].state = PISCES_SLOT_USED;
		host_state->block[i].answered = boot.block[i].wanted;
	}
	host_on_resources(resource_look);
}
