/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sem: System V semaphores: operations that happen at once or wait, in what
 * order, for how long; what is undone and when; commands, rights, removal.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define KEY	0x5e6b1235
#define OP(number, operation, flags) \
	{ (unsigned short)(number), (short)(operation), (short)(flags) }
#define DO(...) \
	semop(id, (struct sembuf[]){ __VA_ARGS__ }, \
	      sizeof((struct sembuf[]){ __VA_ARGS__ }) / sizeof(struct sembuf))

/* What semctl(2) takes is the program's to define. */
union argument {
	int value;
	struct semid_ds *status;
	unsigned short *array;
	struct seminfo *info;
};

static int id;

static int value(int number)
{
	return semctl(id, number, GETVAL);
}

static int set(int number, int to)
{
	return semctl(id, number, SETVAL, (union argument){ .value = to });
}

static int waiting(int number)
{
	return semctl(id, number, GETNCNT);
}

static int waiting_zero(int number)
{
	return semctl(id, number, GETZCNT);
}

static struct semid_ds status(void)
{
	struct semid_ds ds;

	memset(&ds, 0xee, sizeof(ds));
	CHECK(semctl(id, 0, IPC_STAT, (union argument){ .status = &ds }) == 0);
	return ds;
}

static int remove_set(void)
{
	return semctl(id, 0, IPC_RMID);
}

static void making(void)
{
	int other;

	FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
	FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL);
	FAILS(semget(IPC_PRIVATE, 32001, 0600), EINVAL);
	FAILS(semget(KEY, 1, 0600), ENOENT);
	id = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0640);
	CHECK(id >= 0);
	FAILS(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0640), EEXIST);
	FAILS(semget(KEY, 4, 0), EINVAL);
	CHECK(semget(KEY, 0, 0) == id && semget(KEY, 2, IPC_CREAT) == id);
	CHECK(status().sem_nsems == 3 && status().sem_otime == 0);
	CHECK(status().sem_perm.__key == KEY && status().sem_ctime != 0);
	CHECK((status().sem_perm.mode & 07777) == 0640);
	CHECK(value(0) == 0 && value(2) == 0);
	CHECK(semctl(id, 0, GETPID) == 0);
	other = semget(IPC_PRIVATE, 32000, 0600);
	CHECK(other >= 0 && semctl(other, 31999, GETVAL) == 0);
	CHECK(semctl(other, 0, IPC_RMID) == 0 && remove_set() == 0);
	FAILS(remove_set(), EINVAL);
}

static void commands(void)
{
	unsigned short values[3] = { 1, 32767, 0 }, read[3];
	union argument array = { .array = values };

	id = semget(IPC_PRIVATE, 3, 0600);
	CHECK(semctl(id, 0, SETALL, array) == 0);
	CHECK(value(0) == 1 && value(1) == 32767 && value(2) == 0);
	values[0] = 7;
	values[2] = 32768;
	FAILS(semctl(id, 0, SETALL, array), ERANGE);
	CHECK(value(0) == 1);
	array.array = read;
	CHECK(semctl(id, 0, GETALL, array) == 0);
	CHECK(read[0] == 1 && read[1] == 32767 && read[2] == 0);
	CHECK(semctl(id, 1, GETPID) == getpid());
	FAILS(set(0, -1), ERANGE);
	FAILS(set(0, 32768), ERANGE);
	FAILS(set(3, 1), EINVAL);
	FAILS(set(-1, 1), EINVAL);
	FAILS(value(3), EINVAL);
	FAILS(value(-1), EINVAL);
	CHECK(set(0, 5) == 0 && value(0) == 5);
	CHECK(waiting(0) == 0 && waiting_zero(0) == 0);
	FAILS(semctl(id, 0, 12345), EINVAL);
	FAILS(semctl(-1, 0, GETVAL), EINVAL);
	array.array = (void *)1;
	FAILS(semctl(id, 0, GETALL, array), EFAULT);
	FAILS(semctl(id, 0, SETALL, array), EFAULT);
	FAILS(semctl(id, 0, IPC_STAT, array), EFAULT);
	FAILS(semctl(id, 0, IPC_SET, array), EFAULT);
	FAILS(semctl(id, 0, IPC_INFO, array), EFAULT);
	CHECK(remove_set() == 0);
}

static void telling(void)
{
	struct seminfo info, used;
	struct semid_ds ds;
	int highest, found = 0;

	id = semget(IPC_PRIVATE, 3, 0600);
	highest = semctl(0, 0, IPC_INFO, (union argument){ .info = &info });
	CHECK(highest >= 0 && info.semmsl == 32000 && info.semmni == 32000);
	CHECK(info.semopm == 500 && info.semvmx == 32767);
	CHECK(semctl(0, 0, SEM_INFO, (union argument){ .info = &used }) ==
	      highest);
	CHECK(used.semusz >= 1 && used.semaem >= 3);
	for (int i = 0; i <= highest; i++)
		found += semctl(i, 0, SEM_STAT,
				(union argument){ .status = &ds }) == id;
	CHECK(found == 1 && remove_set() == 0);
}

static void without_waiting(void)
{
	static struct sembuf many[501];

	id = semget(IPC_PRIVATE, 3, 0600);
	CHECK(DO(OP(0, 3, 0), OP(1, 1, 0)) == 0);
	CHECK(value(0) == 3 && value(1) == 1);
	CHECK(semctl(id, 1, GETPID) == getpid() && status().sem_otime != 0);
	/* All or nothing. */
	FAILS(DO(OP(0, -1, 0), OP(1, -2, IPC_NOWAIT)), EAGAIN);
	FAILS(DO(OP(0, -1, IPC_NOWAIT), OP(1, 0, IPC_NOWAIT)), EAGAIN);
	FAILS(DO(OP(0, -1, 0), OP(1, 32767, 0)), ERANGE);
	CHECK(value(0) == 3 && value(1) == 1);
	/* Each sees what those before it did. */
	CHECK(DO(OP(2, 0, 0), OP(2, 2, 0), OP(2, -2, 0), OP(2, 0, 0),
		 OP(0, -3, 0), OP(0, 0, 0), OP(0, 4, 0)) == 0);
	CHECK(value(0) == 4 && value(2) == 0);
	FAILS(DO(OP(3, 1, 0)), EFBIG);
	FAILS(semop(id, many, 501), E2BIG);
	FAILS(semop(id, many, 0), EINVAL);
	FAILS(semop(id, (void *)1, 1), EFAULT);
	FAILS(semop(-1, many, 1), EINVAL);
	FAILS(semop(0x7ffffff, many, 1), EINVAL);
	for (int i = 0; i < 500; i++)
		many[i] = (struct sembuf)OP(i % 2, i < 250 ? 1 : -1, 0);
	CHECK(semop(id, many, 500) == 0 && value(0) == 4);
	CHECK(remove_set() == 0);
}

static void limited(void)
{
	struct sembuf minus = OP(0, -1, 0), zero = OP(1, 0, 0);
	struct timespec soon = { 0, 20000000 }, odd = { 0, 1000000000 };
	struct timespec none = { 0, 0 }, negative = { -1, 0 };

	id = semget(IPC_PRIVATE, 2, 0600);
	CHECK(set(1, 1) == 0);
	FAILS(semtimedop(id, &minus, 1, &soon), EAGAIN);
	FAILS(semtimedop(id, &zero, 1, &soon), EAGAIN);
	FAILS(semtimedop(id, &minus, 1, &none), EAGAIN);
	FAILS(semtimedop(id, &minus, 1, &odd), EINVAL);
	FAILS(semtimedop(id, &minus, 1, &negative), EINVAL);
	FAILS(syscall(SYS_semtimedop, id, &minus, 1, (void *)1), EFAULT);
	CHECK(set(0, 1) == 0 && semtimedop(id, &minus, 1, &none) == 0);
	CHECK(waiting(0) == 0 && waiting_zero(1) == 0);
	CHECK(remove_set() == 0);
}

static void take_two(void)
{
	CHECK(DO(OP(0, -2, 0), OP(1, 5, 0)) == 0);
}

static void wait_for_zero(void)
{
	CHECK(DO(OP(1, 0, 0), OP(2, 1, 0)) == 0);
}

static void wait_removed(void)
{
	FAILS(DO(OP(0, -1, 0)), EIDRM);
}

static void wait_then_not(void)
{
	FAILS(DO(OP(0, -1, 0), OP(1, -1, IPC_NOWAIT)), EAGAIN);
}

static void waiting_for_others(void)
{
	pid_t pid, zero;

	id = semget(IPC_PRIVATE, 3, 0600);
	CHECK(set(1, 1) == 0);
	pid = child(take_two);
	zero = child(wait_for_zero);
	WAIT_FOR(waiting(0) == 1);
	WAIT_FOR(waiting_zero(1) == 1);
	CHECK(waiting(1) == 0 && waiting_zero(0) == 0);
	CHECK(DO(OP(0, 1, 0)) == 0 && waiting(0) == 1 && value(0) == 1);
	/* Its two at once; then the other is done in one step with this. */
	CHECK(DO(OP(0, 1, 0)) == 0);
	CHECK(value(0) == 0 && value(1) == 6 && ended_well(pid));
	CHECK(semctl(id, 1, GETPID) == pid);
	CHECK(DO(OP(1, -6, 0)) == 0 && value(2) == 1 && ended_well(zero));
	/* What becomes possible may turn out to be impossible at once. */
	pid = child(wait_then_not);
	WAIT_FOR(waiting(0) == 1);
	CHECK(DO(OP(0, 1, 0)) == 0 && ended_well(pid) && value(0) == 1);
	CHECK(set(0, 0) == 0);
	/* One who is killed waits no more. */
	pid = child(take_two);
	WAIT_FOR(waiting(0) == 1);
	CHECK(kill(pid, SIGKILL) == 0 && !ended_well(pid) && waiting(0) == 0);
	pid = child(wait_removed);
	zero = child(wait_removed);
	WAIT_FOR(waiting(0) == 2);
	CHECK(remove_set() == 0);
	CHECK(ended_well(pid) && ended_well(zero));
}

static int number;

/* Say in what order it was served: semaphore 1 counts. */
static void queue_up(void)
{
	CHECK(DO(OP(0, -1, 0), OP(1, 1, 0)) == 0);
	CHECK(semctl(id, 1, GETVAL) >= number);
	_exit(failures ? 99 : 0);
}

static void in_order(void)
{
	pid_t pids[5];

	id = semget(IPC_PRIVATE, 2, 0600);
	for (int i = 0; i < 5; i++) {
		number = i + 1;
		pids[i] = child(queue_up);
		WAIT_FOR(waiting(0) == i + 1);
	}
	for (int i = 0; i < 5; i++) {
		CHECK(DO(OP(0, 1, 0)) == 0);
		CHECK(value(1) == i + 1 && semctl(id, 1, GETPID) == pids[i]);
		CHECK(ended_well(pids[i]));
	}
	CHECK(remove_set() == 0);
}

static void handler(int signal)
{
	number = signal;
}

/* Neither is ever restarted, whatever sigaction(2) said. */
static void interrupted(void)
{
	struct sigaction action = {
		.sa_handler = handler, .sa_flags = SA_RESTART,
	};
	struct timespec later = { 20, 0 };
	struct sembuf minus = OP(0, -1, 0);

	id = semget(IPC_PRIVATE, 1, 0600);
	sigaction(SIGALRM, &action, NULL);
	number = 0;
	ualarm(20000, 0);
	FAILS(semop(id, &minus, 1), EINTR);
	CHECK(number == SIGALRM);
	ualarm(20000, 0);
	FAILS(semtimedop(id, &minus, 1, &later), EINTR);
	CHECK(waiting(0) == 0 && remove_set() == 0);
}

static void undo_some(void)
{
	CHECK(DO(OP(0, -3, SEM_UNDO), OP(1, 2, SEM_UNDO)) == 0);
	CHECK(DO(OP(0, 1, SEM_UNDO), OP(1, 1, 0)) == 0);
}

static void undo_and_execute(void)
{
	CHECK(DO(OP(0, -3, SEM_UNDO)) == 0);
	execl("/proc/self/exe", "sem", "end", (char *)NULL);
	CHECK(0);
}

/* The child has nothing to undo, but its parent. */
static void undo_and_fork(void)
{
	CHECK(DO(OP(0, -3, SEM_UNDO)) == 0);
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	CHECK(value(0) == 2);
}

static void *undo_in_thread(void *argument)
{
	undo_some();
	return argument;
}

static void undo_shared(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, undo_in_thread, NULL);
	pthread_join(thread, NULL);
	CHECK(value(0) == 3 && value(1) == 3);
	pthread_create(&thread, NULL, undo_in_thread, NULL);
	pthread_join(thread, NULL);
	CHECK(value(0) == 1 && value(1) == 6);
}

static void undo_until_set(void)
{
	undo_some();
	CHECK(set(0, 9) == 0);
	CHECK(DO(OP(0, 2, SEM_UNDO)) == 0);
}

static void undo_too_much(void)
{
	CHECK(set(2, 32767) == 0);
	CHECK(DO(OP(2, -32767, SEM_UNDO)) == 0);
	CHECK(set(2, 32767) == 0);
	CHECK(DO(OP(2, -20000, SEM_UNDO), OP(2, 20000, 0)) == 0);
	FAILS(DO(OP(0, -1, SEM_UNDO), OP(2, -20000, SEM_UNDO)), ERANGE);
	CHECK(value(2) == 32767);
}

static void undo_when_waited_for(void)
{
	CHECK(DO(OP(0, -3, SEM_UNDO)) == 0);
	WAIT_FOR(waiting(0) == 1);
}

static void wait_for_undo(void)
{
	CHECK(DO(OP(0, -5, 0)) == 0);
}

static void undoing(void)
{
	pid_t first, second;

	id = semget(IPC_PRIVATE, 3, 0600);
	CHECK(set(0, 5) == 0);
	CHECK(ended_well(child(undo_some)) && value(0) == 5 && value(1) == 1);
	CHECK(ended_well(child(undo_and_execute)) && value(0) == 5);
	CHECK(ended_well(child(undo_and_fork)) && value(0) == 5);
	CHECK(set(1, 0) == 0);
	CHECK(ended_well(child(undo_shared)) && value(0) == 5);
	CHECK(value(1) == 2);
	CHECK(ended_well(child(undo_until_set)) && value(0) == 9);
	/* As far as a semaphore's values reach. */
	CHECK(ended_well(child(undo_too_much)) && value(2) == 32767);
	/* What is undone lets others go on. */
	CHECK(set(0, 5) == 0);
	first = child(undo_when_waited_for);
	WAIT_FOR(value(0) == 2);
	second = child(wait_for_undo);
	CHECK(ended_well(first) && ended_well(second) && value(0) == 0);
	CHECK(semctl(id, 0, GETPID) == second && remove_set() == 0);
	/* Of a set that is gone nothing is undone. */
	id = semget(IPC_PRIVATE, 3, 0600);
	CHECK(DO(OP(0, 1, SEM_UNDO)) == 0 && remove_set() == 0);
}

static void try_without_rights(void)
{
	struct sembuf plus = OP(0, 1, 0), zero = OP(0, 0, 0);
	struct semid_ds ds = status();

	FAILS(semget(KEY, 1, 0600), EACCES);
	FAILS(semop(id, &plus, 1), EACCES);
	CHECK(semop(id, &zero, 1) == 0 && value(0) == 0);
	FAILS(set(0, 1), EACCES);
	FAILS(semctl(id, 0, SETALL, (union argument){ .value = 0 }), EACCES);
	FAILS(remove_set(), EPERM);
	FAILS(semctl(id, 0, IPC_SET, (union argument){ .status = &ds }), EPERM);
}

static void try_as_owner(void)
{
	FAILS(value(0), EACCES);
	CHECK(remove_set() == 0);
}

static void rights(void)
{
	struct semid_ds ds;

	id = semget(KEY, 1, IPC_CREAT | 0604);
	CHECK(well_as_nobody(try_without_rights));
	ds = status();
	ds.sem_perm.uid = 65534;
	ds.sem_perm.mode = 0;
	CHECK(semctl(id, 0, IPC_SET, (union argument){ .status = &ds }) == 0);
	CHECK((status().sem_perm.mode & 07777) == 0 && value(0) == 0);
	CHECK(well_as_nobody(try_as_owner));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	semctl(semget(KEY, 0, 0), 0, IPC_RMID);
	making();
	commands();
	telling();
	without_waiting();
	limited();
	waiting_for_others();
	in_order();
	interrupted();
	undoing();
	rights();
	return conclude("sem");
}
