/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socketpass: messages and what they carry besides data: open files, who sent
 * them, when.  A line for each thing that is seen.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "socket.h"

#define MOST	253	/* files in one message */

static char text[100];
static union {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(1200)];
} control;

static void pair(int type, int fd[2])
{
	if (socketpair(AF_UNIX, type, 0, fd))
		perror("socketpair");
}

static void close_both(const int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

/* N bytes of data with ancillary data of TYPE. */
static long send_with(int to, size_t n, int type, const void *data,
		      size_t size)
{
	struct iovec piece = { "0123456789", n };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(size),
	};

	memset(&control, 0, sizeof(control));
	control.header.cmsg_len = CMSG_LEN(size);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = type;
	memcpy(CMSG_DATA(&control.header), data, size);
	return sendmsg(to, &message, MSG_DONTWAIT);
}

static long pass(int to, int fd)
{
	return send_with(to, 1, SCM_RIGHTS, &fd, sizeof(fd));
}

/* Up to N bytes of data, ROOM for ancillary data; the flags in *FLAGS. */
static long receive(int from, size_t n, size_t room, int *flags)
{
	struct iovec piece = { text, n };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = room ? control.bytes : NULL,
		.msg_controllen = room,
	};
	long result;

	memset(&control, 0, sizeof(control));
	result = recvmsg(from, &message, *flags | MSG_DONTWAIT);
	*flags = message.msg_flags;
	if (result >= 0 && message.msg_controllen != room)
		printf("(%zu bytes of control data)\n",
		       (size_t)message.msg_controllen);
	return result;
}

/* The first file that came, or -1. */
static int passed(void)
{
	int fd;

	if (control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len < CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static int take(int from, int flags)
{
	long n = receive(from, sizeof(text), sizeof(control), &flags);

	if (n < 0)
		printf("nothing taken: %s\n", strerror(errno));
	return passed();
}

static void files(int type)
{
	int fd[2], ends[2], got, flags = MSG_CMSG_CLOEXEC;

	printf("-- files through type %d\n", type);
	pair(type, fd);
	if (pipe(ends))
		perror("pipe");
	TRY(pass(fd[0], ends[1]));
	close(ends[1]);
	TRY(read(ends[0], text, 0));
	TRY(receive(fd[1], 10, sizeof(control), &flags));
	got = passed();
	printf("flags %x, descriptor's %d\n", flags, fcntl(got, F_GETFD));
	TRY(write(got, "through", 7));
	close(got);
	TRY(read(ends[0], text, 10));
	TRY(read(ends[0], text, 10));
	/* It goes with what has not been received, or not been asked for. */
	if (pipe(ends))
		perror("pipe");
	TRY(pass(fd[0], ends[1]));
	TRY(pass(fd[0], ends[1]));
	close(ends[1]);
	TRY(read(fd[1], text, 1));
	flags = 0;
	TRY(receive(fd[1], 1, 0, &flags));
	printf("flags %x\n", flags);
	TRY(events(ends[0]));
	close(ends[0]);
	/* Peeking gives another one. */
	TRY(pass(fd[0], fd[0]));
	got = take(fd[1], MSG_PEEK);
	TRY(write(got, "peeked", 6));
	close(got);
	got = take(fd[1], 0);
	TRY(fcntl(got, F_GETFD));
	close(got);
	close_both(fd);
}

/* Files end what one read gets of a stream. */
static void edges(void)
{
	int fd[2], flags;

	printf("-- in a stream\n");
	pair(SOCK_STREAM, fd);
	send(fd[0], "before", 6, 0);
	pass(fd[0], fd[0]);
	send(fd[0], "after", 5, 0);
	TRY(receive(fd[1], 100, sizeof(control), (flags = 0, &flags)));
	close(passed());
	TRY(receive(fd[1], 100, sizeof(control), (flags = 0, &flags)));
	send_with(fd[0], 6, SCM_RIGHTS, &fd[0], sizeof(int));
	TRY(receive(fd[1], 2, sizeof(control), (flags = 0, &flags)));
	close(passed());
	TRY(receive(fd[1], 100, sizeof(control), (flags = 0, &flags)));
	printf("%d\n", passed());
	close_both(fd);
}

static void limits(void)
{
	struct rlimit limit, few;
	int many[MOST + 1], fd[2], flags = 0;

	printf("-- limits\n");
	pair(SOCK_DGRAM, fd);
	for (int i = 0; i <= MOST; i++)
		many[i] = fd[i % 2];
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, sizeof(many)));
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, MOST * sizeof(int)));
	TRY(receive(fd[1], 1, sizeof(control), &flags));
	TRY(fcntl(fd[1] + MOST, F_GETFD));
	for (int i = 1; i <= MOST; i++)
		close(fd[1] + i);
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, 2 * sizeof(int)));
	TRY(receive(fd[1], 1, CMSG_LEN(4), (flags = 0, &flags)));
	printf("flags %x, one came: %d\n", flags,
	       close(passed()) == 0 && close(fd[1] + 2) < 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = (rlim_t)fd[1] + 2;
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, 2 * sizeof(int)));
	setrlimit(RLIMIT_NOFILE, &few);
	TRY(receive(fd[1], 1, sizeof(control), (flags = 0, &flags)));
	printf("flags %x, length %zu\n", flags,
	       (size_t)control.header.cmsg_len);
	setrlimit(RLIMIT_NOFILE, &limit);
	close(passed());
	many[1] = 9999;
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, 2 * sizeof(int)));
	TRY(send_with(fd[0], 1, 77, many, 4));
	TRY(send_with(fd[0], 1, SCM_RIGHTS, many, 0));
	TRY(receive(fd[1], 1, sizeof(control), (flags = 0, &flags)));
	close_both(fd);
}

/* Who has nothing but RLIMIT_NOFILE may not have more than that on the way. */
static void in_flight(void)
{
	int many[100], fd[2], sent = 0;
	struct rlimit limit = { 50, 50 };

	pair(SOCK_DGRAM, fd);
	for (int i = 0; i < 100; i++)
		many[i] = fd[0];
	if (fork() == 0) {
		setrlimit(RLIMIT_NOFILE, &limit);
		if (setuid(54321))
			_exit(1);
		while (send_with(fd[0], 1, SCM_RIGHTS, many, 40) == 1)
			sent++;
		printf("%d times 10 files sent: %s\n", sent, strerror(errno));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	close_both(fd);
}

/* What nobody can reach is gone; the test looks whether the memory is. */
static void cycles(void)
{
	int server, client, a[2], b[2];
	struct sockaddr_un name;
	char path[16];

	printf("-- cycles\n");
	for (int i = 0; i < 500; i++) {
		socklen_t length;

		/* Linux frees them some time. */
		sprintf(path, "@cycle %d", i);
		length = name_of(&name, path);
		pair(SOCK_STREAM, a);
		pair(SOCK_SEQPACKET, b);
		memset(text, 0, sizeof(text));
		for (int j = 0; j < 20; j++)
			if (send(a[0], text, sizeof(text), 0) < 0)
				perror("send");
		pass(a[0], a[1]);
		pass(a[0], b[1]);
		pass(b[0], a[1]);
		pass(b[0], b[0]);
		close_both(a);
		close_both(b);
		server = fresh(SOCK_STREAM);
		client = fresh(SOCK_STREAM);
		if (bind(server, (void *)&name, length) ||
		    listen(server, 1) ||
		    connect(client, (void *)&name, length))
			printf("%d: %s\n", i, strerror(errno));
		pass(client, server);
		pass(client, client);
		close(server);
		close(client);
	}
	/* One that can be reached stays. */
	pair(SOCK_STREAM, a);
	pair(SOCK_STREAM, b);
	TRY(pass(a[0], b[1]));
	TRY(pass(b[0], a[1]));
	close(b[1]);
	TRY(write(b[0], "kept", 4));
	b[1] = take(a[1], 0);
	close(a[1]);
	a[1] = take(b[1], 0);
	TRY(read(b[1], text, 10));
	TRY(write(a[0], "kept", 4));
	TRY(read(a[1], text, 10));
	close_both(a);
	close_both(b);
}

/* A worker gets a connection from its parent, which has closed it. */
static void workers(void)
{
	int fd[2], work[2], status = 0;

	pair(SOCK_SEQPACKET, fd);
	if (fork() == 0) {
		int got;

		close(fd[0]);
		if (recv(fd[1], text, 1, MSG_PEEK) != 1)
			_exit(1);
		got = take(fd[1], 0);
		_exit(write(got, "done", 4) == 4 ? 7 : 2);
	}
	close(fd[1]);
	pair(SOCK_STREAM, work);
	TRY(pass(fd[0], work[1]));
	close(work[1]);
	TRY(recv(work[0], text, 10, MSG_WAITALL));
	wait(&status);
	printf("worker: %d, then %zd\n", WEXITSTATUS(status),
	       read(work[0], text, 10));
	close(work[0]);
	close(fd[0]);
}

static void show_sender(void)
{
	struct ucred sender = { -1, 7777, 7777 };

	if (control.header.cmsg_type == SCM_CREDENTIALS)
		memcpy(&sender, CMSG_DATA(&control.header), sizeof(sender));
	printf("from %s, user %d, group %d\n",
	       sender.pid == getpid() ? "me" : sender.pid == getppid() ?
	       "my parent" : sender.pid == 0 ? "nobody" : "somebody",
	       (int)sender.uid, (int)sender.gid);
}

static void senders(int type)
{
	struct ucred other = { getppid(), 12, 34 }, peer;
	socklen_t size = sizeof(peer);
	int fd[2], flags;

	printf("-- senders, type %d\n", type);
	pair(type, fd);
	TRY(getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
	printf("peer is %s, user %d\n", peer.pid == getpid() ? "me" : "not me",
	       (int)peer.uid);
	TRY(send(fd[0], "early", 5, 0));
	TRY(set(fd[1], SO_PASSCRED, 1));
	TRY(send(fd[0], "mine", 4, 0));
	TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other, sizeof(other)));
	for (int i = 0; i < 3; i++) {
		TRY(receive(fd[1], 100, sizeof(control), (flags = 0, &flags)));
		show_sender();
	}
	TRY(send(fd[0], "short", 5, 0));
	TRY(receive(fd[1], 100, CMSG_LEN(8), (flags = 0, &flags)));
	printf("flags %x\n", flags);
	TRY(send(fd[0], "none", 4, 0));
	TRY(receive(fd[1], 100, 0, (flags = 0, &flags)));
	printf("flags %x\n", flags);
	other.pid = 32767;
	TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other, sizeof(other)));
	TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other, 8));
	fflush(stdout);
	if (fork() == 0) {
		if (setgid(54321) || setuid(54321))
			_exit(1);
		other = (struct ucred){ getpid(), 54321, 54321 };
		TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other,
			      sizeof(other)));
		other.pid = getppid();
		TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other,
			      sizeof(other)));
		other = (struct ucred){ getpid(), 0, 0 };
		TRY(send_with(fd[0], 3, SCM_CREDENTIALS, &other,
			      sizeof(other)));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	TRY(receive(fd[1], 100, sizeof(control), (flags = 0, &flags)));
	show_sender();
	close_both(fd);
}

/* Who listens, and who connected: as they were then. */
static void peers(void)
{
	int server = fresh(SOCK_STREAM), fd, status;
	struct sockaddr_un name;
	socklen_t length = name_of(&name, "peers"), size;
	struct ucred peer;

	printf("-- peers\n");
	TRY(bind(server, (void *)&name, length));
	TRY(chmod("peers", 0777));
	TRY(set(server, SO_PASSCRED, 1));
	TRY(listen(server, 5));
	fflush(stdout);
	if (fork() == 0) {
		if (setgid(54321) || setuid(54321))
			_exit(1);
		fd = fresh(SOCK_STREAM);
		TRY(connect(fd, (void *)&name, length));
		size = sizeof(peer);
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
		printf("server is %s, user %d\n", peer.pid == getppid() ?
		       "my parent" : "not mine", (int)peer.uid);
		fflush(stdout);
		if (write(fd, "waiting", 7) != 7)
			_exit(2);
		_exit((int)read(fd, text, 1));
	}
	fd = accept(server, NULL, NULL);
	recv(fd, text, 7, MSG_PEEK | MSG_WAITALL);
	size = sizeof(peer);
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	printf("client is a user %d, group %d\n", (int)peer.uid,
	       (int)peer.gid);
	TRY(number(fd, SO_PASSCRED));
	TRY(receive(fd, 7, sizeof(control), &(int){ 0 }));
	show_sender();
	fflush(stdout);
	close(fd);
	wait(&status);
	printf("client ended with %d\n", status);
	TRY(chmod("peers", 0700));
	fflush(stdout);
	if (fork() == 0) {
		if (setgid(54321) || setuid(54321))
			_exit(1);
		TRY(connect(fresh(SOCK_STREAM), (void *)&name, length));
		name_of(&name, "new");
		TRY(bind(fresh(SOCK_STREAM), (void *)&name, 5));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	close(server);
	TRY(unlink("peers"));
}

static void times(void)
{
	struct timespec now, then = { 0 };
	int fd[2], flags = 0;

	printf("-- times\n");
	pair(SOCK_DGRAM, fd);
	TRY(set(fd[1], SO_TIMESTAMPNS, 1));
	TRY(number(fd[1], SO_TIMESTAMPNS) * 10 + number(fd[1], SO_TIMESTAMP));
	send(fd[0], "now", 3, 0);
	TRY(receive(fd[1], 10, sizeof(control), &flags));
	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(&then, CMSG_DATA(&control.header), sizeof(then));
	printf("type %d, %s\n", control.header.cmsg_type,
	       then.tv_sec == now.tv_sec || then.tv_sec == now.tv_sec - 1 ?
	       "just now" : "at another time");
	close_both(fd);
}

static void many_at_once(void)
{
	struct timespec time = { 1, 0 };
	struct mmsghdr messages[4];
	struct iovec pieces[4];
	char places[4][8] = { "" };
	int fd[2];

	printf("-- many at once\n");
	pair(SOCK_DGRAM, fd);
	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < 4; i++) {
		pieces[i] = (struct iovec){ "message", (size_t)i + 4 };
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	TRY(sendmmsg(fd[0], messages, 4, 0));
	printf("lengths %u %u %u %u\n", messages[0].msg_len,
	       messages[1].msg_len, messages[2].msg_len, messages[3].msg_len);
	for (int i = 0; i < 4; i++)
		pieces[i] = (struct iovec){ places[i], 6 };
	TRY(recvmmsg(fd[1], messages, 2, 0, NULL));
	printf("'%s' '%s'\n", places[0], places[1]);
	TRY(recvmmsg(fd[1], messages, 4, MSG_WAITFORONE, &time));
	printf("'%s' %u %x, '%s' %u %x\n", places[0], messages[0].msg_len,
	       messages[0].msg_hdr.msg_flags, places[1], messages[1].msg_len,
	       messages[1].msg_hdr.msg_flags);
	TRY(recvmmsg(fd[1], messages, 4, MSG_DONTWAIT, NULL));
	time.tv_nsec = -1;
	TRY(recvmmsg(fd[1], messages, 4, MSG_DONTWAIT, &time));
	send(fd[0], "one", 3, 0);
	messages[1].msg_hdr.msg_iov = nowhere;
	TRY(recvmmsg(fd[1], messages, 4, 0, NULL));
	close_both(fd);
}

static void hostile(void)
{
	struct iovec piece = { text, 10 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	int fd[2], flags = 0;

	printf("-- what makes no sense\n");
	pair(SOCK_STREAM, fd);
	message.msg_iovlen = 1025;
	TRY(sendmsg(fd[0], &message, 0));
	TRY(recvmsg(fd[0], &message, 0));
	message.msg_iovlen = 1;
	message.msg_control = nowhere;
	message.msg_controllen = 100;
	TRY(pass(fd[0], fd[0]));
	TRY(recvmsg(fd[1], &message, 0));
	printf("flags %x\n", message.msg_flags);
	message.msg_control = NULL;
	message.msg_controllen = 0;
	message.msg_name = nowhere;
	message.msg_namelen = 10;
	TRY(sendmsg(fd[0], &message, 0));
	piece.iov_base = nowhere;
	message.msg_name = NULL;
	TRY(sendmsg(fd[0], &message, 0));
	piece.iov_len = (size_t)-1;
	TRY(sendmsg(fd[0], &message, 0));
	TRY(send_with(fd[0], 1, SCM_RIGHTS, &(int){ -1 }, 4));
	TRY(receive(fd[1], 10, sizeof(control), &flags));
	close_both(fd);
}

int main(void)
{
	handle(SIGPIPE, 0);
	if (enter("socketpass.test"))
		return 1;
	chmod(".", 0755);
	files(SOCK_STREAM);
	files(SOCK_DGRAM);
	files(SOCK_SEQPACKET);
	edges();
	limits();
	fflush(stdout);
	in_flight();
	cycles();
	fflush(stdout);
	workers();
	senders(SOCK_STREAM);
	senders(SOCK_DGRAM);
	peers();
	times();
	many_at_once();
	hostile();
	return leave("socketpass.test");
}
