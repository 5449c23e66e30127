/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables of one CPU (Intel SDM vol. 3, chapters 3, 6, 8; AMD64
 * manual vol. 2, chapters 4, 8, 12).
 */
#include <errno.h>
#include <cpu/cpu.h>
#include <cpu/cpu_number.h>
#include <cpu/segments.h>
#include <lib/string.h>
#include <mm/object.h>

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "TSS layout");

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define TRAP_STACK	8192

#define FEATURE_RDTSCP	(1u << 27)	/* 0x80000001, EDX */
#define FEATURE_RDPID	(1u << 22)	/* 7, ECX */

_Static_assert(PISCES_MAX_CPUS <= 1u << CPU_NUMBER_BITS, "numbers fit");

/* What each CPU has of its own; its traps' stacks follow. */
struct cpu_tables {
	uint64_t gdt[CPU_NUMBER_SELECTOR / 8 + 1];
	struct tss tss;
};

static struct cpu_tables boot_tables;
static uint8_t boot_stacks[3 * TRAP_STACK] __attribute__((aligned(4096)));
static struct gate idt[256];

extern uint8_t trap_stubs[], nmi_entry[], syscall_entry[];

static void gate_set(unsigned vector, const void *entry, unsigned ist,
		     unsigned privilege)
{
	uint64_t offset = (uint64_t)entry;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)offset,
		.selector = KERNEL_CS,
		.ist = (uint8_t)ist,
		.type = (uint8_t)(0x8e | privilege << 5),
		.offset_middle = (uint16_t)(offset >> 16),
		.offset_high = (uint32_t)(offset >> 32),
	};
}

/* The NMI entry finds its struct cpu right above the hardware's frame. */
static uint64_t trap_stack_top(uint8_t *stacks, unsigned index, struct cpu *cpu)
{
	uint64_t *top = (uint64_t *)(stacks + (index + 1) * TRAP_STACK - 16);

	*top = (uint64_t)cpu;
	return (uint64_t)top;
}

/* Does this CPU have TSC_AUX, for RDTSCP or RDPID? */
static bool has_tsc_aux(void)
{
	uint32_t a = 0x80000001, b, c = 0, d;

	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	if (d & FEATURE_RDTSCP)
		return true;
	a = 7;
	c = 0;
	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return c & FEATURE_RDPID;
}

/* A data segment that nobody uses but for its limit. */
static void number_show(const struct cpu *cpu)
{
	uint32_t number = cpu_number_encode(cpu->index, cpu->node);

	cpu->tables->gdt[CPU_NUMBER_SELECTOR / 8] = 0x0040f10000000000 |
		(number & 0xffff) | (uint64_t)(number >> 16) << 48;
	if (has_tsc_aux())
		wrmsr(MSR_TSC_AUX, number);
}

static void gdt_load(struct cpu_tables *tables)
{
	uint64_t base = (uint64_t)&tables->tss, *gdt = tables->gdt;
	struct table_register gdtr = { sizeof(tables->gdt) - 1, (uint64_t)gdt };

	gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
	gdt[KERNEL_SS / 8] = 0x00cf93000000ffff;
	gdt[USER_SS / 8] = 0x00cff3000000ffff;
	gdt[USER_CS / 8] = 0x00affb000000ffff;
	gdt[TSS_SELECTOR / 8] = (sizeof(tables->tss) - 1) |
		(base & 0xffffff) << 16 | 0x89ull << 40 |
		(base >> 24 & 0xff) << 56;
	gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
	__asm__ volatile(
		"lgdt %0\n\t"
		"pushq %1\n\t"
		"lea 1f(%%rip), %%rax\n\t"
		"push %%rax\n\t"
		"lretq\n"
		"1:\n\t"
		"mov %2, %%ss\n\t"
		"mov %3, %%ds\n\t"
		"mov %3, %%es\n\t"
		"mov %3, %%fs\n\t"
		"mov %3, %%gs\n\t"
		"ltr %w4\n\t"
		"lldt %w3"	/* INIT leaves one at address 0 */
		: : "m" (gdtr), "i" (KERNEL_CS), "r" (KERNEL_SS), "r" (0),
		    "r" (TSS_SELECTOR) : "rax", "memory");
}

/* The same for all CPUs, filled by the first. */
static void idt_load(void)
{
	struct table_register idtr = { sizeof(idt) - 1, (uint64_t)idt };

	for (unsigned vector = 0; !idt[255].type && vector < 256; vector++)
		gate_set(vector, trap_stubs + 16 * vector, 0,
			 vector == 3 || vector == 4 ? 3 : 0);
	gate_set(2, nmi_entry, IST_NMI, 0);
	gate_set(8, trap_stubs + 16 * 8, IST_DOUBLE, 0);
	gate_set(18, trap_stubs + 16 * 18, IST_MACHINE, 0);
	__asm__ volatile("lidt %0" : : "m" (idtr));
}

static void tables_set(struct cpu *cpu, struct cpu_tables *tables,
		       uint8_t *stacks)
{
	cpu->tables = tables;
	tables->tss.io_map = sizeof(tables->tss);
	for (unsigned i = 0; i < 3; i++)
		tables->tss.ist[i] = trap_stack_top(stacks, i, cpu);
}

void segments_create_first(struct cpu *cpu)
{
	tables_set(cpu, &boot_tables, boot_stacks);
}

int segments_create(struct cpu *cpu)
{
	struct cpu_tables *tables = object_alloc(sizeof(*tables));
	uint8_t *stacks = object_alloc(3 * TRAP_STACK);

	if (!tables || !stacks) {
		object_free(tables);
		object_free(stacks);
		return -ENOMEM;
	}
	tables_set(cpu, tables, stacks);
	return 0;
}

/*
 * With no code segment SYSENTER is #GP.  INIT leaves these MSRs as they are
 * (Intel SDM vol. 3, "Processor State After Reset"): at Linux's entry, to which
 * a program would get in ring 0.
 */
static void sysenter_forbid(void)
{
	wrmsr(MSR_SYSENTER_CS, 0);
	wrmsr(MSR_SYSENTER_ESP, 0);
	wrmsr(MSR_SYSENTER_EIP, 0);
}

void segments_load(struct cpu *cpu)
{
	number_show(cpu);
	gdt_load(cpu->tables);
	wrmsr(MSR_GS_BASE, (uint64_t)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_FS_BASE, 0);
	idt_load();
	/* SYSRET adds 8 and 16 to the upper half for SS and CS. */
	wrmsr(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 |
	      (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK, 0x47700);	/* AC NT IOPL DF IF TF */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);	/* SCE */
	sysenter_forbid();
}

void segments_set_stack(uint64_t top)
{
	this_cpu()->tables->tss.rsp[0] = top;
	this_cpu()->kernel_stack = top;
}
