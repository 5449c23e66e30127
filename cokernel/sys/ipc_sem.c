/* SPDX-License-Identifier: GPL-2.0-only */
/* semget(2), semop(2), semtimedop(2), semctl(2), over ipc/sem.h. */
#include <ipc/sem.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/timespec.h>

SYSCALL_DEFINE(semget)
{
	struct ipc_request request = {
		.key = (int)a, .size = (uint32_t)b, .flags = (int)c,
	};

	if ((int)b < 0 || (int)b > SEMMSL)
		return -EINVAL;
	return ipc_open(&sem_type, &request);
}

/* N operations at USER; DEADLINE is CLOCK_MONOTONIC, 0: none. */
static int64_t operate(int id, uint64_t user, uint64_t n, uint64_t deadline)
{
	struct ipc_object *object;
	struct sembuf *ops;
	int64_t error;

	if (n < 1 || id < 0)
		return -EINVAL;
	if (n > SEMOPM)
		return -E2BIG;
	ops = object_alloc(n * sizeof(*ops));
	if (!ops)
		return -ENOMEM;
	error = copy_from_user(ops, user, n * sizeof(*ops));
	if (!error)
		error = ipc_find(&sem_type, id, &object);
	if (!error)
		error = sem_operate(sem_set_of(object), ops, (unsigned)n,
				    deadline);
	object_free(ops);
	return error;
}

SYSCALL_DEFINE(semop)
{
	return operate((int)a, b, (uint32_t)c, 0);
}

SYSCALL_DEFINE(semtimedop)
{
	uint64_t ns;
	int error;

	if (!d)
		return operate((int)a, b, (uint32_t)c, 0);
	error = timespec_get(d, &ns);
	return error ? error : operate((int)a, b, (uint32_t)c,
				       timespec_after(ns));
}

/* IPC_INFO; SEM_INFO, with what there is. */
static int64_t limits(uint64_t user, bool totals)
{
	struct seminfo info = {
		.semmap = SEMMAP, .semmni = SEMMNI, .semmns = SEMMNS,
		.semmnu = SEMMNU, .semmsl = SEMMSL, .semopm = SEMOPM,
		.semume = SEMUME, .semusz = SEMUSZ, .semvmx = SEMVMX,
		.semaem = SEMAEM,
	};
	struct ipc_object *object;
	unsigned i = 0;

	if (totals) {
		info.semusz = (int)ipc_count(&sem_type);
		info.semaem = 0;
		while ((object = ipc_next(&sem_type, &i)))
			info.semaem += (int)sem_set_of(object)->count;
	}
	return put_user(info, user) ? -EFAULT : ipc_highest(&sem_type);
}

static int64_t status(const struct sem_set *set, uint64_t user)
{
	struct semid64_ds status;

	memset(&status, 0, sizeof(status));
	ipc_describe(&set->object, &status.sem_perm);
	status.sem_otime = (long)set->otime;
	status.sem_ctime = (long)set->object.ctime;
	status.sem_nsems = set->count;
	return put_user(status, user);
}

/* SEM_STAT and SEM_STAT_ANY: by index; returns the id. */
static int64_t status_at(int index, uint64_t user, bool any)
{
	struct ipc_object *object;
	int64_t error = ipc_find_index(&sem_type, index, any ? 0 : IPC_READ,
				       &object);

	if (!error)
		error = status(sem_set_of(object), user);
	return error ? error : object->id;
}

static int64_t get_all(const struct sem_set *set, uint64_t user)
{
	for (unsigned i = 0; i < set->count; i++) {
		uint16_t value = (uint16_t)set->sems[i].value;

		if (put_user(value, user + i * sizeof(value)))
			return -EFAULT;
	}
	return 0;
}

static int64_t set_all(struct sem_set *set, uint64_t user)
{
	uint64_t size = set->count * sizeof(uint16_t);
	uint16_t *values = object_alloc(size);
	int64_t error;

	if (!values)
		return -ENOMEM;
	error = copy_from_user(values, user, size);
	for (unsigned i = 0; i < set->count && !error; i++)
		error = values[i] > SEMVMX ? -ERANGE : 0;
	if (!error)
		sem_assign(set, 0, set->count, values);
	object_free(values);
	return error;
}

/* What is about one semaphore of a set, and only reads. */
static int64_t look(const struct sem_set *set, int index, int command)
{
	if (index < 0 || (unsigned)index >= set->count)
		return -EINVAL;
	switch (command) {
	case GETVAL:
		return set->sems[index].value;
	case GETPID:
		return set->sems[index].pid;
	default:
		return sem_waiting(set, (unsigned)index, command == GETZCNT);
	}
}

static int64_t set_one(struct ipc_object *object, int index, int wanted)
{
	struct sem_set *set = sem_set_of(object);
	uint16_t value = (uint16_t)wanted;
	int error;

	if (index < 0 || (unsigned)index >= set->count)
		return -EINVAL;
	error = ipc_may(object, IPC_WRITE);
	if (!error)
		sem_assign(set, (unsigned)index, 1, &value);
	return error;
}

static int64_t change(struct ipc_object *object, const struct semid64_ds *wanted)
{
	int error = ipc_may_control(object);

	return error ? error : ipc_change(object, &wanted->sem_perm);
}

/* The commands on the set OBJECT that need no other check than of its mode. */
static int64_t control(struct ipc_object *object, int index, int command,
		       uint64_t argument)
{
	int64_t error = ipc_may(object, command == SETALL ? IPC_WRITE :
				IPC_READ);

	if (error)
		return error;
	switch (command) {
	case IPC_STAT:
		return status(sem_set_of(object), argument);
	case GETALL:
		return get_all(sem_set_of(object), argument);
	case SETALL:
		return set_all(sem_set_of(object), argument);
	default:
		return look(sem_set_of(object), index, command);
	}
}

SYSCALL_DEFINE(semctl)
{
	int id = (int)a, index = (int)b, command = (int)c, error;
	struct semid64_ds wanted;
	struct ipc_object *object;

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case SEM_INFO:
		return limits(d, command == SEM_INFO);
	case SEM_STAT:
	case SEM_STAT_ANY:
		return status_at(id, d, command == SEM_STAT_ANY);
	case SETVAL:
		if ((int)d < 0 || (int)d > SEMVMX)
			return -ERANGE;
		break;
	case IPC_SET:
		if (get_user(wanted, d))
			return -EFAULT;
		break;
	case IPC_STAT: case IPC_RMID: case GETALL: case SETALL:
	case GETVAL: case GETPID: case GETNCNT: case GETZCNT:
		break;
	default:
		return -EINVAL;
	}
	error = ipc_find(&sem_type, id, &object);
	if (error)
		return error;
	switch (command) {
	case SETVAL:
		return set_one(object, index, (int)d);
	case IPC_SET:
		return change(object, &wanted);
	case IPC_RMID:
		error = ipc_may_control(object);
		if (!error)
			ipc_remove(object);
		return error;
	}
	return control(object, index, command, d);
}
