/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mq_open(2) and the other calls on POSIX message queues, over ipc/mqueue.h.
 * SIGEV_THREAD, which C libraries make of a netlink socket, has none here.
 */
#include <linux/fcntl.h>
#include <fs/path.h>
#include <ipc/mqueue.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/timespec.h>
#include <task/signal.h>

static int64_t open_queue(const char *name, int flags, uint32_t mode,
			  const struct mq_attr *attr)
{
	struct file *file;
	bool made;
	int fd, error = mqueue_open(name, flags, mode, attr, &file, &made);

	if (error)
		return error;
	fd = file_install(file, true);
	if (fd < 0 && made)
		mqueue_unlink(name);
	return fd;
}

SYSCALL_DEFINE(mq_open)
{
	uint32_t mask = current()->process->folders->umask;
	bool has_attr = b & O_CREAT && d;
	struct mq_attr attr;
	int64_t result;
	char *name;

	if (has_attr && get_user(attr, d))
		return -EFAULT;
	result = path_copy(a, &name);
	if (result)
		return result;
	result = open_queue(name, (int)b, (uint32_t)c & ~mask & 07777,
			    has_attr ? &attr : NULL);
	object_free(name);
	return result;
}

SYSCALL_DEFINE(mq_unlink)
{
	char *name;
	int error = path_copy(a, &name);

	if (error)
		return error;
	error = mqueue_unlink(name);
	object_free(name);
	return error;
}

/* The queue of a descriptor that is open for USE (FILE_*); *FILE is a user. */
static int queue_of(uint64_t fd, int use, struct file **file,
		    struct mqueue **queue)
{
	int error = file_of(fd, use, file);

	if (error)
		return error;
	*queue = mqueue_of(*file);
	if (*queue)
		return 0;
	file_put(*file);
	return -EBADF;
}

/* An absolute CLOCK_REALTIME at USER, or none, as CLOCK_MONOTONIC or 0. */
static int deadline_get(uint64_t user, uint64_t *deadline)
{
	uint64_t ns;
	int error = user ? timespec_get(user, &ns) : 0;

	*deadline = 0;
	if (user && !error)
		*deadline = timespec_deadline(ns, true);
	return error;
}

static int64_t send(struct file *file, struct mqueue *queue, uint64_t user,
		    uint64_t n, uint32_t priority, uint64_t deadline)
{
	struct message *message;
	int error;

	if (n > queue->size)
		return -EMSGSIZE;
	error = message_load(user, n, &message);
	if (error)
		return error;
	message->type = priority;
	error = mqueue_send(queue, message, file->flags & O_NONBLOCK, deadline);
	if (error)
		message_free(message);
	return error;
}

SYSCALL_DEFINE(mq_timedsend)
{
	struct mqueue *queue;
	struct file *file;
	uint64_t deadline;
	int64_t result = deadline_get(e, &deadline);

	if (!result && (uint32_t)d >= MQ_PRIO_MAX)
		result = -EINVAL;
	if (!result)
		result = queue_of(a, FILE_WRITE, &file, &queue);
	if (result)
		return result;
	result = send(file, queue, b, c, (uint32_t)d, deadline);
	file_put(file);
	return result;
}

/* If it cannot be copied it is lost, as on Linux. */
static int64_t receive(struct file *file, struct mqueue *queue, uint64_t user,
		       uint64_t n, uint64_t user_priority, uint64_t deadline)
{
	struct message *message;
	uint32_t priority;
	int64_t result;

	if (n < queue->size)
		return -EMSGSIZE;
	result = mqueue_receive(queue, &message, file->flags & O_NONBLOCK,
				deadline);
	if (result)
		return result;
	priority = (uint32_t)message->type;
	result = (int64_t)message->size;
	if ((user_priority && put_user(priority, user_priority)) ||
	    copy_to_user(user, message->text, message->size))
		result = -EFAULT;
	message_free(message);
	return result;
}

SYSCALL_DEFINE(mq_timedreceive)
{
	struct mqueue *queue;
	struct file *file;
	uint64_t deadline;
	int64_t result = deadline_get(e, &deadline);

	if (!result)
		result = queue_of(a, FILE_READ, &file, &queue);
	if (result)
		return result;
	result = receive(file, queue, b, c, d, deadline);
	file_put(file);
	return result;
}

/* -EINVAL, and what the netlink socket FD would have to be: -EBADF... */
static int event_check(const struct sigevent *event)
{
	struct file *file;

	switch (event->sigev_notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		return event->sigev_signo < 0 ||
			event->sigev_signo > SIGNAL_MAX ? -EINVAL : 0;
	case SIGEV_THREAD:
		file = fd_get(event->sigev_signo);
		if (!file)
			return -EBADF;
		file_put(file);
		return -ENOTSOCK;
	}
	return -EINVAL;
}

SYSCALL_DEFINE(mq_notify)
{
	struct sigevent event;
	struct mqueue *queue;
	struct file *file;
	int error = 0;

	if (b && get_user(event, b))
		return -EFAULT;
	if (b)
		error = event_check(&event);
	if (!error)
		error = queue_of(a, FILE_OPEN, &file, &queue);
	if (error)
		return error;
	if (b)
		error = mqueue_notify(queue, &event);
	else
		mqueue_notify_end(queue);
	file_put(file);
	return error;
}

SYSCALL_DEFINE(mq_getsetattr)
{
	struct mq_attr wanted, old = { .mq_flags = 0 };
	struct mqueue *queue;
	struct file *file;
	int error;

	if (b && get_user(wanted, b))
		return -EFAULT;
	if (b && wanted.mq_flags & ~(int64_t)O_NONBLOCK)
		return -EINVAL;
	error = queue_of(a, FILE_OPEN, &file, &queue);
	if (error)
		return error;
	old.mq_flags = file->flags & O_NONBLOCK;
	old.mq_maxmsg = (int64_t)queue->limit;
	old.mq_msgsize = (int64_t)queue->size;
	old.mq_curmsgs = (int64_t)queue->count;
	if (b)
		file->flags = (file->flags & ~O_NONBLOCK) |
			(int)wanted.mq_flags;
	file_put(file);
	return c ? put_user(old, c) : 0;
}
