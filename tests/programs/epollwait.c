/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epollwait [edges]: threads that wait at one epoll or at several for one event,
 * time limits, signals and masks, and many descriptors of which few are ready.
 * "edges": copies its input to its output, at each edge what is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WAITERS	4

#define TRY(call)	tried(#call, (long)(call))

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

static void take(int fd, size_t n)
{
	char buffer[64];

	if (read(fd, buffer, n) < 0)
		printf("read: %s\n", strerror(errno));
}

static void post(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		printf("eventfd: %s\n", strerror(errno));
}

static int64_t ms_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

static void *wait_there(void *epoll)
{
	struct epoll_event event;
	long n = epoll_wait((int)(intptr_t)epoll, &event, 1, 1500);

	return (void *)n;
}

/* How many threads see one event, each at its epoll or all at one. */
static int woken(const int *epolls, int event)
{
	pthread_t threads[WAITERS];
	void *result;
	int n = 0;

	for (int i = 0; i < WAITERS; i++)
		pthread_create(&threads[i], NULL, wait_there,
			       (void *)(intptr_t)epolls[i]);
	usleep(300000);
	post(event);
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], &result);
		n += result != NULL;
	}
	take(event, 8);
	return n;
}

static void several_wait(void)
{
	int epolls[WAITERS], same[WAITERS], event = eventfd(0, 0);

	for (int i = 0; i < WAITERS; i++) {
		epolls[i] = epoll_create1(0);
		same[i] = ep;
		add(epolls[i], event, EPOLLIN | EPOLLEXCLUSIVE);
	}
	printf("one of %d: %d\n", WAITERS, woken(epolls, event));
	for (int i = 0; i < WAITERS; i++) {
		del(epolls[i], event);
		add(epolls[i], event, EPOLLIN);
	}
	printf("all of %d: %d\n", WAITERS, woken(epolls, event));
	for (int i = 0; i < WAITERS; i++)
		close(epolls[i]);
	add(ep, event, EPOLLIN | EPOLLET);
	printf("one edge: %d\n", woken(same, event));
	control(ep, EPOLL_CTL_MOD, event, EPOLLIN);
	printf("a level: %d\n", woken(same, event));
	close(event);
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
	handled = number;
}

static void *disturb(void *thread)
{
	usleep(100000);
	pthread_kill(*(pthread_t *)thread, SIGUSR1);
	return NULL;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_RESTART };
	pthread_t self = pthread_self(), thread;
	struct epoll_event event;
	sigset_t none, usr1, after;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, disturb, &self);
	TRY(epoll_wait(ep, &event, 1, -1));
	printf("handled: %d\n", handled == SIGUSR1);
	pthread_join(thread, NULL);
	handled = 0;
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	TRY(epoll_wait(ep, &event, 1, 1));
	add(ep, pipes[1], EPOLLOUT);
	TRY(epoll_pwait(ep, &event, 1, -1, &none));
	printf("not yet handled: %d\n", handled == 0);
	del(ep, pipes[1]);
	TRY(epoll_pwait(ep, &event, 1, -1, &none));
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	printf("handled: %d, blocked: %d\n", handled == SIGUSR1,
	       sigismember(&after, SIGUSR1));
	raise(SIGUSR1);
	TRY(epoll_pwait(ep, &event, 1, 0, &none));
	TRY(epoll_pwait(ep, &event, 1, 10, &usr1));
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
}

static long pwait2(long seconds, long ns)
{
	struct { int64_t seconds, ns; } limit = { seconds, ns };
	struct epoll_event event;

	return syscall(SYS_epoll_pwait2, ep, &event, 1, &limit, NULL, 0);
}

static void limits(void)
{
	struct epoll_event event;
	int64_t start = ms_now();

	TRY(epoll_wait(ep, &event, 1, 50));
	printf("50 ms: %d\n", ms_now() - start >= 50);
	start = ms_now();
	TRY(pwait2(0, 50000000));
	printf("50 ms: %d\n", ms_now() - start >= 50);
	TRY(pwait2(0, 0));
	TRY(pwait2(-1, 0));
	TRY(pwait2(0, 1000000000));
	TRY(syscall(SYS_epoll_pwait2, ep, &event, 1, 8, NULL, 0));
	add(ep, pipes[1], EPOLLOUT);
	TRY(syscall(SYS_epoll_pwait2, ep, &event, 1, NULL, NULL, 0));
	TRY(epoll_wait(ep, &event, 1, -1000));
	del(ep, pipes[1]);
}

/* Many, of which few are ready. */
static void many(void)
{
	struct epoll_event events[64];
	int fds[500], sum = 0, n;

	for (int i = 0; i < 500; i++) {
		fds[i] = eventfd(0, 0);
		if (fds[i] < 0 || add(ep, fds[i], EPOLLIN))
			printf("%d: %s\n", i, strerror(errno));
	}
	for (int round = 0; round < 1000; round++) {
		post(fds[round % 500]);
		post(fds[round * 7 % 500]);
		n = epoll_wait(ep, events, 64, -1);
		for (int i = 0; i < n; i++)
			take(events[i].data.fd, 8);
		sum += n;
	}
	printf("many: %d\n", sum);
	for (int i = 0; i < 500; i++)
		close(fds[i]);
}

/* A short read tells that there is no more: nobody looks before the next. */
static int edges(void)
{
	struct epoll_event event;
	char buffer[1024];
	ssize_t n;

	fcntl(0, F_SETFL, O_NONBLOCK);
	if (add(ep, 0, EPOLLIN | EPOLLET))
		return 1;
	while (epoll_wait(ep, &event, 1, 20000) == 1) {
		do {
			n = read(0, buffer, sizeof(buffer));
			if (n <= 0)
				return n < 0;
			if (write(1, buffer, (size_t)n) != n)
				return 2;
		} while (event.events & EPOLLHUP);
	}
	return 3;
}

int main(int argc, char **argv)
{
	ep = epoll_create1(0);
	if (ep < 0 || pipe(pipes)) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "edges") == 0)
		return edges();
	several_wait();
	signals();
	limits();
	many();
	return 0;
}
