// SPDX-License-Identifier: GPL-2.0-only
/*
 * Terminals' ioctls (tty_ioctl(4)), other than those of job control.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/tty.h>
#include <fs/tty.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <task/process.h>

/* struct termios is how struct ktermios begins; struct termios2 is the same. */
#define TERMIOS_SIZE	sizeof(struct termios)
#define TERMIOS2_SIZE	sizeof(struct termios2)

_Static_assert(TERMIOS2_SIZE == sizeof(struct ktermios), "termios2 layout");
_Static_assert(offsetof(struct ktermios, c_ispeed) == TERMIOS_SIZE,
	       "termios layout");

static int64_t set(struct tty *tty, uint64_t user, size_t size, bool flush)
{
	struct ktermios old = tty->termios, fresh = old;

	if (copy_from_user(&fresh, user, size))
		return -EFAULT;
	if (flush)
		tty_flush_input(tty);
	tty->termios = fresh;
	tty_line_changed(tty, &old);
	if (!(fresh.c_iflag & IXON))
		tty->stopped = false;
	tty_wake(tty);
	return 0;
}

/* The old form, struct termio. */
static int64_t get_old(const struct tty *tty, uint64_t user)
{
	struct termio old = {
		.c_iflag = (uint16_t)tty->termios.c_iflag,
		.c_oflag = (uint16_t)tty->termios.c_oflag,
		.c_cflag = (uint16_t)tty->termios.c_cflag,
		.c_lflag = (uint16_t)tty->termios.c_lflag,
		.c_line = tty->termios.c_line,
	};

	memcpy(old.c_cc, tty->termios.c_cc, sizeof(old.c_cc));
	return put_user(old, user);
}

static int64_t set_size(struct tty *tty, uint64_t user)
{
	struct winsize size;

	if (get_user(size, user))
		return -EFAULT;
	tty_resize(tty, &size);
	return 0;
}

static int64_t flush(struct tty *tty, uint64_t which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH)
		tty_flush_input(tty);
	if (which != TCIFLUSH) {
		tty->driver->flush(tty);
		tty_wake(tty);
	}
	return 0;
}

/* Bytes to the other side that are no output of a program. */
static void send(struct tty *tty, uint8_t byte)
{
	if (byte && tty->driver->room(tty)) {
		tty->driver->put(tty, &byte, 1);
		tty->driver->notify(tty);
	}
}

static int64_t flow(struct tty *tty, uint64_t action)
{
	switch (action) {
	case TCOOFF:
	case TCOON:
		tty->stopped = action == TCOOFF;
		tty_wake(tty);
		return 0;
	case TCIOFF:
		send(tty, tty->termios.c_cc[VSTOP]);
		return 0;
	case TCION:
		send(tty, tty->termios.c_cc[VSTART]);
		return 0;
	default:
		return -EINVAL;
	}
}

/* TIOCSTI: as if typed. */
static int64_t type(struct tty *tty, uint64_t user)
{
	const struct process *self = current()->process;
	uint8_t byte;

	if (self->uid != 0 && tty_of(self) != tty)
		return -EPERM;
	if (get_user(byte, user))
		return -EFAULT;
	if (tty_room(tty))
		tty_receive(tty, &byte, 1);
	return 0;
}

static int64_t put_number(size_t number, uint64_t user)
{
	int value = (int)number;

	return put_user(value, user);
}

/* Only the discipline that there is. */
static int64_t set_discipline(uint64_t user)
{
	int which;

	if (get_user(which, user))
		return -EFAULT;
	return which == N_TTY ? 0 : -EINVAL;
}

/* What changes it for all, so that one in the background may not. */
static bool changes(uint64_t request)
{
	switch (request) {
	case TCSETS: case TCSETSW: case TCSETSF:
	case TCSETS2: case TCSETSW2: case TCSETSF2:
	case TCFLSH: case TCXONC: case TCSBRK: case TCSBRKP: case TIOCSETD:
		return true;
	default:
		return false;
	}
}

static int64_t settings(struct tty *tty, uint64_t request, uint64_t user)
{
	switch (request) {
	case TCGETS:
		return copy_to_user(user, &tty->termios, TERMIOS_SIZE);
	case TCGETS2:
		return copy_to_user(user, &tty->termios, TERMIOS2_SIZE);
	case TCGETA:
		return get_old(tty, user);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set(tty, user, TERMIOS_SIZE, request == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set(tty, user, TERMIOS2_SIZE, request == TCSETSF2);
	case TIOCGWINSZ:
		return put_user(tty->size, user);
	case TIOCSWINSZ:
		return set_size(tty, user);
	case TIOCGETD:
		return put_number(N_TTY, user);
	case TIOCSETD:
		return set_discipline(user);
	case TIOCEXCL:
	case TIOCNXCL:
		tty->exclusive = request == TIOCEXCL;
		return 0;
	case TIOCGEXCL:
		return put_number(tty->exclusive, user);
	default:
		return -ENOTTY;
	}
}

static int64_t traffic(struct tty *tty, uint64_t request, uint64_t argument)
{
	switch (request) {
	case FIONREAD:
		return put_number(tty_unread_input(tty), argument);
	case TIOCOUTQ:
		return put_number(tty->driver->unread(tty), argument);
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return flow(tty, argument);
	case TCSBRK:		/* output is never held back, nor breaks sent */
	case TCSBRKP:
		return 0;
	case TIOCSTI:
		return type(tty, argument);
	default:
		return -ENOTTY;
	}
}

int64_t tty_ioctl(struct tty *tty, bool master, uint64_t request,
		  uint64_t argument)
{
	int64_t status;

	if (!master && changes(request)) {
		status = tty_check(tty, SIGTTOU);
		if (status)
			return status;
	}
	status = settings(tty, request, argument);
	if (status == -ENOTTY)
		status = traffic(tty, request, argument);
	if (status == -ENOTTY)
		status = tty_job_ioctl(tty, master, request, argument);
	return status;
}
