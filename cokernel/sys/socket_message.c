// SPDX-License-Identifier: GPL-2.0-only
/*
 * sendto(2), sendmsg(2), recvfrom(2), recvmsg(2) and those for many messages;
 * the ancillary data of cmsg(3).
 */
#include <errno.h>
#include <asm/socket.h>
#include <cpu/clock.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/timespec.h>
#include <task/process.h>

#define CONTROL_MAX	20480u	/* bytes that a message to send has */
#define NS		1000000000ull

/* struct msghdr */
struct header {
	uint64_t name;
	int32_t name_length;
	uint32_t unused;
	uint64_t vector, vector_count;
	uint64_t control, control_length;
	uint32_t flags;
	uint32_t unused_either;
};
_Static_assert(sizeof(struct header) == 56, "as in the ABI");

/* struct mmsghdr */
struct many_header {
	struct header header;
	uint32_t length;	/* what the call on it returned */
};
_Static_assert(sizeof(struct many_header) == 64, "as in the ABI");

/* struct cmsghdr; what follows it is aligned as itself. */
struct control_header {
	uint64_t length;	/* with the header */
	int32_t level, type;
};

#define HEADER_AT(user, field)	((user) + offsetof(struct header, field))

/* A message's headers, in the kernel. */
static int header_get(uint64_t user, struct header *header)
{
	if (get_user(*header, user))
		return -EFAULT;
	if (!header->name)
		header->name_length = 0;
	if (header->name_length < 0)
		return -EINVAL;
	header->name_length = MIN(header->name_length, (int)ADDRESS_MAX);
	return header->vector_count > UIO_MAXIOV ? -EMSGSIZE : 0;
}

static int flags_of(const struct file *file, uint64_t flags)
{
	return (int)flags | (file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0);
}

/* Sending. */

/* The descriptors after HEADER become MESSAGE's rights, which have room. */
static int add_rights(const struct control_header *header,
		      struct socket_message *message)
{
	uint64_t n = (header->length - sizeof(*header)) / sizeof(int);
	const int *fds = (const int *)(header + 1);
	struct rights *rights = message->rights;

	if (rights->count + n > SCM_MAX_FD)
		return -EINVAL;
	for (uint64_t i = 0; i < n; i++) {
		struct file *file = fd_get(fds[i]);

		if (!file)
			return -EBADF;
		rights->files[rights->count++] = file;
	}
	return 0;
}

/* Only root may pretend to be somebody else. */
static int add_credentials(const struct control_header *header,
			   struct socket_message *message)
{
	const struct process *process = current()->process;
	struct credentials *credentials = &message->credentials;

	if (header->length != sizeof(*header) + sizeof(*credentials))
		return -EINVAL;
	memcpy(credentials, header + 1, sizeof(*credentials));
	message->has_credentials = true;
	if (process->uid != 0 && (credentials->pid != process->pid ||
				  credentials->uid != process->uid ||
				  credentials->gid != process->gid))
		return -EPERM;
	return process_find(credentials->pid) ? 0 : -ESRCH;
}

/* Room for the descriptors that LENGTH bytes of control data can name. */
static int make_room(uint64_t length, struct socket_message *message)
{
	unsigned most = (unsigned)MIN(length / sizeof(int),
				      (uint64_t)SCM_MAX_FD);

	if (!message->rights)
		message->rights = rights_create(most);
	return message->rights ? 0 : -ENOMEM;
}

static int parse_one(const struct control_header *header, uint64_t length,
		     struct socket_message *message)
{
	int status;

	if (header->level != SOL_SOCKET)
		return 0;
	switch (header->type) {
	case SCM_RIGHTS:
		status = make_room(length, message);
		return status ? status : add_rights(header, message);
	case SCM_CREDENTIALS:
		return add_credentials(header, message);
	default:
		return -EINVAL;
	}
}

static int parse(const uint8_t *control, uint64_t length,
		 struct socket_message *message)
{
	uint64_t left = length;

	while (left >= sizeof(struct control_header)) {
		const struct control_header *header =
			(const struct control_header *)control;
		uint64_t size;
		int status;

		if (header->length < sizeof(*header) || header->length > left)
			return -EINVAL;
		status = parse_one(header, length, message);
		if (status)
			return status;
		size = ALIGN_UP(header->length, sizeof(header->length));
		if (size > left)
			break;
		control += size;
		left -= size;
	}
	if (message->rights && message->rights->count == 0) {
		rights_free(message->rights);
		message->rights = NULL;
	}
	return 0;
}

static int control_get(const struct header *header,
		       struct socket_message *message)
{
	uint64_t length = header->control_length;
	uint8_t *control;
	int status;

	if (!header->control || length == 0)
		return 0;
	if (length > CONTROL_MAX)
		return -ENOBUFS;
	control = object_alloc(length);
	if (!control)
		return -ENOMEM;
	status = copy_from_user(control, header->control, length);
	if (status == 0)
		status = parse(control, length, message);
	object_free(control);
	return status;
}

static int64_t send_one(struct file *file, struct socket *socket,
			uint64_t user, uint64_t flags)
{
	struct socket_message message = { .flags = flags_of(file, flags) };
	struct iovec *vector = NULL;
	struct header header;
	uint64_t n;
	int64_t status = header_get(user, &header);

	if (status == 0)
		status = address_get(header.name, header.name_length,
				     &message.name);
	if (status == 0)
		status = file_vector(header.vector, header.vector_count,
				     &vector, &n);
	if (status)
		return status;
	message.data = vector_over(vector, n);
	status = control_get(&header, &message);
	if (status == 0)
		status = socket_send(socket, &message);
	rights_free(message.rights);
	object_free(vector);
	return status;
}

SYSCALL_DEFINE(sendmsg)
{
	struct socket *socket;
	struct file *file;
	int64_t status;

	if (c & MSG_CMSG_COMPAT)
		return -EINVAL;
	status = socket_file_of(a, &file, &socket);
	if (status)
		return status;
	status = send_one(file, socket, b, c);
	file_put(file);
	return status;
}

static int64_t send_many(struct file *file, struct socket *socket,
			 uint64_t user, unsigned count, uint64_t flags)
{
	int64_t status = 0;
	unsigned done = 0;

	while (done < count) {
		uint32_t length;

		status = send_one(file, socket, user, flags);
		if (status < 0)
			break;
		length = (uint32_t)status;
		status = put_user(length, user + offsetof(struct many_header,
							  length));
		if (status)
			break;
		user += sizeof(struct many_header);
		done++;
	}
	return done ? done : status;
}

SYSCALL_DEFINE(sendmmsg)
{
	struct socket *socket;
	struct file *file;
	int64_t status;

	if (d & MSG_CMSG_COMPAT)
		return -EINVAL;
	status = socket_file_of(a, &file, &socket);
	if (status)
		return status;
	status = send_many(file, socket, b, MIN((uint32_t)c, UIO_MAXIOV), d);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(sendto)
{
	struct iovec piece = { (void *)b, MIN(c, IO_MAX) };
	struct socket_message message = {
		.data = vector_over(&piece, piece.iov_len),
	};
	struct socket *socket;
	struct file *file;
	int64_t status = socket_file_of(a, &file, &socket);

	if (status)
		return status;
	message.flags = flags_of(file, d);
	if (!user_range(b, piece.iov_len))
		status = -EFAULT;
	else if (e)
		status = address_get(e, (int)f, &message.name);
	if (status == 0)
		status = socket_send(socket, &message);
	file_put(file);
	return status;
}

/* Receiving. */

/* Where the ancillary data go. */
struct control {
	uint64_t user, left;
	unsigned flags;		/* MSG_CTRUNC */
};

/*
 * SIZE bytes as one piece of ancillary data, as far as there is room; MSG_CTRUNC
 * tells of what is lost.  False: the program has nothing of it.
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
		      const struct header *header,
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
	struct socket_message message = { .flags = flags_of(file, flags) };
	struct iovec *vector = NULL;
	struct header header;
	uint64_t n;
	int64_t status = header_get(user, &header), failed;

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
		status = put_user(length, user + offsetof(struct many_header,
							  length));
		if (status)
			break;
		user += sizeof(struct many_header);
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
	message.flags = flags_of(file, d);
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
