/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters that the co-kernel keeps in shared memory, so that looking at an
 * enclave costs it nothing.  The co-kernel writes; users map it read-only.
 * One CPU at a time writes a counter, so a plain 64-bit read is right.
 */
#ifndef PISCES_STATS_H
#define PISCES_STATS_H

#include <pisces/layout.h>
#include <pisces/types.h>

/*
 * One cache line pair for each CPU, by its index in the boot page.  All is zero
 * again when a CPU joins, also one that was here before.
 *
 * BUSY is one word, so that it can be read at any time.  Its lowest bit says
 * whether a task runs now:
 *	clear: tasks have had this CPU for BUSY ticks of the TSC;
 *	set:   for BUSY + now ticks, modulo 2^64, where "now" is the TSC.
 * So it is written when the CPU goes from idle to a task and back, and not at a
 * switch between two tasks; the bit makes the count wrong by a tick at most
 * each time.  The control task is a task, the idle loop is none.
 *
 * PID and NAME may be those of two different tasks if read during a switch.
 */
struct pisces_cpu_stats {
	uint32_t host_cpu;	/* Linux's number */
	uint32_t apic_id;
	uint16_t node;
	uint16_t online;	/* 1 while the co-kernel runs on it */
	uint32_t spurious;	/* interrupts that nobody wanted */
	uint64_t timer;		/* interrupts of its own timer */
	uint64_t broadcast;	/* interrupts that Linux sent to everybody */
	uint64_t device;	/* interrupts of granted devices */
	uint64_t idle;		/* times it went to sleep */
	uint64_t restarts;	/* NMIs inside a marked window */
	uint64_t flushes;	/* TLB flushes asked for by other CPUs */
	/* what a switch of tasks writes, on a cache line of its own */
	uint64_t busy;		/* see above */
	uint64_t switches;	/* from one task to another */
	uint32_t tasks;		/* runnable, the one that runs included */
	uint32_t pid;		/* of the process whose task runs; 0: none */
	char name[16];		/* of the task that runs, NUL-terminated */
	uint64_t nmi;		/* doorbells and stray NMIs; no interrupts */
	uint64_t faults;	/* page faults of programs */
	uint64_t calls;		/* system calls */
};

_Static_assert(sizeof(struct pisces_cpu_stats) == 128, "cpu stats layout");
_Static_assert(offsetof(struct pisces_cpu_stats, busy) == 64, "second line");

struct pisces_stats {
	uint32_t version;		/* PISCES_ABI_VERSION */
	uint32_t cpu_count;		/* entries of CPU that may be in use */
	uint64_t memory_total;		/* bytes granted */
	uint64_t memory_free;		/* bytes */
	uint64_t memory_kernel;		/* bytes the co-kernel took at start */
	uint64_t tasks;			/* tasks that exist, control included */
	uint64_t sessions;		/* sessions that exist */
	uint64_t stream_waits;		/* times a program waited for the
					   attached tool (full or empty) */
	uint64_t missing_calls;		/* system calls answered ENOSYS */
	uint32_t missing_last[8];	/* their numbers, latest first */
	uint64_t tsc_ready;		/* TSC when the enclave became ready */
	uint64_t memory_kept;		/* bytes of files that are kept; given
					   up as far as nobody uses them */
	uint8_t reserved[144];
	struct pisces_cpu_stats cpu[PISCES_MAX_CPUS];
	/* bytes that are free, by the block's index in the boot page */
	uint64_t block_free[PISCES_MAX_BLOCKS];
};

_Static_assert(offsetof(struct pisces_stats, cpu) % 128 == 0, "stats layout");
_Static_assert(sizeof(struct pisces_stats) <= PISCES_STATS_SIZE, "stats");

#endif
