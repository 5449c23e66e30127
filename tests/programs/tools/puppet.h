/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A co-kernel for tests of the module: it does nothing but answer what is
 * wanted of it, or what ORDERS say instead.
 *
 * Its code is a section of the program that includes this, copied into an image
 * as it is, so it may use its stack and the first block only, never an address
 * that the linker chose.  Each of its CPUs spins.
 */
#ifndef PUPPET_H
#define PUPPET_H

#include <errno.h>
#include <string.h>
#include <pisces/boot.h>

/* In the channel, where the test maps it. */
struct puppet_orders {
	int32_t error;		/* answer like this; 0: carry out */
	uint32_t ignore;	/* 1: look at nothing */
	uint32_t lie;		/* 1: say that it is done, and do nothing */
	uint32_t window;	/* N: open window 0 in BLOCK[N]; 0: close it */
	uint32_t ignoring[2];	/* the puppet's: CPU 0 and the last of the
				   others obey this IGNORE */
};

#define PUPPET_PID	4711
#define PUPPET_USER	"bad\nname, no end"	/* 16 bytes, without a NUL */

/* In the first block, where there is room for the co-kernel. */
#define PUPPET_TABLES	0x100000
#define PUPPET_GDT	0x110000
#define PUPPET_IDT	0x111000
#define PUPPET_STACKS	0x180000	/* 8 KiB for each CPU */

#define PUPPET __attribute__((section("puppet"), noinline, used, \
			      target("general-regs-only"), \
			      optimize("no-tree-loop-distribute-patterns")))

/* The section, by the linker; and what is in it. */
extern const char __start_puppet[], __stop_puppet[];
extern const char puppet_entry[], puppet_nmi[];

__asm__(".pushsection puppet,\"ax\",@progbits\n"
	"puppet_entry:\n"
	"	leaq	1(%rsi), %rax\n"
	"	shlq	$13, %rax\n"
	"	leaq	0x180000(%rdi, %rax), %rsp\n"
	"	call	puppet_main\n"
	"puppet_nmi:\n"
	"	iretq\n"
	".popsection\n");

PUPPET static void *puppet_at(struct pisces_boot *boot, uint64_t offset)
{
	return (char *)boot + offset;
}

/* Its own page tables: the first block, the image, the APIC. */
PUPPET static void puppet_map(struct pisces_boot *boot)
{
	uint64_t (*table)[512] = puppet_at(boot, PUPPET_TABLES);
	uint64_t at = boot->base + PUPPET_TABLES + 3, base = boot->base;

	for (int i = 0; i < 6 * 512; i++)
		table[i / 512][i % 512] = 0;
	table[0][256] = at + 0x1000;
	table[0][511] = at + 0x3000;
	table[1][base >> 30] = at + 0x2000;
	table[1][boot->apic_base >> 30] = at + 0x5000;
	table[3][510] = at + 0x4000;
	for (uint64_t i = 0; i < PISCES_BLOCK_MIN >> 21; i++)
		table[2][(base >> 21 & 511) + i] = (base + (i << 21)) | 0x83;
	for (uint64_t i = 0; i < PISCES_IMAGE_MAX >> 21; i++)
		table[4][i] = (base + PISCES_IMAGE_OFFSET + (i << 21)) | 0x83;
	table[5][boot->apic_base >> 21 & 511] =
		(boot->apic_base & ~0x1fffffull) | 0x93;
}

/* Descriptors, of which an NMI needs a code segment and its own gate. */
PUPPET static void puppet_describe(struct pisces_boot *boot)
{
	uint64_t *gdt = puppet_at(boot, PUPPET_GDT);
	uint64_t *idt = puppet_at(boot, PUPPET_IDT), handler;

	/* The selectors are the trampoline's. */
	gdt[0] = gdt[1] = 0;
	gdt[2] = 0x00cf92000000ffff;
	gdt[3] = 0x00af9a000000ffff;
	__asm__("leaq puppet_nmi(%%rip), %0" : "=r"(handler));
	idt[2 * 2] = (handler & 0xffff) | 0x18 << 16 | 0x8e00ull << 32 |
		     (handler >> 16 & 0xffff) << 48;
	idt[2 * 2 + 1] = handler >> 32;
}

PUPPET static void puppet_load(struct pisces_boot *boot)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		void *base;
	} gdt = { 4 * 8 - 1, puppet_at(boot, PUPPET_GDT) },
	  idt = { 3 * 16 - 1, puppet_at(boot, PUPPET_IDT) };

	__asm__ volatile("movq %2, %%cr3; lgdt %0; lidt %1"
			 : : "m"(gdt), "m"(idt),
			     "r"(boot->base + PUPPET_TABLES) : "memory");
}

/* In xAPIC mode, which the emulated machine has. */
PUPPET static void puppet_ring(struct pisces_boot *boot)
{
	struct pisces_state *state = puppet_at(boot, PISCES_STATE_OFFSET);
	volatile uint32_t *apic = (void *)(PISCES_DIRECT_MAP + boot->apic_base);
	uint64_t target = boot->host_doorbell;

	state->host_event = 1;
	__sync_synchronize();
	apic[0x310 / 4] = (uint32_t)(target >> 32) << 24;
	apic[0x300 / 4] = 0x4000 | (target & 0xff);
}

/* Carry out or refuse what is wanted of one entry; 1: a CPU has left. */
PUPPET static int puppet_answer(struct pisces_boot *boot,
				volatile struct puppet_orders *orders,
				uint32_t wanted,
				volatile struct pisces_slot *slot)
{
	uint32_t want = wanted & PISCES_WANT_MASK;
	int leave = want == PISCES_WANT_LEAVE || want == PISCES_WANT_FORCE;
	int32_t error = orders->error;

	if (slot->answered == wanted || !want)
		return 0;
	/* A refusal is taken back by USE, which is carried out. */
	if (slot->state == PISCES_SLOT_USED && !leave)
		error = 0;
	slot->error = error;
	slot->pid = error ? PUPPET_PID : 0;
	for (int i = 0; i < 16; i++)
		slot->user[i] = error ? (char)('a' + i) : 0;
	slot->user[3] = '\n';
	if (!error && !orders->lie)
		slot->state = leave ? PISCES_SLOT_LEFT : PISCES_SLOT_USED;
	__sync_synchronize();
	slot->answered = wanted;
	puppet_ring(boot);
	return leave && slot->state == PISCES_SLOT_LEFT;
}

PUPPET static void puppet_look(struct pisces_boot *boot,
			       volatile struct puppet_orders *orders)
{
	volatile struct pisces_boot *live = boot;
	volatile struct pisces_state *state =
		puppet_at(boot, PISCES_STATE_OFFSET);
	uint32_t debug = live->debug;

	state->doorbell = 0;
	puppet_answer(boot, orders, live->cpu[0].wanted, &state->cpu[0]);
	for (uint32_t i = 0; i < live->block_count; i++)
		puppet_answer(boot, orders, live->block[i].wanted,
			      &state->block[i]);
	if (orders->window) {
		state->window[0].start = live->block[orders->window].start;
		state->window[0].size = 4096;
	}
	state->window[0].state = orders->window ? PISCES_WINDOW_OPEN :
						  PISCES_WINDOW_FREE;
	if (debug != state->debug_answered) {
		state->debug_answered = debug;
		if ((debug & PISCES_WANT_MASK) == PISCES_DEBUG_PANIC) {
			state->panic.reason[0] = '!';
			state->phase = PISCES_PHASE_CRASHED;
			puppet_ring(boot);
		}
	}
}

/* The others look only at their own entries. */
PUPPET static void puppet_follow(struct pisces_boot *boot, uint64_t index,
				 volatile struct puppet_orders *orders)
{
	volatile struct pisces_boot *live = boot;
	volatile struct pisces_state *state =
		puppet_at(boot, PISCES_STATE_OFFSET);

	for (;;) {
		uint32_t ignore = orders->ignore;

		orders->ignoring[1] = ignore;
		if (!ignore && puppet_answer(boot, orders,
					     live->cpu[index].wanted,
					     &state->cpu[index]))
			break;
		__asm__ volatile("pause");
	}
	for (;;)
		__asm__ volatile("hlt");
}

PUPPET void puppet_main(struct pisces_boot *boot, uint64_t index)
{
	volatile struct puppet_orders *orders =
		puppet_at(boot, PISCES_CHANNEL_OFFSET);
	volatile struct pisces_state *state =
		puppet_at(boot, PISCES_STATE_OFFSET);

	if (index == 0) {
		puppet_map(boot);
		puppet_describe(boot);
	}
	puppet_load(boot);
	if (index)
		puppet_follow(boot, index, orders);
	state->tsc_mapped = 1;
	state->phase = PISCES_PHASE_MAPPED;
	state->phase = PISCES_PHASE_READY;
	puppet_ring(boot);
	for (;;) {
		uint32_t ignore = orders->ignore;

		orders->ignoring[0] = ignore;
		if (!ignore && state->phase == PISCES_PHASE_READY)
			puppet_look(boot, orders);
		__asm__ volatile("pause");
	}
}

/* The puppet as an image of SIZE bytes for PISCES_LOAD, at a page's start. */
static inline void puppet_image(char *image, size_t size)
{
	struct pisces_image head = {
		.magic = PISCES_IMAGE_MAGIC, .version = PISCES_ABI_VERSION,
		.base = PISCES_IMAGE_BASE,
		.entry = PISCES_IMAGE_BASE + 4096 +
			 (uint64_t)(puppet_entry - __start_puppet),
		.file_size = size, .mem_size = size,
	};

	memcpy(image, &head, sizeof(head));
	memcpy(image + 4096, __start_puppet,
	       (size_t)(__stop_puppet - __start_puppet));
}

#endif
