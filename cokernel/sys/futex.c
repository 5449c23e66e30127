/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex(2): WAIT, WAKE and their bitset forms.  Private and shared ones are the
 * same, for a word is only known within its address space so far.
 */
#include <linux/futex.h>
#include <mm/paging.h>
#include <sys/calls.h>
#include <sys/timespec.h>
#include <task/futex.h>
#include <task/task.h>

/*
 * FUTEX_WAIT has a time that is left, the bitset form a point in time.
 * *DEADLINE is 0 without any.
 */
static int wait_deadline(int operation, uint64_t user, uint64_t *deadline)
{
	bool realtime = operation & FUTEX_CLOCK_REALTIME;
	uint64_t time;
	int error;

	*deadline = 0;
	if (!user)
		return 0;
	error = timespec_get(user, &time);
	if (error)
		return error;
	if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT)
		*deadline = timespec_after(time);
	else
		*deadline = timespec_deadline(time, realtime);
	return 0;
}

static int64_t wait(uint64_t address, int operation, uint32_t value,
		    uint64_t timeout, uint32_t bitset)
{
	struct task *task = current();
	uint64_t deadline;
	int result = wait_deadline(operation, timeout, &deadline);

	if (result)
		return result;
	if (task->restart_deadline)
		deadline = task->restart_deadline;
	result = futex_wait(address, value, bitset, deadline);
	if (result != -EINTR)
		return result;
	if (!deadline)
		return -ERESTARTSYS;
	task->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_DEFINE(futex)
{
	int operation = (int)b;
	uint32_t bitset = FUTEX_BITSET_MATCH_ANY;

	if (a & 3)
		return -EINVAL;
	if (a >= USER_TOP)
		return -EFAULT;
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT_BITSET:
		bitset = (uint32_t)f;
		/* fall through */
	case FUTEX_WAIT:
		if (!bitset)
			return -EINVAL;
		return wait(a, operation, (uint32_t)c, d, bitset);
	case FUTEX_WAKE_BITSET:
		bitset = (uint32_t)f;
		/* fall through */
	case FUTEX_WAKE:
		if (!bitset)
			return -EINVAL;
		return futex_wake(current()->process->aspace, a,
				  (int)c < 1 ? 1 : (unsigned)c, bitset);
	}
	return -ENOSYS;
}
