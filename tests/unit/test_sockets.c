// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets, through their system calls: what tests/programs/sockets.c cannot see
 * from a program, such as memory, and what happens while another one sleeps.
 * See sockets.sh.
 */
#include "fake_kernel.h"
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/fcntl.h>
#include <fs/epoll.h>
#include <fs/path.h>
#include <fs/unix.h>
#include <sys/calls.h>
#include "tap.h"

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

static char buffer[300000];
static long objects_before;
static uint64_t frames_before;

static void remember(void)
{
	objects_before = fake.objects;
	frames_before = fake.frames;
}

static bool all_is_back(void)
{
	if (fake.objects != objects_before || fake.frames != frames_before)
		printf("# %ld objects, %lu frames too many\n",
		       fake.objects - objects_before,
		       fake.frames - frames_before);
	return fake.objects == objects_before && fake.frames == frames_before;
}

static struct sockaddr_un name_of(const char *path, int *length)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	/* "@x" is the abstract name x. */
	strlcpy(name.sun_path, path, sizeof(name.sun_path));
	*length = 2 + (int)strlen(path);
	if (*path == '@')
		name.sun_path[0] = '\0';
	return name;
}

static int64_t bind_to(int64_t fd, const char *path)
{
	int length;
	struct sockaddr_un name = name_of(path, &length);

	return CALL(bind, fd, &name, length);
}

static int64_t connect_to(int64_t fd, const char *path)
{
	int length;
	struct sockaddr_un name = name_of(path, &length);

	return CALL(connect, fd, &name, length);
}

static int64_t new_socket(int type)
{
	return CALL(socket, AF_UNIX, type, 0);
}

/* struct msghdr with one piece and room for control data. */
struct message {
	uint64_t name;
	int32_t name_length, pad;
	uint64_t vector, count, control, control_length;
	int32_t flags, pad2;
	struct iovec piece;
	struct {
		uint64_t length;
		int32_t level, type;
		int fds[SCM_MAX_FD + 1];
	} data;
};

static int64_t pass(int64_t to, const int *fds, unsigned count)
{
	struct message message = {
		.vector = P(&message.piece), .count = 1,
		.piece = { "x", 1 },
		.control = P(&message.data),
		.control_length = 16 + ALIGN_UP(4 * count, 8),
		.data = { .length = 16 + 4 * count, .level = SOL_SOCKET,
			  .type = SCM_RIGHTS },
	};

	memcpy(message.data.fds, fds, 4 * count);
	return CALL(sendmsg, to, &message, MSG_DONTWAIT);
}

static int64_t pass_one(int64_t to, int64_t fd)
{
	int one = (int)fd;

	return pass(to, &one, 1);
}

static int receive_one(int64_t from, int flags)
{
	struct message message = {
		.vector = P(&message.piece), .count = 1,
		.piece = { buffer, 100 },
		.control = P(&message.data),
		.control_length = sizeof(message.data),
	};
	int64_t n = CALL(recvmsg, from, &message, flags | MSG_DONTWAIT);

	if (n < 0)
		return (int)n;
	return message.control_length ? message.data.fds[0] : -1000;
}

static void close_both(const int fds[2])
{
	CHECK(CALL(close, fds[0]) == 0 && CALL(close, fds[1]) == 0);
}

static void bytes_come_in_order_through_packets_and_pages(void)
{
	int fds[2];
	int64_t sent, n, got = 0;

	remember();
	CHECK(CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		buffer[i] = (char)(i * 7 + i / 256);
	CHECK(CALL(sendto, fds[0], "abc", 3) == 3);
	sent = CALL(sendto, fds[0], buffer, sizeof(buffer), MSG_DONTWAIT);
	CHECK(sent > 150000 && sent < 250000);
	CHECK(CALL(sendto, fds[0], "a", 1, MSG_DONTWAIT) == -EAGAIN);
	CHECK(fake.frames - frames_before < 70);
	CHECK(CALL(read, fds[1], buffer, 3) == 3 && !memcmp(buffer, "abc", 3));
	while ((n = CALL(recvfrom, fds[1], buffer, 7001, MSG_DONTWAIT)) > 0) {
		for (unsigned i = 0; i < n; i++)
			if (buffer[i] != (char)((got + i) * 7 +
						(got + i) / 256))
				CHECK(!"a wrong byte");
		got += n;
	}
	CHECK(n == -EAGAIN && got == sent);
	/* What cannot be copied is as if it had not been sent, or not read. */
	CHECK(CALL(write, fds[0], 8, 100000) == -EFAULT);
	CHECK(CALL(write, fds[0], "abc", 3) == 3);
	CHECK(CALL(read, fds[1], 8, 100) == -EFAULT);
	CHECK(CALL(read, fds[1], buffer, 100) == 3);
	close_both(fds);
	CHECK(all_is_back());
}

static void datagrams_keep_their_ends(void)
{
	int fds[2];

	remember();
	CHECK(CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	memset(buffer, 'd', sizeof(buffer));
	CHECK(CALL(write, fds[0], buffer, 212961) == -EMSGSIZE);
	CHECK(CALL(write, fds[0], buffer, 212960) == 212960);
	CHECK(CALL(sendto, fds[0], buffer, 0, MSG_DONTWAIT) == -EAGAIN);
	memset(buffer, 0, sizeof(buffer));
	CHECK(CALL(read, fds[1], buffer, sizeof(buffer)) == 212960 &&
	      buffer[212959] == 'd' && !buffer[212960]);
	CHECK(CALL(write, fds[0], buffer, 0) == 0);
	CHECK(CALL(write, fds[0], "abcdef", 6) == 6);
	CHECK(CALL(read, fds[1], buffer, 10) == 0);
	CHECK(CALL(recvfrom, fds[1], buffer, 2, MSG_TRUNC | MSG_PEEK) == 6);
	CHECK(CALL(recvfrom, fds[1], buffer, 2) == 2);
	CHECK(CALL(recvfrom, fds[1], buffer, 2, MSG_DONTWAIT) == -EAGAIN);
	close_both(fds);
	CHECK(all_is_back());
}

static int sleeping[2];

static void read_all(void)
{
	while (CALL(recvfrom, sleeping[1], buffer, 100000, MSG_DONTWAIT) > 0)
		;
}

static void write_some(void)
{
	CHECK(CALL(write, sleeping[0], "later", 5) == 5);
}

static void close_other(void)
{
	CHECK(CALL(close, sleeping[0]) == 0);
}

static void close_reader(void)
{
	CHECK(CALL(close, sleeping[1]) == 0);
}

static void who_waits_sees_what_others_do(void)
{
	static char large[600000];
	struct { int64_t seconds, micro; } time = { 1, 0 };

	remember();
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, sleeping);
	fake.asleep = read_all;
	CHECK(CALL(write, sleeping[0], large, sizeof(large)) == sizeof(large));
	read_all();
	fake.asleep = write_some;
	CHECK(CALL(read, sleeping[1], buffer, 100) == 5);
	CHECK(CALL(recvfrom, sleeping[1], buffer, 12, MSG_WAITALL) == 12);
	CHECK(CALL(recvfrom, sleeping[1], buffer, 100, MSG_DONTWAIT) == 3);
	fake.asleep = close_reader;
	CHECK(CALL(write, sleeping[0], large, sizeof(large)) > 0);
	fake.signal = 0;
	CHECK(CALL(write, sleeping[0], large, 1) == -EPIPE &&
	      fake.signal == SIGPIPE);
	CALL(close, sleeping[0]);
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, sleeping);
	fake.asleep = close_other;
	CHECK(CALL(read, sleeping[1], buffer, 100) == 0);
	CALL(close, sleeping[1]);
	/* A signal; with a time limit the call is not begun again. */
	fake.asleep = NULL;
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, sleeping);
	CHECK(CALL(read, sleeping[1], buffer, 1) == -512);
	CALL(setsockopt, sleeping[1], SOL_SOCKET, SO_RCVTIMEO, &time, 16);
	CHECK(CALL(read, sleeping[1], buffer, 1) == -EINTR);
	close_both(sleeping);
	CHECK(all_is_back());
}

/* Not again while nothing new comes. */
static void an_epoll_sees_edges(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int64_t epoll;
	int fds[2];

	remember();
	epoll = CALL(epoll_create1, 0);
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds);
	CHECK(CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, fds[0], &event) == 0);
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 1 &&
	      event.events == EPOLLOUT);
	CALL(write, fds[0], "x", 1);
	CALL(read, fds[1], buffer, 1);
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 0);
	CALL(write, fds[1], "x", 1);
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 1 &&
	      event.events == (EPOLLIN | EPOLLOUT));
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 0);
	CALL(sendto, fds[0], buffer, 300000, MSG_DONTWAIT);
	CALL(recvfrom, fds[1], buffer, 40000, MSG_DONTWAIT);
	CALL(recvfrom, fds[1], buffer, 300000, MSG_DONTWAIT);
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 1 &&
	      event.events == (EPOLLIN | EPOLLOUT));
	CALL(close, fds[1]);
	CHECK(CALL(epoll_wait, epoll, &event, 1, 0) == 1 &&
	      event.events & EPOLLHUP);
	CALL(close, fds[0]);
	CALL(close, epoll);
	CHECK(all_is_back());
}

static int64_t server;

static void accept_one(void)
{
	int64_t fd = CALL(accept, server, 0, 0);

	CHECK(fd >= 0 && CALL(close, fd) == 0);
}

static void connections_wait_to_be_accepted(void)
{
	int64_t clients[4], end;

	server = new_socket(SOCK_STREAM | O_NONBLOCK);
	CALL(unlink, "/tmp/server");
	remember();
	CHECK(bind_to(server, "/tmp/server") == 0);
	CHECK(CALL(accept, server, 0, 0) == -EINVAL);
	CHECK(CALL(listen, server, 1) == 0);
	CHECK(CALL(accept, server, 0, 0) == -EAGAIN);
	for (int i = 0; i < 4; i++)
		clients[i] = new_socket(SOCK_STREAM);
	CHECK(connect_to(clients[0], "/tmp/server") == 0);
	CHECK(CALL(write, clients[0], "early", 5) == 5);
	CHECK(connect_to(clients[1], "/tmp/server") == 0);
	CHECK(connect_to(clients[0], "/tmp/server") == -512);
	CALL(fcntl, clients[2], F_SETFL, O_NONBLOCK);
	CHECK(connect_to(clients[2], "/tmp/server") == -EAGAIN);
	CALL(fcntl, clients[2], F_SETFL, 0);
	end = CALL(accept, server, 0, 0);
	CHECK(end >= 0 && CALL(read, end, buffer, 100) == 5);
	CHECK(connect_to(clients[2], "/tmp/server") == 0);
	fake.asleep = accept_one;
	CHECK(connect_to(clients[3], "/tmp/server") == 0);
	fake.asleep = NULL;
	/* That one went with what was accepted and closed. */
	CHECK(CALL(read, clients[1], buffer, 1) == 0);
	CHECK(CALL(close, server) == 0);
	CHECK(CALL(read, clients[2], buffer, 1) == -ECONNRESET);
	CHECK(CALL(read, clients[2], buffer, 1) == 0);
	CHECK(CALL(write, end, "x", 1) == 1);
	CALL(close, end);
	for (int i = 0; i < 4; i++)
		CALL(close, clients[i]);
	CHECK(connect_to(end = new_socket(SOCK_STREAM), "/tmp/server") ==
	      -ECONNREFUSED);
	CALL(close, end);
	CALL(unlink, "/tmp/server");
	server = new_socket(SOCK_STREAM);
	CHECK(all_is_back());
	CALL(close, server);
}

/* Without a descriptor left nothing is taken from the queue. */
static void accept_needs_a_descriptor(void)
{
	uint64_t *limit = current()->process->rlimits[RLIMIT_NOFILE];
	int64_t client = new_socket(SOCK_STREAM), end;

	server = new_socket(SOCK_STREAM);
	CHECK(bind_to(server, "@few") == 0 && CALL(listen, server, 5) == 0);
	CHECK(connect_to(client, "@few") == 0);
	limit[0] = (uint64_t)server + 1;
	CHECK(CALL(accept, server, 0, 0) == -EMFILE);
	limit[0] = 1024;
	end = CALL(accept, server, 0, 0);
	CHECK(end > 0);
	CALL(close, end);
	CALL(close, client);
	CALL(close, server);
}

static void abstract_names_belong_to_a_session(void)
{
	struct process *process = current()->process;
	struct session *before = process->session;
	int64_t a = new_socket(SOCK_DGRAM), b = new_socket(SOCK_DGRAM), c, d;

	CHECK(bind_to(a, "@name") == 0);
	CHECK(bind_to(b, "@name") == -EADDRINUSE);
	CHECK(connect_to(b, "@name") == 0);
	process->session = (struct session *)buffer;
	c = new_socket(SOCK_DGRAM);
	CHECK(connect_to(c, "@name") == -ECONNREFUSED);
	CHECK(bind_to(c, "@name") == 0);
	d = new_socket(SOCK_STREAM);
	CHECK(bind_to(d, "@name") == 0);
	process->session = before;
	CALL(close, a);
	CHECK(connect_to(b, "@name") == -ECONNREFUSED);
	CHECK(bind_to(b, "@name") == 0);
	CALL(close, b);
	CALL(close, c);
	CALL(close, d);
}

static void files_pass_and_go_with_the_queue(void)
{
	int64_t file = CALL(open, "/tmp/passed", O_CREAT | O_RDWR, 0600);
	struct file *passed = fd_get((int)file);
	int fds[2], many[SCM_MAX_FD + 1], got;

	remember();
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds);
	CHECK(pass_one(fds[0], 9999) == -EBADF);
	CHECK(pass_one(fds[0], file) == 1 && passed->users == 3);
	got = receive_one(fds[1], MSG_PEEK | MSG_CMSG_CLOEXEC);
	CHECK(got > fds[1] && CALL(fcntl, got, F_GETFD) == FD_CLOEXEC &&
	      passed->users == 4 && CALL(close, got) == 0);
	got = receive_one(fds[1], 0);
	CHECK(got > fds[1] && CALL(fcntl, got, F_GETFD) == 0 &&
	      passed->users == 3 && CALL(close, got) == 0);
	/* Not received, not asked for. */
	CHECK(pass_one(fds[0], file) == 1 && pass_one(fds[0], file) == 1);
	CHECK(passed->users == 4 && CALL(read, fds[1], buffer, 2) == 1);
	CHECK(passed->users == 3);
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (int)file;
	CHECK(pass(fds[0], many, SCM_MAX_FD + 1) == -EINVAL);
	CHECK(pass(fds[0], many, SCM_MAX_FD) == 1);
	CHECK(passed->users == 3 + SCM_MAX_FD);
	close_both(fds);
	CHECK(passed->users == 2 && all_is_back());
	CALL(close, file);
	file_put(passed);
	CALL(unlink, "/tmp/passed");
}

static void files_in_flight_are_bounded(void)
{
	struct process *process = current()->process;
	int fds[2], many[100], sent = 0;

	remember();
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = 0;
	CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, fds);
	process->uid = 1000;
	while (pass(fds[0], many, 100) == 1)
		sent++;
	CHECK(sent == 11 && pass(fds[0], many, 1) == -ETOOMANYREFS);
	/* Another user has a limit of its own. */
	process->uid = 1001;
	CHECK(pass(fds[0], many, 100) == 1);
	process->uid = 0;
	CHECK(CALL(read, fds[1], buffer, 1) == 1);
	process->uid = 1000;
	CHECK(pass(fds[0], many, 1) == 1);
	process->uid = 0;
	close_both(fds);
	CHECK(all_is_back());
}

static void sockets_that_nobody_can_reach_are_freed(void)
{
	int a[2], b[2], c[2];

	remember();
	/* In its own queue. */
	CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, a);
	CHECK(pass_one(a[0], a[1]) == 1 && pass_one(a[0], a[0]) == 1);
	close_both(a);
	CHECK(all_is_back());
	/* Each in the other's, with something else. */
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, a);
	CALL(socketpair, AF_UNIX, SOCK_SEQPACKET, 0, b);
	CHECK(pass_one(a[0], b[1]) == 1 && pass_one(b[0], a[1]) == 1);
	CHECK(pass_one(a[0], 0) == 1 && pass_one(a[0], b[1]) == 1);
	CALL(close, a[1]);
	CALL(close, b[1]);
	CHECK(CALL(write, a[0], "x", 1) == -EPIPE);
	CALL(close, a[0]);
	CALL(close, b[0]);
	CHECK(all_is_back());
	/* The same, but one of them stays in reach, at the end of a chain. */
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, a);
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, b);
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, c);
	CHECK(pass_one(a[0], b[1]) == 1 && pass_one(b[0], a[1]) == 1);
	CHECK(pass_one(c[0], a[1]) == 1);
	CALL(close, a[1]);
	CALL(close, b[1]);
	CHECK(CALL(write, a[0], "y", 1) == 1);
	a[1] = receive_one(c[1], 0);
	b[1] = receive_one(a[1], 0);
	CHECK(a[1] > 0 && b[1] > 0 && CALL(read, a[1], buffer, 9) == 1);
	CALL(close, a[1]);
	CHECK(receive_one(b[1], 0) == a[1]);
	close_both(a);
	close_both(b);
	close_both(c);
	CHECK(all_is_back());
}

/* A listening socket in the queue of a connection that it has not accepted. */
static void a_listener_may_be_in_its_own_queue(void)
{
	int64_t client;

	remember();
	client = new_socket(SOCK_STREAM);
	server = new_socket(SOCK_STREAM);
	bind_to(server, "@self");
	CALL(listen, server, 3);
	CHECK(connect_to(client, "@self") == 0);
	CHECK(pass_one(client, server) == 1 && pass_one(client, client) == 1);
	CALL(close, server);
	CHECK(CALL(read, client, buffer, 1) == -ECONNRESET);
	CALL(close, client);
	CHECK(all_is_back());
}

/* Each in the queue of the next: freeing them is no recursion. */
static void a_long_chain_is_freed(void)
{
	int first[2], last[2], next[2];

	remember();
	CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, first);
	memcpy(last, first, sizeof(last));
	for (int i = 0; i < 1000; i++) {
		CALL(socketpair, AF_UNIX, SOCK_DGRAM, 0, next);
		if (pass_one(next[0], last[0]) != 1 ||
		    pass_one(next[0], last[1]) != 1)
			break;
		close_both(last);
		memcpy(last, next, sizeof(last));
	}
	close_both(last);
	CHECK(all_is_back());
}

static void memory_may_run_out_anywhere(void)
{
	int64_t fd;
	int fds[2];

	remember();
	for (unsigned i = 1; i < 60; i++) {
		fake.fail_at = i;
		if (CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fds) == 0) {
			pass_one(fds[0], fds[1]);
			CALL(write, fds[0], buffer, 60000);
			CALL(close, receive_one(fds[1], MSG_PEEK));
			close_both(fds);
		}
		CHECK(all_is_back());
		fake.fail_at = i;
		server = new_socket(SOCK_STREAM);
		bind_to(server, "/tmp/failing");
		CALL(listen, server, 1);
		fd = new_socket(SOCK_STREAM);
		connect_to(fd, "/tmp/failing");
		CALL(fcntl, server, F_SETFL, O_NONBLOCK);
		CALL(close, CALL(accept, server, 0, 0));
		CALL(close, server);
		CALL(close, fd);
		fake.fail_at = 0;
		CALL(unlink, "/tmp/failing");
		CHECK(all_is_back());
	}
}

int main(void)
{
	fake_init();
	CALL(open, "/dev/null", O_RDWR);
	CALL(dup2, 0, 200);	/* the table has grown */
	CALL(close, 200);
	RUN(bytes_come_in_order_through_packets_and_pages);
	RUN(datagrams_keep_their_ends);
	RUN(who_waits_sees_what_others_do);
	RUN(an_epoll_sees_edges);
	RUN(connections_wait_to_be_accepted);
	RUN(accept_needs_a_descriptor);
	RUN(abstract_names_belong_to_a_session);
	RUN(files_pass_and_go_with_the_queue);
	RUN(files_in_flight_are_bounded);
	RUN(sockets_that_nobody_can_reach_are_freed);
	RUN(a_listener_may_be_in_its_own_queue);
	RUN(a_long_chain_is_freed);
	RUN(memory_may_run_out_anywhere);
	return tap_end();
}
