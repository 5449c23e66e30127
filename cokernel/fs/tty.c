// SPDX-License-Identifier: GPL-2.0-only
/*
 * Terminals as files: opening, reading, writing, waiting.
 */
#include <errno.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <cpu/clock.h>
#include <fs/tty.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

#define DECISECOND	100000000ull	/* ns; VTIME counts these */
#define PIECE		256u		/* bytes of one turn */
/* Room that any byte of output fits in, a tab made of spaces too. */
#define ENOUGH_ROOM	8u

void tty_init(struct tty *tty, const struct tty_driver *driver)
{
	static const struct ktermios usual = {
		.c_iflag = ICRNL | IXON,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
			ECHOKE | IEXTEN,
		.c_cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15,
			  23, 22 },
		.c_ispeed = 38400, .c_ospeed = 38400,
	};

	memset(tty, 0, sizeof(*tty));
	tty->driver = driver;
	tty->users = 1;
	tty->termios = usual;
	list_init(&tty->owned);
	wait_queue_init(&tty->queue);
}

struct tty *tty_get(struct tty *tty)
{
	tty->users++;
	return tty;
}

void tty_put(struct tty *tty)
{
	ASSERT(tty->users > 0);
	if (--tty->users > 0)
		return;
	list_remove(&tty->owned);
	tty->driver->free(tty);
}

void tty_wake(struct tty *tty)
{
	wait_wake_all(&tty->queue);
}

/* Reading. */

static bool nonblocking(const struct file *file)
{
	return file->flags & O_NONBLOCK;
}

/* Until WANTED bytes can be read; 0, -ETIMEDOUT, -EAGAIN, -ERESTARTSYS. */
static int wait_input(struct tty *tty, const struct file *file, size_t wanted,
		      uint64_t deadline)
{
	int status = 0;

	if (tty_readable(tty, wanted) || tty->hung_up)
		return 0;
	if (nonblocking(file))
		return -EAGAIN;
	status = wait_event(&tty->queue, tty_readable(tty, wanted) ||
			    tty->hung_up, deadline);
	return status == -EINTR ? -ERESTARTSYS : status;
}

/* The first byte has come: until WANTED have, or none came for TIME ns. */
static void wait_more(struct tty *tty, const struct file *file, size_t wanted,
		      uint64_t time)
{
	uint64_t seen;
	int status;

	do {
		size_t next;

		seen = tty->ready - tty->tail;
		next = time ? MIN((size_t)seen + 1, wanted) : wanted;
		status = wait_input(tty, file, next, time ?
				    clock_monotonic() + time : 0);
	} while (status == 0 && !tty->hung_up &&
		 tty->ready - tty->tail < wanted);
}

/* As VMIN and VTIME say; 0 when there is something or time is up. */
static int wait_raw(struct tty *tty, const struct file *file, size_t n)
{
	size_t min = tty->termios.c_cc[VMIN];
	uint64_t time = tty->termios.c_cc[VTIME] * DECISECOND;
	int status;

	if (min == 0) {
		if (time == 0)
			return 0;
		status = wait_input(tty, file, 1, clock_monotonic() + time);
		return status == -ETIMEDOUT ? 0 : status;
	}
	status = wait_input(tty, file, time ? 1 : MIN(min, n), 0);
	if (status == 0 && time)
		wait_more(tty, file, MIN(min, n), time);
	/* What came before a signal, or without waiting, is not kept back. */
	return tty_readable(tty, 1) ? 0 : status;
}

static int64_t take(struct tty *tty, uint64_t user, size_t n)
{
	size_t consumed;
	size_t length = tty_read_length(tty, n, &consumed);
	size_t done = 0;

	while (done < length) {
		size_t at = (tty->tail + done) % TTY_INPUT;
		size_t piece = MIN(length - done, TTY_INPUT - at);

		if (copy_to_user(user + done, &tty->input[at], piece)) {
			consumed = done;
			break;
		}
		done += piece;
	}
	tty->tail += consumed;
	tty->driver->resume(tty);
	return done == 0 && length > 0 ? -EFAULT : (int64_t)done;
}

static int64_t read(struct file *file, uint64_t user, uint64_t n)
{
	struct tty *tty = file->private;
	int status;

	if (tty->hung_up)
		return 0;
	status = tty_check(tty, SIGTTIN);
	if (status || n == 0)
		return status;
	if (tty->termios.c_lflag & ICANON)
		status = wait_input(tty, file, 1, 0);
	else
		status = wait_raw(tty, file, n);
	if (status || tty->hung_up)
		return status;
	return take(tty, user, n);
}

/* Writing. */

static bool writable(struct tty *tty)
{
	return !tty->stopped && tty->driver->room(tty) >= ENOUGH_ROOM;
}

/* How many of N bytes went out. */
static size_t write_bytes(struct tty *tty, const uint8_t *from, size_t n)
{
	size_t done = 0;

	while (done < n && !tty->stopped && tty_write_byte(tty, from[done]))
		done++;
	if (done > 0)
		tty->driver->notify(tty);
	return done;
}

static int wait_writable(struct tty *tty, const struct file *file)
{
	if (nonblocking(file))
		return -EAGAIN;
	return wait_event(&tty->queue, writable(tty) || tty->hung_up, 0) ?
		-ERESTARTSYS : 0;
}

static int64_t write(struct file *file, uint64_t user, uint64_t n)
{
	struct tty *tty = file->private;
	uint8_t bytes[PIECE];
	uint64_t done = 0;
	int status = tty->termios.c_lflag & TOSTOP ? tty_check(tty, SIGTTOU) :
		0;

	while (done < n && status == 0) {
		size_t piece = MIN(n - done, PIECE);
		size_t left = copy_from_user_some(bytes, user + done, piece);

		if (tty->hung_up) {
			status = -EIO;
		} else if (left == piece) {
			status = -EFAULT;
		} else {
			size_t put = write_bytes(tty, bytes, piece - left);

			done += put;
			if (put < piece - left)
				status = wait_writable(tty, file);
		}
	}
	return done ? (int64_t)done : status;
}

static unsigned poll(struct file *file)
{
	struct tty *tty = file->private;
	const cc_t *cc = tty->termios.c_cc;
	unsigned events = 0;

	if (tty->hung_up)
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR |
			POLLHUP;
	if (tty_readable(tty, cc[VTIME] ? 1 : cc[VMIN]))
		events |= POLLIN | POLLRDNORM;
	if (writable(tty))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static struct wait_queue *queue(struct file *file)
{
	struct tty *tty = file->private;

	return &tty->queue;
}

static int64_t ioctl(struct file *file, uint64_t request, uint64_t argument)
{
	struct tty *tty = file->private;

	if (tty->hung_up)
		return -EIO;
	return tty_ioctl(tty, false, request, argument);
}

/* Opening and closing. */

static int open_tty(struct tty *tty, struct file *file)
{
	int status = 0;

	if (tty->hung_up)
		return -EIO;
	if (tty->exclusive && current()->process->uid != 0)
		return -EBUSY;
	if (tty->driver->open)
		status = tty->driver->open(tty);
	if (status)
		return status;
	file->private = tty_get(tty);
	tty->opened++;
	tty_wake(tty);
	if (!(file->flags & O_NOCTTY))
		tty_adopt(tty);
	return 0;
}

static void release(struct file *file)
{
	struct tty *tty = file->private;

	if (--tty->opened == 0) {
		tty->exclusive = false;
		if (tty->driver->closed)
			tty->driver->closed(tty);
	}
	tty_put(tty);
}

static const struct file_operations tty_file = {
	.read = read,
	.write = write,
	.poll = poll,
	.queue = queue,
	.ioctl = ioctl,
	.release = release,
};

static int open(struct inode *inode, struct file *file)
{
	return open_tty(inode->private, file);
}

static void forget(struct inode *inode)
{
	tty_put(inode->private);
}

static const struct inode_operations tty_inode_operations = {
	.file = &tty_file,
	.open = open,
	.release = forget,
};

struct inode *tty_inode(struct tty *tty, uint64_t rdev, uint32_t mode)
{
	struct inode *inode = inode_create(&tty_inode_operations,
					   S_IFCHR | mode);

	if (!inode)
		return NULL;
	inode->private = tty_get(tty);
	inode->rdev = rdev;
	inode_own(inode);
	return inode;
}

static int open_own(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_of(current()->process);

	(void)inode;
	return tty ? open_tty(tty, file) : -ENXIO;
}

const struct inode_operations tty_own_inode = {
	.file = &tty_file,
	.open = open_own,
};
