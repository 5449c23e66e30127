/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POSIX message queues (mq_overview(7)).  A queue is an inode without a path: a
 * name in its namespace, open files, or both keep it.
 *
 * A message goes straight to who has waited for one longest, and a sender who
 * waits for room gets what a receiver makes: so nobody overtakes.
 */
#ifndef IPC_MQUEUE_H
#define IPC_MQUEUE_H

#include <asm/siginfo.h>
#include <linux/mqueue.h>
#include <ipc/ipc.h>
#include <ipc/message.h>
#include <task/task.h>

/* Limits, as in /proc/sys/fs/mqueue; user 0 has only the hard ones. */
#define MQ_QUEUES_MAX		256
#define MQ_MESSAGES_DEFAULT	10
#define MQ_MESSAGES_MAX		10
#define MQ_MESSAGES_HARD	65536
#define MQ_SIZE_DEFAULT		8192
#define MQ_SIZE_MAX		8192
#define MQ_SIZE_HARD		(16 << 20)

struct mqueue {
	struct list all;		/* on ipc->all_queues */
	uint64_t limit, size;		/* messages; bytes of one */
	uint64_t count, bytes;		/* of MESSAGES */
	uint32_t uid;			/* who made it */
	uint64_t account;		/* bytes, for RLIMIT_MSGQUEUE */
	struct list messages;		/* the next one first */
	struct list receivers, senders;	/* of ipc/mqueue.c, oldest first */
	struct wait_queue changes;	/* for poll(2) */
	struct sigevent event;		/* of mq_notify(2) */
	int owner;			/* who asked for it: pid; 0: nobody */
	uint64_t owner_serial;
};

/*
 * As ATTR says (NULL: the defaults), on the current process' account.  -EINVAL,
 * -EMFILE, -ENOMEM, -ENOSPC.
 */
int mqueue_create(const struct mq_attr *attr, struct mqueue **result);
void mqueue_free(struct mqueue *queue);

/*
 * Put MESSAGE, which is not too long, on the queue, whose it then is; take the
 * next one, which is the caller's.  DEADLINE is CLOCK_MONOTONIC, 0: wait for
 * ever.  -EAGAIN: it would wait, and TRY; -ETIMEDOUT; -ERESTARTSYS.
 */
int mqueue_send(struct mqueue *queue, struct message *message, bool try,
		uint64_t deadline);
int mqueue_receive(struct mqueue *queue, struct message **result, bool try,
		   uint64_t deadline);

/* EVENT to the current process when a message comes.  -EBUSY. */
int mqueue_notify(struct mqueue *queue, const struct sigevent *event);
/* The current process wants that no more. */
void mqueue_notify_end(struct mqueue *queue);
/* Who is to be notified, or NULL. */
struct process *mqueue_owner(const struct mqueue *queue);

/* ipc/mqueue_file.c. */

struct file;

/*
 * Open the queue NAME; with O_CREAT in FLAGS make it, if need be, and tell so
 * in *MADE.  -EACCES, -EEXIST, -ENAMETOOLONG, -ENOENT, -EINVAL and what
 * mqueue_create() says.
 */
int mqueue_open(const char *name, int flags, uint32_t mode,
		const struct mq_attr *attr, struct file **result, bool *made);
int mqueue_unlink(const char *name);	/* -EACCES, -ENOENT, -EPERM */
/* That of an open file, or NULL. */
struct mqueue *mqueue_of(const struct file *file);
/* The namespace ends: queues that are still open are on no list any more. */
void mqueue_forget_all(struct ipc *ipc);

#endif
