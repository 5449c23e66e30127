/* SPDX-License-Identifier: GPL-2.0-only */
/* What the test programs for sockets share: one line for each thing seen. */
#ifndef PROGRAMS_SOCKET_H
#define PROGRAMS_SOCKET_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TRY(call)	tried(#call, (long)(call))
#define NOW		MSG_DONTWAIT

static volatile sig_atomic_t signals;
/* Nothing is there. */
static void *volatile nowhere = (void *)8;

static inline void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static inline void tried(const char *what, long result)
{
	int error = errno;

	printf("%s = %ld%s%s%s\n", what, result < 0 ? -1 : result,
	       result < 0 ? ", " : "", result < 0 ? strerror(error) : "",
	       signals ? ", a signal" : "");
	signals = 0;
}

static inline void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

/* What poll(2) says of FD, asked for everything. */
static inline int events(int fd)
{
	struct pollfd poll_ = { fd, 0x3fff, 0 };

	return poll(&poll_, 1, 0) < 0 ? -1 : poll_.revents;
}

static inline int number(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -errno :
		value;
}

static inline int set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

static inline int waiting(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -errno : n;
}

static inline const char *printable(const char *name, int length)
{
	static char copy[128];

	for (int i = 0; i < length; i++)
		copy[i] = name[i] ? name[i] : '@';
	copy[length < 0 ? 0 : length] = '\0';
	return copy;
}

static inline void show(const char *what, const struct sockaddr_un *name,
		 socklen_t length)
{
	printf("%s: family %d, %u bytes, '%s'\n", what, name->sun_family,
	       length, printable(name->sun_path, (int)length - 2));
}

static inline void show_names(int fd)
{
	/* A name of full length has a NUL behind it. */
	struct { struct sockaddr_un name; char more[8]; } space;
	socklen_t length = sizeof(space);

	if (getsockname(fd, (void *)&space, &length) == 0)
		show("own name", &space.name, length);
	length = sizeof(space);
	if (getpeername(fd, (void *)&space, &length))
		printf("peer: %s\n", strerror(errno));
	else
		show("peer", &space.name, length);
}

/* "@x" is the abstract name x; the length is that of the text. */
static inline socklen_t name_of(struct sockaddr_un *name, const char *path)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, path, strlen(path));
	if (*path == '@')
		name->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path));
}

static inline int named(int (*call)(int fd, const struct sockaddr *name,
			     socklen_t length), int fd, const char *path)
{
	struct sockaddr_un name;
	socklen_t length = name_of(&name, path);

	return call(fd, (struct sockaddr *)&name, length);
}

#define BIND(fd, path)		named(bind, fd, path)
#define CONNECT(fd, path)	named(connect, fd, path)

static inline int fresh(int type)
{
	return socket(AF_UNIX, type, 0);
}

/* Into a fresh folder, and out again. */
static inline int enter(const char *folder)
{
	if (mkdir(folder, 0700) == 0 && chdir(folder) == 0)
		return 0;
	perror(folder);
	return -1;
}

static inline int leave(const char *folder)
{
	return chdir("..") || rmdir(folder);
}

#endif
