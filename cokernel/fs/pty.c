// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pseudo-terminals.  Opening /dev/ptmx makes one: the file is its master, its
 * other side has a number and that name in /dev/pts while the master is open.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/major.h>
#include <fs/pty.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

#define OUTPUT		4096u		/* bytes; a power of two */
#define GROUP_TTY	5u		/* as Debian numbers it */
#define PTS_MAX		4096u
/* st_rdev; minors beyond 255 are split. */
#define PTS_RDEV(n)	(UNIX98_PTY_SLAVE_MAJOR << 8 | ((n) & 0xff) | \
			 ((uint64_t)(n) & ~0xffull) << 12)
#define PTMX_RDEV	(TTYAUX_MAJOR << 8 | 2)

struct pty {
	struct tty tty;
	unsigned number;
	bool locked;			/* not yet unlockpt(3)ed */
	bool was_opened;		/* by a program, ever */
	struct inode *inode;		/* in /dev/pts; plain */
	uint64_t head, tail;		/* bytes written to, read by the master */
	uint8_t output[OUTPUT];
	struct wait_queue queue;	/* the master's */
};

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

static size_t used(const struct pty *pty)
{
	return (size_t)(pty->head - pty->tail);
}

/* The driver of the programs' side. */

static size_t room(struct tty *tty)
{
	return OUTPUT - used(pty_of(tty));
}

static void put(struct tty *tty, const void *from, size_t n)
{
	struct pty *pty = pty_of(tty);
	const uint8_t *bytes = from;

	for (size_t i = 0; i < n; i++)
		pty->output[pty->head++ % OUTPUT] = bytes[i];
}

static void wake_master(struct tty *tty)
{
	wait_wake_all(&pty_of(tty)->queue);
}

static size_t unread(struct tty *tty)
{
	return used(pty_of(tty));
}

static void drop_output(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	pty->tail = pty->head;
}

static int may_open(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	if (pty->locked)
		return -EIO;
	pty->was_opened = true;
	return 0;
}

static void free_pty(struct tty *tty)
{
	object_free(pty_of(tty));
}

static const struct tty_driver driver = {
	.room = room,
	.put = put,
	.notify = wake_master,
	.resume = wake_master,
	.unread = unread,
	.flush = drop_output,
	.open = may_open,
	.closed = wake_master,
	.free = free_pty,
};

/* The master. */

/* All programs that had the other side open have closed it. */
static bool is_deserted(const struct pty *pty)
{
	return pty->was_opened && !pty->tty.opened;
}

static int64_t take(struct pty *pty, uint64_t user, size_t n)
{
	size_t done = 0;

	n = MIN(n, used(pty));
	while (done < n) {
		size_t at = pty->tail % OUTPUT;
		size_t piece = MIN(n - done, OUTPUT - at);

		if (copy_to_user(user + done, &pty->output[at], piece))
			return done ? (int64_t)done : -EFAULT;
		pty->tail += piece;
		done += piece;
		tty_wake(&pty->tty);
	}
	return (int64_t)done;
}

static int64_t master_read(struct file *file, uint64_t user, uint64_t n)
{
	struct pty *pty = file->private;

	if (n == 0)
		return 0;
	if (!used(pty)) {
		if (is_deserted(pty))
			return -EIO;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event(&pty->queue, used(pty) || is_deserted(pty), 0))
			return -ERESTARTSYS;
	}
	return used(pty) ? take(pty, user, n) : -EIO;
}

static int64_t master_write(struct file *file, uint64_t user, uint64_t n)
{
	struct pty *pty = file->private;
	uint8_t bytes[256];
	uint64_t done = 0;

	while (done < n) {
		size_t piece = MIN(n - done, sizeof(bytes));
		size_t left;

		piece = MIN(piece, tty_room(&pty->tty));
		if (piece == 0) {
			if (file->flags & O_NONBLOCK)
				return done ? (int64_t)done : -EAGAIN;
			if (wait_event(&pty->queue, tty_room(&pty->tty), 0))
				return done ? (int64_t)done : -ERESTARTSYS;
			continue;
		}
		left = copy_from_user_some(bytes, user + done, piece);
		tty_receive(&pty->tty, bytes, piece - left);
		done += piece - left;
		if (left)
			return done ? (int64_t)done : -EFAULT;
	}
	return (int64_t)done;
}

static unsigned master_poll(struct file *file)
{
	struct pty *pty = file->private;
	unsigned events = 0;

	if (used(pty))
		events |= POLLIN | POLLRDNORM;
	if (tty_room(&pty->tty))
		events |= POLLOUT | POLLWRNORM;
	if (is_deserted(pty))
		events |= POLLHUP;
	return events;
}

static struct wait_queue *master_queue(struct file *file)
{
	struct pty *pty = file->private;

	return &pty->queue;
}

static int64_t put_int(int value, uint64_t user)
{
	return put_user(value, user);
}

static int64_t set_lock(struct pty *pty, uint64_t user)
{
	int locked;

	if (get_user(locked, user))
		return -EFAULT;
	pty->locked = locked;
	return 0;
}

/* TIOCGPTPEER: the other side without its path. */
static int64_t open_peer(struct pty *pty, int flags)
{
	struct file *file;
	int status = inode_open(pty->inode, flags, &file);

	if (status)
		return status;
	status = fd_install(file, 0, flags & O_CLOEXEC);
	if (status < 0)
		file_put(file);
	return status;
}

static int64_t signal_foreground(struct pty *pty, uint64_t signal)
{
	if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
		return -EINVAL;
	tty_signal(&pty->tty, (int)signal);
	return 0;
}

static int64_t master_ioctl(struct file *file, uint64_t request,
			    uint64_t argument)
{
	struct pty *pty = file->private;

	switch (request) {
	case TIOCGPTN:
		return put_int((int)pty->number, argument);
	case TIOCSPTLCK:
		return set_lock(pty, argument);
	case TIOCGPTLCK:
		return put_int(pty->locked, argument);
	case TIOCGPTPEER:
		return open_peer(pty, (int)argument);
	case TIOCSIG:
		return signal_foreground(pty, argument);
	case FIONREAD:
		return put_int((int)used(pty), argument);
	case TIOCOUTQ:
		return put_int((int)tty_unread_input(&pty->tty), argument);
	default:
		return tty_ioctl(&pty->tty, true, request, argument);
	}
}

static void master_release(struct file *file)
{
	struct pty *pty = file->private;

	if (pty->inode->entry)
		folder_remove(pty->inode->entry);
	inode_put(pty->inode);
	tty_hang_up(&pty->tty);
	tty_put(&pty->tty);
}

static const struct file_operations master_file = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.queue = master_queue,
	.ioctl = master_ioctl,
	.release = master_release,
};

int pty_name(struct inode *pts, struct tty *tty, struct inode **inode)
{
	char name[12];
	unsigned number = 0;
	int status;

	do {
		if (number == PTS_MAX)
			return -ENOSPC;
		snprintf(name, sizeof(name), "%u", number);
	} while (folder_find(pts, name) && ++number);
	*inode = tty_inode(tty, PTS_RDEV(number), 0620);
	if (!*inode)
		return -ENOMEM;
	(*inode)->gid = GROUP_TTY;
	status = folder_add(pts, name, *inode);
	if (status)
		inode_put(*inode);
	return status ? status : (int)number;
}

/* INODE is /dev/ptmx; its PRIVATE is the folder /dev/pts. */
static int master_open(struct inode *inode, struct file *file)
{
	struct pty *pty = object_alloc(sizeof(*pty));
	int number;

	if (!pty)
		return -ENOMEM;
	tty_init(&pty->tty, &driver);
	wait_queue_init(&pty->queue);
	pty->locked = true;
	number = pty_name(inode->private, &pty->tty, &pty->inode);
	if (number < 0) {
		tty_put(&pty->tty);
		return number;
	}
	pty->number = (unsigned)number;
	file->private = pty;
	return 0;
}

static void forget_folder(struct inode *ptmx)
{
	inode_put(ptmx->private);
}

static const struct inode_operations ptmx_inode = {
	.file = &master_file,
	.open = master_open,
	.release = forget_folder,
};

int pty_populate(struct inode *dev)
{
	struct inode *pts, *ptmx;
	int status = folder_make(dev, "pts", &folder_inode, S_IFDIR | 0755,
				 &pts);

	if (status)
		return status;
	ptmx = inode_create(&ptmx_inode, S_IFCHR | 0666);
	if (!ptmx)
		return -ENOMEM;
	ptmx->private = inode_get(pts);
	ptmx->rdev = PTMX_RDEV;
	status = folder_add(dev, "ptmx", ptmx);
	inode_put(ptmx);
	return status;
}
