/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V message queues (msgget(2), msgsnd(2), msgrcv(2)).
 *
 * A message goes straight to the first who waits for such a one, so that those
 * who wait are served in the order they came.
 */
#ifndef IPC_MSG_H
#define IPC_MSG_H

#include <linux/msg.h>
#include <ipc/ipc.h>
#include <ipc/message.h>
#include <task/task.h>

struct msg_queue {
	struct ipc_object object;
	uint64_t bytes, count;		/* of MESSAGES */
	uint64_t limit;			/* msg_qbytes */
	uint64_t stime, rtime;		/* s since 1970; 0: never */
	int sender, receiver;		/* the last ones' pids */
	struct list messages;		/* oldest first */
	struct list receivers;		/* of ipc/msg.c */
	struct wait_queue senders;
};

extern const struct ipc_type msg_type;

static inline struct msg_queue *msg_queue_of(struct ipc_object *object)
{
	return container_of(object, struct msg_queue, object);
}

/*
 * Append MESSAGE, which is the queue's on success.  -EACCES, -EIDRM; -EAGAIN
 * full, with IPC_NOWAIT in FLAGS; -ERESTARTNOHAND.
 */
int msg_send(struct msg_queue *queue, struct message *message, int flags);
/*
 * Take a message that is no longer than ROOM, or any with MSG_NOERROR; TYPE and
 * FLAGS are msgrcv(2)'s.  *COPIED: it stays on the queue (MSG_COPY), else it is
 * the caller's.  -EACCES, -EIDRM, -E2BIG, -ENOMSG, -ERESTARTNOHAND.
 */
int msg_receive(struct msg_queue *queue, int64_t type, uint64_t room, int flags,
		struct message **result);
/* The rights or the limit are others now. */
void msg_changed(struct msg_queue *queue);

#endif
