/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events: counters (eventfd(2)) and timers (timerfd_create(2)) that are read,
 * polled and watched. See also signalfds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SET_TICKS	_IOW('T', 0, uint64_t)
#define MS		1000000l		/* ns */
#define KERNEL		((void *)0xffffffff80000000)
#define NOWHERE		((void *)4096)

#define TRY(call)	tried(#call, (long)(call))
#define SHOW(value)	printf("%s: %ld\n", #value, (long)(value))

static void tried(const char *what, long result)
{
	printf("%s = %ld%s%s\n", what, result < 0 ? -1 : result,
	       result < 0 ? ", " : "", result < 0 ? strerror(errno) : "");
}

/* What a read of FD gives, or -errno. */
static long long get(int fd)
{
	uint64_t value;
	ssize_t n = read(fd, &value, sizeof(value));

	return n == sizeof(value) ? (long long)value : n < 0 ? -errno : -1;
}

static long put(int fd, uint64_t value)
{
	return write(fd, &value, sizeof(value));
}

static int ready(int fd, int ms)
{
	struct pollfd poll_fd = {
		.fd = fd, .events = POLLIN | POLLOUT | POLLRDNORM,
	};

	return poll(&poll_fd, 1, ms) == 1 ? poll_fd.revents : 0;
}

/* How /proc and fstat(2) see FD, and what is no file to it. */
static void look(int fd)
{
	char link[64], name[64] = "";
	struct stat stat;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, name, sizeof(name) - 1) < 0 || fstat(fd, &stat))
		printf("%s\n", strerror(errno));
	printf("%s, mode %o, flags %o, %d\n", name, stat.st_mode & 07777,
	       fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK),
	       fcntl(fd, F_GETFD));
	TRY(open(link, O_RDWR));
	TRY(pread(fd, name, 8, 0));
	TRY(lseek(fd, 5, SEEK_SET));
	TRY(ioctl(fd, FIONREAD, name));
	TRY(ftruncate(fd, 0));
}

/* Counters. */

static void *post_later(void *fd)
{
	usleep(100000);
	put(*(int *)fd, 3);
	return NULL;
}

static void *take_later(void *fd)
{
	usleep(100000);
	return (void *)get(*(int *)fd);
}

static void counters(void)
{
	int fd = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC), one;
	uint64_t big = 0xfffffffffffffffe;
	pthread_t thread;

	look(fd);
	TRY(eventfd(0, 2));
	TRY(syscall(SYS_eventfd2, 0, ~0));
	SHOW(ready(fd, 0));
	SHOW(get(fd));
	SHOW(get(fd));
	SHOW(ready(fd, 0));
	TRY(put(fd, 7));
	TRY(put(fd, 0));
	SHOW(get(fd));
	TRY(put(fd, ~0ull));
	TRY(put(fd, big));
	SHOW(ready(fd, 0));
	TRY(put(fd, 1));
	TRY(put(fd, 0));
	SHOW(get(fd) == (long long)big);
	TRY(write(fd, &big, 7));
	TRY(read(fd, &big, 7));
	TRY(write(fd, KERNEL, 8));
	TRY(write(fd, NOWHERE, 8));
	put(fd, 9);
	TRY(read(fd, NOWHERE, 8));
	SHOW(get(fd));
	fcntl(fd, F_SETFL, 0);
	pthread_create(&thread, NULL, post_later, &fd);
	SHOW(get(fd));
	pthread_join(thread, NULL);
	put(fd, big);
	pthread_create(&thread, NULL, take_later, &fd);
	TRY(put(fd, 2));
	pthread_join(thread, NULL);
	SHOW(get(fd));
	close(fd);
	one = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	SHOW(get(one));
	SHOW(get(one));
	SHOW(get(one));
	close(one);
}

/* Timers. */

static int set(int fd, int flags, long value, long interval)
{
	struct itimerspec spec = {
		.it_value = { value / 1000, value % 1000 * MS },
		.it_interval = { interval / 1000, interval % 1000 * MS },
	};

	return timerfd_settime(fd, flags, &spec, NULL);
}

/* MS of CLOCK from now, and LATER ms. */
static long ms_of(clockid_t clock, long later)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000 + time.tv_nsec / MS + later;
}

static long left(int fd)	/* ms */
{
	struct itimerspec spec;

	if (timerfd_gettime(fd, &spec))
		return -errno;
	return spec.it_value.tv_sec * 1000 + spec.it_value.tv_nsec / MS;
}

static void timer_refusals(int fd)
{
	struct itimerspec bad = { .it_value = { 1, 1000000000 } };
	struct itimerspec worse = { .it_interval = { -1, 0 } };
	struct itimerspec good = { .it_value = { 1, 0 } };
	uint64_t ticks = 0;
	int other = eventfd(0, 0);

	TRY(timerfd_create(CLOCK_MONOTONIC, 1));
	TRY(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	TRY(timerfd_create(CLOCK_MONOTONIC_RAW, 0));
	TRY(timerfd_create(-1, 0));
	TRY(timerfd_settime(fd, 4, &good, NULL));
	TRY(timerfd_settime(fd, 0, &bad, NULL));
	TRY(timerfd_settime(fd, 0, &worse, NULL));
	TRY(timerfd_settime(-1, 0, &good, NULL));
	TRY(timerfd_settime(other, 0, &good, NULL));
	TRY(syscall(SYS_timerfd_settime, fd, 0, NULL, NULL));
	TRY(syscall(SYS_timerfd_settime, fd, 0, KERNEL, NULL));
	TRY(syscall(SYS_timerfd_gettime, fd, NULL));
	TRY(syscall(SYS_timerfd_gettime, other, &good));
	TRY(syscall(SYS_timerfd_gettime, -1, &good));
	TRY(read(fd, &ticks, 4));
	TRY(write(fd, &ticks, 8));
	TRY(ioctl(fd, SET_TICKS, &ticks));
	TRY(ioctl(fd, SET_TICKS, NULL));
	ticks = 12;
	TRY(ioctl(fd, SET_TICKS, &ticks));
	SHOW(ready(fd, 0));
	SHOW(get(fd));
	TRY(ioctl(fd, TCGETS, &ticks));
	close(other);
}

static void timers(clockid_t clock)
{
	int fd = timerfd_create(clock, TFD_NONBLOCK);
	struct itimerspec old, new = { .it_value = { 100, 0 } };
	long long ticks, start;

	SHOW(left(fd));
	SHOW(get(fd));
	TRY(set(fd, 0, 20, 0));
	SHOW(left(fd) <= 20);
	SHOW(ready(fd, -1));
	SHOW(get(fd));
	SHOW(get(fd));
	SHOW(left(fd));
	/* Every 10 ms: those that nobody looked at are counted. */
	start = ms_of(clock, 0);
	TRY(set(fd, 0, 10, 10));
	usleep(100000);
	ticks = get(fd);
	SHOW(ticks >= 9 && ticks <= (ms_of(clock, 0) - start) / 10);
	SHOW(left(fd) <= 10);
	fcntl(fd, F_SETFL, 0);
	SHOW(get(fd) >= 1);
	SHOW(get(fd) >= 1);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	TRY(timerfd_settime(fd, 0, &new, &old));
	SHOW(old.it_interval.tv_nsec);
	SHOW(old.it_value.tv_sec);
	SHOW(get(fd));
	SHOW(left(fd) > 90000);
	TRY(set(fd, 0, 0, 1000));
	SHOW(left(fd));
	SHOW(ready(fd, 30));
	/* At a time of the clock: to come, past, past and again. */
	TRY(set(fd, TFD_TIMER_ABSTIME, ms_of(clock, 30), 0));
	SHOW(left(fd) <= 30);
	SHOW(ready(fd, -1));
	SHOW(get(fd));
	TRY(set(fd, TFD_TIMER_ABSTIME, 1, 0));
	SHOW(ready(fd, -1));
	SHOW(get(fd));
	TRY(set(fd, TFD_TIMER_ABSTIME, ms_of(clock, -500), 1000000));
	SHOW(ready(fd, -1));
	SHOW(get(fd));
	TRY(set(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
		ms_of(clock, -5250), 500));
	SHOW(ready(fd, -1));
	ticks = get(fd);
	SHOW(ticks >= 11 && ticks <= 13);
	close(fd);
}

/* Periods that nobody reads are one edge; each read is followed by another. */
static void timer_edges(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	set(fd, 0, 10, 10);
	TRY(epoll_wait(ep, &event, 1, -1));
	TRY(epoll_wait(ep, &event, 1, 50));
	SHOW(get(fd) >= 5);
	TRY(epoll_wait(ep, &event, 1, -1));
	set(fd, 0, 20, 0);
	TRY(epoll_wait(ep, &event, 1, -1));
	TRY(epoll_wait(ep, &event, 1, 50));
	close(fd);
	TRY(epoll_wait(ep, &event, 1, 50));
	close(ep);
}

int main(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	counters();
	look(fd);
	timer_refusals(fd);
	close(fd);
	timers(CLOCK_MONOTONIC);
	timers(CLOCK_REALTIME);
	timers(CLOCK_BOOTTIME);
	timer_edges();
	return 0;
}
