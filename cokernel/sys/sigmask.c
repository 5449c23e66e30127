/* SPDX-License-Identifier: GPL-2.0-only */
/* See sys/sigmask.h. */
#include <mm/uaccess.h>
#include <sys/sigmask.h>
#include <sys/syscall.h>
#include <task/signal.h>

int sigmask_swap(uint64_t user, uint64_t size)
{
	struct task *task = current();
	uint64_t mask;

	if (!user)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, user))
		return -EFAULT;
	task->saved_mask = task->blocked;
	task->restore_mask = true;
	signal_block(mask);
	return 0;
}

void sigmask_restore(bool interrupted)
{
	struct task *task = current();

	if (interrupted || !task->restore_mask)
		return;
	task->restore_mask = false;
	signal_block(task->saved_mask);
}
