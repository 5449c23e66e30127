/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socketwait: sockets whose users wait for each other; their options, and what
 * calls say that make no sense.  A line for each thing that is seen.
 * "socketwait server" and "client": one waits, another looks for it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "socket.h"

static char text[300000];

static void options(void)
{
	struct timeval time = { 3, 500000 };
	struct linger linger = { 1, 5 };
	int fd[2], value = 1;
	socklen_t size;

	printf("-- options\n");
	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	printf("buffers %d %d, low water %d, peek %d\n",
	       number(fd[0], SO_SNDBUF), number(fd[0], SO_RCVBUF),
	       number(fd[0], SO_RCVLOWAT), number(fd[0], SO_PEEK_OFF));
	TRY(set(fd[0], SO_SNDBUF, 1) + number(fd[0], SO_SNDBUF));
	TRY(set(fd[0], SO_SNDBUF, 5000) + number(fd[0], SO_SNDBUF));
	TRY(set(fd[0], SO_RCVBUF, 0) + number(fd[0], SO_RCVBUF));
	TRY(set(fd[0], SO_REUSEADDR, 7) + number(fd[0], SO_REUSEADDR));
	TRY(set(fd[0], SO_KEEPALIVE, 1) + number(fd[0], SO_KEEPALIVE));
	TRY(set(fd[0], SO_TYPE, 1));
	TRY(set(fd[0], 9999, 1));
	TRY(setsockopt(fd[0], SOL_SOCKET, SO_REUSEADDR, &value, 3));
	TRY(setsockopt(fd[0], SOL_SOCKET, SO_REUSEADDR, nowhere, 4));
	TRY(setsockopt(fd[0], 6, 1, &value, 4));
	TRY(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	linger.l_linger = 0;
	size = 100;
	TRY(getsockopt(fd[0], SOL_SOCKET, SO_LINGER, &linger, &size));
	printf("%u bytes, linger %d\n", size, linger.l_linger);
	TRY(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
	time.tv_sec = 0;
	size = 8;
	TRY(getsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, &size));
	printf("%u bytes, time %ld\n", size, (long)time.tv_sec);
	time.tv_usec = 1000000;
	TRY(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
	TRY(set(fd[1], SO_PEEK_OFF, 1));
	TRY(write(fd[0], "abcdef", 6));
	TRY(recv(fd[1], text, 2, MSG_PEEK));
	TRY(recv(fd[1], text + 2, 9, MSG_PEEK | NOW));
	printf("peeked '%.5s', then at %d\n", text, number(fd[1], SO_PEEK_OFF));
	TRY(recv(fd[1], text, 4, 0));
	TRY(number(fd[1], SO_PEEK_OFF));
	TRY(recv(fd[1], text, 9, MSG_PEEK | NOW));
	close(fd[0]);
	close(fd[1]);
}

static void hostile(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = fresh(SOCK_STREAM), pair[2], file = open(".", O_RDONLY);
	int path = open(".", O_PATH);
	void *volatile kernel = (void *)0xffff800000000000;
	socklen_t length = (socklen_t)-1;

	printf("-- what makes no sense\n");
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere));
	TRY(bind(9999, (void *)&name, 10) + 1);
	TRY(bind(file, (void *)&name, 10));
	TRY(bind(path, (void *)&name, 10));
	TRY(bind(fd, (void *)&name, 111));
	TRY(bind(fd, (void *)&name, 129));
	TRY(bind(fd, (void *)&name, (socklen_t)-1));
	TRY(bind(fd, (void *)&name, 1));
	TRY(bind(fd, nowhere, 10));
	TRY(bind(fd, kernel, 10));
	TRY(connect(fd, (void *)&name, 2));
	name.sun_family = AF_INET;
	TRY(connect(fd, (void *)&name, 20));
	TRY(getsockname(fd, (void *)&name, &length));
	TRY(getsockname(fd, (void *)&name, nowhere));
	length = 100;
	TRY(getsockname(fd, nowhere, &length));
	TRY(accept4(fd, NULL, NULL, 1));
	TRY(send(pair[0], nowhere, 10, 0));
	TRY(send(pair[0], kernel, 10, 0));
	TRY(send(pair[0], "ab", 2, 0));
	TRY(recv(pair[1], nowhere, 10, 0));
	TRY(syscall(SYS_sendmsg, pair[0], nowhere, 0));
	TRY(syscall(SYS_recvmsg, pair[1], nowhere, 0));
	TRY(getsockopt(fd, SOL_SOCKET, SO_TYPE, nowhere, &length));
	TRY(getsockopt(fd, SOL_SOCKET, SO_TYPE, &name, nowhere));
	TRY(getsockopt(fd, SOL_SOCKET, SO_TYPE, &name, &length));
	close(fd);
	close(file);
	close(path);
	close(pair[0]);
	close(pair[1]);
}

/* Waiting. */

static int echo_fd;

static void *echo(void *argument)
{
	static char buffer[5000];
	ssize_t n;

	while ((n = read(echo_fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			buffer[i] ^= 0x55;
		if (write(echo_fd, buffer, (size_t)n) != n)
			break;
	}
	close(echo_fd);
	return argument;
}

static void through_a_thread(void)
{
	static unsigned char out[1 << 20], in[1 << 20];
	size_t sent = 0, got = 0;
	pthread_t thread;
	int fd[2], wrong = 0;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	echo_fd = fd[1];
	pthread_create(&thread, NULL, echo, NULL);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 31 + i / 1000);
	while (got < sizeof(in)) {
		struct pollfd ready = { fd[0], POLLIN, 0 };
		ssize_t n;

		if (sent < sizeof(out))
			ready.events |= POLLOUT;
		poll(&ready, 1, -1);
		if (ready.revents & POLLOUT) {
			n = send(fd[0], out + sent, sizeof(out) - sent, NOW);
			sent += n > 0 ? (size_t)n : 0;
		}
		if (ready.revents & POLLIN) {
			n = recv(fd[0], in + got, sizeof(in) - got, NOW);
			got += n > 0 ? (size_t)n : 0;
		}
	}
	shutdown(fd[0], SHUT_WR);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < sizeof(in); i++)
		wrong += in[i] != (out[i] ^ 0x55);
	printf("1 MiB there and back: %d bytes wrong, then %zd\n", wrong,
	       read(fd[0], in, 1));
	close(fd[0]);
}

static void many_clients(void)
{
	int server = fresh(SOCK_SEQPACKET), served = 0, status, sum = 0;

	BIND(server, "many");
	listen(server, 2);
	for (int i = 0; i < 20; i++) {
		if (fork() == 0) {
			int fd = fresh(SOCK_SEQPACKET), answer = 0;

			if (CONNECT(fd, "many"))
				_exit(100);
			send(fd, &i, sizeof(i), 0);
			recv(fd, &answer, sizeof(answer), 0);
			_exit(answer);
		}
	}
	for (; served < 20; served++) {
		int fd = accept(server, NULL, NULL), value = -1, answer;

		recv(fd, &value, sizeof(value), MSG_WAITALL);
		answer = value + 1;
		send(fd, &answer, sizeof(answer), 0);
		close(fd);
	}
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	printf("%d clients served, sum %d\n", served, sum);
	close(server);
	unlink("many");
}

static void senders_wait(void)
{
	int a = fresh(SOCK_DGRAM), got = 0;
	pid_t child;

	BIND(a, "slow");
	child = fork();
	if (child == 0) {
		int b = fresh(SOCK_DGRAM), sent = 0;

		CONNECT(b, "slow");
		while (sent < 50 && send(b, "x", 1, 0) == 1)
			sent++;
		_exit(sent);
	}
	for (; got < 50 && recv(a, text, 9, 0) == 1; got++)
		usleep(1000);
	waitpid(child, &got, 0);
	printf("one that waited sent %d\n", WEXITSTATUS(got));
	close(a);
	unlink("slow");
}

static void after(int microseconds)
{
	struct itimerval timer = { .it_value.tv_usec = microseconds };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void limits_and_signals(void)
{
	struct timeval time = { 0, 30000 };
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	handle(SIGALRM, 0);
	after(30000);
	TRY(read(fd[0], text, 1));
	handle(SIGALRM, SA_RESTART);
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	TRY(read(fd[0], text, 1));
	TRY(write(fd[0], text, sizeof(text)) > 100000);
	TRY(write(fd[0], text, 100));
	time.tv_sec = 20;
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	after(30000);
	TRY(read(fd[0], text, 1));
	if (fork() == 0) {
		usleep(60000);
		_exit(write(fd[1], "finally", 7) != 7);
	}
	time.tv_sec = time.tv_usec = 0;
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	after(30000);
	TRY(recv(fd[0], text, 7, MSG_WAITALL));
	wait(NULL);
	close(fd[0]);
	close(fd[1]);
}

static void other_calls(void)
{
	int fd[2], file = open("file", O_RDWR | O_CREAT, 0600);
	fd_set set;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	TRY(write(file, "from a file", 11));
	lseek(file, 0, SEEK_SET);
	TRY(sendfile(fd[0], file, NULL, 100));
	FD_ZERO(&set);
	FD_SET(fd[1], &set);
	TRY(select(fd[1] + 1, &set, NULL, NULL, NULL));
	TRY(read(fd[1], text, 100));
	printf("'%.11s'\n", text);
	close(file);
	close(fd[0]);
	close(fd[1]);
	unlink("file");
}

/* Until it is ended. */
static int serve(void)
{
	int fd = fresh(SOCK_STREAM);

	if (named(bind, fd, "@socketwait") || listen(fd, 1))
		return 1;
	printf("listening\n");
	fflush(stdout);
	return accept(fd, NULL, NULL) < 0;
}

static int look_for_server(void)
{
	TRY(named(connect, fresh(SOCK_STREAM), "@socketwait"));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return strcmp(argv[1], "server") == 0 ? serve() :
			look_for_server();
	handle(SIGPIPE, 0);
	if (enter("socketwait.test"))
		return 1;
	options();
	hostile();
	printf("-- waiting\n");
	through_a_thread();
	many_clients();
	senders_wait();
	limits_and_signals();
	other_calls();
	return leave("socketwait.test");
}
