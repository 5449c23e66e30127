// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing streams.  A wait is over when poll says so; looking sets
 * the ring's waiting flag if there is nothing, and looks again, so that the
 * host rings us (see <pisces/ring.h>).
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/inode.h>
#include <host/host.h>
#include <host/session_object.h>
#include <host/stream.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/signal.h>

/* Has the other side gone for good? */
static bool is_over(struct stream *stream)
{
	if (session_hung_up(stream->session))
		return true;
	return stream->producer ?
		pisces_ring_consumer_is_closed(&stream->ring) :
		pisces_ring_producer_is_closed(&stream->ring);
}

/* Bytes to read or room to write; -EPROTO. */
static int64_t available(struct stream *stream)
{
	return stream->producer ? pisces_ring_room(&stream->ring) :
		pisces_ring_used(&stream->ring);
}

static void set_waiting(struct stream *stream, bool waiting)
{
	stream->waiting = waiting;
	if (stream->producer)
		pisces_ring_wait_room(&stream->ring, waiting);
	else
		pisces_ring_wait_data(&stream->ring, waiting);
}

/* Need not wait: something to do, an end, or an error. */
static bool is_ready(struct stream *stream)
{
	if (stream->overwrite || available(stream) != 0 || is_over(stream))
		return true;
	if (stream->waiting)
		return false;
	set_waiting(stream, true);
	return available(stream) != 0 || is_over(stream);
}

/* If all is moved: who waits for an edge (epoll(7)) looks once it has come. */
static void watch(struct stream *stream)
{
	if (!list_empty(&stream->queue.waiters) && available(stream) == 0 &&
	    is_ready(stream))
		wait_wake_all(&stream->queue);
}

/* Bytes were moved: the other side may go on. */
static void moved(struct stream *stream)
{
	bool ring = stream->producer ?
		pisces_ring_consumer_waits(&stream->ring) :
		pisces_ring_producer_waits(&stream->ring);

	if (stream->waiting)
		set_waiting(stream, false);
	watch(stream);
	if (ring)
		host_ring();
}

/* Sleep until is_ready(); -EAGAIN, -ERESTARTSYS. */
static int wait_ready(struct stream *stream, struct file *file)
{
	if (is_ready(stream))
		return 0;
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	host_stats->stream_waits++;
	return wait_event(&stream->queue, is_ready(stream), 0) ?
		-ERESTARTSYS : 0;
}

/* Bytes to write: a program's or the kernel's. */
struct source {
	uint64_t address;
	bool user;
};

/* Copy N from OFFSET of SOURCE; returns how many could not be reached. */
static size_t fetch(void *to, const struct source *source, uint64_t offset,
		    size_t n)
{
	if (source->user)
		return copy_from_user_some(to, source->address + offset, n);
	memcpy(to, (const void *)(source->address + offset), n);
	return 0;
}

/* Over what was not read: in small pieces by way of the stack. */
static int64_t write_over(struct stream *stream, const struct source *source,
			  uint64_t n)
{
	uint8_t buffer[1024];
	uint64_t done = 0;

	while (done < n) {
		size_t piece = MIN(n - done, sizeof(buffer));
		size_t left = fetch(buffer, source, done, piece);

		if (piece > left) {
			pisces_tail_write(&stream->ring, buffer,
					  piece - left);
			done += piece - left;
		}
		if (left)
			break;
	}
	if (pisces_ring_consumer_waits(&stream->ring))
		host_ring();
	return done == 0 && n > 0 ? -EFAULT : (int64_t)done;
}

/* One piece into the ring; its size, 0 if it is full, or -errno. */
static int64_t write_piece(struct stream *stream, const struct source *source,
			   uint64_t offset, uint64_t n)
{
	uint8_t *to;
	int64_t room = pisces_ring_reserve(&stream->ring, &to);
	size_t piece, left;

	if (room < 0)
		return -EIO;
	if (room == 0)
		return 0;
	piece = MIN((uint64_t)room, n);
	left = fetch(to, source, offset, piece);
	if (left == piece)
		return -EFAULT;
	pisces_ring_produce(&stream->ring, piece - left);
	return (int64_t)(piece - left);
}

static int64_t write_waiting(struct file *file, struct stream *stream,
			     const struct source *source, uint64_t n,
			     uint64_t *done)
{
	while (*done < n) {
		int64_t piece;

		if (is_over(stream)) {
			if (*done == 0)
				signal_task_simple(current(), SIGPIPE);
			return -EPIPE;
		}
		piece = write_piece(stream, source, *done, n - *done);
		if (piece < 0)
			return piece;
		*done += (uint64_t)piece;
		if (piece == 0) {
			/* Let the reader start before we sleep. */
			moved(stream);
			piece = wait_ready(stream, file);
			if (piece)
				return piece;
		}
	}
	return 0;
}

static int64_t write_from(struct file *file, const struct source *source,
			  uint64_t n)
{
	struct stream *stream = file->private;
	uint64_t done = 0;
	int64_t status;

	if (!stream->producer)
		return -EBADF;
	if (stream->overwrite)
		return write_over(stream, source, n);
	status = write_waiting(file, stream, source, n, &done);
	if (done == 0)
		return status;
	moved(stream);
	return (int64_t)done;
}

static int64_t stream_write(struct file *file, uint64_t user, uint64_t n)
{
	struct source source = { .address = user, .user = true };

	return write_from(file, &source, n);
}

static int64_t stream_write_kernel(struct file *file, const void *from,
				   uint64_t n)
{
	struct source source = { .address = (uint64_t)from };

	return write_from(file, &source, n);
}

static int64_t stream_read(struct file *file, uint64_t user, uint64_t n)
{
	struct stream *stream = file->private;
	uint64_t done = 0;
	bool fault = false;

	if (stream->producer)
		return -EBADF;
	while (done < n) {
		bool over = is_over(stream);
		const uint8_t *from;
		int64_t piece = pisces_ring_peek(&stream->ring, &from);
		size_t left;

		if (piece < 0)
			return -EIO;
		if (piece == 0) {
			if (done > 0 || over)
				break;
			piece = wait_ready(stream, file);
			if (piece)
				return piece;
			continue;
		}
		piece = (int64_t)MIN((uint64_t)piece, n - done);
		left = copy_to_user_some(user + done, from, (size_t)piece);
		pisces_ring_consume(&stream->ring, (uint64_t)piece - left);
		done += (uint64_t)piece - left;
		if (left) {
			fault = true;
			break;
		}
	}
	if (done > 0)
		moved(stream);
	return fault && !done ? -EFAULT : (int64_t)done;
}

static int64_t stream_peek(struct file *file, uint64_t skip,
			   const uint8_t **at)
{
	struct stream *stream = file->private;
	bool over;
	int64_t n;

	do {
		over = is_over(stream);
		n = pisces_ring_peek(&stream->ring, at);
		if (n < 0)
			return -EIO;
		if (n > 0) {
			/* Of two pieces the second one is not shown. */
			*at += MIN(skip, (uint64_t)n);
			return n - (int64_t)MIN(skip, (uint64_t)n);
		}
	} while (!over && is_ready(stream));
	return over ? 0 : -EAGAIN;
}

static void stream_take(struct file *file, uint64_t n)
{
	struct stream *stream = file->private;

	pisces_ring_consume(&stream->ring, n);
	moved(stream);
}

static int64_t stream_room(struct file *file)
{
	struct stream *stream = file->private;
	int64_t room;

	if (stream->overwrite)
		return (int64_t)stream->ring.size;
	do {
		if (is_over(stream))
			return -EPIPE;
		room = available(stream);
		if (room)
			return room < 0 ? -EIO : room;
	} while (is_ready(stream));
	return -EAGAIN;
}

static unsigned stream_poll(struct file *file)
{
	struct stream *stream = file->private;
	bool over = is_over(stream);
	unsigned events = 0;

	if (is_ready(stream) && available(stream) != 0)
		events |= stream->producer ? POLLOUT | POLLWRNORM :
			POLLIN | POLLRDNORM;
	if (stream->overwrite)
		events |= POLLOUT | POLLWRNORM;
	else if (over)
		events |= stream->producer ? POLLERR : POLLHUP;
	return events;
}

static struct wait_queue *stream_queue(struct file *file)
{
	struct stream *stream = file->private;

	return &stream->queue;
}

static int64_t stream_ioctl(struct file *file, uint64_t request,
			    uint64_t argument)
{
	struct stream *stream = file->private;
	int64_t n;
	int count;

	if (request == FIONREAD && !stream->producer) {
		n = available(stream);
		count = n < 0 ? 0 : (int)n;
		return put_user(count, argument);
	}
	if (stream->tty)
		return stream_tty_ioctl(stream, request, argument);
	return -ENOTTY;
}

static void stream_release(struct file *file)
{
	struct stream *stream = file->private;

	if (--stream->ends == 0) {
		if (stream->producer)
			pisces_ring_close_producer(&stream->ring);
		else
			pisces_ring_close_consumer(&stream->ring);
		host_ring();
	}
}

static const struct file_operations stream_file = {
	.read = stream_read,
	.write = stream_write,
	.write_kernel = stream_write_kernel,
	.peek = stream_peek,
	.take = stream_take,
	.room = stream_room,
	.ioctl = stream_ioctl,
	.poll = stream_poll,
	.queue = stream_queue,
	.release = stream_release,
};

/* /proc/self/fd/N of a stream: another end. */
static int reopen(struct inode *inode, struct file *file)
{
	struct stream *stream = inode->private;

	if (stream->ends == 0)
		return -ENXIO;
	stream->ends++;
	file->private = stream;
	return 0;
}

static void stream_forget(struct inode *inode)
{
	struct stream *stream = inode->private;

	session_put(stream->session);
}

static const struct inode_operations stream_inode = {
	.file = &stream_file,
	.open = reopen,
	.release = stream_forget,
};

struct file *stream_open(struct stream *stream)
{
	struct file *file = file_create(&stream_file, "pipe:",
					S_IFIFO | 0600,
					stream->producer ? O_WRONLY :
					O_RDONLY, stream);

	if (!file)
		return NULL;
	file->inode->operations = &stream_inode;
	file->inode->private = stream;
	stream->ends++;
	session_get(stream->session);
	return file;
}

struct stream *stream_of(struct file *file)
{
	return file->operations == &stream_file ? file->private : NULL;
}

void stream_set_tty(struct file *file, uint16_t rows, uint16_t columns)
{
	struct stream *stream = file->private;

	stream->tty = true;
	stream->rows = rows;
	stream->columns = columns;
	file->inode->mode = S_IFCHR | 0620;
	file->inode->rdev = 136 << 8;
	file->inode->name = "/dev/pts/0";
}

void stream_doorbell(struct stream *stream)
{
	if (stream->ring.size && !list_empty(&stream->queue.waiters) &&
	    is_ready(stream))
		wait_wake_all(&stream->queue);
}
