// SPDX-License-Identifier: GPL-2.0-only
/*
 * See fs/timerfd.h.  How often a timer has expired is counted from the clock
 * when somebody looks.  The CPU's timer runs only while somebody waits for the
 * next expiration, and does not run again before that has been read.
 *
 * That the host's clock has been set is seen at the next look.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/timerfd.h>
#include <fs/file.h>
#include <fs/timerfd.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

struct timerfd {
	bool realtime;
	bool absolute;		/* EXPIRY is CLOCK_REALTIME's if REALTIME */
	bool cancel_on_set;
	uint64_t offset;	/* clock_realtime_offset() last told of */
	uint64_t expiry;	/* the next, ns; 0: not set */
	uint64_t interval;	/* ns; 0: once */
	uint64_t ticks;		/* expirations not yet read */
	struct timer timer;
	struct wait_queue queue;
};

static const struct file_operations timerfd_file;

bool timerfd_is(const struct file *file)
{
	return file->operations == &timerfd_file;
}

/* What to add to CLOCK_MONOTONIC to have the clock of EXPIRY. */
static uint64_t offset_of(const struct timerfd *timerfd)
{
	return timerfd->realtime && timerfd->absolute ?
		clock_realtime_offset() : 0;
}

static bool is_cancelled(const struct timerfd *timerfd)
{
	return timerfd->cancel_on_set &&
		timerfd->offset != clock_realtime_offset();
}

/* Count what has expired; ns to go, or 0 if it is not set. */
static uint64_t catch_up(struct timerfd *timerfd)
{
	uint64_t now = clock_monotonic() + offset_of(timerfd), n;

	if (timerfd->expiry && timerfd->expiry <= now) {
		n = timerfd->interval ?
			(now - timerfd->expiry) / timerfd->interval + 1 : 1;
		timerfd->ticks += n;
		timerfd->expiry = timerfd->interval ?
			timerfd->expiry + n * timerfd->interval : 0;
	}
	return timerfd->expiry ? timerfd->expiry - now : 0;
}

static void expire(struct timer *timer);

/* Is there something to read?  If not, see to it that who waits is woken. */
static bool is_ready(struct timerfd *timerfd)
{
	uint64_t left = catch_up(timerfd);

	if (timerfd->ticks || is_cancelled(timerfd))
		return true;
	if (left && !list_empty(&timerfd->queue.waiters) &&
	    !timer_is_set(&timerfd->timer))
		timer_set(&timerfd->timer, clock_monotonic() + left, expire);
	return false;
}

static void expire(struct timer *timer)
{
	struct timerfd *timerfd = container_of(timer, struct timerfd, timer);

	if (is_ready(timerfd))
		wait_wake(&timerfd->queue, POLLIN);
}

static int64_t timerfd_read(struct file *file, uint64_t user, uint64_t n)
{
	struct timerfd *timerfd = file->private;
	uint64_t ticks;
	bool cancelled;

	if (n < sizeof(ticks))
		return -EINVAL;
	if (!is_ready(timerfd) && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	if (wait_event(&timerfd->queue, is_ready(timerfd), 0))
		return -ERESTARTSYS;
	ticks = timerfd->ticks;
	cancelled = is_cancelled(timerfd);
	timerfd->ticks = 0;
	timerfd->offset = clock_realtime_offset();
	is_ready(timerfd);	/* for who waits still */
	if (cancelled)
		return -ECANCELED;
	return put_user(ticks, user) ? -EFAULT : (int64_t)sizeof(ticks);
}

static unsigned timerfd_poll(struct file *file)
{
	return is_ready(file->private) ? POLLIN : 0;
}

static struct wait_queue *timerfd_queue(struct file *file)
{
	struct timerfd *timerfd = file->private;

	return &timerfd->queue;
}

/* For who restores a process: as if it had expired that often. */
static int64_t timerfd_ioctl(struct file *file, uint64_t request,
			     uint64_t argument)
{
	struct timerfd *timerfd = file->private;
	uint64_t ticks;

	if (request != TFD_IOC_SET_TICKS)
		return -ENOTTY;
	if (get_user(ticks, argument))
		return -EFAULT;
	if (!ticks)
		return -EINVAL;
	if (is_cancelled(timerfd))
		return -ECANCELED;
	timerfd->ticks = ticks;
	wait_wake(&timerfd->queue, POLLIN);
	return 0;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *timerfd = file->private;

	timer_cancel(&timerfd->timer);
	object_free(timerfd);
}

static const struct file_operations timerfd_file = {
	.read = timerfd_read,
	.ioctl = timerfd_ioctl,
	.seek = file_seek_nowhere,
	.poll = timerfd_poll,
	.queue = timerfd_queue,
	.release = timerfd_release,
};

struct file *timerfd_create(bool realtime, int flags)
{
	struct timerfd *timerfd = object_alloc(sizeof(*timerfd));
	struct file *file;

	if (!timerfd)
		return NULL;
	timerfd->realtime = realtime;
	wait_queue_init(&timerfd->queue);
	file = file_create(&timerfd_file, "anon_inode:[timerfd]", 0600,
			   O_RDWR | flags, timerfd);
	if (!file)
		object_free(timerfd);
	return file;
}

struct timerfd_setting timerfd_get(struct file *file)
{
	struct timerfd *timerfd = file->private;

	return (struct timerfd_setting){
		.value = catch_up(timerfd), .interval = timerfd->interval,
	};
}

int timerfd_set(struct file *file, int flags,
		const struct timerfd_setting *setting)
{
	struct timerfd *timerfd = file->private;
	bool cancelled = is_cancelled(timerfd);

	timer_cancel(&timerfd->timer);
	timerfd->absolute = flags & TFD_TIMER_ABSTIME;
	timerfd->cancel_on_set = timerfd->realtime && timerfd->absolute &&
		flags & TFD_TIMER_CANCEL_ON_SET;
	timerfd->offset = clock_realtime_offset();
	timerfd->interval = setting->interval;
	timerfd->ticks = 0;
	timerfd->expiry = setting->value;
	if (setting->value && !timerfd->absolute)
		timerfd->expiry += clock_monotonic();
	if (is_ready(timerfd))
		wait_wake(&timerfd->queue, POLLIN);
	return cancelled && timerfd->cancel_on_set && setting->value ?
		-ECANCELED : 0;
}
