/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues themselves: see ipc/mqueue.h. */
#include <errno.h>
#include <asm/resource.h>
#include <ipc/mqueue.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/syscall.h>
#include <task/process.h>
#include <task/signal.h>

/* What Linux's own structures take of the account, for each message. */
#define ACCOUNT_MESSAGE	48u
#define ACCOUNT_PRIORITY 48u

/* A sleeper: a receiver, who gets a message, or a sender, who has one. */
struct mq_wait {
	struct list link;	/* on the queue's list until DONE */
	struct message *message;
	bool done;
	struct wait_queue queue;
};

/* Making them. */

static int attr_check(const struct mq_attr *attr)
{
	bool root = current()->process->uid == 0;

	if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0 ||
	    attr->mq_maxmsg > (root ? MQ_MESSAGES_HARD : MQ_MESSAGES_MAX) ||
	    attr->mq_msgsize > (root ? MQ_SIZE_HARD : MQ_SIZE_MAX))
		return -EINVAL;
	return 0;
}

/* Is there room for QUEUE among those there are? */
static int account_check(const struct mqueue *queue)
{
	const struct process *process = current()->process;
	uint64_t total = queue->account;
	const struct mqueue *other;
	unsigned count = 0;

	list_for_each(other, &process->ipc->all_queues, all) {
		count++;
		if (other->uid == queue->uid)
			total += other->account;
	}
	if (count >= MQ_QUEUES_MAX && process->uid != 0)
		return -ENOSPC;
	return total > process->rlimits[RLIMIT_MSGQUEUE][0] ? -EMFILE : 0;
}

int mqueue_create(const struct mq_attr *attr, struct mqueue **result)
{
	static const struct mq_attr defaults = {
		.mq_maxmsg = MQ_MESSAGES_DEFAULT, .mq_msgsize = MQ_SIZE_DEFAULT,
	};
	int error = attr ? attr_check(attr) : 0;
	struct mqueue *queue;

	if (error)
		return error;
	queue = object_alloc(sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	attr = attr ? attr : &defaults;
	queue->limit = (uint64_t)attr->mq_maxmsg;
	queue->size = (uint64_t)attr->mq_msgsize;
	queue->uid = current()->process->uid;
	queue->account = queue->limit * (queue->size + ACCOUNT_MESSAGE) +
		MIN(queue->limit, (uint64_t)MQ_PRIO_MAX) * ACCOUNT_PRIORITY;
	list_init(&queue->messages);
	list_init(&queue->receivers);
	list_init(&queue->senders);
	wait_queue_init(&queue->changes);
	error = account_check(queue);
	if (error) {
		object_free(queue);
		return error;
	}
	list_add_tail(&current()->process->ipc->all_queues, &queue->all);
	*result = queue;
	return 0;
}

void mqueue_free(struct mqueue *queue)
{
	struct message *message, *after;

	list_for_each_safe(message, after, &queue->messages, link)
		message_free(message);
	list_remove(&queue->all);
	object_free(queue);
}

/* Notification. */

struct process *mqueue_owner(const struct mqueue *queue)
{
	struct process *owner = queue->owner ? process_find(queue->owner) :
				NULL;

	if (!owner || owner->zombie ||
	    owner->own->serial != queue->owner_serial)
		return NULL;
	return owner;
}

int mqueue_notify(struct mqueue *queue, const struct sigevent *event)
{
	if (mqueue_owner(queue))
		return -EBUSY;
	queue->event = *event;
	queue->owner = current()->process->pid;
	queue->owner_serial = current()->process->own->serial;
	return 0;
}

void mqueue_notify_end(struct mqueue *queue)
{
	if (mqueue_owner(queue) == current()->process)
		queue->owner = 0;
}

/* Tell who asked, once, that there is a message again. */
static void notify(struct mqueue *queue)
{
	const struct process *self = current()->process;
	struct process *owner = mqueue_owner(queue);
	siginfo_t info;

	queue->owner = 0;
	if (!owner || queue->event.sigev_notify != SIGEV_SIGNAL ||
	    !queue->event.sigev_signo)
		return;
	memset(&info, 0, sizeof(info));
	info.si_signo = queue->event.sigev_signo;
	info.si_code = SI_MESGQ;
	info.si_value = queue->event.sigev_value;
	info.si_pid = self->pid;
	info.si_uid = self->uid;
	signal_process(owner, &info);
}

/* Sending and receiving. */

/* Behind those of its priority and above. */
static void insert(struct mqueue *queue, struct message *message)
{
	struct list *before = queue->messages.prev;

	while (before != &queue->messages &&
	       list_entry(before, struct message, link)->type < message->type)
		before = before->prev;
	list_add(before, &message->link);
	queue->count++;
	queue->bytes += message->size;
}

/* Of WAITERS, the one who came first; NULL. */
static struct mq_wait *first(struct list *waiters)
{
	return list_empty(waiters) ? NULL :
		list_entry(waiters->next, struct mq_wait, link);
}

static void settle(struct mq_wait *wait)
{
	wait->done = true;
	list_remove(&wait->link);
	wait_wake_all(&wait->queue);
}

/* On the list WAITERS, until somebody settles WAIT. */
static int sleep(struct list *waiters, struct mq_wait *wait, uint64_t deadline)
{
	int error;

	wait_queue_init(&wait->queue);
	list_add_tail(waiters, &wait->link);
	error = wait_event(&wait->queue, wait->done, deadline);
	list_remove(&wait->link);
	if (wait->done)
		return 0;
	return error == -EINTR ? -ERESTARTSYS : error;
}

int mqueue_send(struct mqueue *queue, struct message *message, bool try,
		uint64_t deadline)
{
	struct mq_wait wait = { .message = message };
	struct mq_wait *receiver = first(&queue->receivers);

	if (queue->count == queue->limit)
		return try ? -EAGAIN : sleep(&queue->senders, &wait, deadline);
	if (receiver) {
		receiver->message = message;
		settle(receiver);
		return 0;
	}
	insert(queue, message);
	if (queue->count == 1)
		notify(queue);
	wait_wake_all(&queue->changes);
	return 0;
}

int mqueue_receive(struct mqueue *queue, struct message **result, bool try,
		   uint64_t deadline)
{
	struct mq_wait wait = { .message = NULL }, *sender;
	struct message *message;
	int error = 0;

	if (!queue->count) {
		error = try ? -EAGAIN :
			sleep(&queue->receivers, &wait, deadline);
		*result = wait.message;
		return error;
	}
	message = list_entry(queue->messages.next, struct message, link);
	list_remove(&message->link);
	queue->count--;
	queue->bytes -= message->size;
	*result = message;
	sender = first(&queue->senders);
	if (sender) {
		insert(queue, sender->message);
		settle(sender);
	}
	wait_wake_all(&queue->changes);
	return 0;
}
