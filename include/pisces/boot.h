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

struct pisces_boot_cpu {
	uint32_t apic_id;
	uint32_t host_cpu;	/* Linux's number */
	uint32_t node;
	uint32_t reserved;
};

struct pisces_boot_block {
	uint64_t start;		/* physical address */
	uint64_t size;		/* bytes */
	uint32_t node;
	uint32_t reserved;
};

/* Written by the module before the start, but for the fields marked live. */
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
	uint32_t cpu_count;
	uint32_t block_count;
	char command_line[2048];	/* NUL-terminated */
	uint8_t reserved[1888];
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
	PISCES_PHASE_STOPPED = 4,	/* all CPUs halt for good, as asked */
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
 * an open window that lies inside the grant, and counts in MAPPED and
 * MAPS_EVER.  To take the frames back the co-kernel writes CLOSING, fences and
 * reads MAPPED; the module raises MAPPED, fences and reads STATE again.  At 0
 * the frames are the co-kernel's again.  The module rings the doorbell whenever
 * MAPPED falls to 0.
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
	uint8_t reserved[8];
	struct pisces_window window[PISCES_WINDOWS];
};

_Static_assert(sizeof(struct pisces_state) <= PISCES_STATE_SIZE, "state page");

/*
 * The host's clocks: ns = BASE + ((TSC - TSC_BASE) * MULT >> SHIFT), with the
 * product in 128 bits.  The module refreshes it by memory writes alone.
 * SEQUENCE is odd while it writes; a reader retries a bounded number of times
 * and then takes what it has.
 */
struct pisces_clock {
	uint32_t sequence;
	uint32_t shift;
	uint64_t mult;
	uint64_t tsc_base;
	uint64_t monotonic_base;	/* ns */
	uint64_t realtime_base;		/* ns since 1970 */
};

#endif
