/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One processor: its private data, its registers as a trap saves them.
 *
 * The co-kernel runs with interrupts disabled throughout; only programs and the
 * idle loop are interruptible.  In ring 0 GS points to struct cpu.
 *
 * Locking: the kernel lock (cpu/lock.h), but for what the NMI handler uses.
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include <pisces/boot.h>
#include <pisces/stats.h>
#include <cpu/clock.h>
#include <lib/list.h>
#include <lib/types.h>

struct task;

/* As the entry code saves it at the top of the task's kernel stack. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector;	/* 256 + for a system call */
	uint64_t error;		/* error code; system call: its number */
	uint64_t rip, cs, rflags, rsp, ss;
};

#define FRAME_SYSCALL	256

static inline bool frame_is_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

/* The first fields are known to assembly (cpu/offsets.h). */
struct cpu {
	struct cpu *self;
	uint64_t kernel_stack;	/* top, of the current task */
	uint64_t user_stack;	/* scratch of the SYSCALL entry */
	uint32_t pending;	/* 1: look before going to user or sleep */
	uint32_t nmi_test;	/* 1: send an NMI into the idle window */
	uint64_t nmi_count;	/* NMIs taken */
	uint64_t restarts;	/* of them, inside a marked window */
	volatile uint32_t *apic_page;	/* xAPIC registers; NULL in x2APIC */
	uint32_t apic_id;
	uint32_t flush_wanted;	/* TLB flushes asked for by other CPUs, and */
	uint32_t flush_done;	/* those the NMI handler has carried out */
	uint32_t halt_wanted;	/* 1: save the registers and halt (a panic) */
	struct pisces_save *save;	/* where an NMI saves registers */
	uint32_t debug_new;	/* the host's last such wish, and the last that */
	uint32_t debug_seen;	/* an NMI has carried out */
	uint32_t devices;	/* those that interrupt it: see task/sched.h */
	/* not known to assembly */
	uint32_t host_cpu;
	uint32_t index;		/* in the boot page and in `cpus` */
	uint32_t node;
	bool online;		/* takes part: may be given tasks */
	bool locked;		/* it holds the kernel lock */
	bool stale;		/* its TLB may have old kernel entries */
	bool reschedule;	/* another task should run */
	bool timers_changed;	/* by another CPU: program the APIC timer */
	uint32_t leave;		/* the wish to leave that is under way, or 0 */
	phys_t root;		/* page tables loaded */
	struct task *current;
	struct task *idle;
	void *idle_stack;	/* lowest address; NULL: the boot stack */
	struct list runnable;	/* tasks, by RUN; without the current one */
	unsigned runnable_count;
	struct list timers;	/* struct timer, earliest first */
	struct timer slice;	/* cuts the current task's time */
	struct timer budget;	/* looks at CPU time: task/cputime.c */
	/* TSC, and ticks of it: task/usage.c */
	uint64_t locked_at;	/* since then its time is not in KERNEL_TICKS */
	uint64_t kernel_ticks;	/* with the kernel lock, since SWITCHED_AT */
	uint64_t switched_at;	/* when CURRENT came */
	uint64_t busy_ticks;	/* until then, of all tasks but the idle one */
	uint64_t busy_kernel_ticks;	/* of them, with the kernel lock */
	struct cpu_tables *tables;	/* cpu/segments.c */
	struct pisces_cpu_stats *stats;
};

/* Volatile: a task that has slept may be on another CPU than before. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("mov %%gs:0, %0" : "=r" (cpu));
	return cpu;
}

/* Model-specific registers, and the like. */
static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c" (msr), "a" ((uint32_t)value),
			 "d" ((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/* All CPUs that ever joined, by index; NULL where none did. */
extern struct cpu *cpus[];
extern unsigned cpu_limit;	/* one more than the highest index used */

/* For each CPU that is online. */
#define for_each_cpu(cpu)						\
	for (unsigned i_ = 0; i_ < cpu_limit; i_++)			\
		if (((cpu) = cpus[i_]) && (cpu)->online)

/*
 * A new CPU with what the boot page says of INDEX, its tables, not online; what
 * was once made for an index is used again.  NULL without memory.
 */
struct cpu *cpu_create(unsigned index);
struct cpu *cpu_create_first(void);

/* Make CPU look at its flags: PENDING, and an NMI if it is not this one. */
void cpu_kick(struct cpu *cpu);

/* Stop this CPU for good; only INIT ends it. */
NORETURN void cpu_halt(void);

#define MSR_SYSENTER_CS		0x174u
#define MSR_SYSENTER_ESP	0x175u
#define MSR_SYSENTER_EIP	0x176u
#define MSR_EFER		0xc0000080u
#define MSR_STAR		0xc0000081u
#define MSR_LSTAR		0xc0000082u
#define MSR_SFMASK		0xc0000084u
#define MSR_FS_BASE		0xc0000100u
#define MSR_GS_BASE		0xc0000101u
#define MSR_KERNEL_GS_BASE	0xc0000102u
#define MSR_TSC_AUX		0xc0000103u

#endif
