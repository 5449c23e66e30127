/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending and receiving messages, also with files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "conform.h"

#define NOW	MSG_DONTWAIT

static void pair(int type, int fds[2])
{
	NEEDS(socketpair(AF_UNIX, type, 0, fds) == 0);
}

static int made(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	NEEDS(fd >= 0);
	return fd;
}

static socklen_t name(struct sockaddr_un *to, const char *path)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	strcpy(to->sun_path, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path));
}

static long bind_to(int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t length = name(&address, path);

	return RESULT(bind(fd, (void *)&address, length));
}

static long connect_to(int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t length = name(&address, path);

	return RESULT(connect(fd, (void *)&address, length));
}

CONFORM(sendto, "a stream: broken, with an address, beyond memory")
{
	struct sockaddr_un address;
	socklen_t length = name(&address, "socket");
	int fds[2];

	pair(SOCK_STREAM, fds);
	GIVES(-EISCONN, CALL(sendto, fds[0], "x", 1, 0, &address, length));
	GIVES(-EOPNOTSUPP, CALL(sendto, made(SOCK_STREAM), "x", 1, 0,
				&address, length));
	GIVES(-ENOTCONN, CALL(sendto, made(SOCK_STREAM), "x", 1, 0, 0, 0));
	FAULTS(IN, p, CALL(sendto, fds[0], p, 4, 0, 0, 0));
	close(fds[1]);
	GIVES(-EPIPE, CALL(sendto, fds[0], "x", 1, MSG_NOSIGNAL, 0, 0));
	GIVES(-ENOTSOCK, CALL(sendto, 0, "x", 1, 0, 0, 0));
	GIVES(-EBADF, CALL(sendto, 99, "x", 1, 0, 0, 0));
}

CONFORM(sendto, "SIGPIPE, which MSG_NOSIGNAL prevents")
{
	int fds[2];
	pid_t pid;

	pair(SOCK_STREAM, fds);
	close(fds[1]);
	CHILD(pid) {
		signal(SIGPIPE, SIG_DFL);
		CALL(sendto, fds[0], "x", 1, MSG_NOSIGNAL, 0, 0);
		CALL(sendto, fds[0], "x", 1, 0, 0, 0);
	}
	GIVES(128 + SIGPIPE, ended(pid));
}

CONFORM(sendto, "datagrams: too large, too many, empty")
{
	static char large[300000];
	int a = made(SOCK_DGRAM), fds[2], n = 0;
	struct sockaddr_un address;
	socklen_t length = name(&address, "socket");

	GIVES(-ENOENT, CALL(sendto, a, "x", 1, 0, &address, length));
	NEEDS(bind_to(made(SOCK_DGRAM), "socket") == 0);
	while (CALL(sendto, a, "x", 1, NOW, &address, length) == 1)
		n++;
	GIVES(11, n);
	GIVES(-EAGAIN, CALL(sendto, a, "x", 1, NOW, &address, length));
	pair(SOCK_DGRAM, fds);
	GIVES(-EMSGSIZE, CALL(sendto, fds[0], large, sizeof(large), 0, 0, 0));
	GIVES(0, CALL(sendto, fds[0], large, 0, 0, 0, 0));
	GIVES(0, CALL(recvfrom, fds[1], large, 9, NOW, 0, 0));
	GIVES(-EAGAIN, CALL(recvfrom, fds[1], large, 9, NOW, 0, 0));
}

CONFORM(recvfrom, "MSG_PEEK, MSG_TRUNC, MSG_WAITALL, the sender's name")
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int a = made(SOCK_DGRAM), b = made(SOCK_DGRAM), fds[2];
	char text[16];
	pid_t pid;

	NEEDS(bind_to(a, "a") == 0 && bind_to(b, "b") == 0);
	NEEDS(connect_to(b, "a") == 0 && write(b, "message", 7) == 7);
	GIVES(7, CALL(recvfrom, a, text, 3, MSG_PEEK | MSG_TRUNC, 0, 0));
	GIVES(3, CALL(recvfrom, a, text, 3, 0, &address, &length));
	GIVES(4, length);
	GIVES('b', address.sun_path[0]);
	GIVES(-EAGAIN, CALL(recvfrom, a, text, 3, NOW, 0, 0));
	pair(SOCK_STREAM, fds);
	CHILD(pid) {
		for (int i = 0; i < 3; i++) {
			nap(20);
			if (write(fds[1], "abcd", 4) != 4)
				_exit(1);
		}
	}
	GIVES(12, CALL(recvfrom, fds[0], text, 12, MSG_WAITALL, 0, 0));
	GIVES(0, ended(pid));
}

CONFORM(recvfrom, "the end, errors")
{
	int fds[2];
	char text[8];

	pair(SOCK_STREAM, fds);
	NEEDS(write(fds[0], "unread", 6) == 6 && write(fds[1], "text", 4) == 4);
	FAULTS(OUT, p, CALL(recvfrom, fds[0], p, 4, 0, 0, 0));
	close(fds[1]);
	GIVES(4, CALL(recvfrom, fds[0], text, 8, 0, 0, 0));
	GIVES(-ECONNRESET, CALL(recvfrom, fds[0], text, 8, 0, 0, 0));
	GIVES(0, CALL(recvfrom, fds[0], text, 8, 0, 0, 0));
	SHOWS(CALL(recvfrom, made(SOCK_STREAM), text, 8, 0, 0, 0));
	GIVES(-ENOTCONN,
	      CALL(recvfrom, made(SOCK_SEQPACKET), text, 8, 0, 0, 0));
	GIVES(-ENOTSOCK, CALL(recvfrom, 0, text, 8, 0, 0, 0));
	GIVES(-EBADF, CALL(recvfrom, 99, text, 8, 0, 0, 0));
}

/* Messages with files. */

static union {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(300 * sizeof(int))];
} control;

static char place[16];
static struct iovec piece;
static struct msghdr message;

static struct msghdr *with(void *data, size_t n, const int *fds, unsigned count)
{
	piece = (struct iovec){ data, n };
	memset(&message, 0, sizeof(message));
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	if (!count)
		return &message;
	message.msg_control = &control;
	message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	memset(&control, 0, sizeof(control));
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	if (fds)
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	return &message;
}

/* For N bytes and COUNT files. */
static struct msghdr *room(size_t n, unsigned count)
{
	return with(place, n, NULL, count);
}

static int first(void)
{
	int fd;

	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

CONFORM(sendmsg, "files, as many as may be")
{
	int fds[2], many[254] = { 0 };

	pair(SOCK_DGRAM, fds);
	GIVES(1, CALL(sendmsg, fds[0], with("x", 1, many, 253), 0));
	GIVES(-EINVAL, CALL(sendmsg, fds[0], with("x", 1, many, 254), 0));
	many[1] = 99;
	GIVES(-EBADF, CALL(sendmsg, fds[0], with("x", 1, many, 2), 0));
	with("x", 1, many, 1);
	control.header.cmsg_type = 99;
	GIVES(-EINVAL, CALL(sendmsg, fds[0], &message, 0));
	control.header.cmsg_len = 1;
	GIVES(-EINVAL, CALL(sendmsg, fds[0], &message, 0));
	with("x", 1, many, 1)->msg_controllen = 1 << 20;
	GIVES(-ENOBUFS, CALL(sendmsg, fds[0], &message, 0));
}

CONFORM(sendmsg, "errors")
{
	int fds[2];

	pair(SOCK_STREAM, fds);
	FAULTS(IN, p, CALL(sendmsg, fds[0], p, 0));
	FAULTS(IN, p, CALL(sendmsg, fds[0], with(p, 4, NULL, 0), 0));
	with("x", 1, NULL, 0)->msg_iovlen = 1025;
	GIVES(-EMSGSIZE, CALL(sendmsg, fds[0], &message, 0));
	with("x", 1, NULL, 0)->msg_namelen = 9;
	message.msg_name = (void *)8;
	GIVES(-EFAULT, CALL(sendmsg, fds[0], &message, 0));
	GIVES(-ENOTSOCK, CALL(sendmsg, 0, &message, 0));
}

CONFORM(recvmsg, "a file that its sender has closed")
{
	int fds[2], ends[2], got;

	pair(SOCK_STREAM, fds);
	pipe_ends(ends);
	NEEDS(sendmsg(fds[0], with("x", 1, &ends[1], 1), 0) == 1);
	close(ends[1]);
	GIVES(1, CALL(recvmsg, fds[1], room(9, 1), MSG_CMSG_CLOEXEC));
	SHOWS(message.msg_flags);
	GIVES(24, message.msg_controllen);
	GIVES(20, control.header.cmsg_len);
	got = first();
	GIVES(FD_CLOEXEC, fcntl(got, F_GETFD));
	GIVES(3, write(got, "abc", 3));
	close(got);
	GIVES(3, read(ends[0], place, 9));
	GIVES(0, read(ends[0], place, 9));
}

CONFORM(recvmsg, "too little room, and no descriptor left")
{
	struct rlimit limit = { 5, 5 };
	int fds[2], two[2] = { 0, 1 };

	pair(SOCK_DGRAM, fds);
	for (int i = 0; i < 3; i++)
		NEEDS(sendmsg(fds[0], with("long", 4, two, 2), 0) == 4);
	GIVES(2, CALL(recvmsg, fds[1], room(2, 0), 0));
	GIVES(MSG_TRUNC | MSG_CTRUNC, message.msg_flags);
	room(4, 1)->msg_controllen = CMSG_LEN(4);
	GIVES(4, CALL(recvmsg, fds[1], &message, 0));
	GIVES(MSG_CTRUNC, message.msg_flags);
	GIVES(20, control.header.cmsg_len);
	close(first());
	setrlimit(RLIMIT_NOFILE, &limit);
	GIVES(4, CALL(recvmsg, fds[1], room(4, 2), 0));
	GIVES(MSG_CTRUNC, message.msg_flags);
	GIVES(0, message.msg_controllen);
}

CONFORM(recvmsg, "who has sent it (SO_PASSCRED)")
{
	int fds[2], on = 1;
	struct ucred sender;

	pair(SOCK_DGRAM, fds);
	NEEDS(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, 4) == 0);
	NEEDS(write(fds[0], "x", 1) == 1);
	GIVES(1, CALL(recvmsg, fds[1], room(4, 9), 0));
	GIVES(SCM_CREDENTIALS, control.header.cmsg_type);
	memcpy(&sender, CMSG_DATA(&control.header), sizeof(sender));
	HOLDS(sender.pid == getpid() && sender.uid == 0);
}

CONFORM(recvmsg, "errors")
{
	int fds[2];

	pair(SOCK_STREAM, fds);
	NEEDS(write(fds[0], "text", 4) == 4);
	FAULTS(IN, p, CALL(recvmsg, fds[1], p, 0));
	FAULTS(OUT, p, CALL(recvmsg, fds[1], with(p, 4, NULL, 0), 0));
	GIVES(-EMSGSIZE, (room(1, 0)->msg_iovlen = 1025,
			  CALL(recvmsg, fds[1], &message, 0)));
	GIVES(4, CALL(recvmsg, fds[1], room(9, 0), 0));
	GIVES(-ENOTSOCK, CALL(recvmsg, 0, &message, 0));
}

static struct mmsghdr *several(struct iovec *pieces, unsigned count)
{
	static struct mmsghdr messages[4];

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	return messages;
}

CONFORM(sendmmsg, "as many as go")
{
	struct iovec pieces[3] = { { "a", 1 }, { "bc", 2 }, { (void *)8, 3 } };
	struct mmsghdr *messages = several(pieces, 3);
	int fds[2];

	pair(SOCK_DGRAM, fds);
	GIVES(2, CALL(sendmmsg, fds[0], messages, 3, 0));
	GIVES(1, messages[0].msg_len);
	GIVES(2, messages[1].msg_len);
	GIVES(-EFAULT, CALL(sendmmsg, fds[0], messages + 2, 1, 0));
	GIVES(0, CALL(sendmmsg, fds[0], messages, 0, 0));
	FAULTS(IN, p, CALL(sendmmsg, fds[0], p, 1, 0));
	GIVES(-ENOTSOCK, CALL(sendmmsg, 0, messages, 1, 0));
}

CONFORM(recvmmsg, "as many as there are, with and without waiting")
{
	static char places[3][8];
	struct iovec pieces[3] = { { places[0], 8 }, { places[1], 8 },
				   { places[2], 8 } };
	struct mmsghdr *messages = several(pieces, 3);
	struct timespec limit = { 10, 0 }, wrong = { 0, -1 };
	int fds[2];

	pair(SOCK_DGRAM, fds);
	NEEDS(write(fds[0], "a", 1) == 1 && write(fds[0], "bc", 2) == 2);
	GIVES(2, CALL(recvmmsg, fds[1], messages, 3, MSG_WAITFORONE, &limit));
	HOLDS(limit.tv_sec == 9);
	GIVES(2, messages[1].msg_len);
	HOLDS(!strcmp(places[0], "a") && !strcmp(places[1], "bc"));
	GIVES(-EAGAIN, CALL(recvmmsg, fds[1], messages, 3, NOW, NULL));
	GIVES(-EINVAL, CALL(recvmmsg, fds[1], messages, 3, NOW, &wrong));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(recvmmsg, fds[1], messages, 1, NOW, p));
	GIVES(-ENOTSOCK, CALL(recvmmsg, 0, messages, 1, NOW, NULL));
}
