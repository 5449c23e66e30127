/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traps and interrupts, and what is done on the way back to user mode.
 *
 * Exceptions of programs become signals.  Exceptions of the kernel are resolved
 * where user memory is touched (mm/uaccess.S) and are a panic anywhere else.
 */
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <cpu/apic.h>
#include <cpu/cpu.h>
#include <cpu/lock.h>
#include <cpu/offsets.h>
#include <cpu/segments.h>
#include <cpu/timer.h>
#include <cpu/trap.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <mm/aspace.h>
#include <mm/paging.h>
#include <sys/syscall.h>
#include <task/rseq.h>
#include <task/sched.h>
#include <task/signal.h>
#include <task/task.h>

#define OFFSET(type, member, value) \
	_Static_assert(offsetof(type, member) == (value), #member)

OFFSET(struct cpu, kernel_stack, CPU_KERNEL_STACK);
OFFSET(struct cpu, user_stack, CPU_USER_STACK);
OFFSET(struct cpu, pending, CPU_PENDING);
OFFSET(struct cpu, nmi_test, CPU_NMI_TEST);
OFFSET(struct cpu, nmi_count, CPU_NMI_COUNT);
OFFSET(struct cpu, restarts, CPU_RESTARTS);
OFFSET(struct cpu, apic_page, CPU_APIC_PAGE);
OFFSET(struct cpu, apic_id, CPU_APIC_ID);
OFFSET(struct cpu, flush_wanted, CPU_FLUSH_WANTED);
OFFSET(struct cpu, flush_done, CPU_FLUSH_DONE);
OFFSET(struct cpu, halt_wanted, CPU_HALT_WANTED);
OFFSET(struct cpu, save, CPU_SAVE);
OFFSET(struct cpu, debug_new, CPU_DEBUG_NEW);
OFFSET(struct cpu, debug_seen, CPU_DEBUG_SEEN);
OFFSET(struct cpu, devices, CPU_DEVICES);
OFFSET(struct pisces_boot, debug, BOOT_DEBUG);
OFFSET(struct pisces_save, tsc, SAVE_TSC);
OFFSET(struct pisces_save, registers, SAVE_REGISTERS);
OFFSET(struct pisces_registers, rsp, 56);
OFFSET(struct pisces_registers, rip, 128);
OFFSET(struct pisces_registers, cr4, 184);
OFFSET(struct pisces_state, doorbell, STATE_DOORBELL);
OFFSET(struct trap_frame, rbx, FRAME_RBX);
OFFSET(struct trap_frame, r8, FRAME_R8);
OFFSET(struct trap_frame, rdi, FRAME_RDI);
OFFSET(struct trap_frame, rip, FRAME_RIP);
OFFSET(struct trap_frame, ss, FRAME_SS);
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "frame size");

#define CR4_PGE		(1ull << 7)
#define CR4_MCE		(1ull << 6)
#define CR4_UMIP	(1ull << 11)
#define CR4_SMEP	(1ull << 20)
#define CR4_SMAP	(1ull << 21)

#define MSR_MCG_STATUS	0x17au
#define MSR_PAT		0x277u

enum {
	TRAP_DIVIDE = 0, TRAP_DEBUG = 1, TRAP_NMI = 2, TRAP_BREAKPOINT = 3,
	TRAP_INVALID = 6, TRAP_DOUBLE = 8, TRAP_SEGMENT = 11, TRAP_STACK = 12,
	TRAP_PROTECTION = 13, TRAP_PAGE = 14, TRAP_X87 = 16,
	TRAP_ALIGNMENT = 17, TRAP_MACHINE = 18, TRAP_SIMD = 19,
};

struct user_access {
	uint64_t start, end, fixup;
};

struct smap_site {
	uint64_t address, bytes;
};

extern const struct user_access user_access_start[], user_access_end[];
extern const struct smap_site smap_start[], smap_end[];

const struct trap_frame *trap_panicked;

static uint32_t feature_bits(uint32_t *c)
{
	uint32_t a = 7, b, d;

	*c = 0;
	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (*c), "=d" (d));
	return b;
}

#define FEATURE_SMEP	(1u << 7)	/* EBX */
#define FEATURE_SMAP	(1u << 20)
#define FEATURE_UMIP	(1u << 2)	/* ECX */

void trap_patch(void)
{
	uint32_t c;

	if (!(feature_bits(&c) & FEATURE_SMAP))
		return;
	for (const struct smap_site *site = smap_start; site < smap_end; site++)
		__builtin_memcpy((void *)site->address, &site->bytes, 3);
}

void trap_init(void)
{
	uint32_t c, b = feature_bits(&c);
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r" (cr4));
	cr4 |= CR4_PGE | CR4_MCE;
	if (b & FEATURE_SMEP)
		cr4 |= CR4_SMEP;
	if (b & FEATURE_SMAP)
		cr4 |= CR4_SMAP;
	if (c & FEATURE_UMIP)
		cr4 |= CR4_UMIP;
	__asm__ volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
	if (boot.pat)
		wrmsr(MSR_PAT, boot.pat);
}

static int x87_code(void)
{
	uint16_t status, control;

	__asm__ volatile("fnstsw %0; fnstcw %1" : "=m" (status),
			 "=m" (control));
	status &= (uint16_t)~control;
	if (status & 1)
		return FPE_FLTINV;
	if (status & 4)
		return FPE_FLTDIV;
	if (status & 8)
		return FPE_FLTOVF;
	return status & 0x12 ? FPE_FLTUND : FPE_FLTRES;
}

static int simd_code(void)
{
	uint32_t mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m" (mxcsr));
	mxcsr &= ~(mxcsr >> 7);
	if (mxcsr & 1)
		return FPE_FLTINV;
	if (mxcsr & 4)
		return FPE_FLTDIV;
	if (mxcsr & 8)
		return FPE_FLTOVF;
	return mxcsr & 0x12 ? FPE_FLTUND : FPE_FLTRES;
}

static void trap_user(struct trap_frame *frame)
{
	unsigned vector = (unsigned)frame->vector;
	uint64_t address = frame->rip;
	int signal = SIGSEGV, code = SI_KERNEL;

	switch (vector) {
	case TRAP_DIVIDE:
		signal = SIGFPE;
		code = FPE_INTDIV;
		break;
	case TRAP_DEBUG:
		signal = SIGTRAP;
		code = TRAP_TRACE;
		break;
	case TRAP_BREAKPOINT:
		signal = SIGTRAP;
		address = 0;
		break;
	case TRAP_INVALID:
		signal = SIGILL;
		code = ILL_ILLOPN;
		break;
	case TRAP_SEGMENT:
	case TRAP_STACK:
		signal = SIGBUS;
		address = 0;
		break;
	case TRAP_X87:
		signal = SIGFPE;
		code = x87_code();
		break;
	case TRAP_ALIGNMENT:
		signal = SIGBUS;
		code = BUS_ADRALN;
		break;
	case TRAP_SIMD:
		signal = SIGFPE;
		code = simd_code();
		break;
	default:
		address = 0;
		break;
	}
	signal_fault(signal, code, address, vector, frame->error);
}

static const struct user_access *user_access_find(uint64_t rip)
{
	const struct user_access *range;

	for (range = user_access_start; range < user_access_end; range++)
		if (rip >= range->start && rip < range->end)
			return range;
	return NULL;
}

NORETURN static void trap_panic(struct trap_frame *frame, const char *what,
				uint64_t address)
{
	if (!trap_panicked)
		trap_panicked = frame;
	panic("%s at %#lx (vector %lu, error %#lx, address %#lx)", what,
	      frame->rip, frame->vector, frame->error, address);
}

static void count_fault(struct task *task)
{
	this_cpu()->stats->faults++;
	task->usage.faults++;
}

static void trap_page_fault(struct trap_frame *frame)
{
	const struct user_access *access;
	struct task *task = current();
	struct aspace *aspace = task->process ? task->process->aspace : NULL;
	uint64_t address;
	int code = 0, signal;

	__asm__ volatile("mov %%cr2, %0" : "=r" (address));
	if (frame_is_user(frame)) {
		count_fault(task);
		signal = aspace_fault(aspace, address, frame->error, &code);
		if (signal)
			signal_fault(signal, code, address, TRAP_PAGE,
				     frame->error);
		return;
	}
	access = user_access_find(frame->rip);
	if (!access)
		trap_panic(frame, paging_is_guard(address) ?
			   "kernel stack overflow" : "page fault", address);
	if (address < USER_TOP && aspace) {
		count_fault(task);
		if (!aspace_fault(aspace, address, frame->error, &code))
			return;
	}
	frame->rip = access->fixup;
}

static void trap_machine_check(struct trap_frame *frame)
{
	uint64_t status = rdmsr(MSR_MCG_STATUS);

	if (!(status & 1))		/* RIPV: may we go on? */
		trap_panic(frame, "machine check", status);
	log_error("machine check reported, status %#lx", status);
	wrmsr(MSR_MCG_STATUS, 0);
}

static void trap_exception(struct trap_frame *frame)
{
	switch (frame->vector) {
	case TRAP_NMI:
		return;			/* the exit path looks */
	case TRAP_PAGE:
		trap_page_fault(frame);
		return;
	case TRAP_MACHINE:
		trap_machine_check(frame);
		return;
	case TRAP_DOUBLE:
		trap_panic(frame, "double fault", 0);
	}
	if (frame_is_user(frame)) {
		trap_user(frame);
		return;
	}
	if (frame->vector == TRAP_PROTECTION) {
		const struct user_access *access = user_access_find(frame->rip);

		/* A non-canonical address. */
		if (access) {
			frame->rip = access->fixup;
			return;
		}
	}
	trap_panic(frame, "exception", 0);
}

static void trap_interrupt(unsigned vector)
{
	struct pisces_cpu_stats *stats = this_cpu()->stats;

	if (vector == APIC_TIMER_VECTOR) {
		stats->timer++;
		apic_eoi();
		timer_expire();
		return;
	}
	/*
	 * Linux's broadcasts use the vectors that Linux uses.  On 0xff a real
	 * interrupt can arrive too, and it alone needs an EOI.
	 */
	if (apic_in_service(vector)) {
		stats->broadcast++;
		apic_eoi();
	} else {
		stats->spurious++;
	}
}

/* Signals set the flag only here, so no code that changes masks needs to. */
static void trap_check_signals(void)
{
	if (signal_pending(current()))
		this_cpu()->pending = 1;
}

/*
 * From user mode or the idle loop, without the lock, or from the kernel where it
 * touches user memory, mostly with it.
 */
void trap_handle(struct trap_frame *frame);
void trap_handle(struct trap_frame *frame)
{
	bool locked = kernel_lock_if_free();

	if (frame->vector < 32)
		trap_exception(frame);
	else
		trap_interrupt((unsigned)frame->vector);
	if (frame_is_user(frame))
		trap_check_signals();
	if (locked)
		kernel_unlock();
}

void trap_syscall(struct trap_frame *frame);
void trap_syscall(struct trap_frame *frame)
{
	if (syscall_is_alone((uint32_t)frame->error)) {
		syscall_dispatch(frame);
		return;
	}
	kernel_lock();
	syscall_dispatch(frame);
	trap_check_signals();
	kernel_unlock();
}

/* Before a return to user mode with the pending flag set. */
void trap_exit_work(struct trap_frame *frame);
void trap_exit_work(struct trap_frame *frame)
{
	kernel_lock();
	sched_check();
	if (this_cpu()->reschedule)
		schedule();
	rseq_refresh(frame);
	if (signal_pending(current()))
		signal_deliver(frame);
	/* More may have come while it was stopped. */
	trap_check_signals();
	kernel_unlock();
}

/* A program's RIP is not in its half. */
void trap_bad_rip(struct trap_frame *frame);
void trap_bad_rip(struct trap_frame *frame)
{
	kernel_lock();
	signal_fault(SIGSEGV, SI_KERNEL, 0, TRAP_PROTECTION, 0);
	signal_deliver(frame);
	kernel_unlock();
}
