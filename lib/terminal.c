/* SPDX-License-Identifier: GPL-2.0-only */
/* Our terminal in raw mode (termios(3)). */
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

static void set_raw(const struct terminal *terminal)
{
	struct termios raw = terminal->before;

	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

int terminal_raw(struct terminal *terminal)
{
	if (tcgetattr(STDIN_FILENO, &terminal->before))
		return error_errno(-errno, "cannot read the settings of the "
				   "terminal");
	terminal->raw = true;
	set_raw(terminal);
	return 0;
}

void terminal_again(const struct terminal *terminal)
{
	if (terminal->raw)
		set_raw(terminal);
}

void terminal_restore(struct terminal *terminal)
{
	if (terminal->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
	terminal->raw = false;
}

struct winsize terminal_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		memset(&size, 0, sizeof(size));
	return size;
}
