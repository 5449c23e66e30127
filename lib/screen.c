/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal as a screen: see lib/screen.h.  The sequences are those of
 * ECMA-48, which all terminals of today understand, and xterm's for the other
 * screen and the cursor.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/screen.h"

#define ENTER	"\033[?1049h\033[?25l"	/* the other screen, no cursor */
#define LEAVE	"\033[?25h\033[?1049l"

static const int signals[] = { SIGTSTP, SIGCONT, SIGWINCH };

/* A signal that ends us also ends the wait for a terminal that is stuck. */
static int put(const char *text, size_t left)
{
	while (left) {
		ssize_t n = write(STDOUT_FILENO, text, left);

		if (n >= 0) {
			text += n;
			left -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd fd = { STDOUT_FILENO, POLLOUT, 0 };

			poll(&fd, 1, 1000);
		} else if (errno != EINTR) {
			return error_errno(-errno, "cannot write to the "
					   "terminal");
		}
		if (n < 0 && interrupt_check())
			return -EINTR;
	}
	return 0;
}

bool screen_is_there(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb");
}

static int enter(struct screen *screen)
{
	int error = screen->keys ? terminal_keys(&screen->terminal) : 0;

	return error ? error : put(ENTER, strlen(ENTER));
}

static void leave(struct screen *screen)
{
	/* Also if a signal came: not put(), which would give up. */
	(void)!write(STDOUT_FILENO, LEAVE, strlen(LEAVE));
	terminal_restore(&screen->terminal);
}

/* Ours to read from SIGNALS; but what was ignored stays so. */
static void choose_signals(sigset_t *set)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
}

int screen_open(struct screen *screen)
{
	sigset_t set;
	int error;

	*screen = (struct screen){ .keys = isatty(STDIN_FILENO) };
	choose_signals(&set);
	screen->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen->signals < 0)
		return error_errno(-errno, "cannot watch for signals");
	sigprocmask(SIG_BLOCK, &set, NULL);
	error = enter(screen);
	if (error)
		screen_close(screen);
	return error;
}

void screen_close(struct screen *screen)
{
	sigset_t set;

	leave(screen);
	close(screen->signals);
	choose_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The row is emptied first: afterwards its last column would go, too. */
static void draw_line(FILE *to, int row, const char *line, size_t length,
		      int width)
{
	if (length > (size_t)width)
		length = (size_t)width;
	fprintf(to, "\033[%d;1H\033[2K%.*s", row, (int)length, line);
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; lines++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

static void draw(FILE *to, const char *text, int rows, int columns)
{
	int lines = count_lines(text), row = 1;
	int shown = lines > rows ? rows - 1 : lines;
	char note[64];

	for (; row <= shown; row++) {
		size_t length = strcspn(text, "\n");

		draw_line(to, row, text, length, columns);
		text += length + (text[length] == '\n');
	}
	if (shown < lines) {
		snprintf(note, sizeof(note), "(%d more line%s)", lines - shown,
			 lines - shown > 1 ? "s" : "");
		draw_line(to, row++, note, strlen(note), columns);
	}
	if (row <= rows)
		fprintf(to, "\033[%d;1H\033[J", row);
}

int screen_draw(const char *text)
{
	struct winsize size = terminal_size();
	char *output = NULL;
	size_t length;
	FILE *to = open_memstream(&output, &length);
	int error;

	if (to)
		draw(to, text, size.ws_row ? size.ws_row : 24,
		     size.ws_col ? size.ws_col : 80);
	if (!to || fclose(to) || !output) {
		free(output);
		return error_set(-ENOMEM, "out of memory");
	}
	error = put(output, length);
	free(output);
	return error;
}

/* Ctrl-Z: the terminal is the shell's until we are continued. */
static enum screen_event stop(struct screen *screen)
{
	struct signalfd_siginfo info;
	sigset_t set;

	leave(screen);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);	/* here */
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* What came meanwhile (SIGCONT, SIGWINCH) is dealt with thereby. */
	while (read(screen->signals, &info, sizeof(info)) == sizeof(info))
		;
	return enter(screen) ? SCREEN_LEAVE : SCREEN_DRAW;
}

/* Continued by somebody who had stopped us without asking (SIGSTOP). */
static enum screen_event continued(struct screen *screen)
{
	terminal_again(&screen->terminal);
	return put(ENTER, strlen(ENTER)) ? SCREEN_LEAVE : SCREEN_DRAW;
}

static enum screen_event read_signal(struct screen *screen)
{
	struct signalfd_siginfo info;

	if (read(screen->signals, &info, sizeof(info)) != sizeof(info))
		return SCREEN_DRAW;
	if (info.ssi_signo == SIGTSTP)
		return stop(screen);
	return info.ssi_signo == SIGCONT ? continued(screen) : SCREEN_DRAW;
}

static enum screen_event read_key(char *key)
{
	ssize_t n = read(STDIN_FILENO, key, 1);

	if (n == 1)
		return SCREEN_KEY;
	return n < 0 && (errno == EINTR || errno == EAGAIN) ? SCREEN_DRAW :
		SCREEN_LEAVE;
}

enum screen_event screen_wait(struct screen *screen, int timeout_ms,
			      char *key)
{
	struct pollfd fds[] = {
		{ screen->signals, POLLIN, 0 },
		{ screen->keys ? STDIN_FILENO : -1, POLLIN, 0 },
	};
	int n = interrupt_poll(fds, 2, timeout_ms);

	if (n < 0 || interrupt_signal())
		return SCREEN_LEAVE;
	if (n == 0)
		return SCREEN_TIMEOUT;
	return fds[0].revents ? read_signal(screen) : read_key(key);
}
