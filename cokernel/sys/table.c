/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of system calls, by Linux's x86-64 numbers.  What is not in it, or
 * answers -ENOSYS itself, is counted, so that `pisces run --explain` can say
 * what a program is missing.
 */
#include <asm/unistd_64.h>
#include <cpu/cpu.h>
#include <host/host.h>
#include <sys/calls.h>
#include <task/signal.h>
#include <task/task.h>

#define SYSCALL_ENTRY(name)	[__NR_##name] = sys_##name,

static const syscall_t table[] = {
	SYSCALL_LIST(SYSCALL_ENTRY)
};

/*
 * These only read what their own task cannot have changed under them.  Touching
 * user memory may fault, which takes the lock by itself.
 */
static const bool alone[] = {
	[__NR_getpid] = true, [__NR_gettid] = true, [__NR_getcpu] = true,
	[__NR_clock_gettime] = true, [__NR_clock_getres] = true,
	[__NR_gettimeofday] = true, [__NR_time] = true,
};

bool syscall_is_alone(uint32_t number)
{
	return number < ARRAY_SIZE(alone) && alone[number];
}

/* Put NUMBER at the front of the last missing ones, each of them once. */
static void count_missing(uint32_t number)
{
	uint32_t *last = host_stats->missing_last;
	size_t i = 0;

	host_stats->missing_calls++;
	while (i < ARRAY_SIZE(host_stats->missing_last) - 1 &&
	       last[i] != number)
		i++;
	for (; i > 0; i--)
		last[i] = last[i - 1];
	last[0] = number;
}

static bool wants_restart(int64_t result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
		result == -ERESTARTNOHAND || result == -ERESTART_RESTARTBLOCK;
}

void syscall_dispatch(struct trap_frame *frame)
{
	uint32_t number = (uint32_t)frame->error;
	struct task *task = current();
	int64_t result = -ENOSYS;

	this_cpu()->stats->calls++;
	if (number < ARRAY_SIZE(table) && table[number])
		result = table[number](frame->rdi, frame->rsi, frame->rdx,
				       frame->r10, frame->r8, frame->r9);
	if (result == -ENOSYS)
		count_missing(number);
	if (result != -ERESTART_RESTARTBLOCK)
		task->restart_deadline = 0;
	frame->rax = (uint64_t)result;
	/* Even if the signal that interrupted it has gone elsewhere. */
	if (wants_restart(result) || task->restore_mask)
		signal_deliver(frame);
}
