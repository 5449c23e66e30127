// SPDX-License-Identifier: GPL-2.0-only
/*
 * getsockopt(2), setsockopt(2) of level SOL_SOCKET: socket(7), unix(7).  What
 * means nothing to this family is kept and told again, as on Linux.
 */
#include <errno.h>
#include <linux/time_types.h>
#include <fs/unix.h>
#include <lib/string.h>
#include <mm/uaccess.h>

/* As Linux has them: default and largest SO_SNDBUF and SO_RCVBUF, and least. */
#define BUFFER_SIZE	212992u
#define SEND_LEAST	4608u
#define RECEIVE_LEAST	2304u

#define NS		1000000000ll
#define TIME_MAX	(1ll << 62)	/* ns: beyond is for ever */
#define PRIORITY_MAX	6		/* of who is not root */

#define BIT(option)	(1ull << (option))

/* Those that are on or off. */
#define FLAGS	(BIT(SO_DEBUG) | BIT(SO_REUSEADDR) | BIT(SO_REUSEPORT) | \
		 BIT(SO_DONTROUTE) | BIT(SO_BROADCAST) | BIT(SO_KEEPALIVE) | \
		 BIT(SO_OOBINLINE) | BIT(SO_NO_CHECK) | BIT(SO_PASSCRED) | \
		 BIT(SO_PASSSEC) | BIT(SO_TIMESTAMP) | BIT(SO_TIMESTAMPNS) | \
		 BIT(SO_RXQ_OVFL) | BIT(SO_NOFCS) | BIT(SO_SELECT_ERR_QUEUE))
#define TIMES	(BIT(SO_TIMESTAMP) | BIT(SO_TIMESTAMPNS))

void option_init(struct socket *socket)
{
	socket->send_size = socket->receive_size = BUFFER_SIZE;
	socket->low_water = 1;
	socket->peek_offset = -1;
	socket->send_limit = socket->receive_limit = FOREVER;
}

bool socket_wants_credentials(const struct socket *socket)
{
	return socket_flag(socket, SO_PASSCRED);
}

int socket_wants_time(const struct socket *socket)
{
	if (socket_flag(socket, SO_TIMESTAMPNS))
		return SO_TIMESTAMPNS;
	return socket_flag(socket, SO_TIMESTAMP) ? SO_TIMESTAMP : 0;
}

static bool is_root(void)
{
	return current()->process->uid == 0;
}

static int set_flag(struct socket *socket, int option, bool on)
{
	if (option == SO_DEBUG && on && !is_root())
		return -EACCES;
	/* One of these at a time. */
	socket->flags &= ~(BIT(option) & TIMES ? TIMES : BIT(option));
	if (on)
		socket->flags |= BIT(option);
	return 0;
}

/* Twice what was asked for, as socket(7) says. */
static unsigned buffer_size(int value, unsigned most, unsigned least)
{
	return MAX(MIN((unsigned)value, most) * 2, least);
}

static int force_size(struct socket *socket, int option, int value)
{
	if (!is_root())
		return -EPERM;
	value = MAX(value, 0);
	if (option == SO_SNDBUFFORCE)
		socket->send_size = buffer_size(value, INT32_MAX / 2,
						SEND_LEAST);
	else
		socket->receive_size = buffer_size(value, INT32_MAX / 2,
						   RECEIVE_LEAST);
	return 0;
}

static int set_number(struct socket *socket, int option, int value)
{
	switch (option) {
	case SO_SNDBUF:
		socket->send_size = buffer_size(value, BUFFER_SIZE,
						SEND_LEAST);
		return 0;
	case SO_RCVBUF:
		socket->receive_size = buffer_size(value, BUFFER_SIZE,
						   RECEIVE_LEAST);
		return 0;
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		return force_size(socket, option, value);
	case SO_RCVLOWAT:
		socket->low_water = value < 0 ? INT32_MAX :
			MAX((unsigned)value, 1u);
		return 0;
	case SO_PEEK_OFF:
		socket->peek_offset = value;
		return 0;
	case SO_PRIORITY:
		if ((value < 0 || value > PRIORITY_MAX) && !is_root())
			return -EPERM;
		socket->priority = value;
		return 0;
	case SO_MARK:
		if (!is_root())
			return -EPERM;
		socket->mark = (uint32_t)value;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/* SO_RCVTIMEO, SO_SNDTIMEO; the new ones are the same here. */
static uint64_t *limit_of(struct socket *socket, int option)
{
	switch (option) {
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
		return &socket->receive_limit;
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return &socket->send_limit;
	default:
		return NULL;
	}
}

static int set_limit(uint64_t *limit, uint64_t user, uint32_t length)
{
	struct __kernel_sock_timeval time;

	if (length < sizeof(time))
		return -EINVAL;
	if (get_user(time, user))
		return -EFAULT;
	if (time.tv_usec < 0 || time.tv_usec >= 1000000)
		return -EDOM;
	if (time.tv_sec < 0)
		*limit = 0;	/* do not wait at all */
	else if ((time.tv_sec == 0 && time.tv_usec == 0) ||
		 time.tv_sec >= TIME_MAX / NS)
		*limit = FOREVER;
	else
		*limit = (uint64_t)(time.tv_sec * NS + time.tv_usec * 1000);
	return 0;
}

static int set_linger(struct socket *socket, uint64_t user, uint32_t length)
{
	if (length < sizeof(socket->linger))
		return -EINVAL;
	return get_user(socket->linger, user);
}

int socket_set_option(struct socket *socket, int option, uint64_t user,
		      uint32_t length)
{
	uint64_t *limit = limit_of(socket, option);
	int value;

	if (length < sizeof(value))
		return -EINVAL;
	if (get_user(value, user))
		return -EFAULT;
	if (option == SO_LINGER)
		return set_linger(socket, user, length);
	if (limit)
		return set_limit(limit, user, length);
	if (option > 0 && option < 64 && FLAGS & BIT(option))
		return set_flag(socket, option, value != 0);
	return set_number(socket, option, value);
}

static int get_number(struct socket *socket, int option, int *value)
{
	switch (option) {
	case SO_TYPE:
		*value = socket->type;
		return 0;
	case SO_DOMAIN:
		*value = AF_UNIX;
		return 0;
	case SO_PROTOCOL:
		*value = 0;
		return 0;
	case SO_ERROR:
		*value = -socket_error(socket);
		return 0;
	case SO_ACCEPTCONN:
		*value = socket->state == SOCKET_LISTENING;
		return 0;
	case SO_SNDBUF:
		*value = (int)socket->send_size;
		return 0;
	case SO_RCVBUF:
		*value = (int)socket->receive_size;
		return 0;
	case SO_RCVLOWAT:
		*value = (int)socket->low_water;
		return 0;
	case SO_SNDLOWAT:
		*value = 1;
		return 0;
	case SO_PEEK_OFF:
		*value = socket->peek_offset;
		return 0;
	case SO_PRIORITY:
		*value = socket->priority;
		return 0;
	case SO_MARK:
		*value = (int)socket->mark;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int64_t give(const void *from, size_t size, uint64_t user,
		    uint32_t length)
{
	size = MIN(size, length);
	return copy_to_user(user, from, size) ? -EFAULT : (int64_t)size;
}

static int64_t get_limit(uint64_t limit, uint64_t user, uint32_t length)
{
	struct __kernel_sock_timeval time = { 0 };

	if (limit != FOREVER) {
		time.tv_sec = (int64_t)limit / NS;
		time.tv_usec = (int64_t)limit % NS / 1000;
	}
	return give(&time, sizeof(time), user, length);
}

int64_t socket_get_option(struct socket *socket, int option, uint64_t user,
			  uint32_t length)
{
	const uint64_t *limit = limit_of(socket, option);
	int value, status;

	if (limit)
		return get_limit(*limit, user, length);
	if (option == SO_LINGER)
		return give(&socket->linger, sizeof(socket->linger), user,
			    length);
	if (option == SO_PEERCRED)
		return give(&socket->credentials, sizeof(socket->credentials),
			    user, length);
	/* Nobody has supplementary groups. */
	if (option == SO_PEERGROUPS)
		return socket->credentials.pid ? 0 : -ENODATA;
	if (option > 0 && option < 64 && FLAGS & BIT(option)) {
		value = socket_flag(socket, option);
		return give(&value, sizeof(value), user, length);
	}
	status = get_number(socket, option, &value);
	return status ? status : give(&value, sizeof(value), user, length);
}
