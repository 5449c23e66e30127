/* SPDX-License-Identifier: GPL-2.0-only */
/* What a thread tells the kernel of itself: bases, lists, rseq, prctl. */
#include <asm/prctl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/rseq.h>
#include <lib/string.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/process.h>
#include <task/signal.h>

#define ROBUST_HEAD_SIZE	24
#define RSEQ_SIZE		32	/* of the first version */

SYSCALL_DEFINE(set_tid_address)
{
	current()->clear_child_tid = a;
	return current()->tid;
}

SYSCALL_DEFINE(set_robust_list)
{
	if (b != ROBUST_HEAD_SIZE)
		return -EINVAL;
	current()->robust_list = a;
	return 0;
}

SYSCALL_DEFINE(get_robust_list)
{
	struct task *task = (int)a ? process_find_task((int)a) : current();
	uint64_t size = ROBUST_HEAD_SIZE;

	if (!task)
		return -ESRCH;
	if (task->process != current()->process && current()->process->uid)
		return -EPERM;
	if (put_user(task->robust_list, b) || put_user(size, c))
		return -EFAULT;
	return 0;
}

static int64_t rseq_register(uint64_t address, uint32_t size,
			     uint32_t signature)
{
	uint32_t numbers[2] = { this_cpu()->index, this_cpu()->index };
	struct task *task = current();

	if (task->rseq) {
		if (task->rseq != address || size < RSEQ_SIZE)
			return -EINVAL;
		return task->rseq_signature != signature ? -EPERM : -EBUSY;
	}
	if (size < RSEQ_SIZE || address & (RSEQ_SIZE - 1))
		return -EINVAL;
	if (copy_to_user(address, numbers, sizeof(numbers)))
		return -EFAULT;
	task->rseq = address;
	task->rseq_signature = signature;
	return 0;
}

static int64_t rseq_unregister(uint64_t address, uint32_t signature)
{
	uint32_t numbers[2] = { 0, (uint32_t)RSEQ_CPU_ID_UNINITIALIZED };
	struct task *task = current();

	if (!task->rseq || task->rseq != address)
		return -EINVAL;
	if (task->rseq_signature != signature)
		return -EPERM;
	if (copy_to_user(address, numbers, sizeof(numbers)))
		return -EFAULT;
	task->rseq = 0;
	return 0;
}

SYSCALL_DEFINE(rseq)
{
	if (c == RSEQ_FLAG_UNREGISTER)
		return rseq_unregister(a, (uint32_t)d);
	if (c)
		return -EINVAL;
	return rseq_register(a, (uint32_t)b, (uint32_t)d);
}

SYSCALL_DEFINE(arch_prctl)
{
	struct task *task = current();

	switch ((int)a) {
	case ARCH_SET_FS:
		if (b >= USER_TOP)
			return -EPERM;
		task->fs_base = b;
		wrmsr(MSR_FS_BASE, b);
		return 0;
	case ARCH_SET_GS:
		if (b >= USER_TOP)
			return -EPERM;
		task->gs_base = b;
		/* SWAPGS has put the program's base there. */
		wrmsr(MSR_KERNEL_GS_BASE, b);
		return 0;
	case ARCH_GET_FS:
		return put_user(task->fs_base, b);
	case ARCH_GET_GS:
		return put_user(task->gs_base, b);
	}
	return -EINVAL;
}

static int64_t set_name(uint64_t from)
{
	struct task *task = current();
	char name[sizeof(task->name)];
	ssize_t length = copy_string_from_user(name, from, sizeof(name));

	if (length < 0 && length != -ENAMETOOLONG)
		return length;
	name[sizeof(name) - 1] = '\0';
	task_set_name(task, name);
	return 0;
}

static int64_t get_name(uint64_t to)
{
	struct task *task = current();
	char name[sizeof(task->name)] = "";

	strlcpy(name, task_name(task), sizeof(name));
	return put_user(name, to);
}

static int64_t set_death_signal(uint64_t signal)
{
	if (signal > SIGNAL_MAX)
		return -EINVAL;
	current()->process->own->death_signal = (int)signal;
	return 0;
}

static int64_t set_dumpable(uint64_t dumpable)
{
	if (dumpable > 1)
		return -EINVAL;
	current()->process->own->dumpable = (int)dumpable;
	return 0;
}

SYSCALL_DEFINE(prctl)
{
	struct process_own *own = current()->process->own;
	int subreaper;

	switch ((int)a) {
	case PR_SET_NAME:
		return set_name(b);
	case PR_GET_NAME:
		return get_name(b);
	case PR_SET_PDEATHSIG:
		return set_death_signal(b);
	case PR_GET_PDEATHSIG:
		return put_user(own->death_signal, b);
	case PR_SET_DUMPABLE:
		return set_dumpable(b);
	case PR_GET_DUMPABLE:
		return own->dumpable;
	case PR_SET_NO_NEW_PRIVS:
		if (b != 1 || c || d || e)
			return -EINVAL;
		own->no_new_privileges = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return b || c || d || e ? -EINVAL : own->no_new_privileges;
	case PR_SET_CHILD_SUBREAPER:
		own->subreaper = b;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		subreaper = own->subreaper;
		return put_user(subreaper, b);
	case PR_SET_KEEPCAPS:
		if (b > 1)
			return -EINVAL;
		own->keep_capabilities = b;
		return 0;
	case PR_GET_KEEPCAPS:
		return own->keep_capabilities;
	case PR_SET_TIMING:
		return b == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_SECCOMP:
	case PR_GET_TIMING:
		return 0;
	case PR_SET_TIMERSLACK:
		own->timer_slack = b ? b : TIMER_SLACK;
		return 0;
	case PR_GET_TIMERSLACK:
		return (int64_t)own->timer_slack;
	case PR_GET_TID_ADDRESS:
		return put_user(current()->clear_child_tid, b);
	case PR_CAPBSET_READ:
		return b > CAP_LAST_CAP ? -EINVAL : 1;
	}
	return -EINVAL;
}

SYSCALL_DEFINE(personality)
{
	struct process_own *own = current()->process->own;
	uint32_t old = own->personality;

	if ((uint32_t)a != 0xffffffffu)
		own->personality = (uint32_t)a;
	return old;
}
