/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/futex.h.  Waiters hang in buckets by their word.
 *
 * Locking: the kernel lock, so that nothing comes between the look at the word
 * and the sleep: a waker changes the word first, then calls us.
 */
#include <errno.h>
#include <linux/futex.h>
#include <mm/aspace.h>
#include <mm/uaccess.h>
#include <task/futex.h>
#include <task/futex_queue.h>

#define BUCKETS	64

static struct list buckets[BUCKETS];

struct futex_key futex_key(uint64_t address, bool shared)
{
	struct aspace *aspace = current()->process->aspace;
	struct futex_key key = { .object = aspace, .offset = address };

	if (shared)
		aspace_identify(aspace, address, &key.object, &key.offset);
	return key;
}

struct list *futex_bucket(const struct futex_key *key)
{
	uint64_t hash = (key->offset >> 2) ^ ((uint64_t)key->object >> 6);
	struct list *bucket;

	hash *= 0x9e3779b97f4a7c15ull;
	bucket = &buckets[hash >> 58];
	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

bool futex_is_at(const struct futex_waiter *waiter, const struct futex_key *key)
{
	return waiter->key.object == key->object &&
		waiter->key.offset == key->offset;
}

void futex_queue(struct futex_waiter *waiter)
{
	list_add_tail(futex_bucket(&waiter->key), &waiter->link);
}

void futex_release(struct futex_waiter *waiter)
{
	list_remove(&waiter->link);
	waiter->woken = true;
	wait_wake_all(&waiter->queue);
}

void futex_orphan(uint32_t owner)
{
	struct futex_waiter *waiter, *after;

	for (unsigned i = 0; i < BUCKETS; i++) {
		if (!buckets[i].next)
			continue;
		list_for_each_safe(waiter, after, &buckets[i], link)
			if (waiter->locker && waiter->owner == owner)
				futex_release(waiter);
	}
}

int futex_wait(uint64_t address, bool shared, uint32_t value, uint32_t bitset,
	       uint64_t deadline)
{
	struct futex_waiter waiter = { .bitset = bitset };
	uint32_t word;
	int result = user_word(&word, address);

	if (result)
		return result;
	if (word != value)
		return -EAGAIN;
	waiter.key = futex_key(address, shared);
	wait_queue_init(&waiter.queue);
	futex_queue(&waiter);
	result = wait_event(&waiter.queue, waiter.woken, deadline);
	list_remove(&waiter.link);
	return waiter.woken ? 0 : result;
}

static unsigned wake(const struct futex_key *key, unsigned count,
		     uint32_t bitset)
{
	struct futex_waiter *waiter, *after;
	unsigned woken = 0;

	list_for_each_safe(waiter, after, futex_bucket(key), link) {
		if (woken == count)
			break;
		if (!futex_is_at(waiter, key) || waiter->locker ||
		    !(waiter->bitset & bitset))
			continue;
		futex_release(waiter);
		woken++;
	}
	return woken;
}

int futex_wake(uint64_t address, bool shared, unsigned count, uint32_t bitset)
{
	const struct futex_key key = futex_key(address, shared);

	return (int)wake(&key, count, bitset);
}

int futex_requeue(uint64_t from, uint64_t to, bool shared, unsigned count,
		  unsigned move, const uint32_t *expected)
{
	const struct futex_key source = futex_key(from, shared);
	const struct futex_key target = futex_key(to, shared);
	struct futex_waiter *waiter, *after;
	unsigned woken, moved = 0;
	uint32_t word;

	if (expected) {
		if (user_word(&word, from))
			return -EFAULT;
		if (word != *expected)
			return -EAGAIN;
	}
	woken = wake(&source, count, FUTEX_BITSET_MATCH_ANY);
	list_for_each_safe(waiter, after, futex_bucket(&source), link) {
		if (moved == move)
			break;
		if (!futex_is_at(waiter, &source) || waiter->locker)
			continue;
		moved++;
		if (futex_is_at(waiter, &target))
			continue;
		list_remove(&waiter->link);
		waiter->key = target;
		futex_queue(waiter);
	}
	return (int)(woken + moved);
}

/* The fields of FUTEX_OP(); its arguments are 12 bits with a sign. */
static int32_t field(uint32_t operation, unsigned shift)
{
	return (int32_t)(operation << (20 - shift)) >> 20;
}

static bool operate(uint32_t operation, uint32_t old, uint32_t *new)
{
	int32_t argument = field(operation, 12);

	if (operation >> 28 & FUTEX_OP_OPARG_SHIFT)
		argument = (int32_t)(1u << (argument & 31));
	switch (operation >> 28 & ~FUTEX_OP_OPARG_SHIFT) {
	case FUTEX_OP_SET:
		*new = (uint32_t)argument;
		return true;
	case FUTEX_OP_ADD:
		*new = old + (uint32_t)argument;
		return true;
	case FUTEX_OP_OR:
		*new = old | (uint32_t)argument;
		return true;
	case FUTEX_OP_ANDN:
		*new = old & ~(uint32_t)argument;
		return true;
	case FUTEX_OP_XOR:
		*new = old ^ (uint32_t)argument;
		return true;
	}
	return false;
}

/* -ENOSYS: there is no such comparison. */
static int compares(uint32_t operation, uint32_t old)
{
	int32_t value = (int32_t)old, argument = field(operation, 0);

	switch (operation >> 24 & 15) {
	case FUTEX_OP_CMP_EQ:
		return value == argument;
	case FUTEX_OP_CMP_NE:
		return value != argument;
	case FUTEX_OP_CMP_LT:
		return value < argument;
	case FUTEX_OP_CMP_LE:
		return value <= argument;
	case FUTEX_OP_CMP_GT:
		return value > argument;
	case FUTEX_OP_CMP_GE:
		return value >= argument;
	}
	return -ENOSYS;
}

int futex_wake_op(uint64_t address, uint64_t other, bool shared, unsigned count,
		  unsigned other_count, uint32_t operation)
{
	uint32_t old, seen, new;
	int woken, also;

	if (user_word(&seen, other))
		return -EFAULT;
	do {
		old = seen;
		if (!operate(operation, old, &new))
			return -ENOSYS;
		if (user_word_exchange(other, &seen, new))
			return -EFAULT;
	} while (seen != old);
	also = compares(operation, old);
	if (also < 0)
		return also;
	woken = futex_wake(address, shared, count, FUTEX_BITSET_MATCH_ANY);
	if (also)
		woken += futex_wake(other, shared, other_count,
				    FUTEX_BITSET_MATCH_ANY);
	return woken;
}
