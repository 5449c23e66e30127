// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pipes: a ring of bytes between two counts of ends.  Both ends share one
 * inode, so opening /proc/self/fd/N of one gives another end.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <fs/inode.h>
#include <fs/pipe.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/signal.h>

#define DEFAULT_SIZE	65536ull
#define MAX_SIZE	(1ull << 20)

struct pipe {
	uint8_t *data;
	uint64_t size;		/* a power of two, at least a page */
	uint64_t head, tail;	/* bytes ever written, read */
	unsigned readers, writers;	/* ends that are open */
	unsigned reader_opens, writer_opens;	/* that ever were */
	struct wait_queue queue;
};

static bool reads(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(const struct file *file)
{
	return (file->flags & O_ACCMODE) != O_RDONLY;
}

static uint64_t used(const struct pipe *pipe)
{
	return pipe->head - pipe->tail;
}

/* The bytes from SKIP on that lie in one piece *AT; their number. */
static uint64_t piece_at(const struct pipe *pipe, uint64_t skip,
			 const uint8_t **at)
{
	uint64_t from = (pipe->tail + skip) & (pipe->size - 1);

	*at = pipe->data + from;
	return skip < used(pipe) ? MIN(used(pipe) - skip, pipe->size - from) :
		0;
}

/* Copy up to N bytes out; returns what was copied. */
static uint64_t take(struct pipe *pipe, uint64_t user, uint64_t n)
{
	uint64_t done = 0;

	while (done < n && used(pipe)) {
		const uint8_t *at;
		uint64_t piece = MIN(n - done, piece_at(pipe, 0, &at));
		size_t left = copy_to_user_some(user + done, at, piece);

		pipe->tail += piece - left;
		done += piece - left;
		if (left)
			break;
	}
	return done;
}

/* The other way, from a program's or the kernel's memory. */
static uint64_t give(struct pipe *pipe, uint64_t from, bool user, uint64_t n)
{
	uint64_t done = 0;

	while (done < n && used(pipe) < pipe->size) {
		uint64_t at = pipe->head & (pipe->size - 1);
		uint64_t piece = MIN(n - done, pipe->size - at);
		size_t left = 0;

		piece = MIN(piece, pipe->size - used(pipe));
		if (user)
			left = copy_from_user_some(pipe->data + at,
						   from + done, piece);
		else
			memcpy(pipe->data + at, (void *)(from + done), piece);
		pipe->head += piece - left;
		done += piece - left;
		if (left)
			break;
	}
	return done;
}

/* Writes of up to PIPE_BUF bytes go in one piece. */
static bool has_room(const struct pipe *pipe, uint64_t n)
{
	uint64_t room = pipe->size - used(pipe);

	return room >= (n <= PIPE_BUF ? n : 1);
}

static int64_t pipe_read(struct file *file, uint64_t user, uint64_t n)
{
	struct pipe *pipe = file->private;
	bool was_full;
	uint64_t done;

	if (n == 0)
		return 0;
	while (!used(pipe)) {
		if (!pipe->writers)
			return 0;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event(&pipe->queue, used(pipe) || !pipe->writers, 0))
			return -ERESTARTSYS;
	}
	was_full = !has_room(pipe, PIPE_BUF);
	done = take(pipe, user, n);
	if (!done)
		return -EFAULT;
	if (was_full)
		wait_wake(&pipe->queue, POLLOUT | POLLWRNORM);
	return (int64_t)done;
}

static int64_t write_from(struct file *file, uint64_t from, bool user,
			  uint64_t n)
{
	struct pipe *pipe = file->private;
	uint64_t done = 0;

	while (done < n) {
		uint64_t piece;

		if (!pipe->readers) {
			signal_task_simple(current(), SIGPIPE);
			return done ? (int64_t)done : -EPIPE;
		}
		if (!has_room(pipe, n - done)) {
			if (file->flags & O_NONBLOCK)
				return done ? (int64_t)done : -EAGAIN;
			if (wait_event(&pipe->queue,
				       has_room(pipe, n - done) ||
				       !pipe->readers, 0))
				return done ? (int64_t)done : -ERESTARTSYS;
			continue;
		}
		piece = give(pipe, from + done, user, n - done);
		if (!piece)
			return done ? (int64_t)done : -EFAULT;
		done += piece;
		wait_wake(&pipe->queue, POLLIN | POLLRDNORM);
	}
	return (int64_t)done;
}

static int64_t pipe_write(struct file *file, uint64_t user, uint64_t n)
{
	return write_from(file, user, true, n);
}

static int64_t pipe_write_kernel(struct file *file, const void *from,
				 uint64_t n)
{
	return write_from(file, (uint64_t)from, false, n);
}

static int64_t pipe_peek(struct file *file, uint64_t skip, const uint8_t **at)
{
	struct pipe *pipe = file->private;
	uint64_t n = piece_at(pipe, skip, at);

	return n || !pipe->writers ? (int64_t)n : -EAGAIN;
}

static void pipe_take(struct file *file, uint64_t n)
{
	struct pipe *pipe = file->private;
	bool was_full = !has_room(pipe, PIPE_BUF);

	pipe->tail += n;
	if (was_full)
		wait_wake(&pipe->queue, POLLOUT | POLLWRNORM);
}

static int64_t pipe_room(struct file *file)
{
	struct pipe *pipe = file->private;
	uint64_t room = pipe->size - used(pipe);

	return !pipe->readers ? -EPIPE : room ? (int64_t)room : -EAGAIN;
}

static unsigned pipe_poll(struct file *file)
{
	struct pipe *pipe = file->private;
	unsigned events = 0;

	if (reads(file)) {
		if (used(pipe))
			events |= POLLIN | POLLRDNORM;
		/* Not while a FIFO waits for its first writer. */
		if (!pipe->writers && pipe->writer_opens != file->position)
			events |= POLLHUP;
	}
	if (writes(file)) {
		if (has_room(pipe, PIPE_BUF))
			events |= POLLOUT | POLLWRNORM;
		if (!pipe->readers)
			events |= POLLERR;
	}
	return events;
}

static struct wait_queue *pipe_queue(struct file *file)
{
	struct pipe *pipe = file->private;

	return &pipe->queue;
}

static int64_t pipe_ioctl(struct file *file, uint64_t request,
			  uint64_t argument)
{
	struct pipe *pipe = file->private;
	int n = (int)used(pipe);

	if (request != FIONREAD)
		return -ENOTTY;
	return put_user(n, argument);
}

static void destroy(struct pipe *pipe)
{
	frame_free_bytes(frame_of(pipe->data), pipe->size);
	object_free(pipe);
}

/* An end is closed; with the last one of a FIFO goes what is in it. */
static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;

	if (reads(file))
		pipe->readers--;
	if (writes(file))
		pipe->writers--;
	wait_wake_all(&pipe->queue);
	if (file->inode->operations == &fifo_inode && !pipe->readers &&
	    !pipe->writers) {
		destroy(pipe);
		file->inode->private = NULL;
	}
}

static const struct file_operations pipe_file = {
	.read = pipe_read,
	.write = pipe_write,
	.write_kernel = pipe_write_kernel,
	.peek = pipe_peek,
	.take = pipe_take,
	.room = pipe_room,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.queue = pipe_queue,
	.release = pipe_release,
};

static int pipe_open(struct inode *inode, struct file *file)
{
	struct pipe *pipe = inode->private;

	/* It has no position but what writers had gone before it. */
	file->position = pipe->writers ? 0 : pipe->writer_opens;
	if (reads(file)) {
		pipe->readers++;
		pipe->reader_opens++;
	}
	if (writes(file)) {
		pipe->writers++;
		pipe->writer_opens++;
	}
	file->private = pipe;
	wait_wake_all(&pipe->queue);
	return 0;
}

static void pipe_free(struct inode *inode)
{
	destroy(inode->private);
}

static const struct inode_operations pipe_inode = {
	.file = &pipe_file,
	.open = pipe_open,
	.release = pipe_free,
};

static struct pipe *make(void)
{
	struct pipe *pipe = object_alloc(sizeof(*pipe));
	phys_t data = frame_alloc_bytes(DEFAULT_SIZE);

	if (!pipe || !data) {
		object_free(pipe);
		if (data)
			frame_free_bytes(data, DEFAULT_SIZE);
		return NULL;
	}
	pipe->data = frame_address(data);
	pipe->size = DEFAULT_SIZE;
	wait_queue_init(&pipe->queue);
	return pipe;
}

/* FIFOs: the pipe is there while somebody has it open. */

/* Wait until the other end is or has been opened since; -ERESTARTSYS. */
static int fifo_wait(struct file *file, struct pipe *pipe)
{
	const unsigned *others = reads(file) ? &pipe->writers : &pipe->readers;
	const unsigned *opens = reads(file) ? &pipe->writer_opens :
		&pipe->reader_opens;
	unsigned seen = *opens;

	if (*others)
		return 0;
	return wait_event(&pipe->queue, *opens != seen, 0) ?
		-ERESTARTSYS : 0;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe *pipe = inode->private;
	int status = 0;

	if (file->flags & O_NONBLOCK && !reads(file) &&
	    (!pipe || !pipe->readers))
		return -ENXIO;
	if (!pipe)
		pipe = inode->private = make();
	if (!pipe)
		return -ENOMEM;
	pipe_open(inode, file);
	if (!(file->flags & O_NONBLOCK) && !(reads(file) && writes(file)))
		status = fifo_wait(file, pipe);
	if (status)
		pipe_release(file);
	return status;
}

const struct inode_operations fifo_inode = {
	.file = &pipe_file,
	.open = fifo_open,
};

static struct inode *create(void)
{
	struct inode *inode = inode_create(&pipe_inode, S_IFIFO | 0600);

	if (!inode)
		return NULL;
	inode->private = make();
	if (!inode->private) {
		inode->operations = &fifo_inode;	/* no release */
		inode_put(inode);
		return NULL;
	}
	inode->name = "pipe:";
	inode->links = 1;
	inode_own(inode);
	return inode;
}

int pipe_create(int flags, struct file *ends[2])
{
	struct inode *inode = create();
	int status;

	if (!inode)
		return -ENOMEM;
	flags &= O_NONBLOCK;
	status = inode_open(inode, flags | O_RDONLY, &ends[0]);
	if (status == 0) {
		status = inode_open(inode, flags | O_WRONLY, &ends[1]);
		if (status)
			file_put(ends[0]);
	}
	inode_put(inode);
	return status;
}

int64_t pipe_size(struct file *file)
{
	struct pipe *pipe = file->private;

	return file->operations == &pipe_file ? (int64_t)pipe->size : -EBADF;
}

int64_t pipe_resize(struct file *file, uint64_t size)
{
	struct pipe *pipe = file->private;
	uint64_t rounded = PAGE_SIZE;
	uint64_t n;
	phys_t frames;
	uint8_t *data;

	if (file->operations != &pipe_file)
		return -EBADF;
	if (size > 1u << 31)
		return -EINVAL;
	if (size > MAX_SIZE)
		return -EPERM;
	while (rounded < size)
		rounded *= 2;
	n = used(pipe);
	if (rounded < n)
		return -EBUSY;
	frames = frame_alloc_bytes(rounded);
	if (!frames)
		return -ENOMEM;
	data = frame_address(frames);
	for (uint64_t i = 0; i < n; i++)
		data[i] = pipe->data[(pipe->tail + i) & (pipe->size - 1)];
	frame_free_bytes(frame_of(pipe->data), pipe->size);
	pipe->data = data;
	pipe->size = rounded;
	pipe->tail = 0;
	pipe->head = n;
	wait_wake(&pipe->queue, POLLOUT | POLLWRNORM);
	return (int64_t)rounded;
}
