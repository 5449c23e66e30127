/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and open files of message queues: see ipc/mqueue.h. */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/path.h>
#include <ipc/mqueue.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <task/process.h>

#define STATUS_SIZE	80	/* of what read(2) gives; also st_size */

static const struct file_operations mqueue_file;

struct mqueue *mqueue_of(const struct file *file)
{
	return file->operations == &mqueue_file ? file->inode->private : NULL;
}

static int64_t mqueue_pread(struct file *file, uint64_t user, uint64_t n,
			    uint64_t offset)
{
	const struct mqueue *queue = mqueue_of(file);
	const struct process *owner = mqueue_owner(queue);
	int kind = owner ? queue->event.sigev_notify : 0;
	char text[STATUS_SIZE];
	uint64_t length;

	snprintf(text, sizeof(text),
		 "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		 queue->bytes, kind, owner && kind == SIGEV_SIGNAL ?
		 queue->event.sigev_signo : 0, owner ? owner->pid : 0);
	length = strlen(text);
	if (offset >= length)
		return 0;
	n = MIN(n, length - offset);
	return copy_to_user(user, text + offset, n) ? -EFAULT : (int64_t)n;
}

static int64_t mqueue_read(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done = mqueue_pread(file, user, n, file->position);

	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static unsigned mqueue_poll(struct file *file)
{
	const struct mqueue *queue = mqueue_of(file);
	unsigned events = 0;

	if (queue->count)
		events |= POLLIN | POLLRDNORM;
	if (queue->count < queue->limit)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static struct wait_queue *mqueue_queue(struct file *file)
{
	return &mqueue_of(file)->changes;
}

static void mqueue_closed(struct file *file)
{
	mqueue_notify_end(mqueue_of(file));
}

static const struct file_operations mqueue_file = {
	.read = mqueue_read,
	.pread = mqueue_pread,
	.poll = mqueue_poll,
	.queue = mqueue_queue,
	.closed = mqueue_closed,
};

static void mqueue_release(struct inode *inode)
{
	mqueue_free(inode->private);
}

static const struct inode_operations mqueue_inode = {
	.file = &mqueue_file,
	.release = mqueue_release,
};

static int name_check(const char *name)
{
	if (!*name)
		return -ENOENT;
	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EACCES;
	return strlen(name) > NAME_MAX ? -ENAMETOOLONG : 0;
}

/* The queue NAME, or NULL. */
static struct entry *find(const char *name)
{
	struct inode *names = current()->process->ipc->queues;

	return names ? folder_find(names, name) : NULL;
}

/* An inode for QUEUE, whose the queue then is. */
static struct inode *inode_of(struct mqueue *queue, const char *name,
			      uint32_t mode)
{
	struct inode *inode = inode_create(&mqueue_inode, S_IFREG | mode);
	char *shown = object_alloc(strlen(name) + 2);

	if (!inode || !shown) {
		object_free(inode);
		object_free(shown);
		return NULL;
	}
	*shown = '/';
	strlcpy(shown + 1, name, strlen(name) + 1);
	inode->name = inode->target = shown;
	inode->private = queue;
	inode->size = STATUS_SIZE;
	inode_own(inode);
	return inode;
}

static int make(const char *name, uint32_t mode, const struct mq_attr *attr,
		struct inode **result)
{
	struct ipc *ipc = current()->process->ipc;
	struct mqueue *queue;
	int error;

	/* In the folder of the names anybody may make some. */
	if (!ipc->queues)
		ipc->queues = inode_create(&folder_inode, S_IFDIR | 01777);
	if (!ipc->queues)
		return -ENOMEM;
	error = mqueue_create(attr, &queue);
	if (error)
		return error;
	*result = inode_of(queue, name, mode);
	if (!*result) {
		mqueue_free(queue);
		return -ENOMEM;
	}
	error = folder_add(ipc->queues, name, *result);
	if (error)
		inode_put(*result);
	return error;
}

static int existing_check(const struct inode *inode, int flags)
{
	int mode = flags & O_ACCMODE;

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	return inode_permission(inode, (mode != O_WRONLY ? MAY_READ : 0) |
				(mode != O_RDONLY ? MAY_WRITE : 0));
}

int mqueue_open(const char *name, int flags, uint32_t mode,
		const struct mq_attr *attr, struct file **result, bool *made)
{
	int error = name_check(name);
	struct entry *entry;
	struct inode *inode;

	*made = false;
	if (!error && (flags & O_ACCMODE) == O_ACCMODE)
		error = -EINVAL;
	if (error)
		return error;
	entry = find(name);
	if (entry) {
		inode = inode_get(entry->inode);
		error = existing_check(inode, flags);
	} else {
		error = flags & O_CREAT ?
			make(name, mode, attr, &inode) : -ENOENT;
		if (error)
			return error;
		*made = true;
	}
	if (!error)
		error = inode_open(inode, flags & (O_ACCMODE | O_NONBLOCK),
				   result);
	if (error && *made)
		mqueue_unlink(name);
	inode_put(inode);
	return error;
}

int mqueue_unlink(const char *name)
{
	int error = name_check(name);
	struct entry *entry;

	if (error)
		return error;
	entry = find(name);
	if (!entry)
		return -ENOENT;
	error = path_may_change(entry->folder, entry->inode);
	if (!error)
		folder_remove(entry);
	return error;
}

void mqueue_forget_all(struct ipc *ipc)
{
	struct mqueue *queue, *after;

	list_for_each_safe(queue, after, &ipc->all_queues, all)
		list_remove(&queue->all);
}
