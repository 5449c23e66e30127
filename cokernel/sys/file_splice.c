// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that move bytes into and out of pipes without a program's buffer:
 * splice(2), tee(2); and vmsplice(2).
 *
 * Linux holds the pipes' locks while it waits for the other file.  Here nothing
 * is held: who has waited looks at both files again, and bytes leave a pipe when
 * the other file has taken them.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/socket.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <task/signal.h>

/* All but NONBLOCK are about pages that move instead of being copied. */
#define SPLICE_F_MOVE		1
#define SPLICE_F_NONBLOCK	2
#define SPLICE_F_MORE		4
#define SPLICE_F_GIFT		8
#define SPLICE_F_ALL		(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | \
				 SPLICE_F_MORE | SPLICE_F_GIFT)

bool file_is_pipe(const struct file *file)
{
	return S_ISFIFO(file->inode->mode) && file->operations->peek;
}

/* A call with FLAGS waits, if no pipe among its files has O_NONBLOCK. */
static bool may_wait(const struct file *in, const struct file *out,
		     uint64_t flags)
{
	return !(flags & SPLICE_F_NONBLOCK) &&
		!(file_is_pipe(in) && in->flags & O_NONBLOCK) &&
		!(file_is_pipe(out) && out->flags & O_NONBLOCK);
}

/* Waiting. */

/* What lies in PIPE in one piece; 0: the end; -EAGAIN, -ERESTARTSYS. */
static int64_t await_data(struct file *pipe, bool wait, const uint8_t **at)
{
	const struct file_operations *operations = pipe->operations;
	int64_t n = operations->peek(pipe, 0, at);

	if (n == -EAGAIN && wait &&
	    wait_event(operations->queue(pipe),
		       (n = operations->peek(pipe, 0, at)) != -EAGAIN, 0))
		return -ERESTARTSYS;
	return n;
}

/* How many bytes PIPE takes; -EPIPE with the signal; -EAGAIN, -ERESTARTSYS. */
static int64_t await_room(struct file *pipe, bool wait)
{
	const struct file_operations *operations = pipe->operations;
	int64_t n = operations->room(pipe);

	if (n == -EAGAIN && wait &&
	    wait_event(operations->queue(pipe),
		       (n = operations->room(pipe)) != -EAGAIN, 0))
		return -ERESTARTSYS;
	if (n == -EPIPE)
		signal_task_simple(current(), SIGPIPE);
	return n;
}

/*
 * Another file than a pipe had nothing to give or no room: until it may; 1: it
 * never will, as a datagram socket that is shut down for reading.
 */
static int await(struct file *file, unsigned events)
{
	const struct file_operations *operations = file->operations;
	struct socket *socket = socket_of(file);

	if (socket)
		return socket_await(socket, events);
	events |= POLLERR | POLLHUP;
	return wait_event(operations->queue(file),
			  operations->poll(file) & events, 0) ?
		-ERESTARTSYS : 0;
}

/* splice(2), tee(2) */

/* KEEP: tee(2). */
static int64_t pipe_to_pipe(struct file *in, struct file *out, uint64_t n,
			    bool wait, bool keep)
{
	const struct file_operations *operations = in->operations;
	int64_t piece, room;
	const uint8_t *at;
	uint64_t done = 0;

	do {
		piece = await_data(in, wait, &at);
		room = piece < 0 ? piece : await_room(out, wait);
		if (room < 0)
			return room;
		/* Others may have read it while we waited for room. */
		piece = operations->peek(in, 0, &at);
	} while (piece == -EAGAIN);
	n = MIN(n, (uint64_t)room);
	while (done < n && piece > 0) {
		piece = (int64_t)MIN((uint64_t)piece, n - done);
		piece = out->operations->write_kernel(out, at,
						      (uint64_t)piece);
		if (piece <= 0)
			break;
		done += (uint64_t)piece;
		if (!keep)
			operations->take(in, (uint64_t)piece);
		piece = operations->peek(in, keep ? done : 0, &at);
	}
	return done ? (int64_t)done : piece;
}

/* What the file OUT takes of N bytes without waiting. */
static int64_t put(struct file *out, const uint8_t *from, uint64_t n,
		   uint64_t to)
{
	int flags = out->flags;
	int64_t done;

	if (out->operations->pwrite_kernel)
		return out->operations->pwrite_kernel(out, from, n, to);
	/* While nobody sleeps nobody sees it. */
	out->flags |= O_NONBLOCK;
	done = out->operations->write_kernel(out, from, n);
	out->flags = flags;
	return done;
}

/* Until the pipe is empty; to the offset TO, if OUT has any. */
static int64_t pipe_to_file(struct file *in, struct file *out, uint64_t to,
			    uint64_t n, bool wait)
{
	uint64_t done = 0;
	int64_t piece = 0;
	const uint8_t *at;

	if (!out->operations->pwrite_kernel && !out->operations->write_kernel)
		return -EINVAL;
	while (done < n) {
		piece = await_data(in, wait && !done, &at);
		if (piece <= 0)
			break;
		piece = put(out, at, MIN((uint64_t)piece, n - done),
			    to + done);
		if (piece == -EAGAIN && !(out->flags & O_NONBLOCK)) {
			piece = await(out, POLLOUT);
			if (piece)
				break;
			continue;
		}
		if (piece <= 0)
			break;
		in->operations->take(in, (uint64_t)piece);
		done += (uint64_t)piece;
	}
	return done ? (int64_t)done : MIN(piece, 0);
}

int64_t file_to_pipe(struct file *in, uint64_t from, struct file *out,
		     uint64_t n, bool wait)
{
	int flags = in->flags;
	int64_t done;

	do {
		done = await_room(out, wait);
		if (done < 0)
			return done;
		in->flags |= O_NONBLOCK;	/* as in put() */
		done = file_feed(in, from, out, MIN(n, (uint64_t)done));
		in->flags = flags;
		if (done != -EAGAIN || !wait || in->flags & O_NONBLOCK)
			return done;
		done = await(in, POLLIN);
	} while (done == 0);
	return MIN(done, 0);
}

/* One is no pipe: USER is where its offset is, or 0. */
static int64_t pipe_and_file(struct file *in, struct file *out, uint64_t user,
			     uint64_t n, bool wait)
{
	bool from_pipe = file_is_pipe(in);
	struct file *file = from_pipe ? out : in;
	const struct file_operations *operations = file->operations;
	bool has_offsets = from_pipe ? operations->pwrite_kernel != NULL :
		operations->pread_kernel != NULL;
	uint64_t offset;
	int64_t done;

	if (user && !(from_pipe ? operations->pwrite : operations->pread))
		return -EINVAL;
	if (from_pipe && file->flags & O_APPEND)
		return -EINVAL;
	done = file_offset_get(user, file->position, &offset);
	if (done)
		return done;
	if (!from_pipe)
		n = MIN(n, IO_MAX);
	if (n > INT64_MAX - offset)
		return -EINVAL;
	if (from_pipe)
		done = pipe_to_file(in, out, offset, n, wait);
	else
		done = file_to_pipe(in, offset, out, n, wait);
	if (done > 0 && has_offsets)
		offset += (uint64_t)done;
	if (done >= 0 && file_offset_put(user, offset, file))
		return -EFAULT;
	return done;
}

static int64_t splice(struct file *in, uint64_t in_user, struct file *out,
		      uint64_t out_user, uint64_t n, uint64_t flags)
{
	bool wait = may_wait(in, out, flags);

	if ((file_is_pipe(in) && in_user) || (file_is_pipe(out) && out_user))
		return -ESPIPE;
	if (!file_is_pipe(in) && !file_is_pipe(out))
		return -EINVAL;
	if (!file_is_pipe(in) || !file_is_pipe(out))
		return pipe_and_file(in, out, in_user | out_user, n, wait);
	if (in->inode == out->inode)
		return -EINVAL;
	return pipe_to_pipe(in, out, n, wait, false);
}

SYSCALL_DEFINE(splice)
{
	struct file *in, *out;
	int64_t done;

	if (e == 0)
		return 0;
	if ((uint32_t)f & ~SPLICE_F_ALL)
		return -EINVAL;
	done = file_two(a, c, &in, &out);
	if (done)
		return done;
	done = splice(in, b, out, d, e, f);
	file_put(in);
	file_put(out);
	return done;
}

SYSCALL_DEFINE(tee)
{
	struct file *in, *out;
	int64_t done;

	if ((uint32_t)d & ~SPLICE_F_ALL)
		return -EINVAL;
	if (c == 0)
		return 0;
	done = file_two(a, b, &in, &out);
	if (done)
		return done;
	if (file_is_pipe(in) && file_is_pipe(out) && in->inode != out->inode)
		done = pipe_to_pipe(in, out, c, may_wait(in, out, d), true);
	else
		done = -EINVAL;
	file_put(in);
	file_put(out);
	return done;
}

/* vmsplice(2) */

/* Leave no more than N bytes to the pieces. */
static void cut(struct iovec *vector, uint64_t count, uint64_t n)
{
	for (uint64_t i = 0; i < count; i++) {
		vector[i].iov_len = MIN(vector[i].iov_len, n);
		n -= vector[i].iov_len;
	}
}

/* What is there, or what there is room for, once there is any. */
static int64_t pipe_and_memory(struct file *pipe, bool write,
			       struct iovec *vector, uint64_t count, bool wait)
{
	const uint8_t *at;
	int64_t n;

	if (!file_is_pipe(pipe))
		return -EBADF;
	n = write ? await_room(pipe, wait) : await_data(pipe, wait, &at);
	if (n <= 0)
		return n;
	if (write)
		cut(vector, count, (uint64_t)n);
	return file_each(pipe, write, vector, count, -1);
}

SYSCALL_DEFINE(vmsplice)
{
	struct iovec *vector;
	struct file *file;
	uint64_t total;
	bool write = true;
	int64_t done;

	if ((uint32_t)d & ~SPLICE_F_ALL)
		return -EINVAL;
	done = file_of(a, FILE_WRITE, &file);
	if (done) {
		write = false;
		done = file_of(a, FILE_READ, &file);
	}
	if (done)
		return done;
	done = file_vector(b, c, &vector, &total);
	if (done == 0) {
		/* O_NONBLOCK means nothing here. */
		if (total)
			done = pipe_and_memory(file, write, vector, c,
					       !(d & SPLICE_F_NONBLOCK));
		object_free(vector);
	}
	file_put(file);
	return done;
}
