/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signalfds: signals that are read (signalfd(2)), by whom and with what in
 * them, polled and watched.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOWHERE		((void *)4096)

#define TRY(call)	tried(#call, (long)(call))
#define SHOW(value)	printf("%s: %ld\n", #value, (long)(value))

static void tried(const char *what, long result)
{
	printf("%s = %ld%s%s\n", what, result < 0 ? -1 : result,
	       result < 0 ? ", " : "", result < 0 ? strerror(errno) : "");
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

static sigset_t set_of(int one, int two)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, one);
	if (two)
		sigaddset(&set, two);
	return set;
}

/* Read up to COUNT, print what is the same each time. */
static void show_signals(int fd, unsigned count)
{
	struct signalfd_siginfo info[8];
	ssize_t n = read(fd, info, count * sizeof(*info));

	if (n < 0) {
		printf("signals: %s\n", strerror(errno));
		return;
	}
	printf("signals: %d\n", (int)(n / (ssize_t)sizeof(*info)));
	for (int i = 0; i < n / (ssize_t)sizeof(*info); i++)
		printf("%u code %d pid %d uid %d fd %d tid %u band %u "
		       "overrun %u status %d int %d ptr %llx addr %llx\n",
		       info[i].ssi_signo, info[i].ssi_code,
		       info[i].ssi_pid == (unsigned)getpid(),
		       info[i].ssi_uid == getuid(), info[i].ssi_fd,
		       info[i].ssi_tid, info[i].ssi_band, info[i].ssi_overrun,
		       info[i].ssi_status, info[i].ssi_int,
		       (long long)info[i].ssi_ptr, (long long)info[i].ssi_addr);
}

static void signal_refusals(int fd)
{
	sigset_t set = set_of(SIGUSR1, 0);
	int other = eventfd(0, 0);
	char buffer[127];

	TRY(signalfd(-1, &set, 1));
	TRY(signalfd(-2, &set, 0));
	TRY(signalfd(other, &set, 0));
	TRY(syscall(SYS_signalfd4, -1, &set, 4, 0));
	TRY(syscall(SYS_signalfd4, -1, NULL, 8, 0));
	TRY(syscall(SYS_signalfd, -1, &set, 16));
	TRY(read(fd, buffer, sizeof(buffer)));
	TRY(write(fd, buffer, sizeof(buffer)));
	raise(SIGUSR1);
	TRY(read(fd, NOWHERE, 128));
	close(other);
}

static void *kill_later(void *thread)
{
	usleep(100000);
	pthread_kill(*(pthread_t *)thread, SIGUSR2);
	return NULL;
}

static void *look_elsewhere(void *fd)
{
	return (void *)(intptr_t)ready(*(int *)fd, 0);
}

static void of_children(int fd)
{
	struct signalfd_siginfo info;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		raise(SIGUSR1);		/* its own: it sees that one */
		read(fd, &info, sizeof(info));
		_exit(info.ssi_pid == (unsigned)getpid() ? 7 : 8);
	}
	read(fd, &info, sizeof(info));
	printf("child: %u, code %d, pid %d, uid %d, status %d\n",
	       info.ssi_signo, info.ssi_code, info.ssi_pid == (unsigned)pid,
	       info.ssi_uid == getuid(), info.ssi_status);
	wait(NULL);
}

static void signals(void)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN + 1), more, all;
	struct epoll_event event = { .events = EPOLLIN };
	int fd, ep = epoll_create1(0);
	pthread_t self = pthread_self(), thread;
	void *seen;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	look(fd);
	signal_refusals(fd);
	show_signals(fd, 1);
	SHOW(ready(fd, 0));
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 5 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 6 });
	kill(getpid(), SIGUSR2);
	SHOW(ready(fd, 0));
	show_signals(fd, 2);
	show_signals(fd, 8);
	/* Another set, which takes in what waits; not SIGKILL. */
	more = set_of(SIGUSR2, SIGKILL);
	SHOW(signalfd(fd, &more, 0) == fd);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	TRY(epoll_wait(ep, &event, 1, 0));
	show_signals(fd, 8);
	TRY(epoll_wait(ep, &event, 1, 0));
	/* To this thread alone. */
	pthread_create(&thread, NULL, kill_later, &self);
	TRY(epoll_wait(ep, &event, 1, -1));
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, look_elsewhere, &fd);
	pthread_join(thread, &seen);
	SHOW(seen);
	show_signals(fd, 1);
	fcntl(fd, F_SETFL, 0);
	pthread_create(&thread, NULL, kill_later, &self);
	show_signals(fd, 1);
	pthread_join(thread, NULL);
	more = set_of(SIGALRM, 0);
	signalfd(fd, &more, 0);
	ualarm(20000, 0);
	show_signals(fd, 1);
	more = set_of(SIGCHLD, SIGUSR1);
	signalfd(fd, &more, 0);
	of_children(fd);
	close(ep);
	close(fd);
}

/* An epoll that a child inherits outlives whose signals it watches. */

static int watch_inherited(int ep, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	raise(SIGUSR1);
	return epoll_wait(ep, &event, 1, 0) >= 0 &&
		epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL) == 0 &&
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) == 0 &&
		epoll_wait(ep, &event, 1, 0) == 1;
}

static void outlive(void)
{
	int go[2], done[2], ep = epoll_create1(0);
	sigset_t set = set_of(SIGUSR1, 0);
	struct epoll_event event = { .events = EPOLLIN };
	char result = 0;

	if (pipe(go) || pipe(done))
		return;
	fflush(stdout);
	if (fork() == 0) {
		int fd = signalfd(-1, &set, 0);

		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
		if (fork())
			_exit(0);
		close(go[1]);
		read(go[0], &result, 1);	/* until it is reaped */
		result = watch_inherited(ep, fd) ? 'y' : 'n';
		write(done[1], &result, 1);
		_exit(0);
	}
	wait(NULL);
	close(go[1]);
	close(done[1]);
	read(done[0], &result, 1);
	printf("outlives: %c\n", result);
	close(go[0]);
	close(done[0]);
	close(ep);
}

int main(void)
{
	signals();
	outlive();
	return 0;
}
