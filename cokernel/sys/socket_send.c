// SPDX-License-Identifier: GPL-2.0-only
/* sendto(2), sendmsg(2), sendmmsg(2), and the ancillary data they send. */
#include <errno.h>
#include <asm/socket.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/message.h>
#include <sys/socket.h>
#include <task/process.h>

#define CONTROL_MAX	20480u	/* bytes */

int message_header_get(uint64_t user, struct message_header *header)
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

int message_flags(const struct file *file, uint64_t flags)
{
	return (int)flags | (file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0);
}

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

static int control_get(const struct message_header *header,
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
	struct socket_message message = { .flags = message_flags(file, flags) };
	struct iovec *vector = NULL;
	struct message_header header;
	uint64_t n;
	int64_t status = message_header_get(user, &header);

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
		status = put_user(length, user + offsetof(struct message_entry,
							  length));
		if (status)
			break;
		user += sizeof(struct message_entry);
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
	message.flags = message_flags(file, d);
	if (!user_range(b, piece.iov_len))
		status = -EFAULT;
	else if (e)
		status = address_get(e, (int)f, &message.name);
	if (status == 0)
		status = socket_send(socket, &message);
	file_put(file);
	return status;
}
