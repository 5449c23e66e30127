// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a stream that is a terminal at the tool's end answers.  The line
 * discipline is the tool's terminal's; here are only its looks.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <host/session_object.h>
#include <host/stream.h>
#include <mm/uaccess.h>

/* As a fresh terminal on Linux. */
static const struct termios usual = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		IEXTEN,
	.c_cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 },
};

int64_t stream_tty_ioctl(struct stream *stream, uint64_t request,
			 uint64_t argument)
{
	struct winsize size = {
		.ws_row = stream->rows, .ws_col = stream->columns,
	};
	int pgid = current()->process->pgid;

	switch (request) {
	case TCGETS:
		return put_user(usual, argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSBRK:
	case TCFLSH:
	case TIOCSPGRP:
	case TIOCSCTTY:
		return 0;
	case TIOCGPGRP:
		return put_user(pgid, argument);
	case TIOCGWINSZ:
		return put_user(size, argument);
	case TIOCSWINSZ:
		if (get_user(size, argument))
			return -EFAULT;
		stream->rows = size.ws_row;
		stream->columns = size.ws_col;
		return 0;
	default:
		return -ENOTTY;
	}
}
