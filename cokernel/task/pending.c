/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/pending.h.  A signal without a record has lost its siginfo: a
 * standard one of sigqueue(3) beyond the limit, or any without memory.
 *
 * Locking: the kernel lock; queues belong to their process.
 */
#include <errno.h>
#include <linux/resource.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/pending.h>
#include <task/posix_timer.h>
#include <task/process.h>

/* One that has records. */
struct signal_user {
	struct list link;
	uint32_t uid;
	uint64_t records;
};

static struct list users = LIST_INIT(users);

/* Those of UID, made if there are none yet; NULL without memory. */
static struct signal_user *user_find(uint32_t uid)
{
	struct signal_user *user;

	list_for_each(user, &users, link) {
		if (user->uid == uid)
			return user;
	}
	user = object_alloc(sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	list_add(&users, &user->link);
	return user;
}

static void user_put(struct signal_user *user)
{
	if (user->records)
		return;
	list_remove(&user->link);
	object_free(user);
}

static struct signal_record *create(uint32_t uid, uint64_t limit)
{
	struct signal_user *user = user_find(uid);
	struct signal_record *record = NULL;

	if (!user)
		return NULL;
	if (user->records < limit)
		record = object_alloc(sizeof(*record));
	if (record) {
		record->user = user;
		user->records++;
		list_init(&record->link);
	}
	user_put(user);
	return record;
}

struct signal_record *record_create(const struct process *process)
{
	return create(process->uid, process->rlimits[RLIMIT_SIGPENDING][0]);
}

void record_free(struct signal_record *record)
{
	record->user->records--;
	user_put(record->user);
	object_free(record);
}

void pending_init(struct pending *pending)
{
	pending->set = 0;
	list_init(&pending->queue);
}

/* Of those that are not queued twice there are few: these know no limit. */
static bool is_unlimited(const siginfo_t *info)
{
	return info->si_signo < SIGRTMIN && info->si_code >= 0;
}

int pending_add(struct pending *pending, const struct process *process,
		const siginfo_t *info)
{
	struct signal_record *record;
	uint64_t bit = SIGNAL_BIT(info->si_signo);

	if (info->si_signo < SIGRTMIN && pending->set & bit)
		return 0;
	record = is_unlimited(info) ? create(process->uid, UINT64_MAX) :
		record_create(process);
	if (!record && info->si_signo >= SIGRTMIN && info->si_code != SI_USER)
		return -EAGAIN;
	if (record) {
		record->info = *info;
		list_add_tail(&pending->queue, &record->link);
	}
	pending->set |= bit;
	return 0;
}

void pending_add_record(struct pending *pending, struct signal_record *record)
{
	if (!list_empty(&record->link)) {
		record->info.si_overrun++;
		return;
	}
	record->info.si_overrun = 0;
	list_add_tail(&pending->queue, &record->link);
	pending->set |= SIGNAL_BIT(record->info.si_signo);
}

/* Off its queue; its signal goes to INFO. */
static void remove(struct signal_record *record, siginfo_t *info)
{
	list_remove(&record->link);
	*info = record->info;
	if (record->timer)
		posix_timer_taken(record->timer, info);
	else
		record_free(record);
}

void pending_take(struct pending *pending, int signal, siginfo_t *info)
{
	struct signal_record *record, *first = NULL;
	bool more = false;

	list_for_each(record, &pending->queue, link) {
		if (record->info.si_signo != signal)
			continue;
		more = first;
		if (more)
			break;
		first = record;
	}
	if (!more)
		pending->set &= ~SIGNAL_BIT(signal);
	if (first) {
		remove(first, info);
		return;
	}
	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	info->si_code = SI_USER;
}

void pending_discard(struct pending *pending, uint64_t mask)
{
	struct signal_record *record, *after;
	siginfo_t info;

	pending->set &= ~mask;
	list_for_each_safe(record, after, &pending->queue, link) {
		if (SIGNAL_BIT(record->info.si_signo) & mask)
			remove(record, &info);
	}
}

void pending_discard_timers(struct pending *pending)
{
	struct signal_record *record, *after;
	uint64_t gone = 0, left = 0;
	siginfo_t info;

	list_for_each_safe(record, after, &pending->queue, link) {
		uint64_t bit = SIGNAL_BIT(record->info.si_signo);

		if (record->info.si_code != SI_TIMER) {
			left |= bit;
			continue;
		}
		gone |= bit;
		remove(record, &info);
	}
	pending->set &= ~gone | left;
}

void pending_clear(struct pending *pending)
{
	pending_discard(pending, ~0ull);
}
