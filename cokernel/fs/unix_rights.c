// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCM_RIGHTS: open files on their way from one process to another.
 *
 * Rights are in flight while a packet in a queue has them.  Then they count as
 * users of their files, though only who receives them can use these.  So
 * sockets may keep each other alive that nobody can reach: one that is in its
 * own queue, say.  When all users of a socket's file have come to be in flight,
 * rights_check() looks whether that has happened, and if so takes away the
 * rights in those sockets' queues, which frees them.
 */
#include <errno.h>
#include <linux/resource.h>
#include <fs/unix.h>
#include <mm/object.h>
#include <task/task.h>

/* The files in flight that processes of one user have sent. */
struct sender_account {
	struct list link;
	uint32_t uid;
	uint64_t count;
};

/* Root is not bound by its limit, but by memory. */
#define IN_FLIGHT_MAX	65536

static struct list accounts = LIST_INIT(accounts);
/* Rights to be freed; see rights_free(). */
static struct list doomed = LIST_INIT(doomed);

struct rights *rights_create(unsigned most)
{
	struct rights *rights = object_alloc(sizeof(*rights) +
					     most * sizeof(struct file *));

	if (rights)
		list_init(&rights->link);
	return rights;
}

struct rights *rights_copy(const struct rights *rights)
{
	struct rights *copy = rights_create(rights->count);

	if (!copy)
		return NULL;
	for (unsigned i = 0; i < rights->count; i++)
		copy->files[i] = file_get(rights->files[i]);
	copy->count = rights->count;
	return copy;
}

/* The account of the current process' user, made if there is none; or NULL. */
static struct sender_account *my_account(void)
{
	uint32_t uid = current()->process->uid;
	struct sender_account *account;

	list_for_each(account, &accounts, link)
		if (account->uid == uid)
			return account;
	account = object_alloc(sizeof(*account));
	if (!account)
		return NULL;
	account->uid = uid;
	list_add(&accounts, &account->link);
	return account;
}

static uint64_t limit_of(const struct sender_account *account)
{
	return account->uid == 0 ? IN_FLIGHT_MAX :
		current()->process->rlimits[RLIMIT_NOFILE][0];
}

int rights_launch(struct rights *rights)
{
	struct sender_account *account = my_account();

	if (!account)
		return -ENOMEM;
	/* What is sent when there are as many already still goes. */
	if (account->count > limit_of(account))
		return -ETOOMANYREFS;
	account->count += rights->count;
	rights->account = account;
	for (unsigned i = 0; i < rights->count; i++) {
		struct socket *socket = socket_of(rights->files[i]);

		if (socket)
			socket->in_flight++;
	}
	return 0;
}

void rights_land(struct rights *rights)
{
	struct sender_account *account = rights->account;

	rights->account = NULL;
	account->count -= rights->count;
	if (account->count == 0) {
		list_remove(&account->link);
		object_free(account);
	}
	for (unsigned i = 0; i < rights->count; i++) {
		struct socket *socket = socket_of(rights->files[i]);

		if (socket)
			socket->in_flight--;
	}
}

/* Closing a file may free further rights, which wait here: no recursion. */
static void free_doomed(void)
{
	static bool busy;

	if (busy)
		return;
	busy = true;
	while (!list_empty(&doomed)) {
		struct rights *rights = list_entry(doomed.next, struct rights,
						   link);

		list_remove(&rights->link);
		for (unsigned i = 0; i < rights->count; i++)
			file_put(rights->files[i]);
		object_free(rights);
	}
	busy = false;
}

void rights_free(struct rights *rights)
{
	if (!rights)
		return;
	list_add_tail(&doomed, &rights->link);
	free_doomed();
}

/*
 * Sockets that nobody can reach.  Any that come to be so when a socket loses a
 * user are among the suspects: that one and what its queue holds, what the
 * queues of these hold, and so on; as far as they are all adrift.
 */

/* Is it nowhere but in queues? */
static bool is_adrift(const struct socket *socket)
{
	return socket->in_flight && socket->file->users == socket->in_flight;
}

typedef void (*visit_t)(struct socket *held, struct list *list);

static void visit_queue(const struct socket *socket, visit_t visit,
			struct list *list)
{
	const struct packet *packet;

	list_for_each(packet, &socket->packets, link) {
		const struct rights *rights = packet->rights;

		for (unsigned i = 0; rights && i < rights->count; i++) {
			struct socket *held = socket_of(rights->files[i]);

			if (held && is_adrift(held))
				visit(held, list);
		}
	}
}

/* Each time an adrift socket is in what only SOCKET's users can receive. */
static void visit_held(const struct socket *socket, visit_t visit,
		       struct list *list)
{
	const struct socket *waiting;

	visit_queue(socket, visit, list);
	list_for_each(waiting, &socket->pending, arrival)
		visit_queue(waiting, visit, list);
}

static void suspect(struct socket *held, struct list *suspects)
{
	if (held->suspected)
		return;
	held->suspected = true;
	held->unexplained = held->in_flight;
	list_add_tail(suspects, &held->suspect);
}

static void explain(struct socket *held, struct list *suspects)
{
	(void)suspects;
	held->unexplained--;
}

static void clear(struct socket *held, struct list *cleared)
{
	if (!held->suspected)
		return;
	held->suspected = false;
	list_remove(&held->suspect);
	list_add_tail(cleared, &held->suspect);
}

static void clear_all(struct list *suspects)
{
	while (!list_empty(suspects)) {
		struct socket *socket = list_entry(suspects->next,
						   struct socket, suspect);

		list_remove(&socket->suspect);
		socket->suspected = false;
	}
}

/* Who is also in a queue of somebody else can be reached, and what it holds. */
static void clear_reached(struct list *suspects)
{
	struct list cleared = LIST_INIT(cleared);
	struct socket *socket, *after;

	list_for_each(socket, suspects, suspect)
		visit_held(socket, explain, NULL);
	list_for_each_safe(socket, after, suspects, suspect)
		if (socket->unexplained)
			clear(socket, &cleared);
	/* It grows at its end. */
	list_for_each(socket, &cleared, suspect)
		visit_held(socket, clear, &cleared);
	clear_all(&cleared);
}

/* The rights in SOCKET's queue are to be freed. */
static void doom_queue(struct socket *socket)
{
	struct packet *packet;

	list_for_each(packet, &socket->packets, link) {
		if (!packet->rights)
			continue;
		rights_land(packet->rights);
		list_add_tail(&doomed, &packet->rights->link);
		packet->rights = NULL;
	}
}

void rights_check(struct socket *socket)
{
	struct list suspects = LIST_INIT(suspects);
	struct socket *waiting;

	if (!is_adrift(socket))
		return;
	suspect(socket, &suspects);
	/* It grows at its end. */
	list_for_each(socket, &suspects, suspect)
		visit_held(socket, suspect, &suspects);
	clear_reached(&suspects);
	list_for_each(socket, &suspects, suspect) {
		doom_queue(socket);
		list_for_each(waiting, &socket->pending, arrival)
			doom_queue(waiting);
	}
	clear_all(&suspects);
	free_doomed();
}
