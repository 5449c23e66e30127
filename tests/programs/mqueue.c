/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mqueue: POSIX message queues: names, priorities, limits, waiting with and
 * without an end, notification, poll(2), rights.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NAME	"/pisces-test"
#define SIZE	16

static mqd_t queue;
static char text[8192];

static mqd_t make(long messages, int flags)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = SIZE };

	return mq_open(NAME, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr);
}

static void end(void)
{
	CHECK(mq_close(queue) == 0 && mq_unlink(NAME) == 0);
}

static int send(const char *what, unsigned priority)
{
	return mq_send(queue, what, strlen(what), priority);
}

static int got(const char *what, unsigned its)
{
	unsigned priority = 99999;
	ssize_t n;

	memset(text, 0, sizeof(text));
	errno = 0;
	n = mq_receive(queue, text, sizeof(text), &priority);
	return n == (ssize_t)strlen(what) && priority == its &&
		strcmp(text, what) == 0;
}

static long count(void)
{
	struct mq_attr attr;

	return mq_getattr(queue, &attr) ? -1 : attr.mq_curmsgs;
}

static struct timespec after(long ms)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += ms * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static mqd_t with_limits(long messages, long size)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = size };

	return mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr);
}

static void names(void)
{
	static char longest[300] = "/";
	struct stat stat;
	mqd_t other;

	FAILS(mq_open(NAME, O_RDWR), ENOENT);
	queue = make(5, 0);
	CHECK(queue >= 0);
	FAILS(make(5, 0), EEXIST);
	CHECK((fcntl(queue, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK((fcntl(queue, F_GETFL) & (O_ACCMODE | O_CREAT)) == O_RDWR);
	CHECK(fstat(queue, &stat) == 0 && S_ISREG(stat.st_mode) &&
	      (stat.st_mode & 07777) == 0600 && stat.st_nlink == 1);
	FAILS(mq_open(NAME "/x", O_RDWR), EACCES);
	FAILS(mq_open("/", O_RDWR | O_CREAT, 0600, NULL), ENOENT);
	FAILS(mq_open("/..", O_RDWR | O_CREAT, 0600, NULL), EACCES);
	FAILS(mq_unlink("/."), EACCES);
	FAILS(syscall(SYS_mq_open, 1, O_RDWR, 0, NULL), EFAULT);
	FAILS(syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0600, 1), EFAULT);
	memset(longest + 1, 'x', 256);
	FAILS(syscall(SYS_mq_open, longest + 1, O_RDWR, 0, NULL),
	      ENAMETOOLONG);
	longest[256] = '\0';
	other = mq_open(longest, O_RDWR | O_CREAT, 0600, NULL);
	CHECK(other >= 0 && mq_unlink(longest) == 0 && mq_close(other) == 0);
	/* Without its name it is still there for who has it open. */
	other = mq_open(NAME, O_RDONLY);
	CHECK(other >= 0 && mq_unlink(NAME) == 0);
	FAILS(mq_unlink(NAME), ENOENT);
	FAILS(mq_open(NAME, O_RDWR), ENOENT);
	CHECK(send("hello", 1) == 0 && mq_close(queue) == 0);
	FAILS(mq_send(other, "x", 1, 0), EBADF);
	queue = other;
	CHECK(got("hello", 1) && mq_close(other) == 0);
	FAILS(mq_send(other, "x", 1, 0), EBADF);
	FAILS(mq_send(0, "x", 1, 0), EBADF);
}

static void without_room(void)
{
	struct rlimit limit = { 9 * (SIZE + 48 + 48), 819200 };

	CHECK(setrlimit(RLIMIT_MSGQUEUE, &limit) == 0);
	FAILS(make(10, 0), EMFILE);
	queue = make(9, 0);
	CHECK(queue >= 0);
	FAILS(mq_open(NAME "2", O_CREAT | O_RDWR, 0600, NULL), EMFILE);
	end();
	queue = make(9, 0);
	CHECK(queue >= 0);
	end();
}

static void limits(void)
{
	struct mq_attr attr = { .mq_flags = 0 }, old;
	struct rlimit limit;

	FAILS(with_limits(0, 8), EINVAL);
	FAILS(with_limits(-1, 8), EINVAL);
	FAILS(with_limits(8, 0), EINVAL);
	FAILS(with_limits(65537, 8), EINVAL);
	FAILS(with_limits(8, (16 << 20) + 1), EINVAL);
	CHECK(getrlimit(RLIMIT_MSGQUEUE, &limit) == 0);
	CHECK(limit.rlim_cur == 819200);
	CHECK(ended_well(child(without_room)));
	queue = mq_open(NAME, O_CREAT | O_RDWR, 0600, NULL);
	CHECK(queue >= 0 && mq_getattr(queue, &attr) == 0);
	CHECK(attr.mq_maxmsg == 10 && attr.mq_msgsize == 8192);
	CHECK(attr.mq_flags == 0 && attr.mq_curmsgs == 0);
	attr.mq_flags = O_NONBLOCK;
	attr.mq_maxmsg = 99;
	CHECK(mq_setattr(queue, &attr, &old) == 0 && old.mq_flags == 0);
	CHECK(mq_setattr(queue, &old, &attr) == 0);
	CHECK(attr.mq_flags == O_NONBLOCK && attr.mq_maxmsg == 10);
	attr.mq_flags = O_NONBLOCK | O_APPEND;
	FAILS(syscall(SYS_mq_getsetattr, queue, &attr, NULL), EINVAL);
	FAILS(syscall(SYS_mq_getsetattr, queue, 1, NULL), EFAULT);
	FAILS(syscall(SYS_mq_getsetattr, queue, NULL, 1), EFAULT);
	FAILS(syscall(SYS_mq_getsetattr, 0, NULL, &attr), EBADF);
	end();
}

static void messages(void)
{
	queue = make(5, O_NONBLOCK);
	CHECK(send("low", 1) == 0 && send("high", 32767) == 0);
	CHECK(send("middle", 5) == 0 && send("middle too", 5) == 0);
	CHECK(send("", 0) == 0);
	FAILS(send("x", 5), EAGAIN);
	FAILS(send("x", 32768), EINVAL);
	FAILS(mq_send(queue, text, SIZE + 1, 0), EMSGSIZE);
	FAILS(mq_receive(queue, text, SIZE - 1, NULL), EMSGSIZE);
	CHECK(count() == 5 && got("high", 32767) && got("middle", 5));
	CHECK(send("last", 5) == 0 && got("middle too", 5) && got("last", 5));
	CHECK(got("low", 1) && got("", 0));
	FAILS(mq_receive(queue, text, SIZE, NULL), EAGAIN);
	FAILS(syscall(SYS_mq_timedsend, queue, 1, 5, 0, NULL), EFAULT);
	CHECK(send("lost", 5) == 0);
	FAILS(syscall(SYS_mq_timedreceive, queue, 1, SIZE, NULL, NULL), EFAULT);
	CHECK(count() == 0);
	FAILS(syscall(SYS_mq_timedsend, queue, "x", 1, 0, 1), EFAULT);
	end();
}

static void limited(void)
{
	struct timespec soon, past = { 1, 0 }, odd = { 1, 1000000000 };

	queue = make(1, 0);
	soon = after(30);
	FAILS(mq_timedreceive(queue, text, SIZE, NULL, &soon), ETIMEDOUT);
	FAILS(mq_timedreceive(queue, text, SIZE, NULL, &past), ETIMEDOUT);
	FAILS(mq_timedreceive(queue, text, SIZE, NULL, &odd), EINVAL);
	CHECK(mq_timedsend(queue, "x", 1, 0, &past) == 0);
	soon = after(30);
	FAILS(mq_timedsend(queue, "x", 1, 0, &soon), ETIMEDOUT);
	FAILS(mq_timedsend(queue, "x", 1, 0, &past), ETIMEDOUT);
	FAILS(mq_timedsend(queue, "x", 1, 0, &odd), EINVAL);
	CHECK(mq_timedreceive(queue, text, SIZE, NULL, &past) == 1);
	end();
}

static const char *expected;

static void receive_expected(void)
{
	CHECK(got(expected, 3));
}

static void send_expected(void)
{
	CHECK(send(expected, 3) == 0);
}

/* For the others to be asleep: there is no telling from outside. */
static void pause_for_others(void)
{
	usleep(100000);
}

/* Who came first is served first. */
static void waiting(void)
{
	static const char *const words[] = { "one", "two", "three" };
	pid_t pids[3];

	queue = make(1, 0);
	for (int i = 0; i < 3; i++) {
		expected = words[i];
		pids[i] = child(receive_expected);
		pause_for_others();
	}
	for (int i = 0; i < 3; i++)
		CHECK(send(words[i], 3) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(ended_well(pids[i]));
	CHECK(count() == 0 && send("zero", 3) == 0);
	for (int i = 0; i < 3; i++) {
		expected = words[i];
		pids[i] = child(send_expected);
		pause_for_others();
	}
	CHECK(count() == 1 && got("zero", 3) && count() == 1);
	CHECK(ended_well(pids[0]) && got("one", 3) && got("two", 3));
	CHECK(got("three", 3) && count() == 0);
	CHECK(ended_well(pids[1]) && ended_well(pids[2]));
	end();
}

static volatile int caught;

static void handler(int signal)
{
	caught = signal;
}

static void send_later(void)
{
	usleep(100000);
	CHECK(send("late", 3) == 0);
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = handler };
	pid_t pid;

	queue = make(1, 0);
	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 0);
	FAILS(mq_receive(queue, text, SIZE, NULL), EINTR);
	CHECK(caught == SIGALRM);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	caught = 0;
	pid = child(send_later);
	ualarm(20000, 0);
	CHECK(got("late", 3) && caught == SIGALRM && ended_well(pid));
	end();
}

static unsigned ready(short events)
{
	struct pollfd fd = { .fd = queue, .events = events };

	return poll(&fd, 1, 0) < 0 ? 0xffff : (unsigned)fd.revents;
}

static void polling(void)
{
	struct pollfd fd;
	pid_t pid;

	queue = make(1, 0);
	CHECK(ready(POLLIN | POLLOUT) == POLLOUT);
	CHECK(send("x", 0) == 0 && ready(POLLIN | POLLOUT) == POLLIN);
	CHECK(got("x", 0));
	pid = child(send_later);
	fd = (struct pollfd){ .fd = queue, .events = POLLIN };
	CHECK(poll(&fd, 1, 10000) == 1 && fd.revents == POLLIN);
	CHECK(got("late", 3) && ended_well(pid));
	end();
}

static int notify(int how, int signal, int value)
{
	struct sigevent event = {
		.sigev_notify = how, .sigev_signo = signal,
		.sigev_value = { .sival_int = value },
	};

	return mq_notify(queue, &event);
}

static void notify_and_close(void)
{
	FAILS(notify(SIGEV_SIGNAL, SIGUSR2, 0), EBUSY);
	CHECK(mq_notify(queue, NULL) == 0);
	FAILS(notify(SIGEV_NONE, 0, 0), EBUSY);
	CHECK(mq_close(queue) == 0);
}

static void notify_and_end(void)
{
	CHECK(notify(SIGEV_NONE, 0, 0) == 0);
}

static void notifying(void)
{
	struct timespec none = { 0, 0 }, later = { 10, 0 };
	struct sigevent bad = { .sigev_notify = 77 };
	sigset_t set;
	siginfo_t info;
	pid_t pid;
	mqd_t other;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	queue = make(3, 0);
	FAILS(mq_notify(queue, &bad), EINVAL);
	FAILS(notify(SIGEV_SIGNAL, 65, 0), EINVAL);
	FAILS(notify(SIGEV_SIGNAL, -1, 0), EINVAL);
	FAILS(syscall(SYS_mq_notify, queue, 1), EFAULT);
	FAILS(syscall(SYS_mq_notify, 0, NULL), EBADF);
	CHECK(notify(SIGEV_SIGNAL, SIGUSR1, 77) == 0);
	FAILS(notify(SIGEV_SIGNAL, SIGUSR1, 78), EBUSY);
	CHECK(ended_well(child(notify_and_close)));
	/* Once, for the first message of an empty queue. */
	pid = child(send_later);
	CHECK(sigtimedwait(&set, &info, &later) == SIGUSR1);
	CHECK(info.si_code == SI_MESGQ && info.si_value.sival_int == 77);
	CHECK(info.si_pid == pid && info.si_uid == getuid());
	CHECK(ended_well(pid) && got("late", 3) && send("x", 0) == 0);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK(notify(SIGEV_SIGNAL, SIGUSR1, 1) == 0 && send("y", 0) == 0);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK(got("x", 0) && got("y", 0));
	/* Not for one that somebody waits for. */
	expected = "z";
	pid = child(receive_expected);
	pause_for_others();
	CHECK(send("z", 3) == 0 && ended_well(pid));
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK(mq_notify(queue, NULL) == 0 && mq_notify(queue, NULL) == 0);
	CHECK(ended_well(child(notify_and_end)));
	CHECK(notify(SIGEV_NONE, 0, 0) == 0 && send("n", 0) == 0);
	CHECK(got("n", 0) && notify(SIGEV_SIGNAL, SIGUSR1, 5) == 0);
	/* Closing any descriptor of it ends it. */
	other = mq_open(NAME, O_RDONLY);
	CHECK(mq_close(other) == 0 && send("w", 0) == 0);
	FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	end();
}

static void reading(void)
{
	static const char status[] =
		"QSIZE:7          NOTIFY:1     SIGNO:0     NOTIFY_PID:%-6d\n";
	char wanted[100];

	queue = make(3, 0);
	CHECK(send("1234", 0) == 0 && send("567", 0) == 0);
	CHECK(notify(SIGEV_NONE, 0, 0) == 0);
	snprintf(wanted, sizeof(wanted), status, getpid());
	memset(text, 0, sizeof(text));
	CHECK(read(queue, text, sizeof(text)) == (ssize_t)strlen(wanted));
	CHECK(strcmp(text, wanted) == 0);
	CHECK(read(queue, text, sizeof(text)) == 0);
	FAILS(write(queue, "x", 1), EINVAL);
	end();
}

static void try_without_rights(void)
{
	FAILS(mq_open(NAME, O_RDWR), EACCES);
	FAILS(mq_open(NAME, O_WRONLY), EACCES);
	CHECK(mq_open(NAME, O_RDONLY) >= 0);
	FAILS(syscall(SYS_mq_unlink, NAME + 1), EPERM);
	FAILS(mq_open(NAME "2", O_CREAT | O_RDWR, 0600,
		      &(struct mq_attr){ .mq_maxmsg = 11, .mq_msgsize = 8 }),
	      EINVAL);
	CHECK(mq_open(NAME "2", O_CREAT | O_RDWR, 0, NULL) >= 0);
	FAILS(mq_open(NAME "2", O_RDONLY), EACCES);
	CHECK(mq_unlink(NAME "2") == 0);
}

static void rights(void)
{
	umask(0);
	queue = mq_open(NAME, O_CREAT | O_RDWR, 0604, NULL);
	CHECK(queue >= 0 && well_as_nobody(try_without_rights));
	end();
}

int main(void)
{
	mq_unlink(NAME);
	names();
	limits();
	messages();
	limited();
	waiting();
	interrupted();
	polling();
	notifying();
	reading();
	rights();
	return conclude("mqueue");
}
