/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex(2), over task/futex.h.  FUTEX_WAIT_REQUEUE_PI and its companion are
 * -ENOSYS: no C library uses them any more.
 */
#include <linux/futex.h>
#include <mm/paging.h>
#include <sys/calls.h>
#include <sys/timespec.h>
#include <task/futex.h>
#include <task/task.h>

/*
 * FUTEX_WAIT has a time that is left, the others a point in time.  *DEADLINE is
 * 0 without any.
 */
static int wait_deadline(int operation, uint64_t user, uint64_t *deadline)
{
	bool realtime = operation & FUTEX_CLOCK_REALTIME ||
			(operation & FUTEX_CMD_MASK) == FUTEX_LOCK_PI;
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

static bool is_shared(int operation)
{
	return !(operation & FUTEX_PRIVATE_FLAG);
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
	result = futex_wait(address, is_shared(operation), value, bitset,
			    deadline);
	if (result != -EINTR)
		return result;
	if (!deadline)
		return -ERESTARTSYS;
	task->restart_deadline = deadline;
	return -ERESTART_RESTARTBLOCK;
}

static int64_t lock(uint64_t address, int operation, uint64_t timeout)
{
	bool try = (operation & FUTEX_CMD_MASK) == FUTEX_TRYLOCK_PI;
	uint64_t deadline = 0;
	int result = try ? 0 : wait_deadline(operation, timeout, &deadline);

	if (!result)
		result = futex_lock(address, is_shared(operation), try,
				    deadline);
	return result == -EINTR ? -ERESTARTNOINTR : result;
}

/* Of counts, 0 means as much as 1. */
static int64_t wake(uint64_t address, int operation, uint32_t count,
		    uint32_t bitset)
{
	if (!bitset)
		return -EINVAL;
	return futex_wake(address, is_shared(operation),
			  (int)count < 1 ? 1 : count, bitset);
}

static int64_t requeue(uint64_t from, uint64_t to, int operation,
		       uint32_t count, uint32_t move, const uint32_t *expected)
{
	if (to & 3 || (int)count < 0 || (int)move < 0)
		return -EINVAL;
	if (to >= USER_TOP)
		return -EFAULT;
	return futex_requeue(from, to, is_shared(operation), count, move,
			     expected);
}

static int64_t wake_op(uint64_t address, uint64_t other, int operation,
		       uint32_t count, uint32_t other_count, uint32_t change)
{
	if (other & 3)
		return -EINVAL;
	return futex_wake_op(address, other, is_shared(operation),
			     (int)count < 1 ? 1 : count,
			     (int)other_count < 1 ? 1 : other_count, change);
}

/* FUTEX_CLOCK_REALTIME says something of these only. */
static bool has_clock(int command)
{
	return command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI2;
}

SYSCALL_DEFINE(futex)
{
	int operation = (int)b, command = operation & FUTEX_CMD_MASK;
	const uint32_t value = (uint32_t)f;

	if (operation & FUTEX_CLOCK_REALTIME && !has_clock(command))
		return -ENOSYS;
	if (a & 3)
		return -EINVAL;
	if (a >= USER_TOP)
		return -EFAULT;
	switch (command) {
	case FUTEX_WAIT:
		return wait(a, operation, (uint32_t)c, d,
			    FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return value ? wait(a, operation, (uint32_t)c, d, value) :
			-EINVAL;
	case FUTEX_WAKE:
		return wake(a, operation, (uint32_t)c, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake(a, operation, (uint32_t)c, value);
	case FUTEX_REQUEUE:
		return requeue(a, e, operation, (uint32_t)c, (uint32_t)d, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue(a, e, operation, (uint32_t)c, (uint32_t)d,
			       &value);
	case FUTEX_WAKE_OP:
		return wake_op(a, e, operation, (uint32_t)c, (uint32_t)d,
			       value);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
		return lock(a, operation, d);
	case FUTEX_UNLOCK_PI:
		return futex_unlock(a, is_shared(operation));
	}
	return -ENOSYS;
}
