// SPDX-License-Identifier: GPL-2.0-only
/* recvfrom(2), recvmsg(2), recvmmsg(2), and the ancillary data they receive. */
#include <errno.h>
#include <asm/socket.h>
#include <cpu/clock.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/message.h>
#include <sys/socket.h>
#include <sys/timespec.h>

#define NS		1000000000ull

#define HEADER_AT(user, field)						\
	((user) + offsetof(struct message_header, field))

/* Where the ancillary data go. */
struct control {
	uint64_t user, left;
	unsigned flags;		/* MSG_CTRUNC */
};

/*
 * SIZE bytes as one piece of ancillary data, as far as there is room;
 * MSG_CTRUNC tells of what is lost.  False: the program has nothing of it.
 */
static bool control_put(struct control *control, int type, const void *data,
			size_t size)
{
	struct control_header header = { .level = SOL_SOCKET, .type = type };
	uint64_t whole = sizeof(header) + size;

	if (control->left < whole)
		control->flags |= MSG_CTRUNC;
	if (control->left < sizeof(header))
		return false;
	header.length = MIN(whole, control->left);
	if (put_user(header, control->user) ||
	    copy_to_user(control->user + sizeof(header), data,
			 header.length - sizeof(header))) {
		control->flags |= MSG_CTRUNC;
		return false;
	}
	whole = MIN(ALIGN_UP(whole, sizeof(header.length)), control->left);
	control->user += whole;
	control->left -= whole;
	return true;
}

static void put_time(struct control *control, int type, uint64_t ns)
{
	struct { int64_t seconds, fraction; } time;

	if (!ns)
		ns = clock_realtime();
	time.seconds = (int64_t)(ns / NS);
	time.fraction = (int64_t)(ns % NS);
	if (type == SO_TIMESTAMP)
		time.fraction /= 1000;
	control_put(control, type, &time, sizeof(time));
}

/* The files become descriptors, while there is room, memory and a number. */
static void put_rights(struct control *control, struct rights *rights,
		       bool cloexec)
{
	uint64_t room = control->left > sizeof(struct control_header) ?
		(control->left - sizeof(struct control_header)) / sizeof(int) :
		0;
	int fds[SCM_MAX_FD];
	unsigned n = 0;

	while (n < MIN(room, (uint64_t)rights->count)) {
		fds[n] = fd_install(file_get(rights->files[n]), 0, cloexec);
		if (fds[n] < 0) {
			file_put(rights->files[n]);
			break;
		}
		n++;
	}
	if (n < rights->count)
		control->flags |= MSG_CTRUNC;
	if (n == 0 || control_put(control, SCM_RIGHTS, fds, n * sizeof(int)))
		return;
	while (n > 0)
		fd_close(fds[--n]);
}

/* What MESSAGE brought besides data. */
static void put_all(const struct socket *socket, struct control *control,
		    const struct socket_message *message)
{
	int type = socket_wants_time(socket);

	if (type && message->has_credentials)
		put_time(control, type, message->time);
	if (socket_wants_credentials(socket))
		control_put(control, SCM_CREDENTIALS, &message->credentials,
			    sizeof(message->credentials));
	if (message->rights)
		put_rights(control, message->rights,
			   message->flags & MSG_CMSG_CLOEXEC);
}

/* After a message was received: what its header at USER gets. */
static int header_put(const struct socket *socket, uint64_t user,
		      const struct message_header *header,
		      const struct socket_message *message)
{
	struct control control = {
		.user = header->control,
		.left = header->control ? header->control_length : 0,
	};
	uint32_t flags;
	uint64_t used;
	int status = 0;

	put_all(socket, &control, message);
	used = header->control ? control.user - header->control : 0;
	flags = (uint32_t)message->out_flags | control.flags |
		((uint32_t)message->flags & MSG_CMSG_CLOEXEC);
	if (header->name)
		status = address_put(&message->name, header->name,
				     HEADER_AT(user, name_length));
	if (status == 0)
		status = put_user(flags, HEADER_AT(user, flags));
	if (status == 0)
		status = put_user(used, HEADER_AT(user, control_length));
	return status;
}

static int64_t receive_one(struct file *file, struct socket *socket,
			   uint64_t user, uint64_t flags)
{
	struct socket_message message = { .flags = message_flags(file, flags) };
	struct iovec *vector = NULL;
	struct message_header header;
	uint64_t n;
	int64_t status = message_header_get(user, &header), failed;

	if (status == 0)
		status = file_vector(header.vector, header.vector_count,
				     &vector, &n);
	if (status)
		return status;
	message.data = vector_over(vector, n);
	status = socket_receive(socket, &message);
	if (status >= 0) {
		failed = header_put(socket, user, &header, &message);
		status = failed ? failed : status;
	}
	rights_free(message.rights);
	object_free(vector);
	return status;
}

SYSCALL_DEFINE(recvmsg)
{
	struct socket *socket;
	struct file *file;
	int64_t status;

	if (c & MSG_CMSG_COMPAT)
		return -EINVAL;
	status = socket_file_of(a, &file, &socket);
	if (status)
		return status;
	status = receive_one(file, socket, b, c);
	file_put(file);
	return status;
}

/* DEADLINE (0: none) ends it after a message, not in the wait for one. */
static int64_t receive_many(struct file *file, struct socket *socket,
			    uint64_t user, unsigned count, uint64_t flags,
			    uint64_t deadline)
{
	int64_t status = socket_error(socket);
	unsigned done = 0;

	while (done < count && status >= 0) {
		uint32_t length;

		status = receive_one(file, socket, user,
				     flags & ~(uint64_t)MSG_WAITFORONE);
		if (status < 0)
			break;
		length = (uint32_t)status;
		status = put_user(length, user + offsetof(struct message_entry,
							  length));
		if (status)
			break;
		user += sizeof(struct message_entry);
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (deadline && clock_monotonic() >= deadline)
			break;
	}
	/* The next call tells. */
	if (done && status < 0 && status != -EAGAIN && status != -EINTR &&
	    status != -ERESTARTSYS)
		socket_set_error(socket, (int)status);
	return done ? done : status;
}

/* The time limit at USER (0: none) as a deadline. */
static int deadline_get(uint64_t user, uint64_t *deadline)
{
	uint64_t ns;
	int status;

	*deadline = 0;
	if (!user)
		return 0;
	status = timespec_get(user, &ns);
	if (status == 0)
		*deadline = timespec_after(ns);
	return status;
}

SYSCALL_DEFINE(recvmmsg)
{
	struct socket *socket;
	struct file *file;
	uint64_t deadline, now;
	int64_t status;

	if (d & MSG_CMSG_COMPAT)
		return -EINVAL;
	status = deadline_get(e, &deadline);
	if (status == 0)
		status = socket_file_of(a, &file, &socket);
	if (status)
		return status;
	status = receive_many(file, socket, b, MIN((uint32_t)c, UIO_MAXIOV),
			      d, deadline);
	file_put(file);
	now = clock_monotonic();
	if (status > 0 && e &&
	    timespec_put(e, deadline > now ? deadline - now : 0))
		return -EFAULT;
	return status;
}

SYSCALL_DEFINE(recvfrom)
{
	struct iovec piece = { (void *)b, MIN(c, IO_MAX) };
	struct socket_message message = {
		.data = vector_over(&piece, piece.iov_len),
	};
	struct socket *socket;
	struct file *file;
	int64_t status = socket_file_of(a, &file, &socket), failed;

	if (status)
		return status;
	message.flags = message_flags(file, d);
	status = user_range(b, piece.iov_len) ?
		socket_receive(socket, &message) : -EFAULT;
	rights_free(message.rights);
	if (status >= 0 && e) {
		failed = address_put(&message.name, e, f);
		status = failed ? failed : status;
	}
	file_put(file);
	return status;
}
