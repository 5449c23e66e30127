/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving bytes into and out of pipes without a buffer, and vmsplice(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include "conform.h"

#define FULL		65536
#define NOW		SPLICE_F_NONBLOCK

static volatile int signals;
static char much[2 * FULL], more[2 * FULL];

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void on(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };

	NEEDS(sigaction(signal, &action, NULL) == 0);
}

/* A pipe that holds TEXT. */
static void pipe_with(int ends[2], const char *text)
{
	pipe_ends(ends);
	NEEDS(write(ends[1], text, strlen(text)) == (ssize_t)strlen(text));
}

/* What byte AT of a long sequence is. */
static char byte_at(long at)
{
	return (char)(at * 31 >> 3);
}

/* A pipe without room, full of different bytes, which are in MUCH. */
static void pipe_full(int ends[2])
{
	for (long i = 0; i < (long)sizeof(much); i++)
		much[i] = byte_at(i);
	pipe_ends(ends);
	NEEDS(write(ends[1], much, FULL) == FULL);
}

static int bytes_in(int fd)
{
	int n = -1;

	NEEDS(ioctl(fd, FIONREAD, &n) == 0);
	return n;
}

/* Is TEXT all that there is to be read? */
static bool gives(int fd, const char *text)
{
	char have[64] = "";

	return read(fd, have, sizeof(have) - 1) == (ssize_t)strlen(text) &&
		!strcmp(have, text);
}

static bool holds(int fd, const char *text)
{
	char have[64] = "";

	return pread(fd, have, sizeof(have) - 1, 0) >= 0 && !strcmp(have, text);
}

/* All until the end into MORE: how many bytes. */
static long read_all(int fd)
{
	long sum = 0, n;

	while ((n = read(fd, more + sum, sizeof(more) - (size_t)sum)) > 0)
		sum += n;
	return sum;
}

/* As much of the sequence from AT on as FD takes without waiting. */
static long feed(int fd, long at)
{
	long sum = 0, n;

	do {
		for (long i = 0; i < FULL; i++)
			much[i] = byte_at(at + sum + i);
		n = write(fd, much, FULL);
		sum += n > 0 ? n : 0;
	} while (n > 0);
	return sum;
}

/* Read what there is, the sequence from AT on: where it ends, or -1. */
static long drain(int fd, long at)
{
	long n;

	while ((n = read(fd, more, sizeof(more))) > 0)
		for (long i = 0; i < n; i++)
			if (more[i] != byte_at(at++))
				return -1;
	return at;
}

/*
 * A pipe and a pair of sockets, the second of which takes no more of what the
 * pipe has of the sequence; it has taken SENT of FED.  They wait, but for the
 * pipe's writing end.
 */
static void stuffed(int ends[2], int pair[2], long *fed, long *sent)
{
	int size = 8192;
	long n;

	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	NEEDS(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, 4) == 0);
	*fed = *sent = 0;
	do {
		*fed += feed(ends[1], *fed);
		n = CALL(splice, ends[0], NULL, pair[1], NULL, FULL, 0);
		*sent += n > 0 ? n : 0;
	} while (n > 0);
	GIVES(-EAGAIN, n);
	for (int i = 0; i < 2; i++)
		NEEDS(fcntl(pair[i], F_SETFL, 0) == 0);
	NEEDS(fcntl(ends[0], F_SETFL, 0) == 0);
}

/* As a child: end the parent's call by SIGUSR1, the next one not by SIGUSR2. */
static void signal_twice(void)
{
	nap(50);
	kill(getppid(), SIGUSR1);
	nap(50);
	kill(getppid(), SIGUSR2);
	nap(50);
}

static void on_both(void)
{
	on(SIGUSR1, 0);
	on(SIGUSR2, SA_RESTART);
}

/* splice(2) */

CONFORM(splice, "a pipe into a file: at the position, or at an offset")
{
	int out = file_with("out", "........"), ends[2];
	loff_t offset = 6;

	pipe_with(ends, "0123456789");
	GIVES(3, CALL(splice, ends[0], NULL, out, NULL, 3, 0));
	GIVES(3, lseek(out, 0, SEEK_CUR));
	GIVES(4, CALL(splice, ends[0], NULL, out, &offset, 4, 0));
	GIVES(10, offset);
	GIVES(3, lseek(out, 0, SEEK_CUR));
	HOLDS(holds(out, "012...3456"));
	HOLDS(gives(ends[0], "789"));
}

CONFORM(splice, "a file into a pipe: from the position, or from an offset")
{
	int in = file_with("in", "0123456789"), ends[2];
	loff_t offset = 7;

	pipe_ends(ends);
	GIVES(4, CALL(splice, in, NULL, ends[1], NULL, 4, 0));
	GIVES(4, lseek(in, 0, SEEK_CUR));
	GIVES(3, CALL(splice, in, &offset, ends[1], NULL, 100, 0));
	GIVES(10, offset);
	GIVES(4, lseek(in, 0, SEEK_CUR));
	GIVES(0, CALL(splice, in, &offset, ends[1], NULL, 100, 0));
	GIVES(10, offset);
	HOLDS(gives(ends[0], "0123789"));
}

CONFORM(splice, "a pipe into a pipe, around the ends of both")
{
	int in[2], out[2];

	pipe_full(in);
	pipe_full(out);
	GIVES(40000, read(in[0], more, 40000));
	GIVES(50000, read(out[0], more, 50000));
	NEEDS(write(in[1], much + FULL, 20000) == 20000);
	GIVES(30000, CALL(splice, in[0], NULL, out[1], NULL, 30000, 0));
	GIVES(15536, bytes_in(in[0]));
	GIVES(FULL - 20000, bytes_in(out[0]));
	close(out[1]);
	GIVES(FULL - 20000, read_all(out[0]));
	HOLDS(!memcmp(more, much + 50000, 15536));
	HOLDS(!memcmp(more + 15536, much + 40000, 30000));
	close(in[1]);
	GIVES(15536, read_all(in[0]));
	HOLDS(!memcmp(more, much + 70000, 15536));
}

CONFORM(splice, "nothing, whatever else is said")
{
	GIVES(0, CALL(splice, -1, NULL, 99, NULL, 0, -1));
}

CONFORM(splice, "each flag; EINVAL: others")
{
	int out = file_with("out", ""), ends[2];

	pipe_with(ends, "0123456789");
	for (int flag = 1; flag <= SPLICE_F_GIFT; flag <<= 1)
		GIVES(1, CALL(splice, ends[0], NULL, out, NULL, 1, flag));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, out, NULL, 1, 16));
	GIVES(-EINVAL, CALL(splice, -1, NULL, -1, NULL, 1, -1));
	HOLDS(holds(out, "0123"));
}

CONFORM(splice, "EBADF: closed, O_PATH, not open for that")
{
	int file = file_with("file", "text"), ends[2];

	pipe_with(ends, "0123456789");
	GIVES(-EBADF, CALL(splice, 99, NULL, ends[1], NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, ends[0], NULL, 99, NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, ends[1], NULL, file, NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, file, NULL, ends[0], NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, open("file", O_WRONLY), NULL, ends[1],
			   NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, ends[0], NULL, open("file", O_RDONLY),
			   NULL, 1, 0));
	GIVES(-EBADF, CALL(splice, open("file", O_PATH), NULL, ends[1],
			   NULL, 1, 0));
	GIVES(10, bytes_in(ends[0]));
}

CONFORM(splice, "ESPIPE: an offset for a pipe")
{
	int file = file_with("file", "text"), in[2], out[2];
	loff_t offset = 0;

	pipe_with(in, "0123456789");
	pipe_ends(out);
	GIVES(-ESPIPE, CALL(splice, in[0], &offset, file, NULL, 1, 0));
	GIVES(-ESPIPE, CALL(splice, file, NULL, in[1], &offset, 1, 0));
	GIVES(-ESPIPE, CALL(splice, in[0], &offset, out[1], NULL, 1, 0));
	GIVES(-ESPIPE, CALL(splice, in[0], NULL, out[1], &offset, 1, 0));
	GIVES(-ESPIPE, CALL(splice, in[0], NULL, out[1], 8, 1, 0));
}

CONFORM(splice, "EINVAL: no pipe, the same one, O_APPEND, a folder")
{
	int file = file_with("file", "text"), ends[2];
	int append = open("file", O_WRONLY | O_APPEND);

	pipe_with(ends, "0123456789");
	GIVES(-EINVAL, CALL(splice, file, NULL, file, NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, ends[1], NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL,
			    open("/proc/self/fd/5", O_WRONLY), NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, append, NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, append, &(loff_t){ 0 }, 1,
			    0));
	GIVES(-EINVAL, CALL(splice, open(".", O_RDONLY), NULL, ends[1], NULL,
			    1, 0));
	GIVES(10, bytes_in(ends[0]));
	HOLDS(holds(file, "text"));
	/* Of a pipe it means nothing. */
	GIVES(0, fcntl(ends[1], F_SETFL, O_APPEND));
	GIVES(4, CALL(splice, file, NULL, ends[1], NULL, 10, 0));
}

CONFORM(splice, "EINVAL: offsets below 0 or too large, of a socket; lengths")
{
	int file = file_with("file", "text"), ends[2], pair[2];
	loff_t offset = -1, last = INT64_MAX, zero = 0;

	pipe_with(ends, "0123456789");
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	GIVES(-EINVAL, CALL(splice, file, &offset, ends[1], NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, file, &offset, 1, 0));
	GIVES(-EINVAL, CALL(splice, file, &last, ends[1], NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, file, &last, 1, 0));
	GIVES(-EINVAL, CALL(splice, pair[0], &zero, ends[1], NULL, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, pair[0], &zero, 1, 0));
	GIVES(-EINVAL, CALL(splice, ends[0], NULL, file, NULL, 1ul << 63, 0));
	GIVES(10, CALL(splice, ends[0], NULL, file, NULL, 1ul << 62, 0));
}

CONFORM(splice, "EFAULT: where an offset is")
{
	int file = file_with("file", "text"), ends[2];

	pipe_with(ends, "0123456789");
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(splice, file, p, ends[1], NULL, 1, 0));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(splice, ends[0], NULL, file, p, 1, 0));
}

CONFORM(splice, "EAGAIN: a flag or either pipe's says that nobody waits")
{
	int file = file_with("file", "text"), empty[2], full[2], other[2];

	pipe_ends(empty);
	pipe_full(full);
	pipe_with(other, "0123456789");
	GIVES(-EAGAIN, CALL(splice, empty[0], NULL, file, NULL, 1, NOW));
	GIVES(-EAGAIN, CALL(splice, file, NULL, full[1], NULL, 1, NOW));
	GIVES(-EAGAIN, CALL(splice, empty[0], NULL, other[1], NULL, 1, NOW));
	GIVES(-EAGAIN, CALL(splice, other[0], NULL, full[1], NULL, 1, NOW));
	NEEDS(fcntl(other[0], F_SETFL, O_NONBLOCK) == 0);
	NEEDS(fcntl(other[1], F_SETFL, O_NONBLOCK) == 0);
	GIVES(-EAGAIN, CALL(splice, empty[0], NULL, other[1], NULL, 1, 0));
	GIVES(-EAGAIN, CALL(splice, other[0], NULL, full[1], NULL, 1, 0));
	NEEDS(fcntl(empty[0], F_SETFL, O_NONBLOCK) == 0);
	NEEDS(fcntl(full[1], F_SETFL, O_NONBLOCK) == 0);
	GIVES(-EAGAIN, CALL(splice, empty[0], NULL, file, NULL, 1, 0));
	GIVES(-EAGAIN, CALL(splice, file, NULL, full[1], NULL, 1, 0));
	GIVES(0, lseek(file, 0, SEEK_CUR));
}

CONFORM(splice, "what is there, then the end when no writer is left")
{
	int file = file_with("file", ""), in[2], out[2];

	pipe_with(in, "text");
	pipe_ends(out);
	GIVES(4, CALL(splice, in[0], NULL, file, NULL, 100, 0));
	NEEDS(write(in[1], "on", 2) == 2);
	close(in[1]);
	GIVES(1, CALL(splice, in[0], NULL, file, NULL, 1, 0));
	GIVES(1, CALL(splice, in[0], NULL, out[1], NULL, 100, 0));
	GIVES(0, CALL(splice, in[0], NULL, out[1], NULL, 100, 0));
	GIVES(0, CALL(splice, in[0], NULL, file, NULL, 100, 0));
	HOLDS(holds(file, "texto"));
}

CONFORM(splice, "EPIPE and SIGPIPE without readers")
{
	int file = file_with("file", "text"), in[2], out[2];

	pipe_with(in, "0123456789");
	pipe_ends(out);
	close(out[0]);
	on(SIGPIPE, 0);
	GIVES(-EPIPE, CALL(splice, file, NULL, out[1], NULL, 1, 0));
	GIVES(1, signals);
	GIVES(0, lseek(file, 0, SEEK_CUR));
	GIVES(-EPIPE, CALL(splice, in[0], NULL, out[1], NULL, 1, NOW));
	GIVES(2, signals);
	HOLDS(gives(in[0], "0123456789"));
}

CONFORM(splice, "a file into a pipe: no more than there is room for")
{
	int file = file_with("file", ""), ends[2];

	NEEDS(ftruncate(file, 3 * FULL) == 0);
	pipe_ends(ends);
	GIVES(FULL, CALL(splice, file, NULL, ends[1], NULL, 2 * FULL, 0));
	GIVES(FULL, lseek(file, 0, SEEK_CUR));
	GIVES(4096, read(ends[0], much, 4096));
	GIVES(4096, CALL(splice, file, NULL, ends[1], NULL, 2 * FULL, 0));
	GIVES(FULL + 4096, lseek(file, 0, SEEK_CUR));
}

CONFORM(splice, "waits for data")
{
	int file = file_with("file", ""), in[2], out[2];
	pid_t pid;

	pipe_ends(in);
	pipe_ends(out);
	CHILD(pid) {
		nap(30);
		write(in[1], "one", 3);
		nap(60);
		write(in[1], "two", 3);
	}
	GIVES(3, CALL(splice, in[0], NULL, file, NULL, 100, 0));
	GIVES(3, CALL(splice, in[0], NULL, out[1], NULL, 100, 0));
	HOLDS(holds(file, "one"));
	HOLDS(gives(out[0], "two"));
	ended(pid);
}

CONFORM(splice, "waits for room")
{
	int file = file_with("file", "text"), in[2], one[2], two[2];
	pid_t pid;

	pipe_with(in, "0123456789");
	pipe_full(one);
	pipe_full(two);
	CHILD(pid) {
		nap(30);
		read(one[0], more, 4096);
		nap(60);
		read(two[0], more, 4096);
	}
	GIVES(4, CALL(splice, file, NULL, one[1], NULL, 100, 0));
	GIVES(10, CALL(splice, in[0], NULL, two[1], NULL, 100, 0));
	ended(pid);
}

CONFORM(splice, "an empty pipe: EINTR, or on again with SA_RESTART")
{
	int file = file_with("file", ""), ends[2];
	pid_t pid;

	pipe_ends(ends);
	on_both();
	CHILD(pid) {
		signal_twice();
		write(ends[1], "text", 4);
	}
	GIVES(-EINTR, CALL(splice, ends[0], NULL, file, NULL, 100, 0));
	GIVES(1, signals);
	GIVES(4, CALL(splice, ends[0], NULL, file, NULL, 100, 0));
	GIVES(2, signals);
	ended(pid);
}

CONFORM(splice, "a full pipe: EINTR, or on again with SA_RESTART")
{
	int file = file_with("file", "text"), ends[2];
	pid_t pid;

	pipe_full(ends);
	on_both();
	CHILD(pid) {
		signal_twice();
		read(ends[0], much, 4096);
	}
	GIVES(-EINTR, CALL(splice, file, NULL, ends[1], NULL, 100, 0));
	GIVES(1, signals);
	GIVES(4, CALL(splice, file, NULL, ends[1], NULL, 100, 0));
	GIVES(2, signals);
	ended(pid);
}

CONFORM(splice, "a FIFO; one end for both")
{
	int file = file_with("file", "text"), fd;

	NEEDS(mkfifo("fifo", 0600) == 0);
	fd = open("fifo", O_RDWR);
	GIVES(4, CALL(splice, file, NULL, fd, NULL, 100, 0));
	GIVES(4, CALL(splice, fd, NULL, file, NULL, 100, 0));
	GIVES(-EAGAIN, CALL(splice, fd, NULL, file, NULL, 100, NOW));
	HOLDS(holds(file, "texttext"));
}

CONFORM(splice, "/dev/null takes all, and has no position")
{
	loff_t offset = 5;
	int ends[2];

	pipe_with(ends, "0123456789");
	GIVES(3, CALL(splice, ends[0], NULL, 1, NULL, 3, 0));
	GIVES(7, CALL(splice, ends[0], NULL, 1, &offset, 100, 0));
	GIVES(5, offset);
	GIVES(0, bytes_in(ends[0]));
	GIVES(-EINVAL, CALL(splice, 0, NULL, ends[1], NULL, 1, 0));
}

CONFORM(splice, "a file's limit: SIGXFSZ, EFBIG; the rest stays in the pipe")
{
	const struct rlimit limit = { 4, 4 };
	int file = file_with("file", ""), ends[2];

	pipe_with(ends, "0123456789");
	on(SIGXFSZ, 0);
	NEEDS(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	GIVES(4, CALL(splice, ends[0], NULL, file, NULL, 10, 0));
	GIVES(1, signals);
	GIVES(-EFBIG, CALL(splice, ends[0], NULL, file, NULL, 10, 0));
	GIVES(2, signals);
	HOLDS(holds(file, "0123"));
	HOLDS(gives(ends[0], "456789"));
}

CONFORM(splice, "EPERM: a sealed file; all stays in the pipe")
{
	int file = memfd_create("file", MFD_ALLOW_SEALING), ends[2];

	NEEDS(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	pipe_with(ends, "0123456789");
	GIVES(-EPERM, CALL(splice, ends[0], NULL, file, NULL, 10, 0));
	HOLDS(gives(ends[0], "0123456789"));
}

CONFORM(splice, "a file that is written: its times, and S_ISUID goes")
{
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int file = file_with("file", ""), ends[2];
	struct stat stat;

	pipe_with(ends, "0123456789");
	NEEDS(fchmod(file, 04755) == 0 && futimens(file, old) == 0);
	become(NOBODY);
	GIVES(3, CALL(splice, ends[0], NULL, file, NULL, 3, 0));
	NEEDS(fstat(file, &stat) == 0);
	GIVES(S_IFREG | 0755, stat.st_mode);
	GIVES(1000, stat.st_atime);
	HOLDS(stat.st_mtime > 1000);
	GIVES(0, lseek(file, 0, SEEK_SET));
	GIVES(3, CALL(splice, file, NULL, ends[1], NULL, 3, 0));
	NEEDS(fstat(file, &stat) == 0);
	HOLDS(stat.st_atime > 1000);
}

CONFORM(splice, "a socket into a pipe: what is there, and the end")
{
	int ends[2], pair[2];
	pid_t pid;

	pipe_ends(ends);
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	GIVES(-EAGAIN, CALL(splice, pair[0], NULL, ends[1], NULL, 9, NOW));
	NEEDS(write(pair[1], "one", 3) == 3);
	GIVES(2, CALL(splice, pair[0], NULL, ends[1], NULL, 2, 0));
	GIVES(1, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
	CHILD(pid) {
		nap(30);
		write(pair[1], "two", 3);
	}
	GIVES(3, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
	NEEDS(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0);
	GIVES(-EAGAIN, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
	close(pair[1]);
	ended(pid);
	GIVES(0, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
	HOLDS(gives(ends[0], "onetwo"));
}

CONFORM(splice, "packets into a pipe: one by one, whole")
{
	int ends[2], pair[2];

	pipe_full(ends);
	GIVES(FULL - 10, read(ends[0], more, FULL - 10));
	/* Where it would not be in one piece. */
	NEEDS(write(ends[1], much, FULL - 4096) == FULL - 4096);
	GIVES(8192, read(ends[0], more, 8192));
	NEEDS(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	NEEDS(write(pair[1], much, 6000) == 6000);
	NEEDS(write(pair[1], "two", 3) == 3);
	GIVES(6000, CALL(splice, pair[0], NULL, ends[1], NULL, FULL, 0));
	GIVES(FULL - 4096 + 10 - 8192 + 6000, bytes_in(ends[0]));
	close(ends[1]);
	NEEDS(read_all(ends[0]) > 6000);
	HOLDS(!memcmp(more + FULL - 4096 + 10 - 8192, much, 6000));
}

CONFORM(splice, "a socket shut down for reading: the end")
{
	int ends[2], pair[2];

	pipe_ends(ends);
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		NEEDS(socketpair(AF_UNIX, type, 0, pair) == 0);
		NEEDS(write(pair[1], "text", 4) == 4);
		NEEDS(shutdown(pair[0], SHUT_RD) == 0);
		GIVES(4, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
		GIVES(0, CALL(splice, pair[0], NULL, ends[1], NULL, 9, 0));
	}
}

CONFORM(splice, "a pipe into a socket: what it does not take stays")
{
	int ends[2], pair[2];
	long fed, sent;

	stuffed(ends, pair, &fed, &sent);
	HOLDS(sent > 0);
	HOLDS(fed == sent + bytes_in(ends[0]));
	close(pair[1]);
	close(ends[1]);
	HOLDS(drain(pair[0], 0) == sent);
	HOLDS(drain(ends[0], sent) == fed);
}

CONFORM(splice, "a pipe into a socket: waits for room")
{
	int ends[2], pair[2];
	long fed, sent;
	pid_t pid;

	stuffed(ends, pair, &fed, &sent);
	CHILD(pid) {
		close(pair[0]);
		if (CALL(splice, ends[0], NULL, pair[1], NULL, FULL, 0) !=
		    fed - sent)
			_exit(1);
	}
	close(pair[1]);
	nap(30);
	HOLDS(drain(pair[0], 0) == fed);
	GIVES(0, ended(pid));
	GIVES(0, bytes_in(ends[0]));
}

CONFORM(splice, "a pipe into a full socket: EINTR leaves all in the pipe")
{
	pid_t pid, self = getpid();
	int ends[2], pair[2];
	long fed, sent;

	stuffed(ends, pair, &fed, &sent);
	on(SIGUSR1, 0);
	CHILD(pid) {
		nap(50);
		kill(self, SIGUSR1);
	}
	GIVES(-EINTR, CALL(splice, ends[0], NULL, pair[1], NULL, FULL, 0));
	HOLDS(fed == sent + bytes_in(ends[0]));
	ended(pid);
}

CONFORM(splice, "EAGAIN: a socket's time limits")
{
	const struct timeval limit = { .tv_usec = 30000 };
	int ends[2], pair[2];
	long fed, sent;

	stuffed(ends, pair, &fed, &sent);
	NEEDS(!setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &limit, 16));
	NEEDS(!setsockopt(pair[1], SOL_SOCKET, SO_SNDTIMEO, &limit, 16));
	GIVES(-EAGAIN, CALL(splice, ends[0], NULL, pair[1], NULL, FULL, 0));
	HOLDS(fed == sent + bytes_in(ends[0]));
	pipe_ends(ends);
	GIVES(-EAGAIN, CALL(splice, pair[1], NULL, ends[1], NULL, FULL, 0));
}

CONFORM(splice, "a pipe into a socket without peer: EPIPE, SIGPIPE")
{
	int ends[2], pair[2];

	pipe_with(ends, "0123456789");
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	close(pair[0]);
	on(SIGPIPE, 0);
	GIVES(-EPIPE, CALL(splice, ends[0], NULL, pair[1], NULL, 10, 0));
	GIVES(1, signals);
	HOLDS(gives(ends[0], "0123456789"));
}

/* tee(2) */

CONFORM(tee, "what is there is in both pipes")
{
	int in[2], out[2];

	pipe_with(in, "0123456789");
	pipe_with(out, "on");
	GIVES(4, CALL(tee, in[0], out[1], 4, 0));
	GIVES(10, CALL(tee, in[0], out[1], 100, 0));
	HOLDS(gives(out[0], "on01230123456789"));
	HOLDS(gives(in[0], "0123456789"));
}

CONFORM(tee, "around the ends of a pipe; no more than there is room for")
{
	int in[2], out[2];

	pipe_full(in);
	pipe_ends(out);
	GIVES(50000, read(in[0], more, 50000));
	NEEDS(write(in[1], much + FULL, 40000) == 40000);
	GIVES(55536, CALL(tee, in[0], out[1], FULL, 0));
	GIVES(55536, bytes_in(in[0]));
	GIVES(55536, read(out[0], more, FULL));
	HOLDS(!memcmp(more, much + 50000, 55536));
	NEEDS(write(out[1], more, FULL - 8192) == FULL - 8192);
	GIVES(8192, read(in[0], more, 8192));
	NEEDS(write(in[1], more, 8192) == 8192);
	HOLDS(CALL(tee, in[0], out[1], FULL, 0) <= 8192);
}

CONFORM(tee, "EAGAIN, the end, EPIPE with SIGPIPE")
{
	int in[2], out[2], full[2];

	pipe_ends(in);
	pipe_ends(out);
	pipe_full(full);
	GIVES(-EAGAIN, CALL(tee, in[0], out[1], 1, NOW));
	NEEDS(fcntl(in[0], F_SETFL, O_NONBLOCK) == 0);
	GIVES(-EAGAIN, CALL(tee, in[0], out[1], 1, 0));
	NEEDS(write(in[1], "x", 1) == 1);
	GIVES(-EAGAIN, CALL(tee, in[0], full[1], 1, 0));
	close(out[0]);
	on(SIGPIPE, 0);
	GIVES(-EPIPE, CALL(tee, in[0], out[1], 1, 0));
	GIVES(1, signals);
	HOLDS(gives(in[0], "x"));
	close(in[1]);
	pipe_ends(out);
	GIVES(0, CALL(tee, in[0], out[1], 1, 0));
}

CONFORM(tee, "waits for data and for room; EINTR")
{
	int in[2], out[2];
	pid_t pid;

	pipe_ends(in);
	pipe_full(out);
	on_both();
	CHILD(pid) {
		signal_twice();
		write(in[1], "text", 4);
		nap(50);
		read(out[0], more, 4096);
	}
	GIVES(-EINTR, CALL(tee, in[0], out[1], 100, 0));
	GIVES(4, CALL(tee, in[0], out[1], 100, 0));
	GIVES(2, signals);
	HOLDS(gives(in[0], "text"));
	ended(pid);
}

CONFORM(tee, "EINVAL: flags, no pipes, the same one; EBADF; nothing")
{
	int file = file_with("file", "text"), in[2], out[2];

	pipe_with(in, "0123456789");
	pipe_ends(out);
	GIVES(-EINVAL, CALL(tee, in[0], out[1], 0, 16));
	GIVES(0, CALL(tee, -1, 99, 0, 0));
	GIVES(-EINVAL, CALL(tee, in[0], file, 1, 0));
	GIVES(-EINVAL, CALL(tee, file, out[1], 1, 0));
	GIVES(-EINVAL, CALL(tee, in[0], in[1], 1, 0));
	GIVES(-EBADF, CALL(tee, 99, out[1], 1, 0));
	GIVES(-EBADF, CALL(tee, in[0], 99, 1, 0));
	GIVES(-EBADF, CALL(tee, in[1], out[1], 1, 0));
	GIVES(-EBADF, CALL(tee, in[0], out[0], 1, 0));
}

/* vmsplice(2) */

CONFORM(vmsplice, "pieces of memory into a pipe, and out of it")
{
	char one[8] = "012", two[8] = "3456789";
	struct iovec in[] = { { one, 3 }, { NULL, 0 }, { two, 7 } };
	struct iovec out[] = { { one, 6 }, { two, 8 } };
	int ends[2];

	pipe_ends(ends);
	GIVES(10, CALL(vmsplice, ends[1], in, 3, SPLICE_F_MOVE |
		       SPLICE_F_MORE));
	GIVES(6, CALL(vmsplice, ends[0], out, 1, 0));
	HOLDS(!memcmp(one, "012345", 6));
	GIVES(4, CALL(vmsplice, ends[0], out + 1, 1, 0));
	HOLDS(!memcmp(two, "6789", 4));
	GIVES(3, CALL(vmsplice, ends[1], in, 1, 0));
	close(ends[1]);
	GIVES(3, CALL(vmsplice, ends[0], out, 2, 0));
	GIVES(0, CALL(vmsplice, ends[0], out, 2, 0));
}

CONFORM(vmsplice, "no more than there is room for; EAGAIN")
{
	struct iovec piece = { memory(2 * FULL), 2 * FULL };
	int ends[2];

	pipe_ends(ends);
	GIVES(FULL, CALL(vmsplice, ends[1], &piece, 1, 0));
	GIVES(-EAGAIN, CALL(vmsplice, ends[1], &piece, 1, NOW));
	GIVES(FULL, CALL(vmsplice, ends[0], &piece, 1, 0));
	GIVES(-EAGAIN, CALL(vmsplice, ends[0], &piece, 1, NOW));
}

CONFORM(vmsplice, "waits, whatever O_NONBLOCK says; EINTR")
{
	struct iovec piece = { memory(FULL), FULL };
	int ends[2];
	pid_t pid;

	NEEDS(pipe2(ends, O_NONBLOCK) == 0);
	on_both();
	CHILD(pid) {
		signal_twice();
		write(ends[1], "text", 4);
	}
	GIVES(-EINTR, CALL(vmsplice, ends[0], &piece, 1, 0));
	GIVES(4, CALL(vmsplice, ends[0], &piece, 1, 0));
	GIVES(2, signals);
	ended(pid);
	NEEDS(write(ends[1], much, FULL) == FULL);
	CHILD(pid) {
		signal_twice();
		read(ends[0], much, 8192);
	}
	GIVES(-EINTR, CALL(vmsplice, ends[1], &piece, 1, 0));
	GIVES(8192, CALL(vmsplice, ends[1], &piece, 1, 0));
	ended(pid);
}

CONFORM(vmsplice, "EPIPE and SIGPIPE without readers")
{
	struct iovec piece = { much, 5 };
	int ends[2];

	pipe_ends(ends);
	close(ends[0]);
	on(SIGPIPE, 0);
	GIVES(-EPIPE, CALL(vmsplice, ends[1], &piece, 1, 0));
	GIVES(1, signals);
}

CONFORM(vmsplice, "EINVAL: flags, too many pieces; EBADF: no pipe")
{
	static struct iovec many[1025];
	struct iovec piece = { much, 1 };
	int file = file_with("file", "text"), ends[2];

	pipe_ends(ends);
	GIVES(-EINVAL, CALL(vmsplice, ends[1], &piece, 1, 16));
	GIVES(-EINVAL, CALL(vmsplice, ends[1], many, 1025, 0));
	GIVES(-EINVAL, CALL(vmsplice, ends[1], &piece, -1, 0));
	GIVES(0, CALL(vmsplice, ends[1], many, 1024, 0));
	GIVES(0, CALL(vmsplice, ends[0], NULL, 0, 0));
	GIVES(-EBADF, CALL(vmsplice, 99, &piece, 1, 0));
	GIVES(-EBADF, CALL(vmsplice, file, &piece, 1, 0));
	GIVES(-EBADF, CALL(vmsplice, open("file", O_RDONLY), &piece, 1, 0));
	GIVES(-EBADF, CALL(vmsplice, open("file", O_PATH), &piece, 1, 0));
	GIVES(0, CALL(vmsplice, file, &piece, 0, 0));
}

CONFORM(vmsplice, "EFAULT: the pieces or where they are")
{
	struct iovec pieces[2] = { { much, 1 }, { NULL, 5 } };
	int ends[2];

	pipe_with(ends, "0123456789");
	FAULTS(IN, p, CALL(vmsplice, ends[1], p, 1, 0));
	FAULTS(IN & ~FAULT_EDGE, p,
	       (pieces[1].iov_base = p,
		CALL(vmsplice, ends[1], pieces + 1, 1, 0)));
	FAULTS(OUT & ~FAULT_EDGE, p,
	       (pieces[1].iov_base = p,
		CALL(vmsplice, ends[0], pieces + 1, 1, 0)));
	HOLDS(gives(ends[0], "0123456789"));
	pieces[1].iov_base = NULL;
	GIVES(1, CALL(vmsplice, ends[1], pieces, 2, 0));
}
