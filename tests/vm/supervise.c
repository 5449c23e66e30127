/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * supervise OUTCOME BOOT SECONDS LOG QEMU ARGUMENT...: runs QEMU, whose messages
 * go to the file LOG and whose descriptor 3 is the channel from the emulated
 * machine. What comes through it goes to standard output and error; into the
 * file OUTCOME goes one line that tells how it ended:
 *
 *	status N	the command ended with status N
 *	boot		the command had not begun within BOOT seconds, or when
 *			the machine went down or QEMU broke an assertion
 *	timeout		the command had not ended within SECONDS
 *	down		the machine went down without a status
 *	qemu N		QEMU failed with status N
 *	signal N	supervise was sent signal N
 *	closed		nobody reads our output any more
 *	garbled		what came is no frame
 *
 * QEMU is gone when supervise is, in every case.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#define CHANNEL 3	/* QEMU's end */
#define GRACE 5000	/* how long QEMU may take to end when told, ms */

static const char *outcome_file;
static pid_t qemu = -1;
static int signals, channel;
static bool begun;		/* the command has */
static long long deadline;

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "supervise: %s: %s\n", what, strerror(errno));
	if (qemu > 0)
		kill(qemu, SIGKILL);
	exit(1);
}

/* Waits for the end of QEMU; returns its status, or -1 after `ms`. */
static int reap(long long ms)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;
	long long end = now_ms() + ms;
	int state;

	while (waitpid(qemu, &state, WNOHANG) == 0) {
		long long left = end - now_ms();

		if (left <= 0)
			return -1;
		if (poll(&fd, 1, left) > 0 &&
		    read(signals, &info, sizeof(info)) < 0)
			die("cannot wait for QEMU");
	}
	return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

static void stop_qemu(void)
{
	kill(qemu, SIGTERM);	/* so that it flushes files and plugins */
	if (reap(GRACE) < 0) {
		kill(qemu, SIGKILL);
		reap(GRACE);
	}
}

static _Noreturn void finish(const char *outcome, int number)
{
	FILE *file = fopen(outcome_file, "we");

	if (!file || fprintf(file, "%s %d\n", outcome, number) < 0 ||
	    fclose(file))
		die(outcome_file);
	exit(0);
}

static _Noreturn void stop(const char *outcome, int number)
{
	stop_qemu();
	finish(outcome, number);
}

/* Waits until `fd` is ready. Does not return if time is up or a signal came. */
static void await(int fd, short events)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	for (;;) {
		long long left = deadline - now_ms();

		if (left <= 0)
			stop(begun ? "timeout" : "boot", 0);
		if (poll(fds, 2, left) < 0 && errno != EINTR)
			die("cannot poll");
		if (fds[1].revents) {
			if (read(signals, &info, sizeof(info)) < 0)
				die("cannot read signals");
			if (info.ssi_signo != SIGCHLD)
				stop("signal", info.ssi_signo);
		}
		if (fds[0].revents)
			return;
	}
}

/* The channel ended, so QEMU has closed it: it is ending. */
static _Noreturn void channel_ended(void)
{
	int status = reap(GRACE);

	if (status < 0)
		stop("qemu", 255);
	if (!begun && status == 128 + SIGABRT)
		finish("boot", status);
	finish(status ? "qemu" : begun ? "down" : "boot", status);
}

static void get(void *data, size_t length)
{
	char *at = data;

	while (length) {
		ssize_t n;

		await(channel, POLLIN);
		n = read(channel, at, length);
		if (n < 0)
			die("cannot read from QEMU");
		if (n == 0)
			channel_ended();
		at += n;
		length -= n;
	}
}

/* A pipe that is ready takes PIPE_BUF at least: such a write never blocks. */
static void put(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n;

		await(fd, POLLOUT);
		n = write(fd, data, length < 4096 ? length : 4096);
		if (n < 0 && errno == EPIPE)
			stop("closed", 0);
		if (n < 0 && errno != EAGAIN)
			die("cannot write the command's output");
		if (n > 0) {
			data += n;
			length -= n;
		}
	}
}

static void start_qemu(const char *log, char **command, const sigset_t *handled)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die("cannot make a pipe");
	qemu = fork();
	if (qemu < 0)
		die("cannot fork");
	if (qemu > 0) {
		close(ends[1]);
		channel = ends[0];
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_UNBLOCK, handled, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	dup2(open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), 1);
	dup2(1, 2);
	if (ends[1] == CHANNEL)
		fcntl(CHANNEL, F_SETFD, 0);
	else
		dup2(ends[1], CHANNEL);
	execvp(command[0], command);
	fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
	_exit(127);
}

/* Signals are read from a descriptor, also those a shell's & ignores. */
static void watch_signals(sigset_t *handled)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

	sigemptyset(handled);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		signal(numbers[i], SIG_DFL);
		sigaddset(handled, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, handled, NULL);
	signals = signalfd(-1, handled, SFD_CLOEXEC);
	if (signals < 0)
		die("cannot watch signals");
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	static char data[FRAME_MAX];
	struct frame head;
	sigset_t handled;

	if (argc < 6) {
		fprintf(stderr, "usage: supervise OUTCOME BOOT SECONDS LOG QEMU...\n");
		return 1;
	}
	outcome_file = argv[1];
	deadline = now_ms() + atoll(argv[2]) * 1000;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	watch_signals(&handled);
	start_qemu(argv[4], argv + 5, &handled);

	for (;;) {
		get(&head, sizeof(head));
		if (head.length > FRAME_MAX)
			stop("garbled", 0);
		get(data, head.length);
		switch (head.type) {
		case FRAME_BEGIN:
			begun = true;
			deadline = now_ms() + atoll(argv[3]) * 1000;
			break;
		case FRAME_STDOUT:
			put(STDOUT_FILENO, data, head.length);
			break;
		case FRAME_STDERR:
			put(STDERR_FILENO, data, head.length);
			break;
		case FRAME_STATUS:
			stop("status", (unsigned char)data[0]);
		default:
			stop("garbled", 0);
		}
	}
}
