/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/futex.h.  Waiters hang in buckets by address space and address; a
 * waiter lives on its task's stack and is taken off by whoever wakes it.
 *
 * Locking: the kernel lock, so that nothing comes between the look at the word
 * and the sleep: a waker changes the word first, then calls us.
 */
#include <errno.h>
#include <mm/uaccess.h>
#include <task/futex.h>
#include <task/process.h>

#define BUCKETS	64

struct futex_waiter {
	struct list link;		/* on its bucket, oldest first */
	struct aspace *aspace;
	uint64_t address;
	uint32_t bitset;
	bool woken;
	struct wait_queue queue;	/* its task alone */
};

static struct list buckets[BUCKETS];

static struct list *bucket_of(const struct aspace *aspace, uint64_t address)
{
	uint64_t hash = (address >> 2) ^ ((uint64_t)aspace >> 6);
	struct list *bucket;

	hash *= 0x9e3779b97f4a7c15ull;
	bucket = &buckets[hash >> 58];
	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

int futex_wait(uint64_t address, uint32_t value, uint32_t bitset,
	       uint64_t deadline)
{
	struct futex_waiter waiter = {
		.aspace = current()->process->aspace,
		.address = address,
		.bitset = bitset,
	};
	uint32_t word;
	int result;

	if (get_user(word, address))
		return -EFAULT;
	if (word != value)
		return -EAGAIN;
	wait_queue_init(&waiter.queue);
	list_add_tail(bucket_of(waiter.aspace, address), &waiter.link);
	result = wait_event(&waiter.queue, waiter.woken, deadline);
	list_remove(&waiter.link);
	return waiter.woken ? 0 : result;
}

int futex_wake(struct aspace *aspace, uint64_t address, unsigned count,
	       uint32_t bitset)
{
	struct list *bucket = bucket_of(aspace, address);
	struct futex_waiter *waiter, *after;
	unsigned woken = 0;

	list_for_each_safe(waiter, after, bucket, link) {
		if (woken == count)
			break;
		if (waiter->aspace != aspace || waiter->address != address ||
		    !(waiter->bitset & bitset))
			continue;
		list_remove(&waiter->link);
		waiter->woken = true;
		wait_wake_all(&waiter->queue);
		woken++;
	}
	return (int)woken;
}
