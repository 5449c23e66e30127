/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks whose word holds the owner's tid, and what becomes of locks whose owner
 * ends (see task/futex.h; <linux/futex.h> has the layout of robust lists).
 *
 * The word is the program's: it may hold anything at any time.
 */
#include <errno.h>
#include <linux/futex.h>
#include <mm/uaccess.h>
#include <task/futex.h>
#include <task/futex_queue.h>
#include <task/process.h>

static unsigned lockers;	/* tasks that wait to own a word */

/* Does anybody wait to own the word of KEY?  The first one, or NULL. */
static struct futex_waiter *first_locker(const struct futex_key *key)
{
	struct futex_waiter *waiter;

	list_for_each(waiter, futex_bucket(key), link)
		if (waiter->locker && futex_is_at(waiter, key))
			return waiter;
	return NULL;
}

/*
 * Take the lock, or announce that somebody waits for it.  DEAD: a tid that owns
 * nothing any more.  0: it is ours; -EAGAIN: *OWNER has it.
 */
static int try_lock(uint64_t address, const struct futex_key *key,
		    uint32_t dead, bool announce, uint32_t *owner)
{
	uint32_t tid = (uint32_t)current()->tid, old, seen, new;

	if (user_word(&seen, address))
		return -EFAULT;
	do {
		old = seen;
		*owner = old & FUTEX_TID_MASK;
		if (*owner == tid)
			return -EDEADLK;
		if (*owner && *owner != dead) {
			if (!announce || old & FUTEX_WAITERS)
				return -EAGAIN;
			new = old | FUTEX_WAITERS;
		} else {
			new = tid | (old & FUTEX_OWNER_DIED);
			if (*owner)
				new |= FUTEX_OWNER_DIED;
			if (first_locker(key))
				new |= FUTEX_WAITERS;
		}
		if (user_word_exchange(address, &seen, new))
			return -EFAULT;
	} while (seen != old);
	return (new & FUTEX_TID_MASK) == tid ? 0 : -EAGAIN;
}

int futex_lock(uint64_t address, bool shared, bool try, uint64_t deadline)
{
	struct futex_waiter waiter = {
		.key = futex_key(address, shared), .locker = current(),
	};
	uint32_t tid = (uint32_t)current()->tid, word;
	int result;

	wait_queue_init(&waiter.queue);
	for (;;) {
		/* What we waited for may be without its owner now. */
		result = try_lock(address, &waiter.key, waiter.owner, !try,
				  &waiter.owner);
		if (result != -EAGAIN || try)
			return result;
		if (!process_find_task((int)waiter.owner))
			return -ESRCH;
		waiter.woken = false;
		futex_queue(&waiter);
		lockers++;
		result = wait_event(&waiter.queue, waiter.woken, deadline);
		lockers--;
		list_remove(&waiter.link);
		if (!waiter.woken)
			return result;
		/* Handed over; or its owner has ended. */
		if (user_word(&word, address))
			return -EFAULT;
		if ((word & FUTEX_TID_MASK) == tid)
			return 0;
	}
}

/* The others that wait at KEY wait for OWNER now; is there any? */
static bool wait_for(const struct futex_key *key, uint32_t owner)
{
	struct futex_waiter *waiter;
	bool any = false;

	list_for_each(waiter, futex_bucket(key), link)
		if (waiter->locker && futex_is_at(waiter, key) &&
		    (uint32_t)waiter->locker->tid != owner) {
			waiter->owner = owner;
			any = true;
		}
	return any;
}

int futex_unlock(uint64_t address, bool shared)
{
	const struct futex_key key = futex_key(address, shared);
	struct futex_waiter *first = first_locker(&key);
	uint32_t old, seen, new = 0;

	if (first) {
		new = (uint32_t)first->locker->tid;
		if (wait_for(&key, new))
			new |= FUTEX_WAITERS;
	}
	if (user_word(&seen, address))
		return -EFAULT;
	do {
		old = seen;
		if ((old & FUTEX_TID_MASK) != (uint32_t)current()->tid)
			return -EPERM;
		if (user_word_exchange(address, &seen, new))
			return -EFAULT;
	} while (seen != old);
	if (first)
		futex_release(first);
	return 0;
}

/* The end of an owner. */

/* LOCK: that waiters are told of by futex_orphan().  PENDING: maybe not ours. */
static void mark_dead(uint64_t address, bool lock, bool pending)
{
	uint32_t tid = (uint32_t)current()->tid, old, seen;

	if (address & 3 || user_word(&seen, address))
		return;
	do {
		old = seen;
		if ((old & FUTEX_TID_MASK) != tid) {
			/* It was unlocked, but nobody woken for it yet. */
			if (pending && !lock && !old)
				futex_wake(address, true, 1,
					   FUTEX_BITSET_MATCH_ANY);
			return;
		}
		if (user_word_exchange(address, &seen,
				       (old & FUTEX_WAITERS) |
				       FUTEX_OWNER_DIED))
			return;
	} while (seen != old);
	if (!lock && old & FUTEX_WAITERS)
		futex_wake(address, true, 1, FUTEX_BITSET_MATCH_ANY);
}

/* An entry's lowest bit says that it is a lock of FUTEX_LOCK_PI. */
static void mark_entry(uint64_t entry, int64_t offset, bool pending)
{
	mark_dead((entry & ~1ull) + (uint64_t)offset, entry & 1, pending);
}

static void mark_robust_list(uint64_t head)
{
	struct robust_list_head list;
	uint64_t entry, pending, next;

	if (copy_from_user(&list, head, sizeof(list)))
		return;
	entry = (uint64_t)list.list.next;
	pending = (uint64_t)list.list_op_pending;
	for (unsigned n = 0; n < ROBUST_LIST_LIMIT &&
	     (entry & ~1ull) != head; n++) {
		/* Before its lock may be somebody else's. */
		bool more = !get_user(next, entry & ~1ull);

		if (entry != pending)
			mark_entry(entry, list.futex_offset, false);
		if (!more)
			break;
		entry = next;
	}
	if (pending)
		mark_entry(pending, list.futex_offset, true);
}

void futex_leave(struct task *task)
{
	if (task->robust_list)
		mark_robust_list(task->robust_list);
	task->robust_list = 0;
	if (lockers)
		futex_orphan((uint32_t)task->tid);
}
