/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deliver PORT COMMAND...: runs in the emulated machine. Runs COMMAND, sends
 * what it writes through the virtio port PORT, then its status.
 *
 * The command writes to pipes and not to the port itself, which only one
 * process can open: /dev/stdout and the like work as usual.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "frame.h"

/* How long processes that outlive COMMAND may keep its output open, ms. */
#define STRAGGLE 1000

static int port;

static void die(const char *what)
{
	fprintf(stderr, "deliver: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * The driver makes the port's node some time after it has loaded, and lets it
 * be opened only later. It announces the node, and then the port's name.
 */
static void open_port(const char *path)
{
	struct sockaddr_nl kernel = {
		.nl_family = AF_NETLINK,
		.nl_groups = 1,
	};
	char event[4096];
	int events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			    NETLINK_KOBJECT_UEVENT);

	if (events < 0 ||
	    bind(events, (struct sockaddr *)&kernel, sizeof(kernel)))
		die("cannot listen for device events");
	while ((port = open(path, O_WRONLY | O_CLOEXEC)) < 0) {
		if (errno != ENOENT && errno != ENXIO)
			die(path);
		/* Events that were lost (ENOBUFS) are a reason to try, too. */
		if (recv(events, event, sizeof(event), 0) < 0 &&
		    errno != ENOBUFS)
			die("cannot listen for device events");
	}
	close(events);
}

static void send_frame(enum frame_type type, const void *data, size_t length)
{
	static char buffer[sizeof(struct frame) + FRAME_MAX];
	struct frame head = { .type = type, .length = length };
	size_t sent = 0, total = sizeof(head) + length;

	memcpy(buffer, &head, sizeof(head));
	memcpy(buffer + sizeof(head), data, length);
	while (sent < total) {
		ssize_t n = write(port, buffer + sent, total - sent);

		if (n < 0 && errno != EINTR)
			die("cannot write to the host");
		if (n > 0)
			sent += n;
	}
}

static pid_t start(char **command, int out[2], int err[2])
{
	sigset_t none;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("cannot make a pipe");
	pid = fork();
	if (pid < 0)
		die("cannot fork");
	if (pid > 0) {
		close(out[1]);
		close(err[1]);
		return pid;
	}
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	execvp(command[0], command);
	fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Passes on what there is; returns false at the end of the stream. */
static int relay(int fd, enum frame_type type)
{
	char data[FRAME_MAX];
	ssize_t n = read(fd, data, sizeof(data));

	if (n > 0)
		send_frame(type, data, n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* True once COMMAND has ended; its status is then in *status. */
static int ended(int signals, pid_t pid, unsigned char *status)
{
	struct signalfd_siginfo info;
	int state;

	if (read(signals, &info, sizeof(info)) < 0)
		die("cannot wait for signals");
	if (waitpid(pid, &state, WNOHANG) != pid)
		return 0;
	*status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) :
				       WEXITSTATUS(state);
	return 1;
}

int main(int argc, char **argv)
{
	int out[2], err[2], done = 0;
	unsigned char status = 0;
	sigset_t child;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: deliver PORT COMMAND...\n");
		return 1;
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	open_port(argv[1]);
	send_frame(FRAME_BEGIN, "", 0);
	pid = start(argv + 2, out, err);

	struct pollfd fds[] = {
		{ .fd = out[0], .events = POLLIN },
		{ .fd = err[0], .events = POLLIN },
		{ .fd = signalfd(-1, &child, SFD_CLOEXEC), .events = POLLIN },
	};

	while (!done || fds[0].fd >= 0 || fds[1].fd >= 0) {
		int n = poll(fds, 3, done ? STRAGGLE : -1);

		if (n < 0 && errno != EINTR)
			die("cannot poll");
		if (n == 0)
			break;
		if (n < 0)
			continue;
		if (fds[0].revents && !relay(fds[0].fd, FRAME_STDOUT))
			fds[0].fd = -1;
		if (fds[1].revents && !relay(fds[1].fd, FRAME_STDERR))
			fds[1].fd = -1;
		if (fds[2].revents && ended(fds[2].fd, pid, &status)) {
			done = 1;
			fds[2].fd = -1;
		}
	}
	sync();
	send_frame(FRAME_STATUS, &status, 1);
	return 0;
}
