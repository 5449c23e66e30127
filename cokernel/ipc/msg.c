/* SPDX-License-Identifier: GPL-2.0-only */
/* See ipc/msg.h. */
#include <errno.h>
#include <ipc/msg.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/syscall.h>

#define WAITS	1		/* as a status: nothing for it yet */

/* Somebody who waits for a message. */
struct receiver {
	struct list link;	/* on the queue's list while STATUS is WAITS */
	int64_t type;
	uint64_t room;
	int flags;
	int pid;
	int status;		/* 0, WAITS, -errno */
	struct message *message;	/* with status 0 */
	struct wait_queue queue;
};

static bool fits(const struct msg_queue *queue, const struct message *message)
{
	return message->size <= queue->limit &&
		queue->bytes <= queue->limit - message->size &&
		queue->count < queue->limit;
}

/* Does RECEIVER take a message of TYPE? */
static bool wants(const struct receiver *receiver, int64_t type)
{
	if (receiver->type == 0)
		return true;
	if (receiver->type < 0)		/* -INT64_MIN is no number */
		return -type >= receiver->type;
	return (receiver->flags & MSG_EXCEPT) ? type != receiver->type :
		type == receiver->type;
}

static bool too_long(const struct receiver *receiver,
		     const struct message *message)
{
	return message->size > receiver->room &&
		!(receiver->flags & MSG_NOERROR);
}

static void settle(struct receiver *receiver, int status)
{
	receiver->status = status;
	list_remove(&receiver->link);
	wait_wake_all(&receiver->queue);
}

static void mark_received(struct msg_queue *queue, int pid)
{
	queue->receiver = pid;
	queue->rtime = ipc_now();
}

/* To the first who waits for MESSAGE; false: to nobody. */
static bool hand_over(struct msg_queue *queue, struct message *message)
{
	struct receiver *receiver, *after;

	list_for_each_safe(receiver, after, &queue->receivers, link) {
		if (!wants(receiver, message->type))
			continue;
		if (too_long(receiver, message)) {
			settle(receiver, -E2BIG);
			continue;
		}
		mark_received(queue, receiver->pid);
		receiver->message = message;
		settle(receiver, 0);
		return true;
	}
	return false;
}

static bool may_go_on(const struct msg_queue *queue,
		      const struct message *message)
{
	return !queue->object.ipc || fits(queue, message) ||
		ipc_may(&queue->object, IPC_WRITE);
}

/* Until MESSAGE fits, or can never. */
static int wait_for_room(struct msg_queue *queue, const struct message *message)
{
	int error = 0;

	ipc_object_get(&queue->object);
	if (wait_event(&queue->senders, may_go_on(queue, message), 0))
		error = -ERESTARTNOHAND;
	if (!queue->object.ipc)
		error = -EIDRM;
	ipc_object_put(&queue->object);
	return error;
}

int msg_send(struct msg_queue *queue, struct message *message, int flags)
{
	int error;

	while (!(error = ipc_may(&queue->object, IPC_WRITE)) &&
	       !fits(queue, message)) {
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		error = wait_for_room(queue, message);
		if (error)
			break;
	}
	if (error)
		return error;
	queue->sender = current()->process->pid;
	queue->stime = ipc_now();
	if (hand_over(queue, message))
		return 0;
	list_add_tail(&queue->messages, &message->link);
	queue->bytes += message->size;
	queue->count++;
	return 0;
}

/* The first of the lowest type, or the first, that RECEIVER wants; or NULL. */
static struct message *choose(const struct msg_queue *queue,
			      const struct receiver *receiver)
{
	struct message *message, *found = NULL;
	int64_t number = receiver->type;

	list_for_each(message, &queue->messages, link) {
		if (receiver->flags & MSG_COPY) {
			if (number-- == 0)
				return message;
			continue;
		}
		if (!wants(receiver, message->type) ||
		    (found && message->type >= found->type))
			continue;
		found = message;
		if (receiver->type >= 0)
			break;
	}
	return found;
}

/* Take a message that is there.  -ENOMSG, -E2BIG. */
static int take(struct msg_queue *queue, const struct receiver *receiver,
		struct message **result)
{
	struct message *message = choose(queue, receiver);

	if (!message)
		return -ENOMSG;
	if (too_long(receiver, message))
		return -E2BIG;
	*result = message;
	if (receiver->flags & MSG_COPY)
		return message->size > receiver->room ? -EINVAL : 0;
	list_remove(&message->link);
	queue->bytes -= message->size;
	queue->count--;
	mark_received(queue, receiver->pid);
	wait_wake_all(&queue->senders);
	return 0;
}

/* Until RECEIVER has one; -EAGAIN: look again. */
static int wait_for_message(struct msg_queue *queue, struct receiver *receiver)
{
	int status;

	receiver->status = WAITS;
	wait_queue_init(&receiver->queue);
	list_add_tail(&queue->receivers, &receiver->link);
	ipc_object_get(&queue->object);
	wait_event(&receiver->queue, receiver->status != WAITS, 0);
	list_remove(&receiver->link);
	status = receiver->status;
	if (status == WAITS)
		status = -ERESTARTNOHAND;
	else if (status == -EAGAIN && !queue->object.ipc)
		status = -EIDRM;
	ipc_object_put(&queue->object);
	return status;
}

int msg_receive(struct msg_queue *queue, int64_t type, uint64_t room, int flags,
		struct message **result)
{
	struct receiver receiver = {
		.type = type, .room = room, .flags = flags,
		.pid = current()->process->pid,
	};
	int error;

	do {
		error = ipc_may(&queue->object, IPC_READ);
		if (!error)
			error = take(queue, &receiver, result);
		if (error != -ENOMSG || flags & (IPC_NOWAIT | MSG_COPY))
			return error;
		error = wait_for_message(queue, &receiver);
	} while (error == -EAGAIN);
	if (!error)
		*result = receiver.message;
	return error;
}

void msg_changed(struct msg_queue *queue)
{
	struct receiver *receiver, *after;

	list_for_each_safe(receiver, after, &queue->receivers, link)
		settle(receiver, -EAGAIN);
	wait_wake_all(&queue->senders);
}

static int msg_create(const struct ipc_request *request,
		      struct ipc_object **result)
{
	struct msg_queue *queue = object_alloc(sizeof(*queue));

	(void)request;
	if (!queue)
		return -ENOMEM;
	queue->limit = MSGMNB;
	list_init(&queue->messages);
	list_init(&queue->receivers);
	wait_queue_init(&queue->senders);
	*result = &queue->object;
	return 0;
}

static uint64_t msg_size(const struct ipc_object *object)
{
	(void)object;
	return 0;
}

static void msg_removed(struct ipc_object *object)
{
	struct msg_queue *queue = msg_queue_of(object);
	struct receiver *receiver, *after;

	list_for_each_safe(receiver, after, &queue->receivers, link)
		settle(receiver, -EIDRM);
	wait_wake_all(&queue->senders);
}

static void msg_free(struct ipc_object *object)
{
	struct msg_queue *queue = msg_queue_of(object);
	struct message *message, *after;

	list_for_each_safe(message, after, &queue->messages, link)
		message_free(message);
	object_free(queue);
}

const struct ipc_type msg_type = {
	.kind = IPC_KIND_MSG,
	.limit = MSGMNI,
	.create = msg_create,
	.size = msg_size,
	.removed = msg_removed,
	.free = msg_free,
};
