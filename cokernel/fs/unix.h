/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket, inside fs/socket*.c and fs/unix_*.c.
 *
 * It lives while anything counts as its user: its open file, a socket that is
 * connected to it, a packet that it sent, the listening socket where it waits
 * to be accepted, a task that sleeps for it.  When its file is closed it is
 * dead: nobody finds it by its name, and it has no packets and no peer.
 */
#ifndef FS_UNIX_H
#define FS_UNIX_H

#include <asm/socket.h>
#include <fs/inode.h>
#include <fs/socket.h>

enum socket_state {
	SOCKET_UNCONNECTED,	/* a datagram socket, always */
	SOCKET_LISTENING,
	SOCKET_CONNECTED,
};

#define SHUT_READ	1
#define SHUT_WRITE	2
#define SHUT_BOTH	3

#define FOREVER		UINT64_MAX	/* a time limit that never passes */

struct socket {
	unsigned users;
	int type;
	enum socket_state state;
	bool dead;
	unsigned shut;
	int error;		/* pending, not negative */
	struct file *file;	/* plain; NULL: dead, or not yet accepted */
	struct wait_queue queue;	/* what its own users wait for */
	struct wait_queue room;		/* who waits to send or connect to it */

	/* fs/unix_name.c */
	struct socket_address name;
	struct inode *inode;		/* of the name's path; a user */
	const struct session *session;	/* whose abstract names it knows */
	struct socket *next_named;	/* of those with an abstract name */

	struct socket *peer;		/* counts; also a dead one */
	struct list clients;		/* sockets whose peer this is, */
	struct list client;		/* by this */
	struct credentials credentials;	/* of the peer; a listener's own */
	struct list pending;		/* not yet accepted: count as users, */
	struct list arrival;		/* by this */
	unsigned pending_count;
	unsigned backlog;		/* more than that is too many */

	/* fs/unix_packet.c */
	struct list packets;		/* to be received, oldest first */
	unsigned packet_count;
	uint64_t arrivals;		/* packets, ever */
	uint64_t charged;		/* bytes of those it sent */

	/* fs/unix_rights.c */
	unsigned in_flight;		/* users of FILE that are in queues */
	bool suspected;			/* while rights_check() runs, and: */
	unsigned unexplained;		/* of them, not in suspects' queues */
	struct list suspect;

	/* fs/socket_option.c */
	uint64_t flags;			/* bit N: option N is set */
	unsigned send_size, receive_size, low_water;
	int priority, peek_offset;	/* peek_offset < 0: off */
	uint32_t mark;
	struct { int on, seconds; } linger;
	uint64_t send_limit, receive_limit;	/* ns, or FOREVER */
};

/* fs/socket.c */
struct socket *socket_new(int type);	/* one user; NULL without memory */
struct socket *socket_get(struct socket *socket);
void socket_put(struct socket *socket);
/* An open file of it, which takes over a user.  NULL without memory. */
struct file *socket_open(struct socket *socket, int flags);
/* PEER (NULL: nobody) is whom it sends to from now on. */
void socket_set_peer(struct socket *socket, struct socket *peer);
/* Who waits to send or connect to SOCKET may look again. */
void socket_has_room(struct socket *socket);
struct credentials socket_my_credentials(void);
static inline bool socket_flag(const struct socket *socket, int option)
{
	return socket->flags >> option & 1;
}

/* When to stop waiting, as wait_sleep() takes it; maybe sets MSG_DONTWAIT. */
uint64_t socket_deadline(uint64_t limit, int *flags);
/* What a call answers whose wait ended with STATUS. */
int socket_wait_status(int status, uint64_t deadline);

/* fs/unix_name.c */
int unix_check_address(const struct socket_address *address);	/* -EINVAL */
int unix_autobind(struct socket *socket);
/* The socket that FROM would reach at ADDRESS, with a new user. */
int unix_find(const struct socket *from, const struct socket_address *address,
	      struct socket **result);
void unix_unname(struct socket *socket);

/* fs/unix_packet.c: what is sent at once, in pages or behind the header. */
struct packet {
	struct list link;
	struct socket *sender;		/* counts */
	uint64_t length, done;		/* bytes, and of them received */
	uint64_t charge;		/* its memory, as SO_SNDBUF counts it */
	uint64_t time;			/* CLOCK_REALTIME, or 0 */
	struct credentials credentials;
	struct rights *rights;		/* or NULL */
	unsigned pages;			/* in BODY; 0: the bytes are */
	uint64_t body[];
};

/* The next LENGTH bytes of MESSAGE.  -ENOMEM, -EFAULT. */
int packet_create(struct socket *sender, struct socket_message *message,
		  uint64_t length, struct packet **result);
void packet_free(struct packet *packet);
/* Give N bytes from OFFSET on to the program.  -EFAULT. */
int packet_give(const struct packet *packet, uint64_t offset, uint64_t n,
		struct vector *to);
/* Into RECEIVER's queue, with what else MESSAGE has; on failure it is freed. */
int packet_deliver(struct packet *packet, struct socket *receiver,
		   struct socket_message *message);
/* Out of its queue, and free it. */
void packet_finish(struct socket *receiver, struct packet *packet);
/* What MESSAGE tells of the sender. */
void packet_describe(const struct packet *packet,
		     struct socket_message *message);
/* The rights of PACKET become MESSAGE's, or with MSG_PEEK copies.  -ENOMEM. */
int packet_take_rights(struct packet *packet, struct socket_message *message);
/* Wait until SENDER may send more: -EPIPE, -EAGAIN, -ERESTARTSYS... */
int packet_wait_room(struct socket *sender, int flags, uint64_t deadline);
void packets_drop(struct socket *receiver);
/* After N bytes were received from the front: where to peek next. */
void packet_peeked_less(struct socket *receiver, uint64_t n);

/* fs/unix_stream.c, unix_datagram.c (which does SOCK_SEQPACKET too) */
int64_t stream_send(struct socket *socket, struct socket_message *message);
int64_t stream_receive(struct socket *socket, struct socket_message *message);
int64_t datagram_send(struct socket *socket, struct socket_message *message);
int64_t datagram_receive(struct socket *socket,
			 struct socket_message *message);
int datagram_connect(struct socket *socket,
		     const struct socket_address *address);
/* Must SENDER wait because OTHER has enough to receive? */
bool datagram_is_full(const struct socket *sender, const struct socket *other);

/* fs/unix_rights.c */
int rights_launch(struct rights *rights);	/* -ETOOMANYREFS, -ENOMEM */
void rights_land(struct rights *rights);
struct rights *rights_copy(const struct rights *rights); /* not in flight */
/* SOCKET's file has lost a user: is it one of a cycle that nobody can reach? */
void rights_check(struct socket *socket);

/* fs/socket_option.c */
void option_init(struct socket *socket);

#endif
