/* SPDX-License-Identifier: GPL-2.0-only */
/* Our terminal and its modes (termios(3)). */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/terminal.h"

int terminal_check(void)
{
	const char *which = !isatty(STDIN_FILENO) ? "input" :
		!isatty(STDOUT_FILENO) ? "output" : NULL;

	if (!which)
		return 0;
	return error_set(-ENOTTY, "standard %s is no terminal: run it without "
			 "--tty", which);
}

static void set(const struct terminal *terminal)
{
	struct termios mode = terminal->before;

	if (terminal->raw) {
		cfmakeraw(&mode);
	} else {
		mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		mode.c_cc[VMIN] = 1;
		mode.c_cc[VTIME] = 0;
	}
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

static int change(struct terminal *terminal, bool raw)
{
	if (tcgetattr(STDIN_FILENO, &terminal->before))
		return error_errno(-errno, "cannot read the settings of the "
				   "terminal");
	terminal->changed = true;
	terminal->raw = raw;
	set(terminal);
	return 0;
}

int terminal_raw(struct terminal *terminal)
{
	return change(terminal, true);
}

int terminal_keys(struct terminal *terminal)
{
	return change(terminal, false);
}

void terminal_again(const struct terminal *terminal)
{
	if (terminal->changed)
		set(terminal);
}

void terminal_restore(struct terminal *terminal)
{
	if (terminal->changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
	terminal->changed = false;
}

struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		memset(&size, 0, sizeof(size));
	return size;
}
