/* SPDX-License-Identifier: GPL-2.0-only */
/* See lib/panic.h. */
#include <cpu/apic.h>
#include <cpu/trap.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>

#define NO_VECTOR	0xffffffffu
#define STOP_MS		1000

static uint32_t panicking;

#define READ_CONTROL(name, to) __asm__ volatile("mov %%" name ", %0" : "=r" (to))

static void control_registers(struct pisces_registers *to)
{
	READ_CONTROL("cr0", to->cr0);
	READ_CONTROL("cr2", to->cr2);
	READ_CONTROL("cr3", to->cr3);
	READ_CONTROL("cr4", to->cr4);
}

static void trap_registers(struct pisces_registers *to,
			   const struct trap_frame *frame)
{
	to->rax = frame->rax;
	to->rbx = frame->rbx;
	to->rcx = frame->rcx;
	to->rdx = frame->rdx;
	to->rsi = frame->rsi;
	to->rdi = frame->rdi;
	to->rbp = frame->rbp;
	to->rsp = frame->rsp;
	to->r8 = frame->r8;
	to->r9 = frame->r9;
	to->r10 = frame->r10;
	to->r11 = frame->r11;
	to->r12 = frame->r12;
	to->r13 = frame->r13;
	to->r14 = frame->r14;
	to->r15 = frame->r15;
	to->rip = frame->rip;
	to->rflags = frame->rflags;
	to->cs = frame->cs;
	to->ss = frame->ss;
}

static void own_registers(struct pisces_registers *to)
{
	to->rbp = (uint64_t)__builtin_frame_address(0);
	__asm__ volatile("mov %%rsp, %0" : "=r" (to->rsp));
	__asm__ volatile("lea 1f(%%rip), %0; 1:" : "=r" (to->rip));
	__asm__ volatile("pushfq; pop %0" : "=r" (to->rflags));
	__asm__ volatile("mov %%cs, %0" : "=r" (to->cs));
	__asm__ volatile("mov %%ss, %0" : "=r" (to->ss));
}

/* Mapped in the kernel's half?  A broken chain of frames must not fault. */
static bool readable(uint64_t address)
{
	return address >> 63 && !(address & 7) && paging_kernel_root &&
		paging_lookup(paging_kernel_root, address).flags &&
		paging_lookup(paging_kernel_root, address + 8).flags;
}

static void backtrace(uint64_t *to, uint64_t rip, uint64_t rbp)
{
	unsigned n = 0;

	to[n++] = rip;
	while (n < PISCES_BACKTRACE && readable(rbp)) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (!frame[1])
			break;
		to[n++] = frame[1];
		if (frame[0] <= rbp)
			break;
		rbp = frame[0];
	}
}

void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}

/* The other CPUs leave their registers and halt; not for ever waited for. */
static void stop_others(void)
{
	uint64_t start = rdtsc();
	struct cpu *self = this_cpu(), *cpu;

	for_each_cpu(cpu) {
		if (cpu == self)
			continue;
		cpu->save->tsc = 0;
		cpu->halt_wanted = 1;
		apic_send_nmi(cpu->apic_id);
	}
	for_each_cpu(cpu) {
		while (cpu != self && !*(volatile uint64_t *)&cpu->save->tsc &&
		       rdtsc() - start < STOP_MS * boot.tsc_khz)
			__builtin_ia32_pause();
	}
}

void panic(const char *format, ...)
{
	struct pisces_panic *record = &host_state->panic;
	const struct trap_frame *frame = trap_panicked;
	va_list arguments;

	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_SEQ_CST))
		cpu_halt();
	if (cpu_limit)
		stop_others();
	va_start(arguments, format);
	vsnprintf(record->reason, sizeof(record->reason), format, arguments);
	va_end(arguments);
	record->host_cpu = cpu_limit ? this_cpu()->host_cpu :
		boot.cpu[0].host_cpu;
	record->vector = frame ? (uint32_t)frame->vector : NO_VECTOR;
	record->error = frame ? frame->error : 0;
	record->tsc = rdtsc();
	if (frame)
		trap_registers(&record->registers, frame);
	else
		own_registers(&record->registers);
	control_registers(&record->registers);
	backtrace(record->backtrace, record->registers.rip,
		  record->registers.rbp);
	if (cpu_limit) {
		this_cpu()->save->registers = record->registers;
		this_cpu()->save->tsc = record->tsc;
	}
	log_line(PISCES_LOG_EMERG, "panic: %s", record->reason);
	host_phase(PISCES_PHASE_CRASHED);
	cpu_halt();
}
