// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: listen(2), connect(2), accept(2), shutdown(2), and the names of
 * both ends.
 *
 * connect(2) makes the other end at once; it waits on the listening socket's
 * PENDING list, as a socket without a file, and may already be sent to.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/files.h>
#include <fs/unix.h>

#define SOMAXCONN	4096

int socket_listen(struct socket *socket, int backlog)
{
	if (socket->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!socket->name.length || socket->state == SOCKET_CONNECTED)
		return -EINVAL;
	/* A negative one is as large as can be. */
	socket->backlog = MIN((unsigned)backlog, SOMAXCONN);
	socket->state = SOCKET_LISTENING;
	socket->credentials = socket_my_credentials();
	wait_wake_all(&socket->queue);
	socket_has_room(socket);
	return 0;
}

static bool is_open(const struct socket *listener)
{
	return listener->state == SOCKET_LISTENING &&
		!(listener->shut & SHUT_READ);
}

static bool is_full(const struct socket *listener)
{
	return is_open(listener) &&
		listener->pending_count > listener->backlog;
}

/* A new user of the socket listening at ADDRESS that takes one more. */
static int find_listener(struct socket *socket,
			 const struct socket_address *address, int flags,
			 struct socket **result)
{
	uint64_t deadline = socket_deadline(socket->send_limit, &flags);
	struct socket *other;
	int status;

	for (;;) {
		status = unix_find(socket, address, &other);
		if (status)
			return status;
		if (!is_open(other))
			status = -ECONNREFUSED;
		else if (!is_full(other))
			break;
		else if (flags & MSG_DONTWAIT)
			status = -EAGAIN;
		else
			status = socket_wait_status(
				wait_event(&other->room, !is_full(other),
					   deadline), deadline);
		socket_put(other);
		if (status)
			return status;
	}
	*result = other;
	return 0;
}

/* The end of SOCKET's connection that LISTENER will accept. */
static int make_end(struct socket *socket, struct socket *listener)
{
	struct socket *end = socket_new(socket->type);

	if (!end)
		return -ENOMEM;
	end->session = listener->session;
	end->name = listener->name;
	end->state = socket->state = SOCKET_CONNECTED;
	end->credentials = socket_my_credentials();
	socket->credentials = listener->credentials;
	socket_set_peer(end, socket);
	socket_set_peer(socket, end);
	list_add_tail(&listener->pending, &end->arrival);
	listener->pending_count++;
	wait_wake(&listener->queue, POLLIN | POLLRDNORM);
	wait_wake_all(&socket->queue);
	return 0;
}

int socket_connect(struct socket *socket, const struct socket_address *address,
		   bool nonblock)
{
	struct socket *listener;
	int status;

	if (socket->type == SOCK_DGRAM)
		return datagram_connect(socket, address);
	status = unix_check_address(address);
	if (status == 0 && socket_wants_credentials(socket))
		status = unix_autobind(socket);
	if (status == 0)
		status = find_listener(socket, address,
				       nonblock ? MSG_DONTWAIT : 0, &listener);
	if (status)
		return status;
	if (socket->state == SOCKET_CONNECTED)
		status = -EISCONN;
	else if (socket->state == SOCKET_LISTENING)
		status = -EINVAL;
	else
		status = make_end(socket, listener);
	socket_put(listener);
	return status;
}

static int wait_pending(struct socket *socket, bool nonblock)
{
	int flags = nonblock ? MSG_DONTWAIT : 0, status = 0;
	uint64_t deadline = socket_deadline(socket->receive_limit, &flags);

	while (list_empty(&socket->pending) && status == 0) {
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		if (socket->shut & SHUT_READ)
			return -EINVAL;
		status = wait_event(&socket->queue,
				    !list_empty(&socket->pending) ||
				    socket->shut & SHUT_READ, deadline);
		status = socket_wait_status(status, deadline);
	}
	return status;
}

int socket_accept(struct socket *socket, bool nonblock, int flags,
		  struct file **file)
{
	struct socket *end;
	int status;

	if (socket->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (socket->state != SOCKET_LISTENING)
		return -EINVAL;
	status = wait_pending(socket, nonblock);
	if (status == 0)
		status = fd_room();
	if (status)
		return status;
	end = list_entry(socket->pending.next, struct socket, arrival);
	*file = socket_open(end, flags);
	if (!*file)
		return -ENOMEM;
	list_remove(&end->arrival);
	socket->pending_count--;
	end->flags |= socket->flags & 1ull << SO_PASSCRED;
	socket_has_room(socket);
	return 0;
}

int socket_name(struct socket *socket, bool peer,
		struct socket_address *address)
{
	if (peer && !socket->peer)
		return -ENOTCONN;
	*address = peer ? socket->peer->name : socket->name;
	if (!address->length) {
		address->family = AF_UNIX;
		address->length = sizeof(address->family);
	}
	return 0;
}

/* HOW is 0 to 2; what one side does not send the other does not receive. */
int socket_shutdown(struct socket *socket, int how)
{
	struct socket *peer = socket->peer;
	unsigned shut;

	if (how < 0 || how > 2)
		return -EINVAL;
	shut = (unsigned)how + 1;
	socket->shut |= shut;
	if (peer && socket->type != SOCK_DGRAM) {
		peer->shut |= (shut & SHUT_READ ? SHUT_WRITE : 0) |
			(shut & SHUT_WRITE ? SHUT_READ : 0);
		wait_wake_all(&peer->queue);
	}
	wait_wake_all(&socket->queue);
	socket_has_room(socket);
	return 0;
}
