// SPDX-License-Identifier: GPL-2.0-only
/* SOCK_STREAM: bytes; but rights and other credentials end a read: unix(7). */
#include <errno.h>
#include <fs/unix.h>

/* No more goes in one packet, so that the reader can begin. */
#define PIECE_MAX	32768ull

static int send_piece(struct socket *socket, struct socket_message *message,
		      uint64_t deadline)
{
	uint64_t n = MIN(message->data.left,
			 MIN(PIECE_MAX, socket->send_size / 2 - 64ull));
	int status = packet_wait_room(socket, message->flags, deadline);
	struct packet *packet;

	if (status == 0)
		status = packet_create(socket, message, n, &packet);
	if (status)
		return status;
	if (socket->peer->shut & SHUT_READ) {
		packet_free(packet);
		return -EPIPE;
	}
	return packet_deliver(packet, socket->peer, message);
}

int64_t stream_send(struct socket *socket, struct socket_message *message)
{
	uint64_t size = message->data.left, sent = 0, deadline;
	int status = 0;

	if (message->name.length)
		return socket->state == SOCKET_CONNECTED ? -EISCONN :
			-EOPNOTSUPP;
	if (!socket->peer)
		return -ENOTCONN;
	if (socket->shut & SHUT_WRITE)
		return -EPIPE;
	deadline = socket_deadline(socket->send_limit, &message->flags);
	while (sent < size) {
		status = send_piece(socket, message, deadline);
		if (status)
			break;
		sent = size - message->data.left;
	}
	return sent ? (int64_t)sent : status;
}

/* May PACKET be read together with what MESSAGE already has? */
static bool fits(const struct socket *socket, const struct packet *packet,
		 const struct socket_message *message)
{
	if (!message->has_credentials || !socket_wants_credentials(socket))
		return true;
	return message->credentials.pid == packet->credentials.pid &&
		message->credentials.uid == packet->credentials.uid &&
		message->credentials.gid == packet->credentials.gid;
}

/*
 * Bytes of PACKET from its first on that is not done and SKIP further.  1: no
 * more can be read together with them; 0: more may; -EFAULT, -ENOMEM.
 */
static int read_packet(struct packet *packet, uint64_t skip,
		       struct socket_message *message)
{
	uint64_t left = packet->length - packet->done - skip;
	uint64_t n = MIN(message->data.left, left);
	int status = packet_give(packet, packet->done + skip, n,
				 &message->data);

	if (status)
		return status;
	if (!message->has_credentials)
		packet_describe(packet, message);
	status = packet_take_rights(packet, message);
	if (status)
		return status;
	if (!(message->flags & MSG_PEEK))
		packet->done += n;
	return n < left || message->rights || message->data.left == 0;
}

/* What is there: 1 if it satisfies the call, 0, or -errno. */
static int take(struct socket *socket, struct socket_message *message)
{
	int status = 0;

	while (!list_empty(&socket->packets) && status == 0) {
		struct packet *packet = list_entry(socket->packets.next,
						   struct packet, link);
		uint64_t before = message->data.left;

		if (!fits(socket, packet, message))
			return 1;
		status = read_packet(packet, 0, message);
		packet_peeked_less(socket, before - message->data.left);
		if (packet->done == packet->length)
			packet_finish(socket, packet);
	}
	return status;
}

/* The same for MSG_PEEK, which does not wait for more. */
static int peek(struct socket *socket, struct socket_message *message)
{
	uint64_t skip = (uint64_t)MAX(socket->peek_offset, 0);
	uint64_t before = message->data.left;
	struct packet *packet;
	int status = 0;

	list_for_each(packet, &socket->packets, link) {
		uint64_t left = packet->length - packet->done;

		if (skip >= left) {
			skip -= left;
			continue;
		}
		if (!fits(socket, packet, message))
			break;
		status = read_packet(packet, skip, message);
		skip = 0;
		if (status)
			break;
	}
	if (socket->peek_offset >= 0)
		socket->peek_offset += (int)(before - message->data.left);
	return status ? status : before > message->data.left;
}

static int wait_data(struct socket *socket, int flags, uint64_t deadline)
{
	uint64_t before = socket->arrivals;
	int status = socket_error(socket);

	if (status)
		return status;
	if (socket->shut & SHUT_READ)
		return 1;
	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	/* What is there is not enough: SO_PEEK_OFF may be behind it. */
	status = wait_event(&socket->queue, socket->arrivals != before ||
			    socket->error || socket->shut & SHUT_READ,
			    deadline);
	return socket_wait_status(status, deadline);
}

int64_t stream_receive(struct socket *socket, struct socket_message *message)
{
	uint64_t size = message->data.left, deadline, target;
	int status;

	if (socket->state != SOCKET_CONNECTED)
		return -EINVAL;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	deadline = socket_deadline(socket->receive_limit, &message->flags);
	target = message->flags & MSG_WAITALL ? size :
		MIN(size, (uint64_t)socket->low_water);
	target = MAX(target, 1ull);
	for (;;) {
		status = message->flags & MSG_PEEK ? peek(socket, message) :
			take(socket, message);
		if (status == 0 && size - message->data.left < target)
			status = wait_data(socket, message->flags, deadline);
		else
			break;
		if (status)
			break;
	}
	if (size > message->data.left)
		return (int64_t)(size - message->data.left);
	return MIN(status, 0);
}
