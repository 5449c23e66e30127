/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets of the one family that there is, unix(7), as the system calls see
 * them.  All functions work for the current process and return 0 or bytes, or
 * -errno as the man page of the call that has their name.
 */
#ifndef FS_SOCKET_H
#define FS_SOCKET_H

#include <linux/un.h>
#include <fs/file.h>
#include <fs/vector.h>

#define AF_UNSPEC		0
#define AF_UNIX			1

#define SOCK_STREAM		1
#define SOCK_DGRAM		2
#define SOCK_RAW		3	/* the same as SOCK_DGRAM */
#define SOCK_SEQPACKET		5

#define MSG_OOB			0x1
#define MSG_PEEK		0x2
#define MSG_CTRUNC		0x8
#define MSG_TRUNC		0x20
#define MSG_DONTWAIT		0x40
#define MSG_WAITALL		0x100
#define MSG_NOSIGNAL		0x4000
#define MSG_WAITFORONE		0x10000
#define MSG_CMSG_CLOEXEC	0x40000000
#define MSG_CMSG_COMPAT		0x80000000u

#define SCM_RIGHTS		1
#define SCM_CREDENTIALS		2
#define SCM_MAX_FD		253

/* A struct sockaddr_un with its length, and room for a NUL at its end. */
struct socket_address {
	uint32_t length;	/* of the rest, in bytes; 0: none */
	uint16_t family;
	char path[126];
};

/* As much as the calls copy of an address of any family. */
#define ADDRESS_MAX	sizeof(struct __kernel_sockaddr_storage)
_Static_assert(offsetof(struct socket_address, family) + ADDRESS_MAX ==
	       sizeof(struct socket_address), "an address of any length fits");

/* struct ucred */
struct credentials {
	int32_t pid;		/* 0: unknown */
	uint32_t uid, gid;
};

/* What a user is to whom we know none. */
#define NOBODY		65534u

/* Open files on their way (SCM_RIGHTS), each with a user. */
struct rights {
	struct list link;
	struct sender_account *account;	/* NULL: they are in no queue */
	unsigned count;
	struct file *files[];
};

struct rights *rights_create(unsigned most);	/* none yet; or NULL */
void rights_free(struct rights *rights);	/* NULL is fine */

/* One message: what is sent, or what is received and where to. */
struct socket_message {
	struct vector data;
	int flags;			/* MSG_*; also from the open file */
	struct socket_address name;	/* the receiver's, or the sender's */
	struct rights *rights;		/* or NULL; what is sent takes them */
	bool has_credentials;		/* sending: others than one's own */
	struct credentials credentials;
	uint64_t time;			/* received: ns since 1970, or 0 */
	int out_flags;			/* received: MSG_TRUNC */
};

struct socket;

struct socket *socket_of(struct file *file);	/* NULL: it is no socket */

/* TYPE without flags; FLAGS: O_NONBLOCK. */
int socket_create(int type, int flags, struct file **file);
int socket_pair(int type, int flags, struct file *files[2]);
int socket_bind(struct socket *socket, const struct socket_address *address);
int socket_listen(struct socket *socket, int backlog);
int socket_connect(struct socket *socket, const struct socket_address *address,
		   bool nonblock);
/* FLAGS: O_NONBLOCK of the new one, for which there is a descriptor left. */
int socket_accept(struct socket *socket, bool nonblock, int flags,
		  struct file **file);
int socket_name(struct socket *socket, bool peer,
		struct socket_address *address);
int socket_shutdown(struct socket *socket, int how);
int64_t socket_send(struct socket *socket, struct socket_message *message);
/* What it leaves in the message is the caller's also if it fails. */
int64_t socket_receive(struct socket *socket, struct socket_message *message);

/*
 * Wait for one of EVENTS (POLL*) as long as SO_RCVTIMEO (POLLIN) or SO_SNDTIMEO
 * says: 0, -EAGAIN, -EINTR, -ERESTARTSYS; 1: there is one already.
 */
int socket_await(struct socket *socket, unsigned events);

/* The pending error, as -errno, which is none then; 0. */
int socket_error(struct socket *socket);
void socket_set_error(struct socket *socket, int error);	/* -errno */

/* Level SOL_SOCKET: LENGTH bytes of user memory, or with get at most that. */
int socket_set_option(struct socket *socket, int option, uint64_t user,
		      uint32_t length);
int64_t socket_get_option(struct socket *socket, int option, uint64_t user,
			  uint32_t length);	/* returns bytes */
/* Does it want the credentials of who sends (SO_PASSCRED)? */
bool socket_wants_credentials(const struct socket *socket);
/* Does it want to know when (SO_TIMESTAMP...)?  The type of cmsg, or 0. */
int socket_wants_time(const struct socket *socket);

#endif
