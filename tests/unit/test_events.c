// SPDX-License-Identifier: GPL-2.0-only
/* Epolls, counters, timers and signals that are read.  See events.sh. */
#include "fake_kernel.h"
#include <asm/poll.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <sys/calls.h>
#include <sys/syscall.h>
#include "tap.h"

int atoi(const char *text);

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

#define MS	1000000ull
#define NSEC	1000000000ull

static int64_t control(int64_t epoll, int operation, int64_t fd,
		       uint32_t events)
{
	struct epoll_event event = { .events = events, .data = (uint64_t)fd };

	return CALL(epoll_ctl, epoll, operation, fd, &event);
}

static int64_t add(int64_t epoll, int64_t fd, uint32_t events)
{
	return control(epoll, EPOLL_CTL_ADD, fd, events);
}

/* The events of the only one, which is FD; 0: none, ~0: another or more. */
static uint32_t now(int64_t epoll, int64_t fd)
{
	struct epoll_event events[2];
	int64_t n = CALL(epoll_wait, epoll, events, 2, 0);

	if (n == 0)
		return 0;
	return n == 1 && events[0].data == (uint64_t)fd ? events[0].events :
		~0u;
}

static int64_t counter(void)
{
	return CALL(eventfd2, 0, O_NONBLOCK);
}

static void post(int64_t fd)
{
	uint64_t one = 1;

	CHECK(CALL(write, fd, &one, 8) == 8);
}

static int64_t get(int64_t fd)
{
	uint64_t value;
	int64_t n = CALL(read, fd, &value, 8);

	return n == 8 ? (int64_t)value : n;
}

static struct wait_queue *queue_of(int64_t fd)
{
	struct file *file = fd_get((int)fd);
	struct wait_queue *queue = file->operations->queue(file);

	file_put(file);
	return queue;
}

static bool ready(int64_t fd)
{
	struct pollfd poll = { .fd = (int)fd, .events = POLLIN };

	return CALL(poll, &poll, 1, 0) == 1;
}

/* A file that counts how often it is looked at. */

static unsigned looks, answer;
static struct wait_queue plain_queue = WAIT_QUEUE_INIT(plain_queue);

static unsigned plain_poll(struct file *file)
{
	(void)file;
	looks++;
	return answer;
}

static struct wait_queue *plain_wait(struct file *file)
{
	(void)file;
	return &plain_queue;
}

static const struct file_operations plain_file = {
	.poll = plain_poll, .queue = plain_wait,
};

static int64_t plain(void)
{
	return fd_install(file_create(&plain_file, "plain", 0600, O_RDWR, NULL),
			  0, false);
}

static void a_wake_up_looks_at_nothing_else(void)
{
	int64_t ep = CALL(epoll_create1, 0), fds[200], fd = counter();
	struct epoll_event events[4];

	answer = 0;
	for (int i = 0; i < 200; i++) {
		fds[i] = plain();
		CHECK(add(ep, fds[i], EPOLLIN) == 0);
	}
	CHECK(add(ep, fd, EPOLLIN) == 0);
	looks = 0;
	for (int i = 0; i < 100; i++) {
		post(fd);
		CHECK(now(ep, fd) == EPOLLIN);
		CHECK(get(fd) == 1);
	}
	CHECK(looks == 0);
	/* Only the events that are waited for; none named: any. */
	wait_wake(&plain_queue, POLLOUT);
	CHECK(now(ep, fd) == 0 && looks == 0);
	wait_wake_all(&plain_queue);
	CHECK(now(ep, fd) == 0 && looks == 200);
	answer = POLLIN;
	wait_wake(&plain_queue, POLLIN);
	CHECK(CALL(epoll_wait, ep, events, 4, 0) == 4 && looks == 204);
	CHECK(CALL(close, ep) == 0);
	CHECK(list_empty(&plain_queue.waiters));
	for (int i = 0; i < 200; i++)
		CALL(close, fds[i]);
	CALL(close, fd);
}

static int64_t woken_fd;

static void post_it(void)
{
	post(woken_fd);
}

static void close_it(void)
{
	CALL(close, woken_fd);
	fake.asleep = NULL;
}

static void who_sleeps_is_woken(void)
{
	int64_t ep = CALL(epoll_create1, 0);
	struct epoll_event event;

	woken_fd = counter();
	CHECK(add(ep, woken_fd, EPOLLIN) == 0);
	fake.wakes = 0;
	fake.asleep = post_it;
	CHECK(CALL(epoll_wait, ep, &event, 1, -1) == 1 && fake.wakes == 1);
	CHECK(get(woken_fd) == 1);
	/* What is watched may go meanwhile; then a signal comes. */
	fake.asleep = close_it;
	CHECK(CALL(epoll_wait, ep, &event, 1, -1) == -EINTR);
	CHECK(CALL(epoll_wait, ep, &event, 1, -1) == -EINTR);
	CALL(close, ep);
}

static void one_of_several_exclusive_ones(void)
{
	int64_t first = CALL(epoll_create1, 0), second, third;
	struct epoll_event event;

	second = CALL(epoll_create1, 0);
	third = CALL(epoll_create1, 0);
	woken_fd = counter();
	CHECK(add(first, woken_fd, EPOLLIN | EPOLLEXCLUSIVE) == 0);
	CHECK(add(second, woken_fd, EPOLLIN | EPOLLEXCLUSIVE) == 0);
	CHECK(add(third, woken_fd, EPOLLIN) == 0);
	/* Nobody sleeps: all are told. */
	post(woken_fd);
	CHECK(ready(first) && ready(second) && ready(third));
	CHECK(get(woken_fd) == 1);
	CHECK(!ready(first) && !ready(second) && !ready(third));
	fake.asleep = post_it;
	CHECK(CALL(epoll_wait, first, &event, 1, -1) == 1);
	CHECK(ready(first) && !ready(second) && ready(third));
	CHECK(CALL(epoll_wait, second, &event, 1, -1) == 1);
	fake.asleep = NULL;
	CALL(close, first);
	CALL(close, second);
	CALL(close, third);
	CALL(close, woken_fd);
}

static void two_epolls_do_not_watch_each_other(void)
{
	int64_t a = CALL(epoll_create1, 0), b = CALL(epoll_create1, 0);

	CHECK(add(a, b, EPOLLIN) == 0 && add(a, b, EPOLLIN) == -EEXIST);
	CHECK(add(b, a, EPOLLIN) == -ELOOP && add(a, a, EPOLLIN) == -EINVAL);
	CALL(close, a);
	CHECK(list_empty(&queue_of(b)->waiters));
	CALL(close, b);
}

#define LAYERS	5
#define WIDTH	20

/* Every way up from a file is one of WIDTH^4, but each epoll is woken once. */
static void a_wake_up_goes_each_way_once(void)
{
	int64_t eps[LAYERS][WIDTH], fd = counter(), top;
	struct waiter waiter;

	for (int i = 0; i < LAYERS; i++)
		for (int j = 0; j < WIDTH; j++)
			eps[i][j] = CALL(epoll_create1, 0);
	for (int i = 1; i < LAYERS; i++)
		for (int j = 0; j < WIDTH; j++)
			for (int k = 0; k < WIDTH; k++)
				if (add(eps[i][j], eps[i - 1][k], EPOLLIN))
					CHECK(!"nested");
	for (int j = 0; j < WIDTH; j++)
		CHECK(add(eps[0][j], fd, EPOLLIN) == 0);
	top = eps[LAYERS - 1][0];
	wait_add(queue_of(top), &waiter);
	for (int round = 0; round < 3; round++) {
		fake.wakes = 0;
		post(fd);
		CHECK(fake.wakes == 1 && ready(top));
		get(fd);
		CHECK(!ready(top));
	}
	wait_remove(&waiter);
	/* No more than five, no circles, wherever the new one comes in. */
	CHECK(add(eps[0][0], top, EPOLLIN) == -ELOOP);
	CHECK(add(eps[1][1], eps[3][3], EPOLLIN) == -ELOOP);
	CHECK(add(eps[3][3], eps[1][1], EPOLLIN) == 0);
	CHECK(add(eps[1][0], eps[1][1], EPOLLIN) == -ELOOP);
	for (int i = 0; i < LAYERS; i++)
		for (int j = 0; j < WIDTH; j++)
			CALL(close, eps[i][j]);
	CALL(close, fd);
}

/* Timers. */

static void set(int64_t fd, int flags, uint64_t value, uint64_t interval)
{
	int64_t spec[] = {
		(int64_t)(interval / NSEC),
		(int64_t)(interval % NSEC),
		(int64_t)(value / NSEC),
		(int64_t)(value % NSEC),
	};

	CHECK(CALL(timerfd_settime, fd, flags, spec, 0) == 0);
}

static bool armed(void)
{
	return !list_empty(&fake.timers);
}

static void a_timer_runs_only_for_who_waits(void)
{
	int64_t fd = CALL(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
	int64_t ep = CALL(epoll_create1, 0);

	set(fd, 0, 10 * MS, 10 * MS);
	CHECK(!armed() && !ready(fd) && !armed() && get(fd) == -EAGAIN);
	fake_pass(1005 * MS);
	CHECK(!armed() && get(fd) == 100 && !armed());
	CHECK(add(ep, fd, EPOLLIN | EPOLLET) == 0 && armed());
	fake_pass(10 * MS);
	CHECK(!armed() && now(ep, fd) == EPOLLIN && now(ep, fd) == 0);
	/* Until that is read nothing happens. */
	fake_pass(100 * MS);
	CHECK(!armed() && now(ep, fd) == 0);
	CHECK(get(fd) == 11 && armed());
	fake_pass(10 * MS);
	CHECK(now(ep, fd) == EPOLLIN && !armed());
	set(fd, 0, 10 * MS, 0);
	CHECK(armed() && get(fd) == -EAGAIN);
	fake_pass(10 * MS);
	CHECK(!armed() && now(ep, fd) == EPOLLIN && get(fd) == 1 && !armed());
	set(fd, 0, 10 * MS, 0);
	CHECK(armed());
	set(fd, 0, 0, 0);
	CHECK(!armed());
	set(fd, 0, 10 * MS, 0);
	CALL(close, fd);
	CHECK(!armed());
	CALL(close, ep);
}

static void a_timer_follows_its_clock(void)
{
	const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
	int64_t fd = CALL(timerfd_create, CLOCK_REALTIME, O_NONBLOCK);
	int64_t ep = CALL(epoll_create1, 0), spec[4] = { 0, 0, 5, 0 };

	add(ep, fd, EPOLLIN);
	set(fd, TFD_TIMER_ABSTIME, clock_realtime() + 10 * MS, 0);
	fake.realtime_offset -= 50 * MS;
	fake_pass(11 * MS);
	CHECK(now(ep, fd) == 0 && armed());
	fake_pass(50 * MS);
	CHECK(now(ep, fd) == EPOLLIN && get(fd) == 1);
	/* One that starts now does not care. */
	set(fd, TFD_TIMER_CANCEL_ON_SET, 10 * MS, 0);
	fake.realtime_offset -= 50 * MS;
	fake_pass(11 * MS);
	CHECK(now(ep, fd) == EPOLLIN && get(fd) == 1);
	set(fd, flags, clock_realtime() + 10 * MS, 0);
	fake.realtime_offset += 5 * MS;
	CHECK(ready(fd) && get(fd) == -ECANCELED && get(fd) == -EAGAIN);
	fake.realtime_offset += 5 * MS;
	CHECK(CALL(timerfd_settime, fd, flags, spec, 0) == -ECANCELED);
	CHECK(get(fd) == 1);
	CALL(close, fd);
	CALL(close, ep);
}

/* Signals. */

static void an_epoll_outlives_the_process_it_watches(void)
{
	struct process_own *own = fake.task.process->own;
	uint64_t set = SIGNAL_BIT(SIGUSR1);
	int64_t fd = CALL(signalfd4, -1, &set, 8, O_NONBLOCK);
	int64_t ep = CALL(epoll_create1, 0);

	CHECK(add(ep, fd, EPOLLIN) == 0);
	fake.task.pending.set = set;
	CHECK(now(ep, fd) == 0);	/* nobody said so */
	wait_wake(&own->signalled, POLLIN);
	CHECK(now(ep, fd) == EPOLLIN);
	fake.task.pending.set = 0;
	CHECK(now(ep, fd) == 0);
	wait_remove_all(&own->signalled);
	CHECK(CALL(epoll_ctl, ep, EPOLL_CTL_DEL, fd, NULL) == 0);
	CALL(close, fd);
	CALL(close, ep);
}

/*
 * Chance: descriptors (counters, duplicates of them, epolls) and watches come
 * and go. A level-triggered epoll must say what a look at all files says.
 */

#define FDS		24
#define FIRST_FD	100	/* each has a number of its own */

static uint32_t seed = 1;

static unsigned chance(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static struct {
	int64_t fd;		/* -1: none */
	struct file *file;	/* plain */
} open_files[FDS];

static uint32_t watched[FDS];	/* events, 0: not */
static struct file *watched_file[FDS];

static void make(unsigned i)
{
	unsigned j = chance(FDS);
	int64_t fd;

	if (open_files[i].fd >= 0)
		return;
	fd = open_files[j].fd >= 0 && chance(3) == 0 ?
		CALL(dup, open_files[j].fd) : counter();
	open_files[i].fd = CALL(dup2, fd, FIRST_FD + i);
	CALL(close, fd);
	open_files[i].file = fd_get((int)open_files[i].fd);
	file_put(open_files[i].file);
}

/* Its watches end with the last descriptor of the file. */
static void unmake(unsigned i)
{
	struct file *file = open_files[i].file;
	bool last = true;

	if (open_files[i].fd < 0)
		return;
	CALL(close, open_files[i].fd);
	open_files[i].fd = -1;
	for (unsigned j = 0; j < FDS; j++)
		last &= open_files[j].fd < 0 || open_files[j].file != file;
	for (unsigned j = 0; j < FDS && last; j++)
		if (watched[j] && watched_file[j] == file)
			watched[j] = 0;
}

/* The watch of I goes by the number I and by the file it had then. */
static void change(int64_t ep, unsigned i)
{
	static const uint32_t masks[] = {
		EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT,
	};
	struct epoll_event event = { .events = masks[chance(3)], .data = i };
	int operation = 1 + (int)chance(3);
	bool mine = watched[i] && watched_file[i] == open_files[i].file;
	int64_t status;

	/* One watch for each number, so that the model stays simple. */
	if (open_files[i].fd < 0 || (watched[i] && !mine))
		return;
	status = CALL(epoll_ctl, ep, operation, open_files[i].fd, &event);
	if (operation == EPOLL_CTL_ADD)
		CHECK(status == (mine ? -EEXIST : 0));
	else
		CHECK(status == (mine ? 0 : -ENOENT));
	if (status)
		return;
	watched[i] = operation == EPOLL_CTL_DEL ? 0 : event.events;
	watched_file[i] = open_files[i].file;
}

static void compare(int64_t ep)
{
	struct epoll_event events[2 * FDS];
	int64_t n = CALL(epoll_wait, ep, events, 2 * FDS, 0), expected = 0;

	for (unsigned i = 0; i < FDS; i++) {
		uint32_t found = 0;

		if (!watched[i])
			continue;
		found = watched_file[i]->operations->poll(watched_file[i]) &
			watched[i];
		expected += found != 0;
		for (int64_t j = 0; j < n; j++)
			if (events[j].data == i)
				found ^= events[j].events;
		CHECK(found == 0);
	}
	CHECK(n == expected);
}

static void levels_are_what_a_look_at_all_says(void)
{
	int64_t ep = CALL(epoll_create1, 0);
	int64_t outer = CALL(epoll_create1, 0);
	struct epoll_event event;

	add(outer, ep, EPOLLIN);
	for (unsigned i = 0; i < FDS; i++)
		open_files[i].fd = -1;
	for (unsigned step = 0; step < 200000; step++) {
		unsigned i = chance(FDS);

		switch (chance(8)) {
		case 0:
			make(i);
			break;
		case 1:
			if (chance(3) == 0)
				unmake(i);
			break;
		case 2:
		case 3:
			change(ep, i);
			break;
		case 4:
			if (open_files[i].fd >= 0)
				post(open_files[i].fd);
			break;
		case 5:
			if (open_files[i].fd >= 0)
				get(open_files[i].fd);
			break;
		case 6:
			CALL(epoll_wait, ep, &event, 1, 0);
			break;
		case 7:
			compare(ep);
			CHECK(ready(ep) == (now(outer, ep) == EPOLLIN));
			break;
		}
	}
	CALL(close, outer);
	for (unsigned i = 0; i < FDS; i++)
		unmake(i);
	compare(ep);
	CALL(close, ep);
}

static uint64_t frames_before;
static long objects_before;

static unsigned sleeps;

static void sleep_on(void)
{
	sleeps++;
	fake_pass(60 * MS);
}

static void a_poll_goes_on_until_its_time(void)
{
	struct pollfd poll = { .fd = (int)counter(), .events = POLLIN };

	CHECK(CALL(poll, &poll, 1, 100) == -ERESTART_RESTARTBLOCK);
	CHECK(fake.task.restart_deadline != 0);
	fake_pass(50 * MS);
	fake.asleep = sleep_on;
	CHECK(CALL(poll, &poll, 1, 100) == 0 && sleeps == 1);
	fake.asleep = NULL;
	fake.task.restart_deadline = 0;
	CHECK(CALL(poll, &poll, 1, -1) == -ERESTARTNOHAND);
	CHECK(fake.task.restart_deadline == 0);
	CHECK(CALL(close, poll.fd) == 0);
}

static bool has(const uint64_t *set, int64_t fd)
{
	return set[fd / 64] >> (fd % 64) & 1;
}

static void select_looks_at_all_descriptors(void)
{
	uint64_t set[64] = { 0 }, time[2] = { 0 };
	int64_t fd = counter(), high;

	fake.task.process->rlimits[RLIMIT_NOFILE][0] = 4096;
	high = CALL(fcntl, fd, F_DUPFD, 1500);
	CHECK(high == 1500);
	set[high / 64] |= 1ull << (high % 64);
	CHECK(CALL(select, high + 1, set, 0, 0, time) == 0 && !has(set, high));
	post(fd);
	set[high / 64] |= 1ull << (high % 64);
	CHECK(CALL(select, high + 1, set, 0, 0, time) == 1 && has(set, high));
	set[high / 64] |= 1ull << (high % 64);
	CHECK(CALL(select, 1 << 30, set, 0, 0, time) == 1 && has(set, high));
	set[0] |= 1ull << 50;
	CHECK(CALL(select, high + 1, set, 0, 0, time) == -EBADF);
	CHECK(CALL(close, fd) == 0 && CALL(close, high) == 0);
	fake.task.process->rlimits[RLIMIT_NOFILE][0] = 1024;
}

static void all_memory_is_back(void)
{
	CHECK(fake.frames == frames_before);
	CHECK(fake.objects == objects_before);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = (uint32_t)atoi(argv[1]);
	fake_init();
	CALL(close, CALL(dup2, CALL(open, "/dev/null", O_RDWR), 900));
	frames_before = fake.frames;
	objects_before = fake.objects;
	RUN(a_wake_up_looks_at_nothing_else);
	RUN(who_sleeps_is_woken);
	RUN(one_of_several_exclusive_ones);
	RUN(two_epolls_do_not_watch_each_other);
	RUN(a_wake_up_goes_each_way_once);
	RUN(a_timer_runs_only_for_who_waits);
	RUN(a_timer_follows_its_clock);
	RUN(an_epoll_outlives_the_process_it_watches);
	RUN(levels_are_what_a_look_at_all_says);
	RUN(a_poll_goes_on_until_its_time);
	RUN(select_looks_at_all_descriptors);
	RUN(all_memory_is_back);
	return tap_end();
}
