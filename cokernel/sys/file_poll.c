// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll(2) and select(2): wait on the queues of all files at once.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/posix_types.h>
#include <linux/resource.h>
#include <linux/time_types.h>
#include <fs/files.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>
#include <sys/sigmask.h>
#include <sys/timespec.h>

#define ALWAYS	(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

/* One watched descriptor. */
struct watch {
	struct file *file;	/* NULL: not watched, or not open */
	struct waiter waiter;
	unsigned wanted, found;
	bool queued;
};

static unsigned look(struct watch *watch)
{
	struct file *file = watch->file;
	unsigned events;

	if (!file)
		return watch->found;	/* POLLNVAL, or nothing */
	events = file->operations->poll ? file->operations->poll(file) :
		ALWAYS;
	return events & (watch->wanted | POLLERR | POLLHUP);
}

static int count(struct watch *watches, unsigned n)
{
	int ready = 0;

	for (unsigned i = 0; i < n; i++) {
		watches[i].found = look(&watches[i]);
		ready += watches[i].found != 0;
	}
	return ready;
}

static void queue(struct watch *watch)
{
	struct wait_queue *queue = NULL;

	if (watch->file && watch->file->operations->queue)
		queue = watch->file->operations->queue(watch->file);
	if (!queue)
		return;
	wait_add(queue, &watch->waiter);
	watch->queued = true;
}

/*
 * Wait until some are ready; DEADLINE 0: for ever, NOW: only look.  The number
 * that are ready, or -ERESTARTNOHAND.
 */
static int wait(struct watch *watches, unsigned n, bool only_look,
		uint64_t deadline)
{
	int status = 0;
	int ready = count(watches, n);

	if (ready || only_look)
		return ready;
	for (unsigned i = 0; i < n; i++)
		queue(&watches[i]);
	while ((ready = count(watches, n)) == 0 && status == 0)
		status = wait_sleep(deadline);
	for (unsigned i = 0; i < n; i++)
		if (watches[i].queued)
			wait_remove(&watches[i].waiter);
	if (ready == 0 && status == -EINTR)
		return -ERESTARTNOHAND;
	return ready;
}

static void drop(struct watch *watches, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		file_put(watches[i].file);
	object_free(watches);
}

/* A time limit as the calls give it. */
struct limit {
	bool only_look;
	uint64_t deadline;	/* 0: none */
};

static struct limit limit_of(uint64_t ns)
{
	return (struct limit){
		.only_look = ns == 0,
		.deadline = ns ? timespec_after(ns) : 0,
	};
}

static uint64_t left_of(const struct limit *limit)
{
	uint64_t now = clock_monotonic();

	return limit->deadline > now ? limit->deadline - now : 0;
}

static int64_t poll_all(struct pollfd *fds, unsigned n,
			const struct limit *limit)
{
	struct watch *watches = object_alloc(MAX(n, 1u) * sizeof(*watches));
	int64_t ready;

	if (!watches)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		if (fds[i].fd < 0)
			continue;
		watches[i].file = fd_get(fds[i].fd);
		watches[i].wanted = (uint16_t)fds[i].events;
		if (!watches[i].file)
			watches[i].found = POLLNVAL;
	}
	ready = wait(watches, n, limit->only_look, limit->deadline);
	for (unsigned i = 0; i < n; i++)
		fds[i].revents = (short)watches[i].found;
	drop(watches, n);
	return ready;
}

static int64_t poll_user(uint64_t user, uint64_t n, const struct limit *limit)
{
	struct pollfd *fds;
	int64_t ready;

	if (n > current()->process->rlimits[RLIMIT_NOFILE][0] || n > 65536)
		return -EINVAL;
	fds = object_alloc(MAX(n, 1ull) * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	if (copy_from_user(fds, user, n * sizeof(*fds))) {
		object_free(fds);
		return -EFAULT;
	}
	ready = poll_all(fds, (unsigned)n, limit);
	for (uint64_t i = 0; i < n && ready >= 0; i++)
		if (put_user(fds[i].revents, user + i * sizeof(*fds) +
			     offsetof(struct pollfd, revents)))
			ready = -EFAULT;
	object_free(fds);
	return ready;
}

SYSCALL_DEFINE(poll)
{
	struct task *task = current();
	struct limit limit = { 0 };
	int64_t ready;

	if ((int)c >= 0)
		limit = limit_of((uint64_t)(int)c * 1000000);
	if (task->restart_deadline)
		limit.deadline = task->restart_deadline;
	ready = poll_user(a, (uint32_t)b, &limit);
	if (ready != -ERESTARTNOHAND || !limit.deadline)
		return ready;
	task->restart_deadline = limit.deadline;
	return -ERESTART_RESTARTBLOCK;
}

/* A struct timespec at USER; 0: none. */
static int limit_get(uint64_t user, struct limit *limit)
{
	uint64_t ns;
	int status;

	*limit = (struct limit){ 0 };
	if (!user)
		return 0;
	status = timespec_get(user, &ns);
	if (status == 0)
		*limit = limit_of(ns);
	return status;
}

SYSCALL_DEFINE(ppoll)
{
	struct limit limit;
	int64_t ready = limit_get(c, &limit);

	if (ready == 0)
		ready = sigmask_swap(d, e);
	if (ready)
		return ready;
	ready = poll_user(a, (uint32_t)b, &limit);
	sigmask_restore(ready == -ERESTARTNOHAND);
	if (c)
		timespec_put(c, left_of(&limit));
	return ready;
}

/* select(2): three sets of bits. */

#define SETS		3
#define SELECT_LEAST	64u	/* Linux's smallest table of descriptors */

static const unsigned set_wanted[SETS] = { POLLIN | POLLRDNORM,
					   POLLOUT | POLLWRNORM, POLLPRI };
static const unsigned set_found[SETS] = {
	POLLIN | POLLRDNORM | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLERR,
	POLLPRI,
};

struct sets {
	uint64_t user[SETS];
	unsigned n;
	uint64_t *bits[SETS];
};

static size_t set_bytes(unsigned n)
{
	return ALIGN_UP(n, 64u) / 8;
}

static int sets_get(struct sets *sets)
{
	for (int i = 0; i < SETS; i++)
		if (sets->user[i] &&
		    copy_from_user(sets->bits[i], sets->user[i],
				   set_bytes(sets->n)))
			return -EFAULT;
	return 0;
}

static int sets_put(const struct sets *sets)
{
	for (int i = 0; i < SETS; i++)
		if (sets->user[i] &&
		    copy_to_user(sets->user[i], sets->bits[i],
				 set_bytes(sets->n)))
			return -EFAULT;
	return 0;
}

static int watch_sets(const struct sets *sets, struct watch *watches)
{
	for (unsigned fd = 0; fd < sets->n; fd++) {
		for (int i = 0; i < SETS; i++)
			if (sets->bits[i][fd / 64] >> (fd % 64) & 1)
				watches[fd].wanted |= set_wanted[i];
		if (!watches[fd].wanted)
			continue;
		watches[fd].file = fd_get((int)fd);
		if (!watches[fd].file)
			return -EBADF;
	}
	return 0;
}

static int64_t answer_sets(struct sets *sets, const struct watch *watches)
{
	int64_t bits = 0;

	for (unsigned fd = 0; fd < sets->n; fd++) {
		for (int i = 0; i < SETS; i++) {
			uint64_t bit = 1ull << (fd % 64);

			if (!(sets->bits[i][fd / 64] & bit))
				continue;
			if (watches[fd].found & set_found[i])
				bits++;
			else
				sets->bits[i][fd / 64] &= ~bit;
		}
	}
	return bits;
}

static int64_t select_sets(struct sets *sets, const struct limit *limit)
{
	size_t bytes = set_bytes(sets->n);
	struct watch *watches = object_alloc(MAX(sets->n, 1u) *
					     sizeof(*watches) + SETS * bytes);
	int64_t ready;

	if (!watches)
		return -ENOMEM;
	for (int i = 0; i < SETS; i++)
		sets->bits[i] = (uint64_t *)(watches + sets->n) + i * bytes / 8;
	ready = sets_get(sets);
	if (ready == 0)
		ready = watch_sets(sets, watches);
	if (ready == 0)
		ready = wait(watches, sets->n, limit->only_look,
			     limit->deadline);
	if (ready >= 0) {
		ready = answer_sets(sets, watches);
		if (sets_put(sets))
			ready = -EFAULT;
	}
	drop(watches, sets->n);
	return ready;
}

static int64_t select_user(int n, uint64_t in, uint64_t out, uint64_t except,
			   const struct limit *limit)
{
	const struct files *files = current()->process->files;
	struct sets sets = { .user = { in, out, except } };

	if (n < 0)
		return -EINVAL;
	/* What the table does not reach is not looked at. */
	sets.n = MIN((unsigned)n, MAX(files->size, SELECT_LEAST));
	return select_sets(&sets, limit);
}

SYSCALL_DEFINE(select)
{
	struct { int64_t seconds, microseconds; } time;
	struct limit limit = { 0 };
	int64_t ready;

	if (e) {
		if (get_user(time, e))
			return -EFAULT;
		if (time.seconds < 0 || time.microseconds < 0)
			return -EINVAL;
		time.seconds = MIN(time.seconds, 1000000000l);
		limit = limit_of((uint64_t)time.seconds * 1000000000 +
				 (uint64_t)time.microseconds % 1000000000 *
				 1000);
	}
	ready = select_user((int)a, b, c, d, &limit);
	if (e) {
		time.seconds = (int64_t)(left_of(&limit) / 1000000000);
		time.microseconds = (int64_t)(left_of(&limit) % 1000000000 /
					      1000);
		(void)put_user(time, e);
	}
	return ready;
}

SYSCALL_DEFINE(pselect6)
{
	struct { uint64_t mask, size; } signals = { 0 };
	struct limit limit;
	int64_t ready = limit_get(e, &limit);

	if (ready == 0 && f && get_user(signals, f))
		ready = -EFAULT;
	if (ready == 0)
		ready = sigmask_swap(signals.mask, signals.size);
	if (ready)
		return ready;
	ready = select_user((int)a, b, c, d, &limit);
	sigmask_restore(ready == -ERESTARTNOHAND);
	if (e)
		timespec_put(e, left_of(&limit));
	return ready;
}
