/* SPDX-License-Identifier: GPL-2.0-only */
/* Undoing semaphore operations: see ipc/sem.h and semop(2), SEM_UNDO. */
#include <errno.h>
#include <ipc/sem.h>
#include <mm/object.h>
#include <task/task.h>

struct sem_undos {
	unsigned users;			/* tasks */
	struct list all;		/* struct sem_undo, by OF_LIST */
};

int sem_undos_prepare(void)
{
	struct task *task = current();

	if (task->undos)
		return 0;
	task->undos = object_alloc(sizeof(*task->undos));
	if (!task->undos)
		return -ENOMEM;
	task->undos->users = 1;
	list_init(&task->undos->all);
	return 0;
}

struct sem_undos *sem_undos_get(struct sem_undos *undos)
{
	undos->users++;
	return undos;
}

static void undo_free(struct sem_undo *undo)
{
	list_remove(&undo->of_set);
	list_remove(&undo->of_list);
	object_free(undo);
}

struct sem_undo *sem_undo_find(struct sem_set *set)
{
	struct sem_undo *undo;

	if (sem_undos_prepare())
		return NULL;
	list_for_each(undo, &current()->undos->all, of_list)
		if (undo->set == set)
			return undo;
	undo = object_alloc(sizeof(*undo) +
			    set->count * sizeof(undo->adjust[0]));
	if (!undo)
		return NULL;
	undo->set = set;
	list_add(&set->undos, &undo->of_set);
	list_add(&current()->undos->all, &undo->of_list);
	return undo;
}

void sem_undo_forget(struct sem_set *set)
{
	struct sem_undo *undo, *after;

	list_for_each_safe(undo, after, &set->undos, of_set)
		undo_free(undo);
}

/* As far as a semaphore's values reach. */
static void undo_apply(struct sem_undo *undo)
{
	struct sem_set *set = undo->set;

	for (unsigned i = 0; i < set->count; i++) {
		struct sem *sem = &set->sems[i];

		if (!undo->adjust[i])
			continue;
		sem->value = MIN(MAX(sem->value + undo->adjust[i], 0), SEMVMX);
		sem->pid = current()->process->pid;
	}
	undo_free(undo);
	set->otime = ipc_now();
	sem_settle(set);
}

void sem_undos_leave(struct task *task)
{
	struct sem_undos *undos = task->undos;
	struct sem_undo *undo, *after;

	task->undos = NULL;
	if (!undos || --undos->users)
		return;
	list_for_each_safe(undo, after, &undos->all, of_list)
		undo_apply(undo);
	object_free(undos);
}
