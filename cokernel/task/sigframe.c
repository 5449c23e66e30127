/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signal frames.  From the top of the stack downwards: the floating-point state
 * (64-byte aligned; XSAVE's layout with Linux's software bytes), then struct
 * frame, at whose first word the handler's return address lies.
 *
 * What sigreturn reads back is the program's to forge: segments are forced,
 * RFLAGS masked, the XSAVE header and MXCSR cleaned.  A RIP outside the user
 * half is caught by the kernel's exit.
 */
#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <cpu/fpu.h>
#include <cpu/segments.h>
#include <errno.h>
#include <lib/string.h>
#include <linux/signal.h>
#include <mm/uaccess.h>
#include <task/sigframe.h>

#define RED_ZONE	128
#define FXSAVE_SIZE	512
#define SOFTWARE_BYTES	464	/* offset in the FXSAVE area */
#define XSAVE_HEADER	512	/* offset; XSTATE_BV, XCOMP_BV... */
#define XSAVE_HEADER_SIZE 64
#define XFEATURES_LEGACY 3ull	/* x87, SSE */
#define MXCSR		24	/* offsets in the FXSAVE area */
#define MXCSR_MASK	28
#define MXCSR_MASK_DEFAULT 0xffbfu

#define RFLAGS_TF	0x100ull
#define RFLAGS_IF	0x200ull
#define RFLAGS_DF	0x400ull
#define RFLAGS_RF	0x10000ull
/* AC RF OF DF TF SF ZF AF PF CF */
#define RFLAGS_USER	0x50dd5ull

struct frame {
	uint64_t return_address;
	struct ucontext context;
	siginfo_t info;
};

_Static_assert(sizeof(struct frame) == 440, "rt_sigframe layout");
_Static_assert(sizeof(struct _fpx_sw_bytes) == FXSAVE_SIZE - SOFTWARE_BYTES,
	       "software bytes");

/* The alternate stack. */

static bool inside(const struct task *task, uint64_t stack)
{
	return stack > task->alternate_stack &&
		stack - task->alternate_stack <= task->alternate_size;
}

int sigframe_alternate_state(const struct task *task, uint64_t stack)
{
	if (!task->alternate_size)
		return SS_DISABLE;
	if (task->alternate_flags & (int)SS_AUTODISARM)
		return 0;
	return inside(task, stack) ? SS_ONSTACK : 0;
}

int sigframe_set_alternate(struct task *task, const stack_t *new,
			   uint64_t stack)
{
	int mode = new->ss_flags & ~(int)SS_AUTODISARM;

	if (sigframe_alternate_state(task, stack) == SS_ONSTACK)
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		task->alternate_stack = task->alternate_size = 0;
	} else {
		if (new->ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		task->alternate_stack = (uint64_t)new->ss_sp;
		task->alternate_size = new->ss_size;
	}
	task->alternate_flags = new->ss_flags & (int)SS_AUTODISARM;
	return 0;
}

/* Writing. */

static size_t fpu_frame_size(void)
{
	return fpu_size() + (fpu_has_xsave() ? FP_XSTATE_MAGIC2_SIZE : 0);
}

/* The current registers to TO, which is a user address. */
static int fpu_push(uint64_t to)
{
	uint32_t magic = FP_XSTATE_MAGIC2;
	struct _fpx_sw_bytes software;
	uint8_t *state = current()->fpu;
	uint64_t *header = (uint64_t *)(state + XSAVE_HEADER);
	size_t size = fpu_size();
	int error;

	fpu_save(state);
	/* A handler may change what XSAVE found in its initial state. */
	if (fpu_has_xsave())
		*header |= XFEATURES_LEGACY;
	memset(&software, 0, sizeof(software));
	if (fpu_has_xsave()) {
		software.magic1 = FP_XSTATE_MAGIC1;
		software.extended_size = (uint32_t)fpu_frame_size();
		software.xfeatures = fpu_features();
		software.xstate_size = (uint32_t)size;
	}
	error = copy_to_user(to, state, SOFTWARE_BYTES);
	if (!error)
		error = copy_to_user(to + SOFTWARE_BYTES, &software,
				     sizeof(software));
	if (!error && size > FXSAVE_SIZE)
		error = copy_to_user(to + FXSAVE_SIZE, state + FXSAVE_SIZE,
				     size - FXSAVE_SIZE);
	if (!error && fpu_has_xsave())
		error = put_user(magic, to + size);
	return error;
}

/* Where the frame goes: 0 if the alternate stack would overflow. */
static uint64_t place(const struct task *task, const struct trap_frame *frame,
		      const struct sigaction *action, uint64_t *fpstate)
{
	uint64_t stack = frame->rsp - RED_ZONE;
	bool entering = action->sa_flags & SA_ONSTACK &&
		sigframe_alternate_state(task, frame->rsp) == 0;
	bool nested = sigframe_alternate_state(task, frame->rsp) == SS_ONSTACK;

	if (entering)
		stack = task->alternate_stack + task->alternate_size;
	*fpstate = ALIGN_DOWN(stack - fpu_frame_size(), 64);
	stack = ALIGN_DOWN(*fpstate - sizeof(struct frame), 16) - 8;
	if ((entering || nested) && !inside(task, stack))
		return 0;
	return stack;
}

static void save_registers(struct sigcontext *to, const struct trap_frame *from)
{
	const struct task *task = current();

	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->eflags = from->rflags;
	to->cs = (uint16_t)from->cs;
	to->ss = (uint16_t)from->ss;
	to->err = task->fault_error;
	to->trapno = task->fault_vector;
	to->cr2 = task->fault_address;
}

static void fill(struct frame *to, const struct trap_frame *frame,
		 const struct sigaction *action, const siginfo_t *info,
		 uint64_t old_mask, uint64_t fpstate)
{
	const struct task *task = current();
	struct ucontext *context = &to->context;

	memset(to, 0, sizeof(*to));
	to->return_address = (uint64_t)action->sa_restorer;
	to->info = *info;
	context->uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	if (fpu_has_xsave())
		context->uc_flags |= UC_FP_XSTATE;
	context->uc_stack.ss_sp = (void *)task->alternate_stack;
	context->uc_stack.ss_size = task->alternate_size;
	context->uc_stack.ss_flags = task->alternate_flags |
		(task->alternate_size ? 0 : SS_DISABLE);
	save_registers(&context->uc_mcontext, frame);
	context->uc_mcontext.oldmask = old_mask;
	context->uc_mcontext.fpstate = (void *)fpstate;
	context->uc_sigmask = old_mask;
}

int sigframe_push(struct trap_frame *frame, const struct sigaction *action,
		  const siginfo_t *info, uint64_t old_mask)
{
	struct task *task = current();
	uint64_t fpstate, stack = place(task, frame, action, &fpstate);
	struct frame content;

	if (!stack || !(action->sa_flags & SA_RESTORER))
		return -EFAULT;
	fill(&content, frame, action, info, old_mask, fpstate);
	if (fpu_push(fpstate) ||
	    copy_to_user(stack, &content, sizeof(content)))
		return -EFAULT;
	if (task->alternate_flags & (int)SS_AUTODISARM) {
		task->alternate_stack = task->alternate_size = 0;
		task->alternate_flags = 0;
	}
	frame->rdi = (uint64_t)info->si_signo;
	frame->rsi = stack + offsetof(struct frame, info);
	frame->rdx = stack + offsetof(struct frame, context);
	frame->rax = 0;
	frame->rip = (uint64_t)action->sa_handler;
	frame->rsp = stack;
	frame->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
	frame->cs = USER_CS;
	frame->ss = USER_SS;
	return 0;
}

/* Reading back. */

/* Is a whole XSAVE state of our size at FROM, as its software bytes say? */
static bool is_extended(uint64_t from, const uint8_t *legacy)
{
	const struct _fpx_sw_bytes *software =
		(const struct _fpx_sw_bytes *)(legacy + SOFTWARE_BYTES);
	uint32_t magic;

	return fpu_has_xsave() && software->magic1 == FP_XSTATE_MAGIC1 &&
		software->xstate_size == fpu_size() &&
		!get_user(magic, from + fpu_size()) &&
		magic == FP_XSTATE_MAGIC2;
}

/* Make STATE safe for XRSTOR or FXRSTOR, whatever it holds. */
static void fpu_clean(uint8_t *state, uint32_t mxcsr_mask, bool extended)
{
	uint64_t *header = (uint64_t *)(state + XSAVE_HEADER);
	uint32_t mxcsr;

	memcpy(&mxcsr, state + MXCSR, sizeof(mxcsr));
	mxcsr &= mxcsr_mask;
	memcpy(state + MXCSR, &mxcsr, sizeof(mxcsr));
	memcpy(state + MXCSR_MASK, &mxcsr_mask, sizeof(mxcsr_mask));
	memset(state + SOFTWARE_BYTES, 0, FXSAVE_SIZE - SOFTWARE_BYTES);
	if (!fpu_has_xsave())
		return;
	header[0] = extended ? header[0] & fpu_features() : XFEATURES_LEGACY;
	memset(header + 1, 0, XSAVE_HEADER_SIZE - 8);
}

/* The state at user address FROM into the registers; 0: the initial one. */
static int fpu_pop(uint64_t from)
{
	uint8_t *state = current()->fpu;
	uint32_t mxcsr_mask;
	bool extended = false;
	int error = 0;

	fpu_save(state);
	memcpy(&mxcsr_mask, state + MXCSR_MASK, sizeof(mxcsr_mask));
	if (!mxcsr_mask)
		mxcsr_mask = MXCSR_MASK_DEFAULT;
	fpu_reset(state);
	if (from) {
		error = copy_from_user(state, from, FXSAVE_SIZE);
		if (!error)
			extended = is_extended(from, state);
		if (extended)
			error = copy_from_user(state + FXSAVE_SIZE,
					       from + FXSAVE_SIZE,
					       fpu_size() - FXSAVE_SIZE);
		fpu_clean(state, mxcsr_mask, extended);
	}
	if (error)
		fpu_reset(state);
	fpu_restore(state);
	return error;
}

static void load_registers(struct trap_frame *to, const struct sigcontext *from)
{
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->r10 = from->r10;
	to->r11 = from->r11;
	to->r12 = from->r12;
	to->r13 = from->r13;
	to->r14 = from->r14;
	to->r15 = from->r15;
	to->rdi = from->rdi;
	to->rsi = from->rsi;
	to->rbp = from->rbp;
	to->rbx = from->rbx;
	to->rdx = from->rdx;
	to->rax = from->rax;
	to->rcx = from->rcx;
	to->rsp = from->rsp;
	to->rip = from->rip;
	to->rflags = (to->rflags & ~RFLAGS_USER) |
		(from->eflags & RFLAGS_USER) | RFLAGS_IF;
	to->cs = USER_CS;
	to->ss = USER_SS;
}

int sigframe_pop(struct trap_frame *frame)
{
	struct task *task = current();
	struct ucontext context;

	/* The handler's RET has taken the return address off. */
	if (copy_from_user(&context, frame->rsp - 8 +
			   offsetof(struct frame, context), sizeof(context)))
		return -EFAULT;
	signal_block(context.uc_sigmask);
	load_registers(frame, &context.uc_mcontext);
	frame->vector = 0;
	if (fpu_pop((uint64_t)context.uc_mcontext.fpstate))
		return -EFAULT;
	sigframe_set_alternate(task, &context.uc_stack, frame->rsp);
	return 0;
}
