/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epolls: epoll(7) with pipes, event counters and other epolls: what is
 * refused, levels and edges, one shot, nesting, what the end of a file does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRY(call)	tried(#call, (long)(call))
#define SHOW(value)	printf("%s: %ld\n", #value, (long)(value))

static int ep, pipes[2];

static void tried(const char *what, long result)
{
	printf("%s = %ld%s%s\n", what, result < 0 ? -1 : result,
	       result < 0 ? ", " : "", result < 0 ? strerror(errno) : "");
}

static int control(int epoll, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll, operation, fd, &event);
}

static int add(int epoll, int fd, uint32_t events)
{
	return control(epoll, EPOLL_CTL_ADD, fd, events);
}

static int del(int epoll, int fd)
{
	return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

/* As the call is, without a C library's care. */
static long wait_raw(int epoll, void *events, int max)
{
	return syscall(SYS_epoll_wait, epoll, events, max, 0);
}

/* What EPOLL says now: the events of FD, -1: nothing, -2: of another. */
static int now(int epoll, int fd)
{
	struct epoll_event event;

	if (epoll_wait(epoll, &event, 1, 0) != 1)
		return -1;
	return event.data.fd == fd ? (int)event.events : -2;
}

static int ready(int fd)		/* by poll(2) */
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&poll_fd, 1, 0) == 1 ? poll_fd.revents : 0;
}

static void give(int fd, int n)
{
	for (int i = 0; i < n; i++)
		if (write(fd, "x", 1) != 1)
			printf("write: %s\n", strerror(errno));
}

static void take(int fd, size_t n)
{
	char buffer[65536];

	if (read(fd, buffer, n) < 0)
		printf("read: %s\n", strerror(errno));
}

static void post(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		printf("eventfd: %s\n", strerror(errno));
}

static void refusals(void)
{
	int regular = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	int folder = open("/", O_RDONLY | O_DIRECTORY);
	int null = open("/dev/null", O_RDWR), path = open("/", O_PATH);
	struct epoll_event *kernel = (void *)0xffffffff80000000;
	struct epoll_event *nowhere = (void *)4096;
	struct epoll_event event;

	TRY(syscall(SYS_epoll_create, 0));
	TRY(syscall(SYS_epoll_create, -1));
	TRY(epoll_create1(1));
	TRY(fcntl(ep, F_GETFD));
	TRY(fcntl(ep, F_GETFL) & O_ACCMODE);
	TRY(add(ep, regular, EPOLLIN));
	TRY(add(ep, folder, EPOLLIN));
	TRY(add(ep, null, EPOLLIN));
	TRY(add(ep, path, EPOLLIN));
	TRY(add(ep, ep, EPOLLIN));
	TRY(add(ep, -1, EPOLLIN));
	TRY(add(-1, pipes[0], EPOLLIN));
	TRY(add(pipes[0], pipes[1], EPOLLIN));
	TRY(add(pipes[0], regular, EPOLLIN));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], NULL));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], kernel));
	TRY(epoll_ctl(ep, 17, pipes[0], NULL));
	TRY(control(ep, 17, pipes[0], EPOLLIN));
	TRY(control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN));
	TRY(del(ep, pipes[0]));
	TRY(add(ep, pipes[0], EPOLLIN));
	TRY(add(ep, pipes[0], EPOLLIN));
	TRY(wait_raw(ep, &event, 0));
	TRY(wait_raw(ep, &event, -1));
	TRY(wait_raw(ep, &event, 0x7fffffff));
	TRY(wait_raw(-1, &event, 1));
	TRY(wait_raw(pipes[0], &event, 1));
	TRY(wait_raw(path, &event, 1));
	TRY(wait_raw(ep, kernel, 1));
	TRY(wait_raw(ep, nowhere, 1));
	give(pipes[1], 1);
	TRY(wait_raw(ep, nowhere, 1));
	TRY(wait_raw(ep, &event, 100));
	take(pipes[0], 1);
	TRY(read(ep, &event, sizeof(event)));
	TRY(write(ep, &event, sizeof(event)));
	TRY(syscall(SYS_epoll_pwait, ep, &event, 1, 0, &event, 4));
	TRY(syscall(SYS_epoll_pwait, ep, &event, 1, 0, NULL, 4));
	TRY(syscall(SYS_epoll_pwait, ep, &event, 1, 0, nowhere, 8));
	TRY(del(ep, pipes[0]));
	TRY(del(ep, pipes[0]));
	close(regular);
	close(folder);
	close(null);
	close(path);
}

static void levels_and_edges(void)
{
	add(ep, pipes[0], EPOLLIN);
	SHOW(now(ep, pipes[0]));
	give(pipes[1], 2);
	SHOW(now(ep, pipes[0]));
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 1);
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 1);
	SHOW(now(ep, pipes[0]));
	give(pipes[1], 1);
	control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN | EPOLLET);
	SHOW(now(ep, pipes[0]));
	SHOW(now(ep, pipes[0]));
	give(pipes[1], 2);
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 2);
	SHOW(now(ep, pipes[0]));
	give(pipes[1], 1);
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 100);
	SHOW(now(ep, pipes[0]));
	/* Nothing asked for: only what cannot be left out. */
	control(ep, EPOLL_CTL_MOD, pipes[0], 0);
	give(pipes[1], 1);
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 1);
	del(ep, pipes[0]);
}

static void room_to_write(void)
{
	static char much[65536];
	ssize_t n;

	fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	add(ep, pipes[1], EPOLLOUT | EPOLLET);
	SHOW(now(ep, pipes[1]));
	SHOW(now(ep, pipes[1]));
	give(pipes[1], 1);
	take(pipes[0], 1);
	SHOW(now(ep, pipes[1]));
	n = write(pipes[1], much, sizeof(much));
	printf("full: %d\n", n == sizeof(much));
	SHOW(now(ep, pipes[1]));
	take(pipes[0], sizeof(much));
	SHOW(now(ep, pipes[1]));
	SHOW(now(ep, pipes[1]));
	del(ep, pipes[1]);
	fcntl(pipes[1], F_SETFL, 0);
}

static void one_shot(void)
{
	give(pipes[1], 1);
	add(ep, pipes[0], EPOLLIN | EPOLLONESHOT);
	SHOW(now(ep, pipes[0]));
	SHOW(now(ep, pipes[0]));
	give(pipes[1], 1);
	SHOW(now(ep, pipes[0]));
	TRY(add(ep, pipes[0], EPOLLIN));
	TRY(control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN | EPOLLONESHOT));
	SHOW(now(ep, pipes[0]));
	SHOW(now(ep, pipes[0]));
	take(pipes[0], 2);
	del(ep, pipes[0]);
}

/* Those that stay ready have their turns one after the other. */
static void turns(void)
{
	struct epoll_event events[5];
	int fds[5], seen = 0;

	for (int i = 0; i < 5; i++) {
		fds[i] = eventfd(1, 0);
		add(ep, fds[i], EPOLLIN);
	}
	for (int i = 0; i < 5; i++) {
		seen += now(ep, fds[i]) == EPOLLIN;
	}
	printf("turns: %d", seen);
	printf(" %d", epoll_wait(ep, events, 3, -1));
	printf(" %d\n", events[0].data.fd == fds[0]);
	TRY(epoll_wait(ep, events, 5, -1));
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	TRY(epoll_wait(ep, events, 5, 0));
}

static void ends(void)
{
	int own[2], copy, other;

	if (pipe(own))
		return;
	add(ep, own[0], EPOLLIN);
	close(own[1]);
	SHOW(now(ep, own[0]));
	copy = dup(own[0]);
	other = own[0];
	close(own[0]);
	/* Still open, although the watched descriptor is not. */
	SHOW(now(ep, other));
	TRY(del(ep, other));
	TRY(del(ep, copy));
	close(copy);
	SHOW(now(ep, other));
	if (pipe(own))
		return;
	add(ep, own[1], EPOLLOUT);
	SHOW(now(ep, own[1]));
	close(own[0]);
	SHOW(now(ep, own[1]));
	control(ep, EPOLL_CTL_MOD, own[1], EPOLLIN);
	SHOW(now(ep, own[1]));
	close(own[1]);
	SHOW(now(ep, own[1]));
}

/* A child holds what the parent closes. */
static void inherited(void)
{
	int own[2], ends[2], number;

	if (pipe(own) || pipe(ends))
		return;
	add(ep, own[0], EPOLLIN);
	number = own[0];
	give(own[1], 1);
	fflush(stdout);
	if (fork() == 0) {
		close(ends[1]);
		take(ends[0], 1);
		_exit(0);
	}
	close(own[0]);
	SHOW(now(ep, number));
	close(ends[1]);
	wait(NULL);
	SHOW(now(ep, number));
	close(own[1]);
	close(ends[0]);
}

static void nested(void)
{
	int inner = epoll_create1(0), event = eventfd(0, 0);
	fd_set set;

	FD_ZERO(&set);
	FD_SET(inner, &set);
	SHOW(ready(inner));
	TRY(add(inner, event, EPOLLIN));
	TRY(add(ep, inner, EPOLLIN));
	SHOW(now(ep, inner));
	post(event);
	SHOW(ready(inner));
	SHOW(ready(ep));
	TRY(select(inner + 1, &set, NULL, NULL, &(struct timeval){ 0 }));
	SHOW(now(ep, inner));
	SHOW(now(ep, inner));
	SHOW(now(inner, event));
	take(event, 8);
	SHOW(ready(inner));
	SHOW(now(ep, inner));
	TRY(control(ep, EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLET));
	SHOW(now(ep, inner));
	post(event);
	SHOW(now(ep, inner));
	SHOW(now(ep, inner));
	post(event);
	SHOW(now(ep, inner));
	SHOW(now(inner, event));
	TRY(add(inner, ep, EPOLLIN));
	close(inner);
	SHOW(now(ep, inner));
	close(event);
}

static void nested_too_deep(void)
{
	int chain[10], n;

	chain[0] = epoll_create1(0);
	for (n = 1; n < 10; n++) {
		chain[n] = epoll_create1(0);
		if (add(chain[n], chain[n - 1], EPOLLIN))
			break;
	}
	printf("in a row: %d, then %s\n", n, strerror(errno));
	TRY(add(chain[0], chain[n - 1], EPOLLIN));
	TRY(add(chain[0], chain[1], EPOLLIN));
	TRY(add(chain[0], chain[n], EPOLLIN));
	TRY(add(chain[0], pipes[0], EPOLLIN));
	give(pipes[1], 1);
	SHOW(ready(chain[n - 1]));
	take(pipes[0], 1);
	SHOW(ready(chain[n - 1]));
	for (int i = 0; i <= n; i++)
		close(chain[i]);
}

static void exclusive_rules(void)
{
	int other = epoll_create1(0);

	TRY(add(ep, pipes[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
	TRY(add(ep, pipes[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLPRI));
	TRY(add(ep, pipes[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP));
	TRY(add(ep, other, EPOLLIN | EPOLLEXCLUSIVE));
	TRY(add(ep, pipes[0], EPOLLIN | EPOLLET | EPOLLHUP | EPOLLERR |
		EPOLLEXCLUSIVE));
	TRY(control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN | EPOLLEXCLUSIVE));
	TRY(control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN));
	TRY(del(ep, pipes[0]));
	TRY(add(ep, pipes[0], EPOLLIN));
	TRY(control(ep, EPOLL_CTL_MOD, pipes[0], EPOLLIN | EPOLLEXCLUSIVE));
	TRY(del(ep, pipes[0]));
	close(other);
}

int main(void)
{
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (ep < 0 || pipe(pipes)) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	refusals();
	levels_and_edges();
	room_to_write();
	one_shot();
	turns();
	ends();
	inherited();
	nested();
	nested_too_deep();
	exclusive_rules();
	return 0;
}
