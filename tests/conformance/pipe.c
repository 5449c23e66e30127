/* SPDX-License-Identifier: GPL-2.0-only */
/* Pipes, and what reading and writing mean for them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "conform.h"

static volatile int signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void on(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

CONFORM(pipe, "two descriptors: the first to read, the second to write")
{
	int ends[2];
	char text[8] = "";

	GIVES(0, CALL(pipe, ends));
	GIVES(3, ends[0]);
	GIVES(4, ends[1]);
	GIVES(5, write(ends[1], "hello", 5));
	GIVES(5, read(ends[0], text, 8));
	HOLDS(!strcmp(text, "hello"));
	GIVES(-EBADF, RESULT(write(ends[0], "x", 1)));
	GIVES(-EBADF, RESULT(read(ends[1], text, 1)));
	GIVES(O_RDONLY, fcntl(ends[0], F_GETFL));
	GIVES(O_WRONLY, fcntl(ends[1], F_GETFL));
}

CONFORM(pipe, "EFAULT and EMFILE leave no descriptor behind")
{
	const unsigned long limit[2] = { 4, 4 };
	int ends[2];

	FAULTS(OUT, p, CALL(pipe, p));
	GIVES(3, open("/dev/null", O_RDONLY));
	close(3);
	NEEDS(CALL(setrlimit, 7 /* RLIMIT_NOFILE */, limit) == 0);
	GIVES(-EMFILE, CALL(pipe, ends));
	GIVES(3, open("/dev/null", O_RDONLY));
	GIVES(-EMFILE, CALL(pipe, ends));
}

CONFORM(pipe2, "O_CLOEXEC, O_NONBLOCK; EINVAL: other flags")
{
	int ends[2];
	char byte;

	GIVES(0, CALL(pipe2, ends, O_CLOEXEC | O_NONBLOCK));
	GIVES(FD_CLOEXEC, fcntl(ends[0], F_GETFD));
	GIVES(FD_CLOEXEC, fcntl(ends[1], F_GETFD));
	GIVES(O_WRONLY | O_NONBLOCK, fcntl(ends[1], F_GETFL));
	GIVES(-EAGAIN, RESULT(read(ends[0], &byte, 1)));
	GIVES(-EINVAL, CALL(pipe2, ends, O_APPEND));
	GIVES(-EINVAL, CALL(pipe2, ends, 1));
	FAULTS(OUT, p, CALL(pipe2, p, 0));
}

PARTIAL(pipe2, "packets (O_DIRECT)", "EINVAL")
{
	int ends[2];
	char text[8] = "";
	long result = CALL(pipe2, ends, O_DIRECT);

	GIVES(0, result);
	if (result)
		return;
	GIVES(3, write(ends[1], "one", 3));
	GIVES(3, write(ends[1], "two", 3));
	GIVES(2, read(ends[0], text, 2));
	HOLDS(!strcmp(text, "on"));
	GIVES(3, read(ends[0], text, 8));
	HOLDS(!strncmp(text, "two", 3));
}

CONFORM(read, "a pipe: what is there, the end when no writer is left")
{
	int ends[2];
	char text[16] = "";

	pipe_ends(ends);
	write(ends[1], "one", 3);
	write(ends[1], "two", 3);
	GIVES(6, CALL(read, ends[0], text, 16));
	HOLDS(!strcmp(text, "onetwo"));
	write(ends[1], "rest", 4);
	close(ends[1]);
	GIVES(3, CALL(read, ends[0], text, 3));
	GIVES(1, CALL(read, ends[0], text, 16));
	GIVES(0, CALL(read, ends[0], text, 16));
}

CONFORM(read, "a pipe: EFAULT takes nothing out of it")
{
	int ends[2];
	char text[8] = "";

	pipe_ends(ends);
	write(ends[1], "hello", 5);
	FAULTS(OUT & ~FAULT_EDGE, p, CALL(read, ends[0], p, 5));
	GIVES(5, CALL(read, ends[0], text, 8));
	GIVES(0, strcmp(text, "hello"));
}

CONFORM(read, "a pipe: waits for data")
{
	int ends[2];
	pid_t pid;
	char byte = 0;

	pipe_ends(ends);
	CHILD(pid) {
		nap(30);
		write(ends[1], "x", 1);
	}
	GIVES(1, CALL(read, ends[0], &byte, 1));
	GIVES('x', byte);
	ended(pid);
}

CONFORM(read, "a pipe: EINTR, or on again with SA_RESTART")
{
	int ends[2];
	pid_t pid, self = getpid();
	char byte = 0;

	pipe_ends(ends);
	on(SIGUSR1, 0);
	on(SIGUSR2, SA_RESTART);
	CHILD(pid) {
		nap(50);
		kill(self, SIGUSR1);
		nap(50);
		kill(self, SIGUSR2);
		nap(50);
		write(ends[1], "x", 1);
	}
	GIVES(-EINTR, CALL(read, ends[0], &byte, 1));
	GIVES(1, signals);
	GIVES(1, CALL(read, ends[0], &byte, 1));
	GIVES(2, signals);
	ended(pid);
}

CONFORM(write, "a pipe: EPIPE and SIGPIPE without readers")
{
	int ends[2];

	pipe_ends(ends);
	close(ends[0]);
	on(SIGPIPE, 0);
	GIVES(-EPIPE, CALL(write, ends[1], "x", 1));
	GIVES(1, signals);
	GIVES(0, CALL(write, ends[1], "x", 0));
	signal(SIGPIPE, SIG_IGN);
	GIVES(-EPIPE, CALL(write, ends[1], "x", 1));
}

static void *wait_for_end(void *fd)
{
	char byte;

	return (void *)read((int)(long)fd, &byte, 1);
}

CONFORM(write, "a pipe without readers: SIGPIPE is the thread's that writes")
{
	int ends[2], other[2];
	pthread_t thread;
	sigset_t set;

	pipe_ends(ends);
	pipe_ends(other);
	close(ends[0]);
	on(SIGPIPE, 0);
	NEEDS(!pthread_create(&thread, NULL, wait_for_end,
			      (void *)(long)other[0]));
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	GIVES(-EPIPE, CALL(write, ends[1], "x", 1));
	close(other[1]);
	pthread_join(thread, NULL);
	GIVES(0, signals);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	GIVES(1, signals);
}

CONFORM(write, "a pipe: 65536 bytes; EAGAIN when it is full")
{
	static char much[100000];
	int ends[2];

	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	GIVES(65536, CALL(write, ends[1], much, 65536));
	GIVES(-EAGAIN, CALL(write, ends[1], much, 1));
	GIVES(4096, read(ends[0], much, 4096));
	GIVES(4096, CALL(write, ends[1], much, 100000));
	GIVES(-EAGAIN, CALL(write, ends[1], much, 100000));
}

CONFORM(write, "a pipe: PIPE_BUF bytes go in whole or not at all")
{
	static char much[65536];
	int ends[2];

	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	GIVES(65536, CALL(write, ends[1], much, 65536));
	GIVES(4096, read(ends[0], much, 4096));
	GIVES(4095, CALL(write, ends[1], much, 4095));
	GIVES(-EAGAIN, CALL(write, ends[1], much, 4096));
}

CONFORM(write, "a pipe: waits for room; EFAULT puts nothing into it")
{
	static char much[200000];
	int ends[2];
	pid_t pid;
	long sum = 0, n;

	pipe_ends(ends);
	FAULTS(IN & ~FAULT_EDGE, p, CALL(write, ends[1], p, 100));
	GIVES(0, fcntl(ends[0], F_SETFL, O_NONBLOCK));
	GIVES(-EAGAIN, RESULT(read(ends[0], much, 1)));
	GIVES(0, fcntl(ends[0], F_SETFL, 0));
	CHILD(pid) {
		close(ends[0]);
		GIVES(200000, CALL(write, ends[1], much, 200000));
	}
	close(ends[1]);
	while ((n = read(ends[0], much, 50000)) > 0)
		sum += n;
	GIVES(200000, sum);
	ended(pid);
}

CONFORM(write, "a pipe: EINTR before, a short count after the first byte")
{
	static char much[200000];
	int ends[2];
	pid_t pid, self = getpid();

	pipe_ends(ends);
	on(SIGUSR1, 0);
	CHILD(pid) {
		nap(50);
		kill(self, SIGUSR1);
		nap(100);
		kill(self, SIGUSR1);
	}
	GIVES(65536, CALL(write, ends[1], much, 200000));
	GIVES(-EINTR, CALL(write, ends[1], much, 10));
	ended(pid);
}

CONFORM(writev, "a pipe: PIPE_BUF bytes go in whole, in several buffers")
{
	static char much[65536];
	struct iovec vector[] = { { much, 500 }, { much, 3500 } };
	int ends[2];

	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	GIVES(4000, CALL(writev, ends[1], vector, 2));
	GIVES(4000, CALL(readv, ends[0], vector, 2));
	GIVES(65536, CALL(write, ends[1], much, 65536));
	GIVES(4096, read(ends[0], much, 4096));
	GIVES(3000, CALL(write, ends[1], much, 3000));
	GIVES(-EAGAIN, CALL(writev, ends[1], vector, 2));
}

CONFORM(open, "a pipe's end by /proc/self/fd: another reader or writer")
{
	int ends[2];
	char byte;

	pipe_ends(ends);
	GIVES(5, open("/proc/self/fd/4", O_WRONLY));
	GIVES(6, open("/proc/self/fd/4", O_RDONLY));
	close(4);
	GIVES(1, write(5, "x", 1));
	GIVES(1, read(6, &byte, 1));
	close(5);
	GIVES(0, read(3, &byte, 1));
}

CONFORM(fstat, "both ends of a pipe are one thing")
{
	struct stat a, b, c;
	int ends[2], other[2];

	pipe_ends(ends);
	pipe_ends(other);
	NEEDS(!fstat(ends[0], &a) && !fstat(ends[1], &b) &&
	      !fstat(other[0], &c));
	HOLDS(a.st_ino == b.st_ino && a.st_ino != c.st_ino);
}
