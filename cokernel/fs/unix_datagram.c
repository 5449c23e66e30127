// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_DGRAM, and SOCK_SEQPACKET, which is connected like a stream: packets
 * that arrive whole and in order, or not at all.
 */
#include <errno.h>
#include <fs/unix.h>

/* So much of SO_SNDBUF is not for the data of one packet. */
#define RESERVED	32u

bool datagram_is_full(const struct socket *sender, const struct socket *other)
{
	/* A pair has no limit but SO_SNDBUF. */
	return other != sender && other->peer != sender &&
		!(other->shut & SHUT_READ) &&
		other->packet_count > other->backlog;
}

/* Connecting. */

/* Does OTHER take what SOCKET sends?  Only of its peer, if it has one. */
static bool takes(const struct socket *other, const struct socket *socket)
{
	return !other->peer || other->peer == socket;
}

/* What the peer before had sent is no longer wanted. */
static void change_peer(struct socket *socket, struct socket *peer)
{
	struct socket *before = socket->peer;

	if (before && !list_empty(&socket->packets)) {
		packets_drop(socket);
		if (before->peer == socket && before != socket) {
			before->error = ECONNRESET;
			wait_wake_all(&before->queue);
		}
	}
	socket_set_peer(socket, peer);
	wait_wake_all(&socket->queue);
}

int datagram_connect(struct socket *socket,
		     const struct socket_address *address)
{
	struct socket *other = NULL;
	int status = 0;

	if (address->length < sizeof(address->family))
		return -EINVAL;
	if (address->family != AF_UNSPEC) {
		status = unix_check_address(address);
		if (status == 0 && socket_wants_credentials(socket))
			status = unix_autobind(socket);
		if (status == 0)
			status = unix_find(socket, address, &other);
		if (status)
			return status;
	}
	if (other && !takes(other, socket))
		status = -EPERM;
	else if (other != socket->peer)
		change_peer(socket, other);
	if (other)
		socket_put(other);
	return status;
}

/* Sending. */

/* May SOCKET's packet go to OTHER now?  -EAGAIN: when that has room. */
static int admit(struct socket *socket, struct socket *other)
{
	if (!takes(other, socket))
		return -EPERM;
	if (other->dead) {
		if (socket->peer == other)
			socket_set_peer(socket, NULL);
		return -ECONNREFUSED;
	}
	if (other->shut & SHUT_READ)
		return -EPIPE;
	return datagram_is_full(socket, other) ? -EAGAIN : 0;
}

/* Whom MESSAGE is to reach, with a new user. */
static int receiver_of(struct socket *socket,
		       const struct socket_message *message,
		       struct socket **other)
{
	if (message->name.length)
		return unix_find(socket, &message->name, other);
	if (!socket->peer)
		return -ENOTCONN;
	*other = socket_get(socket->peer);
	return 0;
}

/* Wait for who may receive it; a new user. */
static int find_receiver(struct socket *socket,
			 const struct socket_message *message,
			 uint64_t deadline, struct socket **result)
{
	struct socket *other;
	int status;

	for (;;) {
		status = receiver_of(socket, message, &other);
		if (status)
			return status;
		status = admit(socket, other);
		if (status == 0)
			break;
		if (status == -EAGAIN && !(message->flags & MSG_DONTWAIT)) {
			status = wait_event(&other->room,
					    !datagram_is_full(socket, other),
					    deadline);
			status = socket_wait_status(status, deadline);
		}
		socket_put(other);
		if (status)
			return status;
	}
	*result = other;
	return 0;
}

/* What can be said before there is a packet. */
static int check(struct socket *socket, struct socket_message *message)
{
	int status;

	if (socket->type == SOCK_SEQPACKET) {
		status = socket_error(socket);
		if (status)
			return status;
		message->name.length = 0;
		if (socket->state != SOCKET_CONNECTED)
			return -ENOTCONN;
	}
	if (message->name.length) {
		status = unix_check_address(&message->name);
		if (status)
			return status;
	} else if (!socket->peer) {
		return -ENOTCONN;
	}
	if (socket_wants_credentials(socket)) {
		status = unix_autobind(socket);
		if (status)
			return status;
	}
	return message->data.left > socket->send_size - RESERVED ?
		-EMSGSIZE : 0;
}

int64_t datagram_send(struct socket *socket, struct socket_message *message)
{
	uint64_t size = message->data.left, deadline;
	struct packet *packet;
	struct socket *other;
	int status = check(socket, message);

	if (status)
		return status;
	deadline = socket_deadline(socket->send_limit, &message->flags);
	status = packet_wait_room(socket, message->flags, deadline);
	if (status == 0)
		status = packet_create(socket, message, size, &packet);
	if (status)
		return status;
	status = find_receiver(socket, message, deadline, &other);
	if (status) {
		packet_free(packet);
		return status;
	}
	status = packet_deliver(packet, other, message);
	socket_put(other);
	return status ? status : (int64_t)size;
}

/* Receiving. */

/* The next packet, and where in it to begin; NULL. */
static struct packet *find(struct socket *socket, int flags, uint64_t *skip)
{
	struct packet *packet;

	*skip = flags & MSG_PEEK ? (uint64_t)MAX(socket->peek_offset, 0) : 0;
	list_for_each(packet, &socket->packets, link) {
		if (*skip == 0 || *skip < packet->length)
			return packet;
		*skip -= packet->length;
	}
	return NULL;
}

/* 1: there will be none, which reads as the end. */
static int wait_packet(struct socket *socket, int flags, uint64_t deadline)
{
	uint64_t before = socket->arrivals;
	bool end = socket->shut & SHUT_READ;
	int status;

	if (flags & MSG_DONTWAIT)
		return end && socket->type == SOCK_SEQPACKET ? 1 : -EAGAIN;
	if (end)
		return 1;
	status = wait_event(&socket->queue, socket->arrivals != before ||
			    socket->error || socket->shut & SHUT_READ,
			    deadline);
	return socket_wait_status(status, deadline);
}

/* The bytes received; or with MSG_TRUNC, of the packet. */
static int64_t receive(struct socket *socket, struct packet *packet,
		       uint64_t skip, struct socket_message *message)
{
	uint64_t left = packet->length - skip;
	uint64_t n = MIN(message->data.left, left);
	int status = packet_give(packet, skip, n, &message->data);

	if (status == 0)
		status = packet_take_rights(packet, message);
	if (status)
		return status;
	packet_describe(packet, message);
	if (n < left)
		message->out_flags |= MSG_TRUNC;
	if (message->flags & MSG_PEEK) {
		if (socket->peek_offset >= 0)
			socket->peek_offset += (int)n;
	} else {
		packet_peeked_less(socket, packet->length);
		packet_finish(socket, packet);
	}
	return (int64_t)(message->flags & MSG_TRUNC ? left : n);
}

int64_t datagram_receive(struct socket *socket,
			 struct socket_message *message)
{
	uint64_t deadline, skip;
	struct packet *packet;
	int status;

	if (socket->type == SOCK_SEQPACKET &&
	    socket->state != SOCKET_CONNECTED)
		return -ENOTCONN;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	deadline = socket_deadline(socket->receive_limit, &message->flags);
	for (;;) {
		status = socket_error(socket);
		if (status)
			return status;
		packet = find(socket, message->flags, &skip);
		if (packet)
			return receive(socket, packet, skip, message);
		status = wait_packet(socket, message->flags, deadline);
		if (status)
			return MIN(status, 0);
	}
}
