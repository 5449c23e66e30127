/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * on-terminal ROWS COLUMNS COMMAND...: runs a command on a terminal of its own
 * and talks to it as the lines of standard input say:
 *
 *   expect TEXT     wait until TEXT has been shown after what was expected last
 *   send TEXT       type it; \r \n \e \\ and \xHH as in C
 *   resize R C      the terminal has another size
 *   raw yes|no      is the terminal in raw mode?
 *
 * What was shown goes to standard output.  Exit status: the command's, 128 + N
 * if signal N ended it, 99 if something did not come in 60 s or was not so.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS	60000

static int terminal;
static char shown[1 << 20];
static size_t have, seen;	/* bytes shown; up to where they were expected */

static int failed(const char *what, const char *text)
{
	fprintf(stderr, "on-terminal: %s: %s\n", what, text);
	return 99;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Some more of what is shown; false: the end, or nothing in time. */
static bool more(long limit_ms)
{
	struct pollfd poll_fd = { .fd = terminal, .events = POLLIN };
	ssize_t n;

	if (limit_ms < 0 || have == sizeof(shown) ||
	    poll(&poll_fd, 1, (int)limit_ms) <= 0)
		return false;
	n = read(terminal, shown + have, sizeof(shown) - have);
	if (n <= 0)
		return false;
	if (write(STDOUT_FILENO, shown + have, (size_t)n) != n)
		return false;
	have += (size_t)n;
	return true;
}

static int expect(const char *text)
{
	long deadline = now_ms() + LIMIT_MS;
	size_t n = strlen(text);

	for (;;) {
		char *at = memmem(shown + seen, have - seen, text, n);

		if (at) {
			seen = (size_t)(at - shown) + n;
			return 0;
		}
		if (!more(deadline - now_ms()))
			return failed("was not shown", text);
	}
}

/* Takes the escapes out, in place. */
static size_t unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		unsigned code = 0;

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case 'r': *to++ = '\r'; break;
		case 'n': *to++ = '\n'; break;
		case 'e': *to++ = '\033'; break;
		case 'x':
			sscanf(from + 1, "%2x", &code);
			*to++ = (char)code;
			from += 2;
			break;
		default: *to++ = *from;
		}
	}
	return (size_t)(to - text);
}

static int send_text(char *text)
{
	size_t n = unescape(text);

	return write(terminal, text, n) == (ssize_t)n ? 0 :
		failed("cannot be typed", text);
}

static int resize(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) != 2 ||
	    ioctl(terminal, TIOCSWINSZ, &size))
		return failed("is no size", text);
	return 0;
}

static int check_raw(const char *text)
{
	struct termios settings;
	bool raw;

	tcgetattr(terminal, &settings);
	raw = !(settings.c_lflag & (ICANON | ECHO | ISIG));
	return raw == !strcmp(text, "yes") ? 0 : failed("raw is not", text);
}

static int follow(char *line)
{
	char *text = strchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	text = text ? text + 1 : line + strlen(line);
	if (!strncmp(line, "expect ", 7))
		return expect(text);
	if (!strncmp(line, "send ", 5))
		return send_text(text);
	if (!strncmp(line, "resize ", 7))
		return resize(text);
	if (!strncmp(line, "raw ", 4))
		return check_raw(text);
	return failed("is no instruction", line);
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	char line[4096];
	int status = 0, wait_status;
	pid_t pid;

	if (argc < 4)
		return failed("usage", "on-terminal ROWS COLUMNS COMMAND...");
	size.ws_row = (unsigned short)atoi(argv[1]);
	size.ws_col = (unsigned short)atoi(argv[2]);
	pid = forkpty(&terminal, NULL, NULL, &size);
	if (pid < 0)
		return failed("forkpty", argv[3]);
	if (pid == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	while (status == 0 && fgets(line, sizeof(line), stdin))
		status = follow(line);
	if (status == 0)
		while (more(LIMIT_MS))
			;
	close(terminal);
	waitpid(pid, &wait_status, 0);
	if (status)
		return status;
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
		128 + WTERMSIG(wait_status);
}
