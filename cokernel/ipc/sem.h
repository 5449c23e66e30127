/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V semaphore sets (semget(2), semop(2)).
 *
 * Who must wait leaves its operations with the set, and who changes a semaphore
 * does those that have become possible, in the order they came: so all of a
 * call's operations happen at once, and nobody overtakes.
 *
 * What SEM_UNDO is to take back stands with the tasks, which may share it
 * (CLONE_SYSVSEM); the last of them to end has it done.
 */
#ifndef IPC_SEM_H
#define IPC_SEM_H

#include <linux/sem.h>
#include <ipc/ipc.h>

struct task;
struct sem_undos;		/* task->undos; NULL: none */

struct sem {
	int value;		/* 0 to SEMVMX */
	int pid;		/* of who changed it last; 0: nobody */
};

struct sem_set {
	struct ipc_object object;
	uint64_t otime;		/* s since 1970; 0: never */
	struct list waits;	/* of ipc/sem.c, in the order they came */
	struct list undos;	/* of ipc/sem_undo.c */
	unsigned count;
	struct sem sems[];
};

extern const struct ipc_type sem_type;

static inline struct sem_set *sem_set_of(struct ipc_object *object)
{
	return container_of(object, struct sem_set, object);
}

/*
 * Do the N operations of OPS, all or none, or wait until DEADLINE
 * (CLOCK_MONOTONIC, 0: for ever) for that.  -EFBIG, -EACCES, -ERANGE, -ENOMEM,
 * -EAGAIN, also when the time has passed; -EIDRM, -EINTR.
 */
int sem_operate(struct sem_set *set, const struct sembuf *ops, unsigned n,
		uint64_t deadline);
/* SETVAL and SETALL, of COUNT values from INDEX on: checked already. */
void sem_assign(struct sem_set *set, unsigned index, unsigned count,
		const uint16_t *values);
/* Who waits for it to become zero, or to grow: GETZCNT, GETNCNT. */
int sem_waiting(const struct sem_set *set, unsigned index, bool zero);

/* The current task gets a list to share, unless it has one.  -ENOMEM. */
int sem_undos_prepare(void);
struct sem_undos *sem_undos_get(struct sem_undos *undos);
/* TASK ends: with the last of its list, what is to be undone is. */
void sem_undos_leave(struct task *task);

/* Between ipc/sem.c and ipc/sem_undo.c. */

/* What one list has to undo in one set. */
struct sem_undo {
	struct list of_set, of_list;
	struct sem_set *set;		/* plain: goes with it */
	int16_t adjust[];		/* to be added, for each semaphore */
};

/* That of the current task; NULL without memory. */
struct sem_undo *sem_undo_find(struct sem_set *set);
/* The set is removed. */
void sem_undo_forget(struct sem_set *set);
/* Do what has become possible. */
void sem_settle(struct sem_set *set);

#endif
