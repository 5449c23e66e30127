// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets as open files: making, closing, reading and writing them as any file,
 * polling; what the types have in common.
 *
 * Locking: the kernel lock, which a function gives up only where it waits.  Who
 * waits for a socket that is not its own counts as its user meanwhile.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/unix.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/signal.h>

/* Packets that wait to be received from a datagram socket, without one more. */
#define DATAGRAM_BACKLOG	10

struct socket *socket_new(int type)
{
	struct socket *socket = object_alloc(sizeof(*socket));

	if (!socket)
		return NULL;
	socket->users = 1;
	socket->type = type;
	socket->session = current()->process->session;
	socket->backlog = DATAGRAM_BACKLOG;
	wait_queue_init(&socket->queue);
	wait_queue_init(&socket->room);
	list_init(&socket->clients);
	list_init(&socket->client);
	list_init(&socket->pending);
	list_init(&socket->arrival);
	list_init(&socket->packets);
	list_init(&socket->suspect);
	socket->credentials = (struct credentials){ 0, ~0u, ~0u };
	option_init(socket);
	return socket;
}

struct socket *socket_get(struct socket *socket)
{
	socket->users++;
	return socket;
}

void socket_put(struct socket *socket)
{
	ASSERT(socket->users > 0);
	if (--socket->users == 0)
		object_free(socket);
}

struct credentials socket_my_credentials(void)
{
	const struct process *process = current()->process;

	return (struct credentials){ process->pid, process->uid,
				     process->gid };
}

void socket_set_peer(struct socket *socket, struct socket *peer)
{
	struct socket *before = socket->peer;

	list_remove(&socket->client);
	socket->peer = peer ? socket_get(peer) : NULL;
	if (peer)
		list_add(&peer->clients, &socket->client);
	if (before)
		socket_put(before);
}

void socket_has_room(struct socket *socket)
{
	struct socket *client;

	wait_wake_all(&socket->room);
	list_for_each(client, &socket->clients, client)
		wait_wake(&client->queue, POLLOUT | POLLWRNORM | POLLWRBAND);
}

/* Whom SOCKET talked to learns that it is gone, and if not all was read. */
static void hang_up(struct socket *socket, bool reset)
{
	struct socket *peer = socket->peer;

	if (!peer || socket->type == SOCK_DGRAM)
		return;
	peer->shut = SHUT_BOTH;
	if (reset)
		peer->error = ECONNRESET;
	wait_wake_all(&peer->queue);
}

static void end(struct socket *socket, bool reset)
{
	hang_up(socket, reset || !list_empty(&socket->packets));
	socket->dead = true;
	socket->shut = SHUT_BOTH;
	socket->file = NULL;
	unix_unname(socket);
	packets_drop(socket);
	socket_set_peer(socket, NULL);
	socket_has_room(socket);
}

static void socket_release(struct file *file)
{
	struct socket *socket = file->private;

	end(socket, false);
	while (!list_empty(&socket->pending)) {
		struct socket *refused = list_entry(socket->pending.next,
						    struct socket, arrival);

		list_remove(&refused->arrival);
		end(refused, true);
		socket_put(refused);
	}
	socket_put(socket);
}

/* Errors and waiting. */

int socket_error(struct socket *socket)
{
	int error = socket->error;

	socket->error = 0;
	return -error;
}

void socket_set_error(struct socket *socket, int error)
{
	socket->error = -error;
}

uint64_t socket_deadline(uint64_t limit, int *flags)
{
	if (limit == FOREVER)
		return 0;
	if (limit == 0)
		*flags |= MSG_DONTWAIT;
	return clock_monotonic() + limit + 1;
}

int socket_wait_status(int status, uint64_t deadline)
{
	if (status == -ETIMEDOUT)
		return -EAGAIN;
	/* The time would begin anew: see signal(7). */
	return status == -EINTR && !deadline ? -ERESTARTSYS : status;
}

/* Sending and receiving. */

int64_t socket_send(struct socket *socket, struct socket_message *message)
{
	int64_t sent;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (socket->type != SOCK_STREAM)
		return datagram_send(socket, message);
	sent = stream_send(socket, message);
	if (sent == -EPIPE && !(message->flags & MSG_NOSIGNAL))
		signal_task_simple(current(), SIGPIPE);
	return sent;
}

int64_t socket_receive(struct socket *socket, struct socket_message *message)
{
	if (socket->type == SOCK_STREAM)
		return stream_receive(socket, message);
	return datagram_receive(socket, message);
}

static struct socket_message message_over(const struct file *file,
					  const struct iovec *pieces,
					  uint64_t n)
{
	return (struct socket_message){
		.data = vector_over(pieces, n),
		.flags = file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0,
	};
}

static int64_t read_pieces(struct file *file, const struct iovec *pieces,
			   uint64_t n, bool kernel)
{
	struct socket_message message = message_over(file, pieces, n);
	int64_t done;

	if (n == 0)
		return 0;
	message.data.kernel = kernel;
	done = socket_receive(file->private, &message);
	rights_free(message.rights);
	return done;
}

static int64_t read_vector(struct file *file, const struct iovec *pieces,
			   uint64_t n)
{
	return read_pieces(file, pieces, n, false);
}

static int64_t write_vector(struct file *file, const struct iovec *pieces,
			    uint64_t n)
{
	struct socket_message message = message_over(file, pieces, n);

	/* Unlike write(2) it cannot send an empty packet. */
	return n ? socket_send(file->private, &message) : 0;
}

static int64_t socket_read(struct file *file, uint64_t user, uint64_t n)
{
	struct iovec piece = { (void *)user, n };

	return read_vector(file, &piece, n);
}

static int64_t socket_write(struct file *file, uint64_t user, uint64_t n)
{
	struct iovec piece = { (void *)user, n };
	struct socket_message message = message_over(file, &piece, n);

	return socket_send(file->private, &message);
}

static int64_t socket_read_kernel(struct file *file, void *to, uint64_t n)
{
	struct iovec piece = { to, n };

	return read_pieces(file, &piece, n, true);
}

static int64_t socket_write_kernel(struct file *file, const void *from,
				   uint64_t n)
{
	struct iovec piece = { (void *)from, n };
	struct socket_message message = message_over(file, &piece, n);

	message.data.kernel = true;
	return socket_send(file->private, &message);
}

/* Polling. */

static bool is_writable(const struct socket *socket)
{
	if (socket->state == SOCKET_LISTENING ||
	    socket->charged * 4 > socket->send_size)
		return false;
	return socket->type != SOCK_DGRAM || !socket->peer ||
		!datagram_is_full(socket, socket->peer);
}

static unsigned socket_poll(struct file *file)
{
	const struct socket *socket = file->private;
	unsigned events = 0;

	if (socket->error)
		events |= POLLERR;
	if (socket->shut == SHUT_BOTH ||
	    (socket->type != SOCK_DGRAM &&
	     socket->state == SOCKET_UNCONNECTED))
		events |= POLLHUP;
	if (socket->shut & SHUT_READ)
		events |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&socket->packets) || !list_empty(&socket->pending))
		events |= POLLIN | POLLRDNORM;
	if (is_writable(socket))
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return events;
}

int socket_await(struct socket *socket, unsigned events)
{
	int flags = 0;
	uint64_t deadline = socket_deadline(events & POLLIN ?
					    socket->receive_limit :
					    socket->send_limit, &flags);

	if (flags & MSG_DONTWAIT)
		return -EAGAIN;
	events |= POLLERR | POLLHUP;
	if (socket_poll(socket->file) & events)
		return 1;
	return socket_wait_status(wait_event(&socket->queue,
					     socket_poll(socket->file) & events,
					     deadline), deadline);
}

static struct wait_queue *socket_queue(struct file *file)
{
	struct socket *socket = file->private;

	return &socket->queue;
}

/* FIONREAD: all that is there, or of a datagram socket the next. */
static int64_t bytes_waiting(const struct socket *socket)
{
	const struct packet *packet;
	int64_t bytes = 0;

	if (socket->state == SOCKET_LISTENING)
		return -EINVAL;
	list_for_each(packet, &socket->packets, link) {
		bytes += (int64_t)(packet->length - packet->done);
		if (socket->type == SOCK_DGRAM)
			break;
	}
	return bytes;
}

static int64_t socket_ioctl(struct file *file, uint64_t request,
			    uint64_t argument)
{
	const struct socket *socket = file->private;
	int64_t bytes;
	int n;

	if (request == FIONREAD)
		bytes = bytes_waiting(socket);
	else if (request == TIOCOUTQ)
		bytes = (int64_t)socket->charged;
	else
		return -ENOTTY;
	n = (int)bytes;
	return bytes < 0 ? bytes : put_user(n, argument);
}

static void socket_dropped(struct file *file)
{
	rights_check(file->private);
}

static const struct file_operations socket_file = {
	.read = socket_read,
	.write = socket_write,
	.read_vector = read_vector,
	.write_vector = write_vector,
	.read_kernel = socket_read_kernel,
	.write_kernel = socket_write_kernel,
	.ioctl = socket_ioctl,
	.poll = socket_poll,
	.queue = socket_queue,
	.dropped = socket_dropped,
	.release = socket_release,
};

/* Making. */

struct socket *socket_of(struct file *file)
{
	return file->operations == &socket_file ? file->private : NULL;
}

struct file *socket_open(struct socket *socket, int flags)
{
	struct file *file = file_create(&socket_file, "socket:",
					S_IFSOCK | 0777,
					O_RDWR | (flags & O_NONBLOCK), socket);

	if (file)
		socket->file = file;
	return file;
}

int socket_create(int type, int flags, struct file **file)
{
	struct socket *socket;

	if (type == SOCK_RAW)
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM &&
	    type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	socket = socket_new(type);
	if (!socket)
		return -ENOMEM;
	*file = socket_open(socket, flags);
	if (!*file)
		socket_put(socket);
	return *file ? 0 : -ENOMEM;
}

static void join(struct socket *socket, struct socket *peer)
{
	socket_set_peer(socket, peer);
	socket->credentials = socket_my_credentials();
	if (socket->type != SOCK_DGRAM)
		socket->state = SOCKET_CONNECTED;
}

int socket_pair(int type, int flags, struct file *files[2])
{
	int status = socket_create(type, flags, &files[0]);

	if (status)
		return status;
	status = socket_create(type, flags, &files[1]);
	if (status) {
		file_put(files[0]);
		return status;
	}
	join(files[0]->private, files[1]->private);
	join(files[1]->private, files[0]->private);
	return 0;
}
