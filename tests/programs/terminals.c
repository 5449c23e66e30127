/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * terminals: pseudo-terminals, their line discipline, and job control on them.
 * A line for each thing that pty(7), termios(3) and tty_ioctl(4) promise.
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
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int master, slave;
static struct termios usual;

/* Bytes so that they can be read. */
static void show(const char *what, const char *bytes, ssize_t n)
{
	printf("%s: ", what);
	if (n < 0)
		printf("%s", strerror(errno));
	for (ssize_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < ' ' || c >= 127)
			printf("\\%02x", c);
		else
			putchar(c);
	}
	printf("\n");
}

static void result(const char *what, long status)
{
	printf("%s: %s\n", what, status < 0 ? strerror(errno) : "done");
}

static int open_pty(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	return slave < 0 ? -1 : tcgetattr(slave, &usual);
}

static void close_pty(void)
{
	close(slave);
	close(master);
}

static void type(const char *text)
{
	if (write(master, text, strlen(text)) != (ssize_t)strlen(text))
		printf("typing %s: %s\n", text, strerror(errno));
}

/* What the master gets until nothing comes for a tenth of a second. */
static void read_shown(const char *what)
{
	struct pollfd poll_fd = { .fd = master, .events = POLLIN };
	char buffer[8192];
	ssize_t n, have = 0;

	while (poll(&poll_fd, 1, 100) > 0 &&
	       (n = read(master, buffer + have,
			 sizeof(buffer) - (size_t)have)) > 0)
		have += n;
	show(what, buffer, have);
}

/* What a read gets, if there is something; at most a quarter of a second. */
static void read_from(const char *what, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char buffer[8192];

	if (poll(&poll_fd, 1, 250) <= 0) {
		printf("%s: nothing\n", what);
		return;
	}
	show(what, buffer, read(fd, buffer, sizeof(buffer)));
}

/* Linux delivers what was typed a little later: until N bytes are there. */
static void arrive(int n)
{
	int there = 0;

	for (int i = 0; i < 500 && there < n; i++) {
		ioctl(slave, FIONREAD, &there);
		usleep(there < n ? 10000 : 0);
	}
	printf("%d arrived\n", there);
}

/* Until the output is stopped, or not any more. */
static void flow(bool stopped)
{
	struct pollfd poll_fd = { .fd = slave, .events = POLLOUT };

	for (int i = 0; i < 500 && poll(&poll_fd, 1, 0) == stopped; i++)
		usleep(10000);
}

static void line(const char *text)
{
	type(text);
	show("typed", text, (ssize_t)strlen(text));
	read_from("  read", slave);
	read_shown("  shown");
}

static void set(tcflag_t in, tcflag_t out, tcflag_t local)
{
	struct termios changed = usual;

	changed.c_iflag ^= in;
	changed.c_oflag ^= out;
	changed.c_lflag ^= local;
	tcsetattr(slave, TCSANOW, &changed);
}

static void editing(void)
{
	open_pty();
	line("plain\n");
	line("carriage return\r");
	line("ab\177c\n");
	line("\177x\n");
	line("tab\t\177.\n");
	line("a\t\tb\025kept\n");
	line("two words\027one\n");
	line("a.b--\027c\n");
	line("escape \026\003 in it\n");
	line("control \001\002\177\n");
	line("again\022 and again\n");
	line("half");
	line("\004");
	line("\004");
	line("both\nlines\n");
	read_from("the second", slave);
	set(IUTF8, 0, 0);
	line("\303\244\303\266\177.\n");
	set(0, 0, ECHO);
	line("secret\177\n");
	set(0, 0, ECHO | ECHONL);
	line("secret\n");
	set(0, 0, ECHOE | ECHOK | ECHOKE);
	line("ab\177c\025d\n");
	set(0, 0, ECHOCTL);
	line("a\001b\n");
	set(ICRNL | INLCR, 0, ICANON);
	line("a\nb\rc");
	set(ICRNL | IGNCR, 0, ICANON);
	line("a\rb");
	set(ISTRIP, 0, 0);
	line("\341\n");
	close_pty();
}

static void put(const char *what, const char *text)
{
	if (write(slave, text, strlen(text)) < 0)
		printf("write: %s\n", strerror(errno));
	read_shown(what);
}

static void output(void)
{
	struct termios changed;

	open_pty();
	put("ONLCR", "a\nb");
	put("plain return", "\rx\r\n");
	set(0, ONLCR, 0);
	put("without", "a\nb");
	set(0, OPOST, 0);
	put("raw", "a\n\tb");
	set(0, OCRNL | ONLCR, 0);
	put("OCRNL", "a\rb");
	set(0, ONOCR, 0);
	put("ONOCR", "\r\n\rb\r");
	set(0, OLCUC, 0);
	put("OLCUC", "shout 1");
	changed = usual;
	changed.c_oflag |= XTABS;
	tcsetattr(slave, TCSANOW, &changed);
	put("XTABS", "\r\n1\t12345678\t\b\t|");
	type("\023");
	flow(true);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	result("stopped", write(slave, "x", 1));
	type("\021");
	flow(false);
	result("started", write(slave, "x", 1));
	close_pty();
}

/* Milliseconds that a read takes in raw mode, as a count of VTIMEs. */
static void raw(int min, int time, int bytes)
{
	struct timespec begin, end;
	char buffer[64];
	ssize_t n;
	long ms;

	usual.c_cc[VMIN] = (cc_t)min;
	usual.c_cc[VTIME] = (cc_t)time;
	set(0, 0, ICANON | ECHO);
	for (int i = 0; i < bytes; i++)
		type("x");
	arrive(bytes);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	n = read(slave, buffer, sizeof(buffer));
	clock_gettime(CLOCK_MONOTONIC, &end);
	ms = (end.tv_sec - begin.tv_sec) * 1000 +
		(end.tv_nsec - begin.tv_nsec) / 1000000;
	printf("MIN %d TIME %d, %d typed: %zd, %s\n", min, time, bytes, n,
	       ms < 150 ? "at once" : "later");
}

static void raw_reads(void)
{
	char buffer[64];

	open_pty();
	raw(0, 0, 0);
	raw(0, 0, 3);
	raw(0, 2, 0);
	raw(0, 20, 2);
	raw(2, 0, 2);
	raw(2, 2, 5);
	raw(5, 2, 2);
	usual.c_cc[VMIN] = 5;
	usual.c_cc[VTIME] = 0;
	set(0, 0, ICANON | ECHO);
	type("abc");
	arrive(3);
	read_from("fewer than MIN", slave);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	read_from("not waited for", slave);
	show("then", buffer, read(slave, buffer, sizeof(buffer)));
	type("unread");
	arrive(6);
	tcflush(slave, TCIFLUSH);
	show("flushed", buffer, read(slave, buffer, sizeof(buffer)));
	/* Back to lines: what is there is one. */
	type("left");
	arrive(4);
	usual.c_cc[VMIN] = 1;
	tcsetattr(slave, TCSANOW, &usual);
	read_from("left over", slave);
	close_pty();
}

static void full(void)
{
	char buffer[8192];
	size_t taken = 0;
	ssize_t n;

	open_pty();
	memset(buffer, 'y', sizeof(buffer));
	set(0, 0, ECHO);
	fcntl(master, F_SETFL, O_NONBLOCK);
	while (taken < sizeof(buffer) &&
	       (n = write(master, buffer, 512)) > 0)
		taken += (size_t)n;
	printf("a line without end: %s\n",
	       taken == sizeof(buffer) ? "taken" : "refused");
	type("\n");
	n = read(slave, buffer, sizeof(buffer));
	printf("read %zd, the last is %02x\n", n, (unsigned)buffer[n - 1]);
	set(0, 0, ICANON | ECHO);
	taken = 0;
	while (taken < 100000 && (n = write(master, buffer, 512)) > 0)
		taken += (size_t)n;
	printf("raw and full: %s\n", strerror(errno));
	while (taken > 0 && (n = read(slave, buffer, sizeof(buffer))) > 0)
		taken -= (size_t)n;
	printf("left of it: %zu\n", taken);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	while ((n = write(slave, buffer, 512)) > 0)
		taken += (size_t)n;
	printf("output full: %s\n", strerror(errno));
	fcntl(master, F_SETFL, 0);
	while (taken > 0 && (n = read(master, buffer, sizeof(buffer))) > 0)
		taken -= (size_t)n;
	printf("left of it: %zu\n", taken);
	close_pty();
}

/* They are typed while it waits to be read. */
static void behind_a_full_line(void)
{
	char buffer[8192] = "";
	ssize_t n;
	pid_t pid;

	open_pty();
	set(0, 0, ECHO);
	memset(buffer, 'y', 4095);
	strcat(buffer, "\nb\nc\n");
	pid = fork();
	if (pid == 0) {
		type(buffer);
		_exit(0);
	}
	usleep(300000);
	n = read(slave, buffer, sizeof(buffer));
	printf("a full line: %zd\n", n);
	read_from("behind it", slave);
	read_from("behind that", slave);
	waitpid(pid, NULL, 0);
	close_pty();
}

static void ends(void)
{
	struct pollfd poll_fd = { .events = POLLIN };
	char byte;

	open_pty();
	if (write(slave, "last", 4) != 4)
		printf("write: %s\n", strerror(errno));
	close(slave);
	read_shown("what was written");
	result("then", read(master, &byte, 1));
	poll_fd.fd = master;
	poll(&poll_fd, 1, 0);
	printf("poll: %s\n", poll_fd.revents & POLLHUP ? "POLLHUP" : "no");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	poll(&poll_fd, 1, 0);
	printf("opened again: %s\n", poll_fd.revents & POLLHUP ? "POLLHUP" :
	       "no hang-up");
	type("unread\n");
	close(master);
	result("without a master, read", read(slave, &byte, 1));
	result("write", write(slave, "x", 1));
	poll_fd.fd = slave;
	poll_fd.events = POLLIN | POLLOUT;
	poll(&poll_fd, 1, 0);
	printf("poll: %#x\n", (unsigned)poll_fd.revents);
	result("tcgetattr", tcgetattr(slave, &usual));
	close(slave);
}

static void names(void)
{
	struct stat file, path;
	char name[64];
	int on = 1;

	open_pty();
	fstat(slave, &file);
	stat(ptsname(master), &path);
	printf("ttyname is ptsname: %d, same file: %d, device %d, major %u\n",
	       !strcmp(ttyname(slave), ptsname(master)),
	       file.st_ino == path.st_ino && file.st_rdev == path.st_rdev,
	       S_ISCHR(file.st_mode), (unsigned)(file.st_rdev >> 8 & 0xff));
	printf("isatty %d %d\n", isatty(slave), isatty(master));
	snprintf(name, sizeof(name), "%s", ptsname(master));
	ioctl(master, TIOCSPTLCK, &on);
	result("locked", open(name, O_RDWR | O_NOCTTY));
	close_pty();
	result("gone", open(name, O_RDWR | O_NOCTTY));
	result("lseek", lseek(open("/dev/ptmx", O_RDWR | O_NOCTTY), 0,
				SEEK_CUR));
}

/* Job control: each of these is a session of its own. */

static volatile sig_atomic_t caught;

static void catch(int signal)
{
	caught = signal;
}

static void wait_caught(const char *what)
{
	for (int i = 0; i < 500 && !caught; i++)
		usleep(10000);
	printf("%s: %s\n", what, caught ? strsignal(caught) : "nothing");
	caught = 0;
}

static void session(void (*function)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setsid();
		function();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void catch_all(void)
{
	static const int signals[] = {
		SIGINT, SIGQUIT, SIGTSTP, SIGWINCH, SIGHUP, SIGCONT, SIGTTOU,
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], catch);
}

static void signals(void)
{
	struct winsize size = { .ws_row = 50, .ws_col = 132 };
	int fd;

	catch_all();
	result("/dev/tty before", open("/dev/tty", O_RDWR));
	open_pty();
	result("tcgetpgrp before", tcgetpgrp(slave));
	printf("TIOCSCTTY: %d\n", ioctl(slave, TIOCSCTTY, 0));
	printf("foreground is us: %d, session too: %d\n",
	       tcgetpgrp(slave) == getpid(), tcgetsid(slave) == getpid());
	fd = open("/dev/tty", O_RDWR);
	printf("/dev/tty opens: %d\n", fd >= 0);
	type("dropped\003");
	wait_caught("^C");
	read_shown("shown");
	read_from("left", slave);
	type("\034");
	wait_caught("^\\");
	read_shown("shown");
	type("\032");
	wait_caught("^Z");
	read_shown("shown");
	ioctl(master, TIOCSWINSZ, &size);
	wait_caught("resized");
	ioctl(slave, TIOCGWINSZ, &size);
	printf("%dx%d\n", size.ws_row, size.ws_col);
	ioctl(master, TIOCSWINSZ, &size);
	usleep(50000);
	printf("the same again: %d\n", (int)caught);
	set(0, 0, ISIG);
	line("\003\n");
	close(master);
	wait_caught("hang-up");
}

static void by_open(void)
{
	int fd;

	catch_all();
	open_pty();
	fd = open(ptsname(master), O_RDWR);
	printf("opened without O_NOCTTY: %d\n", tcgetpgrp(fd) == getpid());
	printf("a second one: %d\n", ioctl(open("/dev/ptmx", O_RDWR),
					   TIOCSCTTY, 0));
	printf("TIOCNOTTY: %d\n", ioctl(fd, TIOCNOTTY));
	wait_caught("and then");
	result("/dev/tty after", open("/dev/tty", O_RDWR));
}

/* A child in a group of its own does FUNCTION; how it stops or ends. */
static pid_t background(int (*function)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		_exit(function());
	}
	setpgid(pid, pid);
	return pid;
}

static int wait_for(pid_t pid, const char *what)
{
	int status;

	waitpid(pid, &status, WUNTRACED | WCONTINUED);
	if (WIFSTOPPED(status))
		printf("%s: stopped by %s\n", what,
		       strsignal(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		printf("%s: continues\n", what);
	else
		printf("%s: ended with %d\n", what, WEXITSTATUS(status));
	return status;
}

static int read_byte(void)
{
	char byte;

	return read(slave, &byte, 1) == 1 ? byte : -errno;
}

static int read_deaf(void)
{
	signal(SIGTTIN, SIG_IGN);
	return read_byte() == -EIO ? 1 : 2;
}

static int write_byte(void)
{
	return write(slave, "w", 1) == 1 ? 3 : 4;
}

static int change(void)
{
	return tcsetattr(slave, TCSANOW, &usual) == 0 ? 5 : 6;
}

static int take_over(void)
{
	signal(SIGTTOU, SIG_IGN);
	return tcsetpgrp(slave, getpid()) == 0 &&
		tcgetpgrp(slave) == getpid() ? 7 : 8;
}

static void jobs(void)
{
	pid_t pid;

	open_pty();
	ioctl(slave, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	pid = background(read_byte);
	wait_for(pid, "a read in the background");
	tcsetpgrp(slave, pid);
	kill(pid, SIGCONT);
	wait_for(pid, "SIGCONT");
	type("A\n");
	wait_for(pid, "and in the foreground");
	tcsetpgrp(slave, getpid());
	wait_for(background(read_deaf), "SIGTTIN ignored");
	wait_for(background(write_byte), "a write");
	signal(SIGTTOU, SIG_DFL);
	pid = background(change);
	wait_for(pid, "tcsetattr");
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(slave, pid);
	kill(pid, SIGCONT);
	wait_for(pid, "SIGCONT");
	wait_for(pid, "in the foreground");
	tcsetpgrp(slave, getpid());
	wait_for(background(take_over), "tcsetpgrp");
	tcsetpgrp(slave, getpid());
	set(0, 0, TOSTOP);
	signal(SIGTTOU, SIG_DFL);
	pid = background(write_byte);
	wait_for(pid, "a write with TOSTOP");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	result("a group that is none", tcsetpgrp(slave, 0x7ffffff));
	result("one of another session", tcsetpgrp(slave, getppid()));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGHUP, SIG_IGN);
	editing();
	output();
	raw_reads();
	full();
	behind_a_full_line();
	ends();
	names();
	session(signals);
	session(by_open);
	session(jobs);
	return 0;
}
