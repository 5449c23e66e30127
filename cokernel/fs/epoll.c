// SPDX-License-Identifier: GPL-2.0-only
/*
 * Epolls.  A watch is one descriptor in an epoll's interest list.  It hangs on
 * the file's wait queue, and a wake-up there puts it on the epoll's list of
 * those that may be ready, so that nothing ever looks at all watches.  Whether
 * a watch on that list is ready is asked of its file only when somebody wants
 * to know; what is not is taken off again.
 *
 * A watch does not count as a user of its file: the file's end ends it.  The
 * epoll's file in turn may be watched; the chains are at most NEST_MAX long.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/epoll.h>
#include <fs/file.h>
#include <mm/object.h>
#include <mm/uaccess.h>

#define NEST_MAX	5	/* epolls that watch one another in a row */

/* Not events, but how to report them. */
#define MODES	(EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)
/* What may be asked for together with EPOLLEXCLUSIVE. */
#define WITH_EXCLUSIVE \
	(EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLET | EPOLLIN | EPOLLOUT | \
	 EPOLLERR | EPOLLHUP)

struct epoll {
	const struct file *file;	/* its own; plain */
	struct wait_queue sleepers;	/* in epoll_wait(2), woken one by one */
	struct wait_queue queue;	/* who polls or watches it */
	struct list watches;		/* by OF_EPOLL */
	struct list ready;		/* watches by READY, oldest first */
	unsigned visit, depth;		/* see depth_below() */
};

struct watch {
	struct epoll *epoll;
	struct file *file;		/* plain */
	int fd;
	uint32_t events;		/* and modes; no events: shot */
	uint64_t data;			/* the program's */
	struct waiter waiter;		/* on the file's queue, if it has one */
	struct list of_epoll, of_file;
	struct list ready;		/* alone: not on the list */
};

static const struct file_operations epoll_file;

bool epoll_is(const struct file *file)
{
	return file->operations == &epoll_file;
}

/* The events that WATCH is about and that hold now. */
static uint32_t look(const struct watch *watch)
{
	return watch->file->operations->poll(watch->file) & watch->events;
}

/* WATCH may be ready: say so to all that wait.  Does anyone in epoll_wait()? */
static bool announce(struct watch *watch)
{
	struct epoll *epoll = watch->epoll;
	bool awaited = !list_empty(&epoll->sleepers.waiters);

	if (list_empty(&watch->ready))
		list_add_tail(&epoll->ready, &watch->ready);
	wait_wake_one(&epoll->sleepers);
	wait_wake(&epoll->queue, POLLIN | POLLRDNORM);
	return awaited;
}

static bool watch_wake(struct waiter *waiter, unsigned events)
{
	struct watch *watch = container_of(waiter, struct watch, waiter);
	uint32_t wanted = watch->events & ~MODES;

	return wanted && (!events || (events & wanted)) && announce(watch);
}

/* The interest list. */

/* By way of the file: few epolls watch it, but an epoll watches many. */
static struct watch *watch_find(const struct epoll *epoll,
				const struct file *file, int fd)
{
	struct watch *watch;

	list_for_each(watch, &file->watches, of_file)
		if (watch->epoll == epoll && watch->fd == fd)
			return watch;
	return NULL;
}

struct file *epoll_target(const struct file *file, int fd, unsigned nth)
{
	const struct epoll *epoll = file->private;
	const struct watch *watch;

	list_for_each(watch, &epoll->watches, of_epoll)
		if (watch->fd == fd && nth-- == 0)
			return watch->file;
	return NULL;
}

static void watch_set(struct watch *watch, const struct epoll_event *event)
{
	watch->events = (event->events & ~EPOLLWAKEUP) | EPOLLERR | EPOLLHUP;
	watch->data = event->data;
	if (look(watch))
		announce(watch);
}

static int watch_create(struct epoll *epoll, struct file *file, int fd,
			const struct epoll_event *event)
{
	struct watch *watch = object_alloc(sizeof(*watch));
	struct wait_queue *queue = NULL;

	if (!watch)
		return -ENOMEM;
	watch->epoll = epoll;
	watch->file = file;
	watch->fd = fd;
	list_init(&watch->ready);
	list_add_tail(&epoll->watches, &watch->of_epoll);
	list_add_tail(&file->watches, &watch->of_file);
	watch->waiter.wake = watch_wake;
	watch->waiter.exclusive = event->events & EPOLLEXCLUSIVE;
	list_init(&watch->waiter.link);
	if (file->operations->queue)
		queue = file->operations->queue(file);
	if (queue)
		wait_add_callback(queue, &watch->waiter);
	watch_set(watch, event);
	return 0;
}

static void watch_free(struct watch *watch)
{
	wait_remove(&watch->waiter);
	list_remove(&watch->ready);
	list_remove(&watch->of_epoll);
	list_remove(&watch->of_file);
	object_free(watch);
}

void epoll_forget(struct file *file)
{
	struct watch *watch, *after;

	list_for_each_safe(watch, after, &file->watches, of_file)
		watch_free(watch);
}

/* Epolls that watch epolls.  Each is visited once in a walk. */

static unsigned visits;

/* The longest chain of epolls down from EPOLL, or enough if TOP is below. */
static unsigned depth_below(struct epoll *epoll, const struct epoll *top)
{
	const struct watch *watch;
	unsigned depth, most = 0;

	if (epoll == top)
		return NEST_MAX;
	if (epoll->visit == visits)
		return epoll->depth;
	list_for_each(watch, &epoll->watches, of_epoll) {
		if (!epoll_is(watch->file))
			continue;
		depth = depth_below(watch->file->private, top);
		most = MAX(most, depth);
	}
	epoll->visit = visits;
	epoll->depth = most + 1;
	return epoll->depth;
}

/* The same upwards. */
static unsigned depth_above(struct epoll *epoll)
{
	const struct watch *watch;
	unsigned depth, most = 0;

	if (epoll->visit == visits)
		return epoll->depth;
	list_for_each(watch, &epoll->file->watches, of_file) {
		depth = depth_above(watch->epoll);
		most = MAX(most, depth);
	}
	epoll->visit = visits;
	epoll->depth = most + 1;
	return epoll->depth;
}

static bool may_nest(struct epoll *outer, struct epoll *inner)
{
	unsigned depth;

	visits++;
	depth = depth_below(inner, outer);
	visits++;
	return depth + depth_above(outer) <= NEST_MAX;
}

static int add(struct epoll *epoll, struct file *target, int fd,
	       const struct epoll_event *event)
{
	if (epoll_is(target)) {
		if (event->events & EPOLLEXCLUSIVE)
			return -EINVAL;
		if (!may_nest(epoll, target->private))
			return -ELOOP;
	}
	if ((event->events & EPOLLEXCLUSIVE) &&
	    (event->events & ~WITH_EXCLUSIVE))
		return -EINVAL;
	if (watch_find(epoll, target, fd))
		return -EEXIST;
	return watch_create(epoll, target, fd, event);
}

int epoll_control(struct file *file, int operation, struct file *target,
		  int fd, const struct epoll_event *event)
{
	struct watch *watch;

	if (!target->operations->poll)
		return -EPERM;
	if (!epoll_is(file) || file == target)
		return -EINVAL;
	if (operation == EPOLL_CTL_ADD)
		return add(file->private, target, fd, event);
	if (operation != EPOLL_CTL_MOD && operation != EPOLL_CTL_DEL)
		return -EINVAL;
	if (operation == EPOLL_CTL_MOD && (event->events & EPOLLEXCLUSIVE))
		return -EINVAL;
	watch = watch_find(file->private, target, fd);
	if (!watch)
		return -ENOENT;
	if (operation == EPOLL_CTL_DEL)
		watch_free(watch);
	else if (watch->waiter.exclusive)
		return -EINVAL;
	else
		watch_set(watch, event);
	return 0;
}

/* Events. */

/* WATCH has been reported: shall it be looked at again? */
static void reported(struct watch *watch)
{
	if (watch->events & EPOLLONESHOT)
		watch->events &= MODES;
	else if (!(watch->events & EPOLLET))
		list_add_tail(&watch->epoll->ready, &watch->ready);
}

/*
 * Write up to MAX events to USER: their number, or -EFAULT.  Each watch that
 * may be ready is looked at once; those that stay ready go to the end.
 */
static int64_t harvest(struct epoll *epoll, uint64_t user, int max)
{
	const struct list *last = epoll->ready.prev;
	bool more = !list_empty(&epoll->ready);
	int n = 0;

	while (more && n < max) {
		struct watch *watch = list_entry(epoll->ready.next,
						 struct watch, ready);
		struct epoll_event event = {
			.events = look(watch), .data = watch->data,
		};

		more = &watch->ready != last;
		if (event.events &&
		    put_user(event, user + (uint64_t)n * sizeof(event)))
			return n ? n : -EFAULT;
		list_remove(&watch->ready);
		if (event.events) {
			reported(watch);
			n++;
		}
	}
	return n;
}

int64_t epoll_wait(struct file *file, uint64_t user, int max, bool only_look,
		   uint64_t deadline)
{
	struct epoll *epoll = file->private;
	int status = only_look ? -ETIMEDOUT : 0;
	int64_t n;

	while ((n = harvest(epoll, user, max)) == 0 && status == 0)
		status = wait_event(&epoll->sleepers,
				    !list_empty(&epoll->ready), deadline);
	/* For what we leave, and for what we were woken for and left. */
	if (!list_empty(&epoll->ready))
		wait_wake_one(&epoll->sleepers);
	return n == 0 && status == -EINTR ? -EINTR : n;
}

/* The file of an epoll. */

static unsigned epoll_poll(struct file *file)
{
	struct epoll *epoll = file->private;
	struct watch *watch, *after;

	list_for_each_safe(watch, after, &epoll->ready, ready) {
		if (look(watch))
			return POLLIN | POLLRDNORM;
		list_remove(&watch->ready);
	}
	return 0;
}

static struct wait_queue *epoll_queue(struct file *file)
{
	struct epoll *epoll = file->private;

	return &epoll->queue;
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->private;
	struct watch *watch, *after;

	list_for_each_safe(watch, after, &epoll->watches, of_epoll)
		watch_free(watch);
	object_free(epoll);
}

static const struct file_operations epoll_file = {
	.seek = file_seek_nowhere,
	.poll = epoll_poll,
	.queue = epoll_queue,
	.release = epoll_release,
};

struct file *epoll_create(void)
{
	struct epoll *epoll = object_alloc(sizeof(*epoll));
	struct file *file;

	if (!epoll)
		return NULL;
	file = file_create(&epoll_file, "anon_inode:[eventpoll]", 0600,
			   O_RDWR, epoll);
	if (!file) {
		object_free(epoll);
		return NULL;
	}
	epoll->file = file;
	wait_queue_init(&epoll->sleepers);
	wait_queue_init(&epoll->queue);
	list_init(&epoll->watches);
	list_init(&epoll->ready);
	return file;
}
