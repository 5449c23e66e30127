/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wait queues: see task/task.h; wait_sleep() is the scheduler's.
 *
 * A waiter's callback may wake another queue (an epoll that another watches),
 * and so on.  Where several ways lead to one queue it is woken the first time
 * only, so that a wake-up costs no more than there are waiters.
 *
 * Locking: the kernel lock.
 */
#include <task/task.h>

static uint64_t rounds;		/* outermost wake-ups so far */
static unsigned depth;		/* of the wake-up under way */

static bool wake_task(struct waiter *waiter, unsigned events)
{
	(void)events;
	task_wake(waiter->task);
	return true;
}

void wait_add(struct wait_queue *queue, struct waiter *waiter)
{
	waiter->wake = wake_task;
	waiter->task = current();
	waiter->exclusive = false;
	wait_add_callback(queue, waiter);
}

void wait_add_callback(struct wait_queue *queue, struct waiter *waiter)
{
	list_add_tail(&queue->waiters, &waiter->link);
}

void wait_remove(struct waiter *waiter)
{
	list_remove(&waiter->link);
}

void wait_remove_all(struct wait_queue *queue)
{
	while (!list_empty(&queue->waiters))
		list_remove(queue->waiters.next);
}

void wait_wake(struct wait_queue *queue, unsigned events)
{
	struct waiter *waiter, *after;
	bool enough = false;

	if (depth == 0)
		rounds++;
	if (queue->round == rounds)
		return;
	queue->round = rounds;
	depth++;
	list_for_each_safe(waiter, after, &queue->waiters, link) {
		if (!waiter->exclusive)
			waiter->wake(waiter, events);
		else if (!enough)
			enough = waiter->wake(waiter, events) && events;
	}
	depth--;
}

void wait_wake_all(struct wait_queue *queue)
{
	wait_wake(queue, 0);
}

void wait_wake_one(struct wait_queue *queue)
{
	struct waiter *waiter;

	if (list_empty(&queue->waiters))
		return;
	/* Each wakes another: move it behind the others. */
	waiter = list_entry(queue->waiters.next, struct waiter, link);
	list_remove(&waiter->link);
	list_add_tail(&queue->waiters, &waiter->link);
	waiter->wake(waiter, 0);
}
