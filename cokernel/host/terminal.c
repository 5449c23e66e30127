// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session's terminal: a tty (fs/tty.h) whose other side is the session's
 * streams.  What is typed at the tool comes in by IN; what is to be shown goes
 * out by OUT, which ends with the terminal.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/pty.h>
#include <host/host.h>
#include <host/session_object.h>
#include <lib/string.h>
#include <mm/object.h>

#define PLENTY	64		/* bytes of room that need no waiting for */

struct terminal {
	struct tty tty;
	struct session *session;
	struct file *in, *out;		/* ends of its streams */
	bool pumping;
	bool waits_room;		/* OUT's flag is set */
};

static struct terminal *terminal_of(struct tty *tty)
{
	return container_of(tty, struct terminal, tty);
}

static struct pisces_ring *ring_of(struct tty *tty)
{
	return &terminal_of(tty)->session->out.ring;
}

/* Output. */

static void wait_room(struct tty *tty, bool waits)
{
	if (terminal_of(tty)->waits_room == waits)
		return;
	terminal_of(tty)->waits_room = waits;
	pisces_ring_wait_room(ring_of(tty), waits);
}

/* Who finds little room may be about to wait for more. */
static size_t room(struct tty *tty)
{
	int64_t room = pisces_ring_room(ring_of(tty));

	wait_room(tty, room < PLENTY);
	if (room < PLENTY)
		room = pisces_ring_room(ring_of(tty));
	return room < 0 ? 0 : (size_t)room;
}

static void put(struct tty *tty, const void *from, size_t n)
{
	/* There is room for all of it: only we fill the ring. */
	pisces_ring_push(ring_of(tty), from, n);
}

static void notify(struct tty *tty)
{
	if (pisces_ring_consumer_waits(ring_of(tty)))
		host_ring();
}

static size_t unread(struct tty *tty)
{
	return ring_of(tty)->size - room(tty);
}

/* What is in the ring is the tool's. */
static void flush(struct tty *tty)
{
	(void)tty;
}

/* Input. */

/*
 * What is in the ring now, as far as there is room: no more, however fast the
 * tool goes on, for this runs with the kernel lock.
 */
static void move(struct terminal *terminal)
{
	struct pisces_ring *ring = &terminal->session->in.ring;
	int64_t left = pisces_ring_used(ring);

	while (left > 0) {
		const uint8_t *from;
		int64_t n = pisces_ring_peek(ring, &from);

		n = MIN(MIN(n, left), (int64_t)tty_room(&terminal->tty));
		if (n <= 0)
			break;
		tty_receive(&terminal->tty, from, (size_t)n);
		pisces_ring_consume(ring, (uint64_t)n);
		left -= n;
	}
	if (pisces_ring_producer_waits(ring))
		host_ring();
}

/*
 * All that there is and that there is room for; for what comes after the flag is
 * set the doorbell rings.  Receiving a byte may make room, which comes back to
 * here.
 */
static void pump(struct tty *tty)
{
	struct terminal *terminal = terminal_of(tty);
	struct pisces_ring *ring = &terminal->session->in.ring;

	if (terminal->pumping || tty->hung_up)
		return;
	terminal->pumping = true;
	pisces_ring_wait_data(ring, 0);
	move(terminal);
	pisces_ring_wait_data(ring, 1);
	move(terminal);
	terminal->pumping = false;
	if (pisces_ring_producer_is_closed(ring) &&
	    pisces_ring_used(ring) == 0)
		tty_hang_up(tty);
}

void terminal_doorbell(struct terminal *terminal)
{
	if (!terminal)
		return;
	pump(&terminal->tty);
	if (terminal->waits_room && room(&terminal->tty) >= PLENTY)
		tty_wake(&terminal->tty);
}

/* Its life. */

static void free_terminal(struct tty *tty)
{
	struct terminal *terminal = terminal_of(tty);

	terminal->session->terminal = NULL;
	file_put(terminal->in);
	file_put(terminal->out);
	object_free(terminal);
}

static const struct tty_driver driver = {
	.room = room,
	.put = put,
	.notify = notify,
	.resume = pump,
	.unread = unread,
	.flush = flush,
	.free = free_terminal,
};

static struct terminal *create(struct session *session,
			       const struct winsize *size)
{
	struct terminal *terminal = object_alloc(sizeof(*terminal));

	if (!terminal)
		return NULL;
	tty_init(&terminal->tty, &driver);
	terminal->tty.size = *size;
	terminal->session = session;
	terminal->in = stream_open(&session->in);
	terminal->out = stream_open(&session->out);
	session->terminal = terminal;
	if (!terminal->in || !terminal->out) {
		tty_put(&terminal->tty);
		return NULL;
	}
	return terminal;
}

/* The folder /dev/pts of ROOT, or NULL. */
static struct inode *find_pts(struct inode *root)
{
	struct entry *entry = folder_find(root, "dev");

	if (entry && S_ISDIR(entry->inode->mode))
		entry = folder_find(entry->inode, "pts");
	return entry && S_ISDIR(entry->inode->mode) ? entry->inode : NULL;
}

int terminal_open(struct session *session, struct inode *root,
		  const struct winsize *size, struct file **file)
{
	struct inode *pts = find_pts(root), *inode;
	struct terminal *terminal;
	int status;

	if (session->detached || session->terminal)
		return -EINVAL;
	if (!pts)
		return -ENOENT;
	terminal = create(session, size);
	if (!terminal)
		return -ENOMEM;
	status = pty_name(pts, &terminal->tty, &inode);
	if (status >= 0) {
		status = inode_open(inode, O_RDWR | O_NOCTTY, file);
		inode_put(inode);
	}
	if (status == 0)
		pump(&terminal->tty);
	tty_put(&terminal->tty);	/* its inode and file hold it */
	return status;
}

int terminal_resize(struct session *session, const struct winsize *size)
{
	if (!session->terminal)
		return -ENOTTY;
	tty_resize(&session->terminal->tty, size);
	return 0;
}
