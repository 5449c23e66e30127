/* SPDX-License-Identifier: GPL-2.0-only */
/* See ipc/sem.h. */
#include <errno.h>
#include <ipc/sem.h>
#include <mm/object.h>
#include <task/task.h>

#define WAITS	1		/* as a status: not done yet */

/* The operations of one call. */
struct sem_wait {
	struct list link;	/* on the set's list while STATUS is WAITS */
	const struct sembuf *ops;
	unsigned n;
	bool alters;
	struct sem_undo *undo;	/* NULL: none of them is to be undone */
	int pid;
	unsigned blocking;	/* which of OPS cannot be done now */
	int status;		/* 0, WAITS, -errno */
	struct wait_queue queue;
};

/* One operation: 0, WAITS, -ERANGE; changes nothing unless 0. */
static int step(struct sem_set *set, struct sem_undo *undo,
		const struct sembuf *op)
{
	struct sem *sem = &set->sems[op->sem_num];
	int value = sem->value + op->sem_op, adjust;

	if (op->sem_op ? value < 0 : sem->value != 0)
		return WAITS;
	if (value > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		adjust = undo->adjust[op->sem_num] - op->sem_op;
		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
		undo->adjust[op->sem_num] = (int16_t)adjust;
	}
	sem->value = value;
	return 0;
}

/* Take the first N operations back. */
static void step_back(struct sem_set *set, const struct sem_wait *wait,
		      unsigned n)
{
	while (n-- > 0) {
		const struct sembuf *op = &wait->ops[n];

		set->sems[op->sem_num].value -= op->sem_op;
		if (op->sem_flg & SEM_UNDO)
			wait->undo->adjust[op->sem_num] = (int16_t)
				(wait->undo->adjust[op->sem_num] + op->sem_op);
	}
}

/* All operations or none; sets WAIT's status. */
static int perform(struct sem_set *set, struct sem_wait *wait)
{
	unsigned i;

	for (i = 0; i < wait->n; i++) {
		wait->status = step(set, wait->undo, &wait->ops[i]);
		if (wait->status)
			break;
	}
	if (wait->status) {
		step_back(set, wait, i);
		wait->blocking = i;
		if (wait->status == WAITS &&
		    (wait->ops[i].sem_flg & IPC_NOWAIT))
			wait->status = -EAGAIN;
		return wait->status;
	}
	for (i = 0; i < wait->n; i++)
		set->sems[wait->ops[i].sem_num].pid = wait->pid;
	set->otime = ipc_now();
	return 0;
}

void sem_settle(struct sem_set *set)
{
	struct sem_wait *wait, *after;
	bool again;

	do {
		again = false;
		list_for_each_safe(wait, after, &set->waits, link) {
			if (perform(set, wait) == WAITS)
				continue;
			list_remove(&wait->link);
			wait_wake_all(&wait->queue);
			/* One that came before it may be possible now. */
			if (!wait->status && wait->alters) {
				again = true;
				break;
			}
		}
	} while (again);
}

static int check(const struct sem_set *set, struct sem_wait *wait, bool *undone)
{
	*undone = wait->alters = false;
	for (unsigned i = 0; i < wait->n; i++) {
		if (wait->ops[i].sem_num >= set->count)
			return -EFBIG;
		*undone |= (wait->ops[i].sem_flg & SEM_UNDO) != 0;
		wait->alters |= wait->ops[i].sem_op != 0;
	}
	return ipc_may(&set->object, wait->alters ? IPC_WRITE : IPC_READ);
}

/* Until somebody else has settled WAIT. */
static int sleep(struct sem_set *set, struct sem_wait *wait, uint64_t deadline)
{
	int error;

	wait_queue_init(&wait->queue);
	list_add_tail(&set->waits, &wait->link);
	ipc_object_get(&set->object);
	error = wait_event(&wait->queue, wait->status != WAITS, deadline);
	list_remove(&wait->link);
	ipc_object_put(&set->object);
	if (wait->status != WAITS)
		return wait->status;
	return error == -ETIMEDOUT ? -EAGAIN : error;
}

int sem_operate(struct sem_set *set, const struct sembuf *ops, unsigned n,
		uint64_t deadline)
{
	struct sem_wait wait = {
		.ops = ops, .n = n, .pid = current()->process->pid,
	};
	bool undone;
	int error = check(set, &wait, &undone);

	if (error)
		return error;
	if (undone) {
		wait.undo = sem_undo_find(set);
		if (!wait.undo)
			return -ENOMEM;
	}
	error = perform(set, &wait);
	if (error == WAITS)
		return sleep(set, &wait, deadline);
	if (!error && wait.alters)
		sem_settle(set);
	return error;
}

void sem_assign(struct sem_set *set, unsigned index, unsigned count,
		const uint16_t *values)
{
	struct sem_undo *undo;

	for (unsigned i = index; i < index + count; i++) {
		set->sems[i].value = values[i - index];
		set->sems[i].pid = current()->process->pid;
		list_for_each(undo, &set->undos, of_set)
			undo->adjust[i] = 0;
	}
	set->object.ctime = ipc_now();
	sem_settle(set);
}

int sem_waiting(const struct sem_set *set, unsigned index, bool zero)
{
	const struct sem_wait *wait;
	int count = 0;

	list_for_each(wait, &set->waits, link) {
		const struct sembuf *op = &wait->ops[wait->blocking];

		count += op->sem_num == index && (op->sem_op == 0) == zero;
	}
	return count;
}

static int sem_create(const struct ipc_request *request,
		      struct ipc_object **result)
{
	struct sem_set *set;

	if (request->size == 0)
		return -EINVAL;
	set = object_alloc(sizeof(*set) + request->size * sizeof(set->sems[0]));
	if (!set)
		return -ENOMEM;
	set->count = (unsigned)request->size;
	list_init(&set->waits);
	list_init(&set->undos);
	*result = &set->object;
	return 0;
}

static uint64_t sem_size(const struct ipc_object *object)
{
	return container_of(object, const struct sem_set, object)->count;
}

static void sem_removed(struct ipc_object *object)
{
	struct sem_set *set = sem_set_of(object);
	struct sem_wait *wait, *after;

	sem_undo_forget(set);
	list_for_each_safe(wait, after, &set->waits, link) {
		wait->status = -EIDRM;
		list_remove(&wait->link);
		wait_wake_all(&wait->queue);
	}
}

static void sem_free(struct ipc_object *object)
{
	object_free(sem_set_of(object));
}

const struct ipc_type sem_type = {
	.kind = IPC_KIND_SEM,
	.limit = SEMMNI,
	.create = sem_create,
	.size = sem_size,
	.removed = sem_removed,
	.free = sem_free,
};
