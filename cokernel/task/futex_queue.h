/* SPDX-License-Identifier: GPL-2.0-only */
/* The waiters of futex(2); private to task/futex*.c. */
#ifndef TASK_FUTEX_QUEUE_H
#define TASK_FUTEX_QUEUE_H

#include <lib/list.h>
#include <task/task.h>

/* A word, for all who may have it. */
struct futex_key {
	const void *object;
	uint64_t offset;
};

/* On the stack of a task that waits, and taken off by whoever wakes it. */
struct futex_waiter {
	struct list link;		/* on its bucket, oldest first */
	struct futex_key key;
	uint32_t bitset;
	bool woken;
	struct task *locker;		/* waits to own the word; or NULL */
	uint32_t owner;			/* tid of who does, for a LOCKER */
	struct wait_queue queue;	/* its task alone */
};

struct futex_key futex_key(uint64_t address, bool shared);
struct list *futex_bucket(const struct futex_key *key);
bool futex_is_at(const struct futex_waiter *waiter,
		 const struct futex_key *key);
/* Put it on its key's bucket, as the last. */
void futex_queue(struct futex_waiter *waiter);
void futex_release(struct futex_waiter *waiter);	/* it goes on */
/* Those who wait for a lock of OWNER, which is gone, go on and look again. */
void futex_orphan(uint32_t owner);

#endif
