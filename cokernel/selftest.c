/* SPDX-License-Identifier: GPL-2.0-only */
/* See selftest.h. */
#include <errno.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/kernel_map.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <selftest.h>
#include <task/sched.h>

extern uint8_t image_start[], text_end[], rodata_end[], image_end[];

/* mm/uaccess.S: here because a fault in it is survived. */
size_t user_copy(void *to, const void *from, size_t n);

static bool is_writable(uint64_t virt)
{
	uint8_t byte = *(uint8_t *)virt;

	return user_copy((void *)virt, &byte, 1) == 0;
}

/* No page of the kernel's is both writable and executable. */
static void check_permissions(void)
{
	struct page_walk walk = paging_walk(paging_kernel_root,
					    0xffff800000000000ull, UINT64_MAX);
	unsigned pages = 0;

	while (paging_step(&walk)) {
		if (walk.leaf.flags & PTE_WRITE && !(walk.leaf.flags & PTE_NX))
			panic("selftest: %#lx is writable and executable",
			      walk.virt);
		if (walk.leaf.flags & PTE_USER)
			panic("selftest: %#lx is open to programs", walk.virt);
		pages++;
	}
	if (is_writable((uint64_t)image_start) ||
	    is_writable((uint64_t)text_end))
		panic("selftest: text or constants are writable");
	if (!is_writable((uint64_t)rodata_end))
		panic("selftest: data is not writable");
	log_info("selftest: permissions of %u pages hold", pages);
}

/* The direct map reaches the grant and nothing else. */
static void check_direct_map(void)
{
	struct page_walk walk = paging_walk(paging_kernel_root,
					    PISCES_DIRECT_MAP,
					    PISCES_DIRECT_MAP + (64ull << 40));
	uint64_t image = (uint64_t)(image_end - image_start), mapped = 0;

	while (paging_step(&walk)) {
		bool granted = false;

		for (unsigned i = 0; i < boot.block_count; i++)
			if (walk.leaf.start >= boot.block[i].start &&
			    walk.leaf.start + walk.leaf.size <=
			    boot.block[i].start + boot.block[i].size)
				granted = true;
		if (!granted)
			panic("selftest: %#lx is mapped and not granted",
			      walk.leaf.start);
		mapped += walk.leaf.size;
	}
	if (mapped + image != host_stats->memory_total)
		panic("selftest: the direct map has %#lx bytes of %#lx",
		      mapped, host_stats->memory_total);
	log_info("selftest: the direct map is the grant");
}

static void check_guards(void)
{
	uint8_t *stack = paging_guarded_alloc(16384), byte = 0;

	ASSERT(stack);
	if (user_copy(stack - 1, &byte, 1) == 0 ||
	    user_copy(stack + 16384, &byte, 1) == 0)
		panic("selftest: a stack has no guard page");
	if (user_copy(stack, &byte, 1) || user_copy(stack + 16383, &byte, 1))
		panic("selftest: a stack is not mapped");
	paging_guarded_free(stack, 16384);
	log_info("selftest: stacks are guarded");
}

/* Pieces do not overlap, and all memory comes back. */
static void check_frames(void)
{
	enum { PIECES = 64 };
	phys_t piece[PIECES];
	uint64_t before = frame_free_total();

	for (unsigned i = 0; i < PIECES; i++) {
		piece[i] = frame_alloc(i % 8);
		ASSERT(piece[i] != FRAME_NONE);
		memset(frame_address(piece[i]), (int)i, PAGE_SIZE << i % 8);
	}
	for (unsigned i = 0; i < PIECES; i++) {
		const uint8_t *byte = frame_address(piece[i]);

		for (uint64_t at = 0; at < PAGE_SIZE << i % 8; at++)
			if (byte[at] != i)
				panic("selftest: frame pieces overlap");
	}
	for (unsigned i = 0; i < PIECES; i++)
		frame_free(piece[i * 37 % PIECES], i * 37 % PIECES % 8);
	if (frame_free_total() != before)
		panic("selftest: frames leak");
	log_info("selftest: the frame allocator holds");
}

/*
 * An NMI between the idle loop's check and its HLT: the handler must move back
 * to the check.  Were it lost, this would sleep until the host gives up.
 */
static void check_idle_window(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t before = cpu->restarts;

	cpu->pending = 0;
	cpu->nmi_test = 1;
	idle_wait(false);
	if (cpu->restarts == before || !cpu->pending)
		panic("selftest: the NMI did not hit the idle window");
	log_info("selftest: an NMI in the idle window is not lost");
}

static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	while (*line) {
		while (*line == ' ')
			line++;
		if (!strncmp(line, word, n) &&
		    (line[n] == ' ' || line[n] == '\0'))
			return true;
		while (*line && *line != ' ')
			line++;
	}
	return false;
}

void selftest_run(const char *command_line)
{
	if (has_word(command_line, "selftest")) {
		check_permissions();
		check_direct_map();
		check_guards();
		check_frames();
		check_idle_window();
	}
	if (has_word(command_line, "panic"))
		panic("asked for on the command line");
}
