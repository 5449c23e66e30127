/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls: one table (sys/table.c), one file per family.  Each function is
 * sys_NAME(a, b, c, d, e, f) with the arguments as 64-bit integers, as the ABI
 * passes them, and returns a result or -errno.
 *
 * -ERESTARTSYS and friends never reach a program: signal_deliver() turns them
 * into a restart or -EINTR.  The call's number is in frame->error.
 */
#ifndef SYS_SYSCALL_H
#define SYS_SYSCALL_H

#include <errno.h>
#include <lib/types.h>

#define ERESTARTSYS		512	/* again if SA_RESTART or unhandled */
#define ERESTARTNOINTR		513	/* again in any case */
#define ERESTARTNOHAND		514	/* again if no handler runs */
/* Like NOHAND: the same call again, with task->restart_deadline not 0. */
#define ERESTART_RESTARTBLOCK	516

struct trap_frame;

typedef int64_t (*syscall_t)(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
			     uint64_t e, uint64_t f);

/* Called by cpu/entry.S with the frame complete; sets frame->rax. */
void syscall_dispatch(struct trap_frame *frame);

/* Does call NUMBER use nothing but its own task and CPU, so needs no lock? */
bool syscall_is_alone(uint32_t number);

#define SYSCALL_DECLARE(name)						\
	int64_t sys_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d,\
			   uint64_t e, uint64_t f)

#endif
