/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting on a word of memory, as futex(2) has it.
 *
 * An ADDRESS is of the current address space and a multiple of 4.  With SHARED,
 * the word is found by whoever has it in a shared mapping; without, it is this
 * address space's alone.  A DEADLINE is CLOCK_MONOTONIC, 0 for no end.  All
 * return -EFAULT where the word cannot be read or written.
 */
#ifndef TASK_FUTEX_H
#define TASK_FUTEX_H

#include <lib/types.h>

struct task;

/*
 * Sleep if the word is VALUE, until a wake-up that shares a bit with BITSET.
 * 0, -EAGAIN (another value), -ETIMEDOUT, -EINTR.
 */
int futex_wait(uint64_t address, bool shared, uint32_t value, uint32_t bitset,
	       uint64_t deadline);
/* Wake up to COUNT waiters, in the order they came; returns how many. */
int futex_wake(uint64_t address, bool shared, unsigned count, uint32_t bitset);
/*
 * Wake up to COUNT and let up to MOVE others wait at TO instead; returns how
 * many of both.  -EAGAIN unless the word is *EXPECTED (NULL: any will do).
 */
int futex_requeue(uint64_t from, uint64_t to, bool shared, unsigned count,
		  unsigned move, const uint32_t *expected);
/*
 * Change the word at OTHER as OPERATION says (FUTEX_OP() of <linux/futex.h>);
 * wake COUNT at ADDRESS and, if its old value compares, OTHER_COUNT there.
 * -ENOSYS: no such operation.
 */
int futex_wake_op(uint64_t address, uint64_t other, bool shared, unsigned count,
		  unsigned other_count, uint32_t operation);

/*
 * Locks whose word holds the owner's tid (FUTEX_LOCK_PI).  Nobody has a priority
 * here, so none is inherited.  -EDEADLK it is ours; -ESRCH its owner is gone;
 * -EAGAIN somebody has it, with TRY; -ETIMEDOUT; -EINTR.
 */
int futex_lock(uint64_t address, bool shared, bool try, uint64_t deadline);
/* Hand it to the first that waits.  -EPERM: it is not ours. */
int futex_unlock(uint64_t address, bool shared);

/*
 * The current task leaves its memory: the locks of its robust list are marked so
 * (set_robust_list(2)), and who waits for one of its locks gets it.
 */
void futex_leave(struct task *task);

#endif
