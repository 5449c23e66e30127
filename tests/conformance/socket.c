/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of the family AF_UNIX. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/time.h>
#include "conform.h"

#define NOW	MSG_DONTWAIT

static void pair(int type, int fds[2])
{
	NEEDS(socketpair(AF_UNIX, type, 0, fds) == 0);
}

/* "@x" is the abstract name x. */
static socklen_t name(struct sockaddr_un *to, const char *path)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	strcpy(to->sun_path, path);
	if (*path == '@')
		to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path));
}

static long bind_to(int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t length = name(&address, path);

	return CALL(bind, fd, &address, length);
}

static long connect_to(int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t length = name(&address, path);

	return CALL(connect, fd, &address, length);
}

static int made(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	NEEDS(fd >= 0);
	return fd;
}

static int listener(const char *path, int backlog)
{
	int fd = made(SOCK_STREAM);

	NEEDS(bind_to(fd, path) == 0 && listen(fd, backlog) == 0);
	return fd;
}

static void ignore_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

CONFORM(socket, "types and flags")
{
	struct stat stat;

	GIVES(3, CALL(socket, AF_UNIX, SOCK_STREAM, 0));
	GIVES(4, CALL(socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	GIVES(5, CALL(socket, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 1));
	GIVES(0, fcntl(3, F_GETFD));
	GIVES(FD_CLOEXEC, fcntl(4, F_GETFD));
	GIVES(O_RDWR, fcntl(3, F_GETFL));
	GIVES(O_RDWR | O_NONBLOCK, fcntl(5, F_GETFL));
	NEEDS(fstat(3, &stat) == 0);
	GIVES(S_IFSOCK | 0777, stat.st_mode);
}

CONFORM(socket, "errors")
{
	struct rlimit limit = { 4, 4 };

	GIVES(-EAFNOSUPPORT, CALL(socket, 45, SOCK_STREAM, 0));
	GIVES(-EAFNOSUPPORT, CALL(socket, -1, SOCK_STREAM, 0));
	GIVES(-EINVAL, CALL(socket, AF_UNIX, 11, 0));
	GIVES(-EINVAL, CALL(socket, AF_UNIX, SOCK_STREAM | 1 << 20, 0));
	SHOWS(CALL(socket, AF_UNIX, SOCK_RDM, 0));
	GIVES(-EPROTONOSUPPORT, CALL(socket, AF_UNIX, SOCK_STREAM, 6));
	setrlimit(RLIMIT_NOFILE, &limit);
	GIVES(3, CALL(socket, AF_UNIX, SOCK_STREAM, 0));
	GIVES(-EMFILE, CALL(socket, AF_UNIX, SOCK_STREAM, 0));
}

CONFORM(socketpair, "both ends, and nothing is left when there is no room")
{
	struct rlimit limit = { 6, 6 };
	int fds[2];
	char text[8];

	GIVES(0, CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds));
	GIVES(3, fds[0]);
	GIVES(4, fds[1]);
	GIVES(2, write(3, "ab", 2));
	GIVES(2, read(4, text, 8));
	FAULTS(OUT, p, CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, p));
	setrlimit(RLIMIT_NOFILE, &limit);
	GIVES(-EMFILE, CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds));
	GIVES(5, dup(0));
}

CONFORM(bind, "a path, by umask; taken, bound already")
{
	int a = made(SOCK_STREAM), b = made(SOCK_STREAM);
	struct stat stat;

	umask(027);
	GIVES(0, bind_to(a, "socket"));
	NEEDS(lstat("socket", &stat) == 0);
	GIVES(S_IFSOCK | 0750, stat.st_mode);
	GIVES(-EADDRINUSE, bind_to(b, "socket"));
	GIVES(-EINVAL, bind_to(a, "other"));
	GIVES(-ENOENT, bind_to(b, "none/socket"));
	GIVES(-ENOTDIR, bind_to(b, "socket/socket"));
	GIVES(-ENXIO, RESULT(open("socket", O_RDWR)));
}

CONFORM(bind, "abstract names and those that the kernel chooses")
{
	int a = made(SOCK_DGRAM), b = made(SOCK_DGRAM);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(address);

	GIVES(0, bind_to(a, "@conformance"));
	GIVES(-EADDRINUSE, bind_to(b, "@conformance"));
	GIVES(0, CALL(bind, b, &address, 2));
	NEEDS(getsockname(b, (void *)&address, &length) == 0);
	GIVES(8, length);
	GIVES(0, address.sun_path[0]);
	close(a);
	GIVES(0, bind_to(made(SOCK_DGRAM), "@conformance"));
}

CONFORM(bind, "errors")
{
	struct sockaddr_un address;
	int fd = made(SOCK_STREAM);

	name(&address, "socket");
	GIVES(-EBADF, CALL(bind, 99, &address, 9));
	GIVES(-ENOTSOCK, CALL(bind, 0, &address, 9));
	GIVES(-EINVAL, CALL(bind, fd, &address, 1));
	GIVES(-EINVAL, CALL(bind, fd, &address, 111));
	GIVES(-EINVAL, CALL(bind, fd, &address, -1));
	address.sun_family = AF_INET;
	GIVES(-EINVAL, CALL(bind, fd, &address, 9));
	FAULTS(IN, p, CALL(bind, fd, p, 9));
	become(NOBODY);
	GIVES(-EACCES, bind_to(fd, "socket"));
}

CONFORM(listen, "who can, and who accepts connections")
{
	int fd = made(SOCK_STREAM), on = -1;
	socklen_t length = sizeof(on);

	GIVES(-EINVAL, CALL(listen, fd, 5));
	NEEDS(bind_to(fd, "socket") == 0);
	GIVES(-ECONNREFUSED, connect_to(made(SOCK_STREAM), "socket"));
	GIVES(0, CALL(listen, fd, 5));
	GIVES(0, CALL(listen, fd, -1));
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &length);
	GIVES(1, on);
	GIVES(0, connect_to(made(SOCK_STREAM), "socket"));
	GIVES(-EOPNOTSUPP, CALL(listen, made(SOCK_DGRAM), 5));
	GIVES(-ENOTSOCK, CALL(listen, 0, 5));
	GIVES(-EBADF, CALL(listen, 99, 5));
}

CONFORM(connect, "streams: refused, full, twice")
{
	int fd = made(SOCK_STREAM | SOCK_NONBLOCK), server;

	GIVES(-ENOENT, connect_to(fd, "socket"));
	close(file_with("file", ""));
	GIVES(-ECONNREFUSED, connect_to(fd, "file"));
	GIVES(-ECONNREFUSED, connect_to(fd, "@conformance"));
	server = listener("socket", 0);
	GIVES(-EPROTOTYPE, connect_to(made(SOCK_SEQPACKET), "socket"));
	GIVES(0, connect_to(fd, "socket"));
	GIVES(-EAGAIN, connect_to(made(SOCK_STREAM | SOCK_NONBLOCK), "socket"));
	NEEDS(accept(server, NULL, NULL) >= 0);
	GIVES(-EISCONN, connect_to(fd, "socket"));
	close(server);
	GIVES(-ECONNREFUSED, connect_to(made(SOCK_STREAM), "socket"));
}

CONFORM(connect, "datagrams: to whom, to nobody, who may")
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int a = made(SOCK_DGRAM), b = made(SOCK_DGRAM), c = made(SOCK_DGRAM);

	NEEDS(bind_to(a, "a") == 0 && bind_to(b, "b") == 0);
	GIVES(0, connect_to(a, "b"));
	GIVES(1, CALL(sendto, a, "x", 1, 0, 0, 0));
	GIVES(-EPERM, connect_to(c, "a"));
	GIVES(0, CALL(connect, a, &none, 2));
	GIVES(-ENOTCONN, CALL(sendto, a, "x", 1, 0, 0, 0));
	GIVES(0, connect_to(c, "a"));
	close(a);
	GIVES(-ECONNREFUSED, CALL(sendto, c, "x", 1, 0, 0, 0));
	GIVES(-ENOTCONN, CALL(sendto, c, "x", 1, 0, 0, 0));
}

CONFORM(connect, "errors")
{
	struct sockaddr_un address;
	int fd = made(SOCK_STREAM);

	name(&address, "socket");
	listener("socket", 1);
	NEEDS(chmod(".", 0755) == 0 && chmod("socket", 0755) == 0);
	GIVES(-EBADF, CALL(connect, 99, &address, 9));
	GIVES(-ENOTSOCK, CALL(connect, 0, &address, 9));
	GIVES(-EINVAL, CALL(connect, fd, &address, 2));
	GIVES(-EINVAL, CALL(connect, fd, &address, 129));
	FAULTS(IN, p, CALL(connect, fd, p, 9));
	become(NOBODY);
	GIVES(-EACCES, connect_to(fd, "socket"));
}

CONFORM(accept, "the oldest connection, with its name")
{
	int server = listener("socket", 5), a = made(SOCK_STREAM), fd;
	int b = made(SOCK_STREAM);
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	char text[8];

	NEEDS(bind_to(a, "a") == 0 && connect_to(a, "socket") == 0);
	NEEDS(connect_to(b, "socket") == 0 && write(a, "early", 5) == 5);
	fd = CALL(accept, server, &address, &length);
	GIVES(4, length);
	GIVES('a', address.sun_path[0]);
	GIVES(5, read(fd, text, 8));
	NEEDS(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
	fd = CALL(accept, server, NULL, NULL);
	GIVES(O_RDWR, fcntl(fd, F_GETFL));
	GIVES(-EAGAIN, CALL(accept, server, NULL, NULL));
	close(server);
	GIVES(0, CALL(sendto, b, "x", 0, 0, 0, 0));
}

CONFORM(accept, "errors")
{
	int server = listener("socket", 5), a = made(SOCK_STREAM);
	struct rlimit limit = { 5, 5 };

	GIVES(-EINVAL, CALL(accept, a, NULL, NULL));
	GIVES(-EOPNOTSUPP, CALL(accept, made(SOCK_DGRAM), NULL, NULL));
	GIVES(-ENOTSOCK, CALL(accept, 0, NULL, NULL));
	GIVES(-EBADF, CALL(accept, 99, NULL, NULL));
	close(5);
	NEEDS(connect_to(a, "socket") == 0);
	setrlimit(RLIMIT_NOFILE, &limit);
	GIVES(-EMFILE, CALL(accept, server, NULL, NULL));
	limit.rlim_cur = 5;
	NEEDS(dup2(0, 4) == 4 && close(4) == 0);
	GIVES(4, CALL(accept, server, NULL, NULL));
}

CONFORM(accept4, "flags")
{
	int server = listener("socket", 5), fd;

	NEEDS(connect_to(made(SOCK_STREAM), "socket") == 0);
	GIVES(-EINVAL, CALL(accept4, server, NULL, NULL, 1));
	fd = CALL(accept4, server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	GIVES(O_RDWR | O_NONBLOCK, fcntl(fd, F_GETFL));
	GIVES(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

CONFORM(getsockname, "without a name, a path, cut")
{
	int fd = made(SOCK_STREAM);
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	GIVES(0, CALL(getsockname, fd, &address, &length));
	GIVES(2, length);
	GIVES(AF_UNIX, address.sun_family);
	NEEDS(bind_to(fd, "socket") == 0);
	memset(&address, 'x', sizeof(address));
	length = 4;
	GIVES(0, CALL(getsockname, fd, &address, &length));
	GIVES(9, length);
	HOLDS(!memcmp(address.sun_path, "soxx", 4));
	length = -1;
	GIVES(-EINVAL, CALL(getsockname, fd, &address, &length));
	length = sizeof(address);
	FAULTS(OUT, p, CALL(getsockname, fd, p, &length));
	FAULTS(OUT, p, CALL(getsockname, fd, &address, p));
	GIVES(-ENOTSOCK, CALL(getsockname, 0, &address, &length));
}

CONFORM(getpeername, "connected, not connected, closed")
{
	int a = made(SOCK_STREAM), server = listener("socket", 5);
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	GIVES(-ENOTCONN, CALL(getpeername, a, &address, &length));
	NEEDS(connect_to(a, "socket") == 0);
	GIVES(0, CALL(getpeername, a, &address, &length));
	GIVES(9, length);
	close(server);
	length = sizeof(address);
	GIVES(0, CALL(getpeername, a, &address, &length));
	FAULTS(OUT, p, CALL(getpeername, a, p, &length));
	GIVES(-ENOTSOCK, CALL(getpeername, 0, &address, &length));
}

CONFORM(shutdown, "each half")
{
	int fds[2];
	char text[8];

	ignore_pipe();
	pair(SOCK_STREAM, fds);
	GIVES(1, write(fds[0], "x", 1));
	GIVES(0, CALL(shutdown, fds[0], SHUT_WR));
	GIVES(-EPIPE, RESULT(write(fds[0], "x", 1)));
	GIVES(1, read(fds[1], text, 8));
	GIVES(0, read(fds[1], text, 8));
	GIVES(1, write(fds[1], "x", 1));
	GIVES(0, CALL(shutdown, fds[0], SHUT_RD));
	GIVES(-EPIPE, RESULT(write(fds[1], "x", 1)));
	GIVES(1, read(fds[0], text, 8));
	GIVES(0, read(fds[0], text, 8));
	GIVES(-EINVAL, CALL(shutdown, fds[0], 3));
	GIVES(-EINVAL, CALL(shutdown, fds[0], -1));
	GIVES(-ENOTSOCK, CALL(shutdown, 0, 0));
}

CONFORM(getsockopt, "numbers, cut; unknown ones")
{
	int fd = made(SOCK_SEQPACKET), value = -1;
	socklen_t length = sizeof(value);

	GIVES(0, CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, &length));
	GIVES(SOCK_SEQPACKET, value);
	value = -1;
	length = 1;
	GIVES(0, CALL(getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &value, &length));
	GIVES(1, length);
	GIVES((int)0xffffff01, value);
	length = 100;
	GIVES(0, CALL(getsockopt, fd, SOL_SOCKET, SO_ERROR, &value, &length));
	GIVES(4, length);
	GIVES(0, value);
	GIVES(-ENOPROTOOPT,
	      CALL(getsockopt, fd, SOL_SOCKET, 9999, &value, &length));
	GIVES(-EOPNOTSUPP, CALL(getsockopt, fd, 6, 1, &value, &length));
	length = -1;
	GIVES(-EINVAL,
	      CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, &length));
	length = sizeof(value);
	FAULTS(OUT, p, CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, p, &length));
	FAULTS(OUT, p, CALL(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, p));
}

CONFORM(getsockopt, "the peer and an error")
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof(peer);
	int fds[2], error = -1;

	pair(SOCK_STREAM, fds);
	GIVES(0, CALL(getsockopt, fds[0], SOL_SOCKET, SO_PEERCRED, &peer,
		      &length));
	HOLDS(peer.pid == getpid() && peer.uid == 0 && peer.gid == 0);
	NEEDS(write(fds[0], "unread", 6) == 6);
	close(fds[1]);
	length = sizeof(error);
	for (int i = 0; i < 2; i++) {
		NEEDS(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error,
				 &length) == 0);
		GIVES(i ? 0 : ECONNRESET, error);
	}
}

CONFORM(setsockopt, "sizes of buffers, time limits, errors")
{
	const struct timeval limit = { 0, 20000 }, wrong = { 0, 1000000 };
	int fds[2], value = 10000;
	socklen_t length = sizeof(value);
	char text[8];

	pair(SOCK_STREAM, fds);
	GIVES(0, CALL(setsockopt, fds[0], SOL_SOCKET, SO_SNDBUF, &value, 4));
	getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &value, &length);
	GIVES(20000, value);
	GIVES(0, CALL(setsockopt, fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit,
		      sizeof(limit)));
	GIVES(-EAGAIN, RESULT(read(fds[0], text, 8)));
	GIVES(-EDOM, CALL(setsockopt, fds[0], SOL_SOCKET, SO_RCVTIMEO, &wrong,
			  sizeof(wrong)));
	GIVES(-EINVAL, CALL(setsockopt, fds[0], SOL_SOCKET, SO_RCVTIMEO,
			    &limit, 8));
	GIVES(-EINVAL, CALL(setsockopt, fds[0], SOL_SOCKET, SO_SNDBUF, &value,
			    3));
	GIVES(-ENOPROTOOPT, CALL(setsockopt, fds[0], SOL_SOCKET, SO_TYPE,
				 &value, 4));
	FAULTS(IN, p, CALL(setsockopt, fds[0], SOL_SOCKET, SO_SNDBUF, p, 4));
}
