/* SPDX-License-Identifier: GPL-2.0-only */
/* System V shared memory, semaphores and message queues; POSIX message queues. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>
#include "conform.h"

#define KEY	0x70697363

/*
 * Objects outlive their makers on Linux, so each item takes away what one before
 * it may have left there.
 */
static void without(int key)
{
	shmctl(shmget(key, 0, 0), IPC_RMID, NULL);
	semctl(semget(key, 0, 0), 0, IPC_RMID);
	msgctl(msgget(key, 0), IPC_RMID, NULL);
}

/* shmget(2), shmop(2), shmctl(2) */

CONFORM(shmget, "by key, private, existing; EEXIST, ENOENT, EINVAL")
{
	long id, other;

	without(KEY);
	GIVES(-ENOENT, CALL(shmget, KEY, 100, 0));
	id = CALL(shmget, KEY, 100, IPC_CREAT | 0600);
	HOLDS(id >= 0 && CALL(shmget, KEY, 0, 0) == id);
	HOLDS(CALL(shmget, KEY, 50, IPC_CREAT) == id);
	GIVES(-EINVAL, CALL(shmget, KEY, 101, 0));
	GIVES(-EEXIST, CALL(shmget, KEY, 100, IPC_CREAT | IPC_EXCL));
	other = CALL(shmget, IPC_PRIVATE, 1, 0600);
	HOLDS(other >= 0 && other != id);
	GIVES(-EINVAL, CALL(shmget, IPC_PRIVATE, 0, 0600));
	GIVES(0, CALL(shmctl, id, IPC_RMID, 0));
	GIVES(0, CALL(shmctl, other, IPC_RMID, 0));
	GIVES(-ENOENT, CALL(shmget, KEY, 100, 0));
}

CONFORM(shmat, "what one process writes another reads")
{
	long id = CALL(shmget, IPC_PRIVATE, 5000, 0600);
	char *first = (char *)CALL(shmat, id, 0, 0);
	const char *second = (char *)CALL(shmat, id, 0, SHM_RDONLY);
	pid_t pid;

	HOLDS((long)first > 0 && first != second);
	CHILD(pid)
		strcpy(first + 4990, "child");
	ended(pid);
	HOLDS(!strcmp(second + 4990, "child"));
	GIVES(-EINVAL, CALL(shmat, id, first + 1, 0));
	GIVES(-EINVAL, CALL(shmat, id, first, 0));
	HOLDS(CALL(shmat, id, first + 8192 + 1, SHM_RND | SHM_REMAP) ==
	      (long)first + 8192);
	GIVES(-EINVAL, CALL(shmat, -1, 0, 0));
	GIVES(0, CALL(shmctl, id, IPC_RMID, 0));
}

CONFORM(shmdt, "once; the last takes what was removed")
{
	long id = CALL(shmget, IPC_PRIVATE, 100, 0600);
	long at = CALL(shmat, id, 0, 0);
	struct shmid_ds status;

	GIVES(0, CALL(shmctl, id, IPC_RMID, 0));
	GIVES(0, CALL(shmctl, id, IPC_STAT, &status));
	HOLDS(status.shm_perm.mode & SHM_DEST && status.shm_nattch == 1);
	GIVES(-EINVAL, CALL(shmdt, at + 1));
	GIVES(0, CALL(shmdt, at));
	GIVES(-EINVAL, CALL(shmdt, at));
	GIVES(-EINVAL, CALL(shmctl, id, IPC_STAT, &status));
}

CONFORM(shmctl, "IPC_STAT, IPC_SET; EINVAL, EFAULT")
{
	long id = CALL(shmget, IPC_PRIVATE, 100, 0640);
	struct shmid_ds status;

	GIVES(0, CALL(shmctl, id, IPC_STAT, &status));
	HOLDS(status.shm_segsz == 100 && status.shm_nattch == 0 &&
	      status.shm_perm.mode == 0640 && status.shm_perm.uid == 0 &&
	      status.shm_cpid == getpid() && status.shm_lpid == 0);
	status.shm_perm.mode = 0600;
	status.shm_perm.uid = 7;
	GIVES(0, CALL(shmctl, id, IPC_SET, &status));
	GIVES(0, CALL(shmctl, id, IPC_STAT, &status));
	HOLDS(status.shm_perm.mode == 0600 && status.shm_perm.uid == 7);
	GIVES(-EINVAL, CALL(shmctl, id, 99, 0));
	GIVES(-EINVAL, CALL(shmctl, -1, IPC_STAT, &status));
	FAULTS(OUT, p, CALL(shmctl, id, IPC_STAT, p));
	FAULTS(IN, p, CALL(shmctl, id, IPC_SET, p));
	GIVES(0, CALL(shmctl, id, IPC_RMID, 0));
}

CONFORM(shmget, "EACCES: another user's")
{
	long id;

	without(KEY);
	id = CALL(shmget, KEY, 100, IPC_CREAT | 0600);
	become(NOBODY);
	GIVES(-EACCES, CALL(shmget, KEY, 100, 0600));
	GIVES(-EACCES, CALL(shmat, id, 0, 0));
	GIVES(-EPERM, CALL(shmctl, id, IPC_RMID, 0));
}

/* semget(2), semop(2), semctl(2) */

static long operate(long id, int number, int change, int flags)
{
	struct sembuf operation = {
		.sem_num = (unsigned short)number, .sem_op = (short)change,
		.sem_flg = (short)flags,
	};

	return CALL(semop, id, &operation, 1);
}

CONFORM(semget, "by key, private, existing; EEXIST, ENOENT, EINVAL")
{
	long id;

	without(KEY);
	GIVES(-ENOENT, CALL(semget, KEY, 2, 0));
	id = CALL(semget, KEY, 2, IPC_CREAT | 0600);
	HOLDS(id >= 0 && CALL(semget, KEY, 0, 0) == id);
	GIVES(-EINVAL, CALL(semget, KEY, 3, 0));
	GIVES(-EEXIST, CALL(semget, KEY, 2, IPC_CREAT | IPC_EXCL));
	GIVES(-EINVAL, CALL(semget, IPC_PRIVATE, 0, 0600));
	GIVES(-EINVAL, CALL(semget, IPC_PRIVATE, -1, 0600));
	GIVES(-EINVAL, CALL(semget, IPC_PRIVATE, 32001, 0600));
	GIVES(0, CALL(semctl, id, 0, IPC_RMID, 0));
}

CONFORM(semop, "all at once or none; IPC_NOWAIT, limits")
{
	long id = CALL(semget, IPC_PRIVATE, 2, 0600);
	struct sembuf both[2] = { { 0, 1, 0 }, { 1, -1, IPC_NOWAIT } };

	GIVES(-EAGAIN, CALL(semop, id, both, 2));
	GIVES(0, CALL(semctl, id, 0, GETVAL, 0));
	GIVES(0, operate(id, 1, 2, 0));
	GIVES(0, CALL(semop, id, both, 2));
	GIVES(1, CALL(semctl, id, 0, GETVAL, 0));
	GIVES(1, CALL(semctl, id, 1, GETVAL, 0));
	GIVES(-EAGAIN, operate(id, 0, 0, IPC_NOWAIT));
	GIVES(-ERANGE, operate(id, 0, 32767, 0));
	GIVES(-EFBIG, operate(id, 2, 1, 0));
	GIVES(-EINVAL, CALL(semop, id, both, 0));
	GIVES(-E2BIG, CALL(semop, id, both, 501));
	GIVES(-EINVAL, CALL(semop, -1, both, 1));
	FAULTS(IN, p, CALL(semop, id, p, 1));
	GIVES(0, CALL(semctl, id, 0, IPC_RMID, 0));
}

CONFORM(semop, "waits for another; SEM_UNDO; EIDRM")
{
	long id = CALL(semget, IPC_PRIVATE, 1, 0600);
	pid_t pid;

	CHILD(pid) {
		nap(20);
		operate(id, 0, 1, SEM_UNDO);
		nap(20);
	}
	GIVES(0, operate(id, 0, -1, 0));
	GIVES(0, operate(id, 0, 1, 0));
	ended(pid);
	GIVES(0, operate(id, 0, 0, 0));
	CHILD(pid) {
		SOON(semctl((int)id, 0, GETNCNT) == 1);
		semctl((int)id, 0, IPC_RMID);
	}
	GIVES(-EIDRM, operate(id, 0, -1, 0));
	ended(pid);
}

CONFORM(semtimedop, "EAGAIN when the time is over; EINVAL")
{
	const struct timespec time = { 0, 10000000 }, wrong = { 0, -1 };
	long id = CALL(semget, IPC_PRIVATE, 1, 0600);
	struct sembuf down = { 0, -1, 0 };

	GIVES(-EAGAIN, CALL(semtimedop, id, &down, 1, &time));
	GIVES(-EINVAL, CALL(semtimedop, id, &down, 1, &wrong));
	GIVES(0, operate(id, 0, 1, 0));
	GIVES(0, CALL(semtimedop, id, &down, 1, 0));
	GIVES(0, CALL(semctl, id, 0, IPC_RMID, 0));
}

CONFORM(semctl, "values, who waits, who was last")
{
	long id = CALL(semget, IPC_PRIVATE, 3, 0600);
	unsigned short set[3] = { 1, 2, 3 }, got[3] = { 0 };
	struct semid_ds status;

	GIVES(0, CALL(semctl, id, 0, SETALL, set));
	GIVES(0, CALL(semctl, id, 0, GETALL, got));
	HOLDS(!memcmp(set, got, sizeof(set)));
	GIVES(0, CALL(semctl, id, 1, SETVAL, 9));
	GIVES(9, CALL(semctl, id, 1, GETVAL, 0));
	GIVES(-ERANGE, CALL(semctl, id, 1, SETVAL, 32768));
	GIVES(-ERANGE, CALL(semctl, id, 1, SETVAL, -1));
	GIVES(-EINVAL, CALL(semctl, id, 3, GETVAL, 0));
	GIVES(0, CALL(semctl, id, 0, GETNCNT, 0));
	GIVES(0, CALL(semctl, id, 0, GETZCNT, 0));
	GIVES(0, operate(id, 2, 1, 0));
	HOLDS(CALL(semctl, id, 2, GETPID, 0) == getpid());
	GIVES(0, CALL(semctl, id, 0, IPC_STAT, &status));
	HOLDS(status.sem_nsems == 3 && status.sem_otime != 0);
	GIVES(-EINVAL, CALL(semctl, id, 0, 99, 0));
	FAULTS(OUT, p, CALL(semctl, id, 0, GETALL, p));
	GIVES(0, CALL(semctl, id, 0, IPC_RMID, 0));
	GIVES(-EINVAL, CALL(semctl, id, 0, GETVAL, 0));
}

/* msgget(2), msgop(2), msgctl(2) */

struct message {
	long type;
	char text[16];
};

CONFORM(msgget, "by key, private, existing; EEXIST, ENOENT")
{
	long id;

	without(KEY);
	GIVES(-ENOENT, CALL(msgget, KEY, 0));
	id = CALL(msgget, KEY, IPC_CREAT | 0600);
	HOLDS(id >= 0 && CALL(msgget, KEY, 0) == id);
	GIVES(-EEXIST, CALL(msgget, KEY, IPC_CREAT | IPC_EXCL));
	GIVES(0, CALL(msgctl, id, IPC_RMID, 0));
}

CONFORM(msgsnd, "EINVAL, EAGAIN when it is full, EFAULT")
{
	long id = CALL(msgget, IPC_PRIVATE, 0600);
	struct message message = { 1, "text" }, none = { 0, "" };
	char *large = memory(8200);

	GIVES(0, CALL(msgsnd, id, &message, 5, 0));
	GIVES(0, CALL(msgsnd, id, &message, 0, 0));
	GIVES(-EINVAL, CALL(msgsnd, id, &none, 1, 0));
	GIVES(-EINVAL, CALL(msgsnd, id, &message, -1, 0));
	*large = 1;
	GIVES(-EINVAL, CALL(msgsnd, id, large, 8193, 0));
	GIVES(0, CALL(msgsnd, id, large, 8192, 0));
	GIVES(-EAGAIN, CALL(msgsnd, id, large, 8192, IPC_NOWAIT));
	GIVES(-EINVAL, CALL(msgsnd, -1, &message, 1, 0));
	FAULTS(IN & ~FAULT_EDGE, p, CALL(msgsnd, id, p, 1, 0));
	GIVES(0, CALL(msgctl, id, IPC_RMID, 0));
}

CONFORM(msgrcv, "the first, of a type, of a type up to; the rest stays")
{
	long id = CALL(msgget, IPC_PRIVATE, 0600);
	struct message message = { 0, "" };

	for (int i = 0; i < 5; i++) {
		message.type = "\5\3\1\4\2"[i];
		message.text[0] = (char)('a' + i);
		NEEDS(CALL(msgsnd, id, &message, 3, 0) == 0);
	}
	GIVES(3, CALL(msgrcv, id, &message, 16, 4, 0));
	HOLDS(message.text[0] == 'd' && message.type == 4);
	GIVES(3, CALL(msgrcv, id, &message, 16, -2, 0));
	HOLDS(message.text[0] == 'c');
	GIVES(3, CALL(msgrcv, id, &message, 16, 5, MSG_EXCEPT));
	HOLDS(message.text[0] == 'b');
	GIVES(-E2BIG, CALL(msgrcv, id, &message, 2, 0, 0));
	GIVES(2, CALL(msgrcv, id, &message, 2, 0, MSG_NOERROR));
	HOLDS(message.text[0] == 'a');
	GIVES(-ENOMSG, CALL(msgrcv, id, &message, 16, 9, IPC_NOWAIT));
	GIVES(-EINVAL, CALL(msgrcv, id, &message, -1, 0, 0));
	GIVES(3, CALL(msgrcv, id, &message, 16, 0, 0));
	HOLDS(message.text[0] == 'e');
	GIVES(0, CALL(msgctl, id, IPC_RMID, 0));
}

CONFORM(msgrcv, "MSG_COPY: the one of that number, which stays")
{
	long id = CALL(msgget, IPC_PRIVATE, 0600);
	struct message message = { 9, "first" };

	NEEDS(CALL(msgsnd, id, &message, 6, 0) == 0);
	strcpy(message.text, "second");
	NEEDS(CALL(msgsnd, id, &message, 7, 0) == 0);
	GIVES(6, CALL(msgrcv, id, &message, 16, 0, MSG_COPY | IPC_NOWAIT));
	HOLDS(!strcmp(message.text, "first"));
	GIVES(7, CALL(msgrcv, id, &message, 16, 1, MSG_COPY | IPC_NOWAIT));
	HOLDS(!strcmp(message.text, "second"));
	GIVES(-ENOMSG, CALL(msgrcv, id, &message, 16, 2,
			    MSG_COPY | IPC_NOWAIT));
	GIVES(-EINVAL, CALL(msgrcv, id, &message, 16, 0, MSG_COPY));
	GIVES(-EINVAL, CALL(msgrcv, id, &message, 16, 0,
			    MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
	GIVES(0, CALL(msgctl, id, IPC_RMID, 0));
}

CONFORM(msgrcv, "waits for another; EIDRM")
{
	long id = CALL(msgget, IPC_PRIVATE, 0600);
	struct message message = { 7, "text" };
	struct msqid_ds status;
	pid_t pid;

	CHILD(pid) {
		nap(20);
		CALL(msgsnd, id, &message, 4, 0);
	}
	GIVES(4, CALL(msgrcv, id, &message, 16, 7, 0));
	ended(pid);
	GIVES(0, CALL(msgctl, id, IPC_STAT, &status));
	HOLDS(status.msg_lspid == pid && status.msg_lrpid == getpid());
	CHILD(pid) {
		nap(20);
		CALL(msgctl, id, IPC_RMID, 0);
	}
	GIVES(-EIDRM, CALL(msgrcv, id, &message, 16, 0, 0));
	ended(pid);
}

CONFORM(msgctl, "IPC_STAT, IPC_SET; EINVAL, EFAULT")
{
	long id = CALL(msgget, IPC_PRIVATE, 0640);
	struct message message = { 1, "text" };
	struct msqid_ds status;

	NEEDS(CALL(msgsnd, id, &message, 4, 0) == 0);
	GIVES(0, CALL(msgctl, id, IPC_STAT, &status));
	HOLDS(status.msg_qnum == 1 && status.__msg_cbytes == 4 &&
	      status.msg_perm.mode == 0640);
	SHOWS(status.msg_qbytes);
	status.msg_qbytes = 4;
	GIVES(0, CALL(msgctl, id, IPC_SET, &status));
	GIVES(-EAGAIN, CALL(msgsnd, id, &message, 1, IPC_NOWAIT));
	GIVES(-EINVAL, CALL(msgctl, id, 99, 0));
	FAULTS(OUT, p, CALL(msgctl, id, IPC_STAT, p));
	GIVES(0, CALL(msgctl, id, IPC_RMID, 0));
	GIVES(-EINVAL, CALL(msgctl, id, IPC_RMID, 0));
}

/* mq_overview(7): the calls' names have no slash. */

static struct mq_attr small = { .mq_maxmsg = 2, .mq_msgsize = 8 };

static long queue(void)
{
	CALL(mq_unlink, "queue");
	return CALL(mq_open, "queue", O_CREAT | O_RDWR | O_NONBLOCK, 0600,
		    &small);
}

CONFORM(mq_open, "creating, opening; EEXIST, ENOENT, EINVAL, ENAMETOOLONG")
{
	struct mq_attr wrong = { .mq_maxmsg = 0, .mq_msgsize = 8 };
	char *name = memory(300);

	GIVES(3, queue());
	GIVES(FD_CLOEXEC, CALL(fcntl, 3, F_GETFD));
	GIVES(-EEXIST, CALL(mq_open, "queue", O_CREAT | O_EXCL, 0600, 0));
	GIVES(4, CALL(mq_open, "queue", O_RDONLY, 0, 0));
	GIVES(0, CALL(mq_unlink, "queue"));
	GIVES(-ENOENT, CALL(mq_open, "queue", O_RDONLY, 0, 0));
	GIVES(-EINVAL, CALL(mq_open, "queue", O_CREAT, 0600, &wrong));
	memset(name, 'x', 256);
	GIVES(-ENAMETOOLONG, CALL(mq_open, name, O_CREAT, 0600, 0));
	GIVES(-EACCES, CALL(mq_open, "a/b", O_CREAT, 0600, 0));
	FAULTS(IN, p, CALL(mq_open, p, O_CREAT, 0600, 0));
}

CONFORM(mq_unlink, "who has it open keeps it")
{
	GIVES(3, queue());
	GIVES(0, CALL(mq_unlink, "queue"));
	GIVES(-ENOENT, CALL(mq_unlink, "queue"));
	GIVES(0, CALL(mq_timedsend, 3, "x", 1, 0, 0));
}

CONFORM(mq_timedsend, "EMSGSIZE, EAGAIN, EINVAL, EBADF; until a time")
{
	const struct timespec past = { 1, 0 }, wrong = { 0, -1 };

	GIVES(3, queue());
	GIVES(-EMSGSIZE, CALL(mq_timedsend, 3, "123456789", 9, 0, 0));
	GIVES(-EINVAL, CALL(mq_timedsend, 3, "x", 1, 32768, 0));
	GIVES(0, CALL(mq_timedsend, 3, "x", 1, 32767, 0));
	GIVES(0, CALL(mq_timedsend, 3, "", 0, 0, 0));
	GIVES(-EAGAIN, CALL(mq_timedsend, 3, "x", 1, 0, 0));
	NEEDS(fcntl(3, F_SETFL, 0) == 0);
	GIVES(-ETIMEDOUT, CALL(mq_timedsend, 3, "x", 1, 0, &past));
	GIVES(-EINVAL, CALL(mq_timedsend, 3, "x", 1, 0, &wrong));
	GIVES(4, CALL(mq_open, "queue", O_RDONLY, 0, 0));
	GIVES(-EBADF, CALL(mq_timedsend, 4, "x", 1, 0, 0));
	GIVES(-EBADF, CALL(mq_timedsend, 0, "x", 1, 0, 0));
	GIVES(0, CALL(mq_unlink, "queue"));
}

CONFORM(mq_timedreceive, "by priority, then by age; EMSGSIZE, EAGAIN, EBADF")
{
	char text[8];
	unsigned priority;

	GIVES(3, queue());
	GIVES(-EAGAIN, CALL(mq_timedreceive, 3, text, 8, 0, 0));
	NEEDS(!CALL(mq_timedsend, 3, "low", 3, 1, 0) &&
	      !CALL(mq_timedsend, 3, "high", 4, 2, 0));
	GIVES(-EMSGSIZE, CALL(mq_timedreceive, 3, text, 7, 0, 0));
	GIVES(4, CALL(mq_timedreceive, 3, text, 8, &priority, 0));
	HOLDS(priority == 2 && !memcmp(text, "high", 4));
	NEEDS(!CALL(mq_timedsend, 3, "next", 4, 1, 0));
	GIVES(3, CALL(mq_timedreceive, 3, text, 8, 0, 0));
	GIVES(4, CALL(mq_timedreceive, 3, text, 8, 0, 0));
	GIVES(4, CALL(mq_open, "queue", O_WRONLY, 0, 0));
	GIVES(-EBADF, CALL(mq_timedreceive, 4, text, 8, 0, 0));
	GIVES(0, CALL(mq_unlink, "queue"));
}

CONFORM(mq_notify, "a signal for the first message; EBUSY, EINVAL")
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
		.sigev_value.sival_int = 5,
	};
	struct timespec limit = { 5, 0 };
	siginfo_t info;
	sigset_t set;
	char text[8];

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEEDS(!sigprocmask(SIG_BLOCK, &set, NULL));
	GIVES(3, queue());
	GIVES(0, CALL(mq_notify, 3, &event));
	GIVES(-EBUSY, CALL(mq_notify, 3, &event));
	NEEDS(!CALL(mq_timedsend, 3, "x", 1, 0, 0));
	GIVES(SIGUSR1, RESULT(sigtimedwait(&set, &info, &limit)));
	HOLDS(info.si_code == SI_MESGQ && info.si_value.sival_int == 5);
	GIVES(1, CALL(mq_timedreceive, 3, text, 8, 0, 0));
	GIVES(0, CALL(mq_notify, 3, &event));
	GIVES(0, CALL(mq_notify, 3, 0));
	event.sigev_signo = 65;
	GIVES(-EINVAL, CALL(mq_notify, 3, &event));
	GIVES(-EBADF, CALL(mq_notify, 0, 0));
	GIVES(0, CALL(mq_unlink, "queue"));
}

CONFORM(mq_getsetattr, "sizes, and O_NONBLOCK; poll")
{
	struct pollfd polled = { .fd = 3, .events = POLLIN | POLLOUT };
	struct mq_attr got, none = { .mq_flags = 0 }, wrong = { .mq_flags = 1 };

	GIVES(3, queue());
	GIVES(0, CALL(mq_getsetattr, 3, 0, &got));
	HOLDS(got.mq_maxmsg == 2 && got.mq_msgsize == 8 &&
	      got.mq_curmsgs == 0 && got.mq_flags == O_NONBLOCK);
	GIVES(0, CALL(mq_getsetattr, 3, &none, 0));
	GIVES(O_RDWR, CALL(fcntl, 3, F_GETFL) & ~0100000);
	GIVES(-EINVAL, CALL(mq_getsetattr, 3, &wrong, 0));
	GIVES(1, CALL(poll, &polled, 1, 0));
	SHOWS(polled.revents);
	NEEDS(!CALL(mq_timedsend, 3, "x", 1, 0, 0));
	GIVES(1, CALL(poll, &polled, 1, 0));
	SHOWS(polled.revents);
	GIVES(-EBADF, CALL(mq_getsetattr, 0, 0, &got));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(mq_getsetattr, 3, 0, p));
	GIVES(0, CALL(mq_unlink, "queue"));
}
