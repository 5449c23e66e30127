// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets: what one call sends, or of a stream a piece of it.
 *
 * A packet is charged to who sent it until it has been received whole, with
 * about the memory it takes; SO_SNDBUF bounds the sum.
 */
#include <errno.h>
#include <asm/poll.h>
#include <fs/unix.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>

#define INLINE_MAX	(2048 - sizeof(struct packet))

/* A short one costs what it does on Linux, whose programs count on it. */
#define CHARGE_HEADER	256
#define CHARGE_TAIL	320
#define CHARGE_LEAST	512u

static uint64_t charge_of(uint64_t length)
{
	uint64_t charge = CHARGE_LEAST;

	if (length > INLINE_MAX)
		return CHARGE_HEADER + CHARGE_LEAST +
			ALIGN_UP(length, PAGE_SIZE);
	while (charge < length + CHARGE_TAIL)
		charge *= 2;
	return CHARGE_HEADER + charge;
}

/* The bytes from OFFSET on that lie in one piece, at most N: how many. */
static uint64_t piece_at(const struct packet *packet, uint64_t offset,
			 uint64_t n, uint8_t **at)
{
	if (!packet->pages) {
		*at = (uint8_t *)packet->body + offset;
		return n;
	}
	*at = (uint8_t *)frame_address(packet->body[offset / PAGE_SIZE]) +
		offset % PAGE_SIZE;
	return MIN(n, PAGE_SIZE - offset % PAGE_SIZE);
}

static void discard(struct packet *packet)
{
	for (unsigned i = 0; i < packet->pages; i++)
		frame_free_bytes(packet->body[i], PAGE_SIZE);
	object_free(packet);
}

static struct packet *allocate(uint64_t length)
{
	uint64_t pages = length > INLINE_MAX ?
		ALIGN_UP(length, PAGE_SIZE) / PAGE_SIZE : 0;
	struct packet *packet;

	packet = object_alloc(sizeof(*packet) +
			      (pages ? pages * sizeof(phys_t) : length));
	if (!packet)
		return NULL;
	list_init(&packet->link);
	packet->length = length;
	packet->charge = charge_of(length);
	while (packet->pages < pages) {
		phys_t page = frame_alloc_bytes(PAGE_SIZE);

		if (!page) {
			discard(packet);
			return NULL;
		}
		packet->body[packet->pages++] = page;
	}
	return packet;
}

int packet_create(struct socket *sender, struct socket_message *message,
		  uint64_t length, struct packet **result)
{
	struct packet *packet = allocate(length);
	uint64_t done = 0, n;
	uint8_t *at;

	if (!packet)
		return -ENOMEM;
	for (; done < length; done += n) {
		n = piece_at(packet, done, length - done, &at);
		if (vector_take(&message->data, at, n)) {
			discard(packet);
			return -EFAULT;
		}
	}
	packet->sender = socket_get(sender);
	sender->charged += packet->charge;
	*result = packet;
	return 0;
}

int packet_give(const struct packet *packet, uint64_t offset, uint64_t n,
		struct vector *to)
{
	uint64_t left = to->left - n, piece;
	struct vector before = *to;
	uint8_t *at;

	for (; to->left > left; offset += piece) {
		piece = piece_at(packet, offset, to->left - left, &at);
		if (vector_give(to, at, piece)) {
			*to = before;
			return -EFAULT;
		}
	}
	return 0;
}

static bool has_room(const struct socket *socket)
{
	return socket->charged < socket->send_size;
}

static bool polls_writable(const struct socket *socket)
{
	return socket->charged * 4 <= socket->send_size;
}

void packet_free(struct packet *packet)
{
	struct socket *sender = packet->sender;
	bool room = has_room(sender), writable = polls_writable(sender);

	sender->charged -= packet->charge;
	if (room != has_room(sender) || writable != polls_writable(sender))
		wait_wake(&sender->queue, POLLOUT | POLLWRNORM | POLLWRBAND);
	if (packet->rights)
		rights_land(packet->rights);
	rights_free(packet->rights);
	socket_put(sender);
	discard(packet);
}

static struct credentials credentials_for(const struct socket *sender,
					  const struct socket *receiver,
					  const struct socket_message *message)
{
	if (message->has_credentials)
		return message->credentials;
	/* Who will accept it may ask for them then. */
	if (socket_wants_credentials(sender) || !receiver->file ||
	    socket_wants_credentials(receiver))
		return socket_my_credentials();
	return (struct credentials){ 0, NOBODY, NOBODY };
}

int packet_deliver(struct packet *packet, struct socket *receiver,
		   struct socket_message *message)
{
	int status = message->rights ? rights_launch(message->rights) : 0;

	if (status) {
		packet_free(packet);
		return status;
	}
	packet->rights = message->rights;
	message->rights = NULL;
	packet->credentials = credentials_for(packet->sender, receiver,
					      message);
	if (socket_wants_time(receiver))
		packet->time = clock_realtime();
	list_add_tail(&receiver->packets, &packet->link);
	receiver->packet_count++;
	receiver->arrivals++;
	wait_wake(&receiver->queue, POLLIN | POLLRDNORM);
	return 0;
}

void packet_finish(struct socket *receiver, struct packet *packet)
{
	bool full = receiver->packet_count > receiver->backlog;

	list_remove(&packet->link);
	packet_free(packet);
	receiver->packet_count--;
	if (full && receiver->type == SOCK_DGRAM)
		socket_has_room(receiver);
}

void packets_drop(struct socket *receiver)
{
	while (!list_empty(&receiver->packets))
		packet_finish(receiver, list_entry(receiver->packets.next,
						   struct packet, link));
}

void packet_describe(const struct packet *packet,
		     struct socket_message *message)
{
	message->name = packet->sender->name;
	message->credentials = packet->credentials;
	message->has_credentials = true;
	message->time = packet->time;
}

int packet_take_rights(struct packet *packet, struct socket_message *message)
{
	if (!packet->rights)
		return 0;
	if (message->flags & MSG_PEEK) {
		message->rights = rights_copy(packet->rights);
		return message->rights ? 0 : -ENOMEM;
	}
	rights_land(packet->rights);
	message->rights = packet->rights;
	packet->rights = NULL;
	return 0;
}

int packet_wait_room(struct socket *sender, int flags, uint64_t deadline)
{
	int status = 0;

	while (status == 0) {
		status = socket_error(sender);
		if (status)
			break;
		if (sender->shut & SHUT_WRITE)
			return -EPIPE;
		if (has_room(sender))
			break;
		if (flags & MSG_DONTWAIT)
			return -EAGAIN;
		status = wait_event(&sender->queue, has_room(sender) ||
				    sender->error ||
				    sender->shut & SHUT_WRITE, deadline);
		status = socket_wait_status(status, deadline);
	}
	return status;
}

void packet_peeked_less(struct socket *receiver, uint64_t n)
{
	if (receiver->peek_offset > 0)
		receiver->peek_offset -=
			(int)MIN(n, (uint64_t)receiver->peek_offset);
}
