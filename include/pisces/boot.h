/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module and the co-kernel tell each other outside the rings: the
 * image's header, the boot page, the state page and the clock page.
 */
#ifndef PISCES_BOOT_H
#define PISCES_BOOT_H

#include <pisces/layout.h>
#include <pisces/types.h>

#define PISCES_IMAGE_MAGIC	0x4547414d49435350ull	/* "PSCIMAGE" */
#define PISCES_BOOT_MAGIC	0x544f4f4249435350ull	/* "PSCIBOOT" */

/*
 * The first bytes of the co-kernel's image, all written by its linker script.
 *
 * The module copies FILE_SIZE bytes to PISCES_IMAGE_OFFSET, zeroes up to
 * MEM_SIZE, and enters at ENTRY in 64-bit mode with interrupts off, on the
 * start-up page tables: the trampoline's page mapped to itself, all of the
 * first block at PISCES_DIRECT_MAP, the image at PISCES_IMAGE_BASE, everything
 * writable and executable.  EFER has LME and NXE; CR0 is 0x80050033 and CR4
 * 0x20.  RDI holds the direct-map address of the boot page, RSI this CPU's
 * index in the boot page's table.  RSP and all else are undefined.  The
 * segment registers hold selectors of a table that goes away.
 */
struct pisces_image {
	uint64_t magic;		/* PISCES_IMAGE_MAGIC */
	uint32_t version;	/* PISCES_ABI_VERSION */
	uint32_t reserved;
	uint64_t base;		/* PISCES_IMAGE_BASE */
	uint64_t entry;		/* virtual address */
	uint64_t file_size;	/* bytes, a multiple of 4096 */
	uint64_t mem_size;	/* bytes with bss, a multiple of 4096 */
};

_Static_assert(sizeof(struct pisces_image) == 48, "image header layout");

/*
 * What the module wants of an entry of the resource tables; the low byte of
 * WANTED.  The rest of WANTED counts, so that each wish is a new value.  The
 * co-kernel carries it out, puts the value into the slot's ANSWERED, last, and
 * rings the host.  The module rings the co-kernel for each wish but USE of a
 * new CPU, which answers that itself, once it is off its start-up tables.
 *
 * The module takes a wish back by wanting USE again.  Where something was left
 * (LEFT) or never used (USE was answered with an error, or the CPU was
 * stopped), it sets WANTED to 0 and then clears the slot.
 *
 * While a CPU is asked to leave it gets no NMI; with DOORBELL_CPU in vain, the
 * module rings CPU[0].
 */
enum pisces_want {
	PISCES_WANT_NOTHING = 0,	/* the entry is empty */
	PISCES_WANT_USE = 1,		/* it is granted: use it */
	PISCES_WANT_LEAVE = 2,		/* leave it, if nobody needs it */
	PISCES_WANT_FORCE = 3,		/* a CPU: also if tasks are bound to it;
					   they may run anywhere then */
};

#define PISCES_WANT_MASK	0xffu

struct pisces_boot_cpu {
	uint32_t apic_id;
	uint32_t host_cpu;	/* Linux's number */
	uint32_t node;
	uint32_t wanted;	/* live, see enum pisces_want */
};

struct pisces_boot_block {
	uint64_t start;		/* physical address */
	uint64_t size;		/* bytes */
	uint32_t node;
	uint32_t wanted;	/* live */
};

/* What the module may ask of a co-kernel to try the tools on; live. */
enum pisces_debug {
	PISCES_DEBUG_NOTHING = 0,
	PISCES_DEBUG_PANIC = 1,
	PISCES_DEBUG_HANG = 2,		/* in the kernel, interrupts off */
	PISCES_DEBUG_REGISTERS = 3,	/* each CPU saves its registers */
};

/*
 * Written by the module before the start, but for the fields marked live.
 *
 * An entry of CPU and BLOCK keeps its index while it is granted; an index that
 * became free is used again.  CPU[0] and the block at BASE stay to the end.
 * The counts say how many entries from the start may be in use.  A CPU enters
 * the image at the same entry as the first, with its own index in RSI.
 */
struct pisces_boot {
	uint64_t magic;			/* PISCES_BOOT_MAGIC */
	uint32_t version;		/* PISCES_ABI_VERSION */
	uint32_t size;			/* sizeof(struct pisces_boot) */
	char name[PISCES_NAME_SIZE];
	uint64_t base;			/* the first block's address */
	uint64_t init_start;		/* control task: physical address */
	uint64_t init_size;		/* bytes */
	uint64_t tsc_khz;
	uint64_t pat;			/* Linux's IA32_PAT */
	uint64_t apic_base;		/* the xAPIC's physical address */
	uint32_t x2apic;		/* 1: Linux runs the APICs in x2APIC */
	uint32_t hypervisor;		/* 1: CPUID reports one: idle by HLT */
	/* live: where the doorbell to Linux goes: apic id << 32 | vector */
	uint64_t host_doorbell;
	/* TSC stamps */
	uint64_t tsc_init;		/* the module sends INIT */
	uint64_t tsc_first;		/* first instruction of the CPU */
	uint32_t cpu_count;		/* live */
	uint32_t block_count;		/* live */
	uint32_t debug;			/* live: as WANTED, enum pisces_debug */
	uint32_t reserved0;
	char command_line[2048];	/* NUL-terminated */
	uint8_t reserved[1880];
	struct pisces_boot_cpu cpu[PISCES_MAX_CPUS];
	struct pisces_boot_block block[PISCES_MAX_BLOCKS];
};

_Static_assert(sizeof(struct pisces_boot) <= PISCES_BOOT_SIZE, "boot page");

/* How far the co-kernel is; it alone writes this. */
enum pisces_phase {
	PISCES_PHASE_NONE = 0,
	PISCES_PHASE_ENTERED = 1,	/* its first C function runs */
	PISCES_PHASE_MAPPED = 2,	/* on its own tables: the module's
					   trampoline and tables may go */
	PISCES_PHASE_READY = 3,		/* the control task serves requests */
	PISCES_PHASE_STOPPED = 4,	/* as asked: nothing enters the co-kernel
					   again, and its CPUs can be stopped */
	PISCES_PHASE_CRASHED = 5,	/* see struct pisces_panic */
};

/* General registers as a panic or a trap left them. */
struct pisces_registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip, rflags, cs, ss;
	uint64_t cr0, cr2, cr3, cr4;
};

#define PISCES_BACKTRACE	24

struct pisces_panic {
	char reason[256];	/* NUL-terminated */
	uint32_t host_cpu;
	uint32_t vector;	/* of the trap, or 0xffffffff */
	uint64_t error;		/* the trap's error code */
	uint64_t tsc;
	struct pisces_registers registers;
	uint64_t backtrace[PISCES_BACKTRACE];	/* return addresses, 0 ends */
};

/*
 * A piece of enclave memory that a tool may map through the enclave's node:
 * a session's page and rings.
 *
 * The co-kernel writes START and SIZE, then STATE = OPEN.  The module maps only
 * an open window that lies inside the grant, and counts in MAPPED, then in
 * MAPS_EVER; the co-kernel reads them in the opposite order, so that one that
 * is being mapped never looks as if it had been mapped and was no more.  To take
 * the frames back the co-kernel writes CLOSING, fences and reads MAPPED; the
 * module raises MAPPED, fences and reads STATE again.  At 0 the frames are the
 * co-kernel's again.  The module rings the doorbell whenever MAPPED falls to 0.
 */
enum pisces_window_state {
	PISCES_WINDOW_FREE = 0,
	PISCES_WINDOW_OPEN = 1,
	PISCES_WINDOW_CLOSING = 2,
};

struct pisces_window {
	uint64_t start;		/* co-kernel: physical address */
	uint64_t size;		/* co-kernel: bytes, page-aligned */
	uint32_t state;		/* co-kernel: enum pisces_window_state */
	uint32_t mapped;	/* module: mappings now */
	uint64_t maps_ever;	/* module: mappings made since boot */
};

#define PISCES_WINDOWS		64

enum pisces_slot_state {
	PISCES_SLOT_NONE = 0,
	PISCES_SLOT_USED = 1,
	PISCES_SLOT_LEFT = 2,	/* a CPU: halts for good, off all memory */
};

/* The co-kernel's side of an entry of the resource tables. */
struct pisces_slot {
	uint32_t state;		/* enum pisces_slot_state */
	uint32_t answered;	/* the WANTED that was carried out last */
	int32_t error;		/* of that: 0 or -errno */
	uint32_t pid;		/* who needs it, with -EBUSY; 0: the kernel */
	char user[16];		/* that process' name, NUL-terminated */
};

_Static_assert(sizeof(struct pisces_slot) == 32, "slot layout");

/* Written by the co-kernel, but for the fields that say otherwise. */
struct pisces_state {
	uint32_t phase;			/* enum pisces_phase */
	uint32_t host_event;		/* 1: look at the enclave; the module
					   clears it before it looks */
	uint32_t doorbell;		/* module: 1 before each NMI; the
					   co-kernel clears it, then looks */
	uint32_t shutdown;		/* module: 1: halt for good, please */
	uint64_t tsc_entered;		/* TSC stamps of the phases */
	uint64_t tsc_mapped;
	uint64_t tsc_ready;
	uint64_t kernel_bytes;		/* memory the co-kernel itself took */
	struct pisces_panic panic;
	uint32_t doorbell_cpu;		/* index of the CPU that the module
					   should ring; a hint */
	uint32_t debug_answered;	/* the last DEBUG that was carried out */
	uint64_t kernel_root;		/* CR3 of the kernel's own tables */
	uint32_t joining;		/* the CPU that joins: 1 while it may take
					   or has the kernel lock, when stopping
					   it would stop all; module: 0 before
					   it starts one */
	uint32_t reserved;
	struct pisces_window window[PISCES_WINDOWS];
	struct pisces_slot cpu[PISCES_MAX_CPUS];
	struct pisces_slot block[PISCES_MAX_BLOCKS];
};

_Static_assert(sizeof(struct pisces_state) <= PISCES_STATE_SIZE, "state page");

/*
 * The registers of a CPU at its last panic, its answer to
 * PISCES_DEBUG_REGISTERS or its end.  By the CPU's index.
 */
struct pisces_save {
	uint64_t tsc;		/* when; 0: never */
	uint64_t reserved[7];
	struct pisces_registers registers;
};

_Static_assert(sizeof(struct pisces_save) == 256, "save layout");
_Static_assert(sizeof(struct pisces_save) * PISCES_MAX_CPUS <=
	       PISCES_SAVE_SIZE, "save area");

/*
 * The host's clocks: ns = BASE + ((TSC - TSC_BASE) * MULT >> SHIFT), with the
 * product in 128 bits.
 */
struct pisces_clock_line {
	uint64_t shift;
	uint64_t mult;			/* 0: nothing was ever written */
	uint64_t tsc_base;
	uint64_t monotonic_base;	/* ns */
	uint64_t realtime_base;		/* ns since 1970 */
};

#define PISCES_CLOCK_LINES	4	/* a power of two */

/*
 * The module refreshes them by memory writes alone.  LINE[SEQUENCE] (modulo
 * their number) holds from its TSC_BASE on, the one before it until then.  A
 * line is published before its TSC_BASE, where it continues the one before: so
 * no two readers ever see the clock go back, whichever of the two each has
 * found, and none waits for a writer.  Who finds SEQUENCE unchanged has read
 * nothing that was being written: that is the line after the newest.
 */
struct pisces_clock {
	uint64_t sequence;
	struct pisces_clock_line line[PISCES_CLOCK_LINES];
};

#endif
