/* SPDX-License-Identifier: GPL-2.0-only */
/* msgget(2), msgsnd(2), msgrcv(2), msgctl(2), over ipc/msg.h. */
#include <ipc/msg.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>

SYSCALL_DEFINE(msgget)
{
	struct ipc_request request = { .key = (int)a, .flags = (int)b };

	return ipc_open(&msg_type, &request);
}

/* At USER there is a struct msgbuf: the type and then the text. */
SYSCALL_DEFINE(msgsnd)
{
	struct ipc_object *object;
	struct message *message;
	int64_t type, error;

	if (get_user(type, b))
		return -EFAULT;
	if (c > MSGMAX || (int)a < 0 || type < 1)
		return -EINVAL;
	error = message_load(b + sizeof(type), c, &message);
	if (error)
		return error;
	message->type = type;
	error = ipc_find(&msg_type, (int)a, &object);
	if (!error)
		error = msg_send(msg_queue_of(object), message, (int)d);
	if (error)
		message_free(message);
	return error;
}

static int64_t hand_out(const struct message *message, uint64_t user,
			uint64_t room)
{
	uint64_t n = MIN(message->size, room);

	if (put_user(message->type, user) ||
	    copy_to_user(user + sizeof(message->type), message->text, n))
		return -EFAULT;
	return (int64_t)n;
}

SYSCALL_DEFINE(msgrcv)
{
	int flags = (int)e;
	struct ipc_object *object;
	struct message *message;
	int64_t result;

	if ((int)a < 0 || (int64_t)c < 0)
		return -EINVAL;
	if (flags & MSG_COPY && (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	result = ipc_find(&msg_type, (int)a, &object);
	if (!result)
		result = msg_receive(msg_queue_of(object), (int64_t)d, c, flags,
				     &message);
	if (result)
		return result;
	/* If that fails it is lost, as on Linux. */
	result = hand_out(message, b, c);
	if (!(flags & MSG_COPY))
		message_free(message);
	return result;
}

/* IPC_INFO; MSG_INFO, with what there is. */
static int64_t limits(uint64_t user, bool totals)
{
	struct msginfo info = {
		.msgpool = MSGPOOL, .msgmap = MSGMAP, .msgmax = MSGMAX,
		.msgmnb = MSGMNB, .msgmni = MSGMNI, .msgssz = MSGSSZ,
		.msgtql = MSGTQL, .msgseg = MSGSEG,
	};
	struct ipc_object *object;
	unsigned i = 0;

	if (totals) {
		info.msgpool = (int)ipc_count(&msg_type);
		info.msgmap = info.msgtql = 0;
		while ((object = ipc_next(&msg_type, &i))) {
			info.msgmap += (int)msg_queue_of(object)->count;
			info.msgtql += (int)msg_queue_of(object)->bytes;
		}
	}
	return put_user(info, user) ? -EFAULT : ipc_highest(&msg_type);
}

static int64_t status(const struct msg_queue *queue, uint64_t user)
{
	struct msqid64_ds status;

	memset(&status, 0, sizeof(status));
	ipc_describe(&queue->object, &status.msg_perm);
	status.msg_stime = (long)queue->stime;
	status.msg_rtime = (long)queue->rtime;
	status.msg_ctime = (long)queue->object.ctime;
	status.msg_cbytes = queue->bytes;
	status.msg_qnum = queue->count;
	status.msg_qbytes = queue->limit;
	status.msg_lspid = queue->sender;
	status.msg_lrpid = queue->receiver;
	return put_user(status, user);
}

/* MSG_STAT and MSG_STAT_ANY: by index; returns the id. */
static int64_t status_at(int index, uint64_t user, bool any)
{
	struct ipc_object *object;
	int64_t error = ipc_find_index(&msg_type, index, any ? 0 : IPC_READ,
				       &object);

	if (!error)
		error = status(msg_queue_of(object), user);
	return error ? error : object->id;
}

/* Only user 0 may raise the limit above that of a new queue. */
static int64_t change(struct msg_queue *queue, const struct msqid64_ds *wanted)
{
	int error = ipc_may_control(&queue->object);

	if (!error && wanted->msg_qbytes > MSGMNB &&
	    current()->process->uid != 0)
		error = -EPERM;
	if (!error)
		error = ipc_change(&queue->object, &wanted->msg_perm);
	if (error)
		return error;
	queue->limit = wanted->msg_qbytes;
	msg_changed(queue);
	return 0;
}

SYSCALL_DEFINE(msgctl)
{
	struct msqid64_ds wanted;
	struct ipc_object *object;
	int id = (int)a, command = (int)b, error;

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case MSG_INFO:
		return limits(c, command == MSG_INFO);
	case MSG_STAT:
	case MSG_STAT_ANY:
		return status_at(id, c, command == MSG_STAT_ANY);
	case IPC_SET:
		if (get_user(wanted, c))
			return -EFAULT;
	}
	error = ipc_find(&msg_type, id, &object);
	if (error)
		return error;
	switch (command) {
	case IPC_STAT:
		error = ipc_may(object, IPC_READ);
		return error ? error : status(msg_queue_of(object), c);
	case IPC_SET:
		return change(msg_queue_of(object), &wanted);
	case IPC_RMID:
		error = ipc_may_control(object);
		if (!error)
			ipc_remove(object);
		return error;
	}
	return -EINVAL;
}
