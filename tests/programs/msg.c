/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msg: System V message queues: which message is received, when calls wait,
 * limits, commands, rights, removal.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/msg.h>
#include <sys/stat.h>

#define KEY	0x5e6b1236
#define LONGEST	8192
#define FULL	16384		/* what a queue takes */

#ifndef MSG_COPY
#define MSG_COPY	040000
#endif

static struct {
	long type;
	char text[LONGEST + 1];
} message;

static int id;

static struct msqid_ds status(void)
{
	struct msqid_ds ds;

	memset(&ds, 0xee, sizeof(ds));
	CHECK(msgctl(id, IPC_STAT, &ds) == 0);
	return ds;
}

static int send(long type, const char *text)
{
	message.type = type;
	strcpy(message.text, text);
	return msgsnd(id, &message, strlen(text), IPC_NOWAIT);
}

/* The next one of TYPE is WHAT, which has the type ITS. */
static int got(long type, int flags, const char *what, long its)
{
	ssize_t n;

	memset(&message, 0, sizeof(message));
	errno = 0;
	n = msgrcv(id, &message, LONGEST, type, flags | IPC_NOWAIT);
	return n == (ssize_t)strlen(what) && message.type == its &&
		strcmp(message.text, what) == 0;
}

static ssize_t receive(size_t room, long type, int flags)
{
	return msgrcv(id, &message, room, type, flags);
}

static int remove_queue(void)
{
	return msgctl(id, IPC_RMID, NULL);
}

static void making(void)
{
	FAILS(msgget(KEY, 0600), ENOENT);
	id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0640);
	CHECK(id >= 0 && msgget(KEY, 0) == id);
	FAILS(msgget(KEY, IPC_CREAT | IPC_EXCL | 0640), EEXIST);
	CHECK(status().msg_qnum == 0 && status().msg_qbytes == FULL);
	CHECK(status().msg_perm.__key == KEY && status().msg_ctime != 0);
	CHECK((status().msg_perm.mode & 07777) == 0640);
	CHECK(status().msg_stime == 0 && status().msg_lspid == 0);
	CHECK(remove_queue() == 0);
	FAILS(remove_queue(), EINVAL);
}

static void choosing(void)
{
	id = msgget(IPC_PRIVATE, 0600);
	CHECK(send(5, "a") == 0 && send(3, "bb") == 0 && send(5, "ccc") == 0);
	CHECK(send(2, "d") == 0 && send(2, "e") == 0 && send(9, "") == 0);
	CHECK(status().msg_qnum == 6 && status().msg_cbytes == 8);
	CHECK(status().msg_lspid == getpid() && status().msg_stime != 0);
	CHECK(got(0, 0, "a", 5));
	FAILS(receive(LONGEST, 4, IPC_NOWAIT), ENOMSG);
	FAILS(receive(LONGEST, -1, IPC_NOWAIT), ENOMSG);
	CHECK(got(-4, 0, "d", 2));
	CHECK(got(2, MSG_EXCEPT, "bb", 3));
	CHECK(got(LONG_MIN, 0, "e", 2));
	CHECK(got(9, 0, "", 9));
	CHECK(status().msg_lrpid == getpid() && status().msg_rtime != 0);
	FAILS(receive(2, 0, IPC_NOWAIT), E2BIG);
	CHECK(status().msg_qnum == 1);
	memset(&message, 0, sizeof(message));
	CHECK(receive(2, 0, IPC_NOWAIT | MSG_NOERROR) == 2);
	CHECK(strcmp(message.text, "cc") == 0 && status().msg_qnum == 0);
	FAILS(receive(LONGEST, 0, IPC_NOWAIT), ENOMSG);
	CHECK(remove_queue() == 0);
}

static void copying(void)
{
	id = msgget(IPC_PRIVATE, 0600);
	CHECK(send(1, "one") == 0 && send(2, "three") == 0);
	FAILS(receive(9, 0, MSG_COPY), EINVAL);
	FAILS(receive(9, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL);
	CHECK(got(1, MSG_COPY, "three", 2));
	CHECK(got(0, MSG_COPY, "one", 1));
	FAILS(receive(9, 2, MSG_COPY | IPC_NOWAIT), ENOMSG);
	FAILS(receive(2, 0, MSG_COPY | IPC_NOWAIT), E2BIG);
	CHECK(status().msg_qnum == 2 && remove_queue() == 0);
}

static void arguments(void)
{
	id = msgget(IPC_PRIVATE, 0600);
	FAILS(send(0, "x"), EINVAL);
	FAILS(send(-3, "x"), EINVAL);
	message.type = 1;
	FAILS(msgsnd(id, &message, LONGEST + 1, IPC_NOWAIT), EINVAL);
	FAILS(msgsnd(id, &message, (size_t)-1, IPC_NOWAIT), EINVAL);
	FAILS(msgsnd(-1, &message, 1, IPC_NOWAIT), EINVAL);
	FAILS(msgsnd(0x7ffffff, &message, 1, IPC_NOWAIT), EINVAL);
	FAILS(msgsnd(id, (void *)1, 1, IPC_NOWAIT), EFAULT);
	FAILS(msgrcv(id, &message, (size_t)-1, 0, IPC_NOWAIT), EINVAL);
	FAILS(msgrcv(-1, &message, 1, 0, IPC_NOWAIT), EINVAL);
	CHECK(send(1, "lost") == 0);
	FAILS(msgrcv(id, (void *)1, 9, 0, IPC_NOWAIT), EFAULT);
	CHECK(status().msg_qnum == 0);
	FAILS(msgctl(id, IPC_STAT, (void *)1), EFAULT);
	FAILS(msgctl(id, IPC_SET, (void *)1), EFAULT);
	FAILS(msgctl(id, 12345, NULL), EINVAL);
	FAILS(msgctl(-1, IPC_STAT, NULL), EINVAL);
	CHECK(remove_queue() == 0);
}

static void telling(void)
{
	struct msginfo info, used;
	struct msqid_ds ds;
	int highest, found = 0;

	id = msgget(IPC_PRIVATE, 0600);
	CHECK(send(1, "12345") == 0);
	highest = msgctl(0, IPC_INFO, (struct msqid_ds *)&info);
	CHECK(highest >= 0 && info.msgmax == LONGEST && info.msgmnb == FULL);
	CHECK(info.msgmni == 32000 && info.msgseg == 0xffff);
	CHECK(msgctl(0, MSG_INFO, (struct msqid_ds *)&used) == highest);
	CHECK(used.msgpool >= 1 && used.msgmap >= 1 && used.msgtql >= 5);
	for (int i = 0; i <= highest; i++)
		found += msgctl(i, MSG_STAT, &ds) == id;
	CHECK(found == 1 && remove_queue() == 0);
}

static void receive_long(void)
{
	memset(&message, 0, sizeof(message));
	CHECK(receive(LONGEST, 7, 0) == LONGEST && message.type == 7);
	CHECK(message.text[0] == 'x' && message.text[LONGEST - 1] == 'x');
}

static void receive_short(void)
{
	FAILS(receive(1, 7, 0), E2BIG);
}

static void receive_eight(void)
{
	CHECK(receive(1, 8, MSG_NOERROR) == 1 && message.text[0] == 'y');
}

static void send_long(void)
{
	message.type = 9;
	memset(message.text, 'x', LONGEST);
	CHECK(msgsnd(id, &message, LONGEST, 0) == 0);
}

static void send_removed(void)
{
	message.type = 1;
	FAILS(msgsnd(id, &message, LONGEST, 0), EIDRM);
}

static void receive_removed(void)
{
	FAILS(receive(LONGEST, 99, 0), EIDRM);
}

/* For the others to be asleep: there is no telling from outside. */
static void pause_for_others(void)
{
	usleep(100000);
}

static void waiting(void)
{
	pid_t pid, too_short, other;

	id = msgget(IPC_PRIVATE, 0600);
	too_short = child(receive_short);
	pause_for_others();
	pid = child(receive_long);
	other = child(receive_eight);
	pause_for_others();
	/* Past the one whose room is too small, to the next one of its type. */
	message.type = 7;
	memset(message.text, 'x', LONGEST);
	CHECK(msgsnd(id, &message, LONGEST, 0) == 0);
	CHECK(ended_well(too_short) && ended_well(pid));
	CHECK(status().msg_qnum == 0 && status().msg_lrpid == pid);
	CHECK(send(8, "yes") == 0 && ended_well(other));
	/* Full: the next one waits for as much room as it needs. */
	for (int i = 0; i < 2; i++)
		CHECK(msgsnd(id, &message, LONGEST, IPC_NOWAIT) == 0);
	FAILS(send(1, "x"), EAGAIN);
	CHECK(send(1, "") == 0 && got(1, 0, "", 1));
	pid = child(send_long);
	pause_for_others();
	CHECK(status().msg_qnum == 2 && receive(LONGEST, 0, 0) == LONGEST);
	CHECK(ended_well(pid) && status().msg_lspid == pid);
	CHECK(receive(LONGEST, 9, IPC_NOWAIT) == LONGEST);
	CHECK(msgsnd(id, &message, LONGEST, IPC_NOWAIT) == 0);
	pid = child(send_removed);
	other = child(receive_removed);
	pause_for_others();
	CHECK(remove_queue() == 0 && ended_well(pid) && ended_well(other));
}

/* What IPC_SET changes is felt by those who wait. */
static void changing(void)
{
	struct msqid_ds ds;
	pid_t pid;

	id = msgget(IPC_PRIVATE, 0600);
	ds = status();
	ds.msg_qbytes = 10;
	CHECK(msgctl(id, IPC_SET, &ds) == 0 && status().msg_qbytes == 10);
	CHECK(send(1, "1234567890") == 0);
	FAILS(send(1, "x"), EAGAIN);
	FAILS(send(1, "12345678901"), EAGAIN);
	pid = child(send_long);
	pause_for_others();
	ds.msg_qbytes = FULL;
	CHECK(msgctl(id, IPC_SET, &ds) == 0 && ended_well(pid));
	CHECK(status().msg_qnum == 2 && remove_queue() == 0);
	/* As many messages as bytes at most, even if they have none. */
	id = msgget(IPC_PRIVATE, 0600);
	ds.msg_qbytes = 2;
	CHECK(msgctl(id, IPC_SET, &ds) == 0);
	CHECK(send(1, "") == 0 && send(1, "") == 0);
	FAILS(send(1, ""), EAGAIN);
	CHECK(remove_queue() == 0);
}

static volatile int caught;

static void handler(int signal)
{
	caught = signal;
}

static void interrupted(void)
{
	struct sigaction action = {
		.sa_handler = handler, .sa_flags = SA_RESTART,
	};

	id = msgget(IPC_PRIVATE, 0600);
	sigaction(SIGALRM, &action, NULL);
	ualarm(20000, 0);
	FAILS(receive(LONGEST, 0, 0), EINTR);
	CHECK(caught == SIGALRM);
	caught = 0;
	message.type = 1;
	for (int i = 0; i < 2; i++)
		CHECK(msgsnd(id, &message, LONGEST, 0) == 0);
	ualarm(20000, 0);
	FAILS(msgsnd(id, &message, LONGEST, 0), EINTR);
	CHECK(caught == SIGALRM && status().msg_qnum == 2);
	CHECK(remove_queue() == 0);
}

static void try_without_rights(void)
{
	struct msqid_ds ds = status();

	FAILS(msgget(KEY, 0600), EACCES);
	FAILS(send(1, "x"), EACCES);
	FAILS(receive(LONGEST, 1, IPC_NOWAIT), ENOMSG);
	FAILS(remove_queue(), EPERM);
	FAILS(msgctl(id, IPC_SET, &ds), EPERM);
}

static void try_without_mode(void)
{
	FAILS(receive(LONGEST, 1, IPC_NOWAIT), EACCES);
	FAILS(send(1, "x"), EACCES);
	FAILS(msgctl(id, IPC_STAT, &(struct msqid_ds){ 0 }), EACCES);
}

static void try_as_owner(void)
{
	struct msqid_ds ds = status();

	ds.msg_qbytes = FULL + 1;
	FAILS(msgctl(id, IPC_SET, &ds), EPERM);
	ds.msg_qbytes = 5;
	CHECK(msgctl(id, IPC_SET, &ds) == 0);
	CHECK(remove_queue() == 0);
}

static void rights(void)
{
	struct msqid_ds ds;

	id = msgget(KEY, IPC_CREAT | 0604);
	CHECK(well_as_nobody(try_without_rights));
	ds = status();
	ds.msg_perm.uid = 65534;
	ds.msg_perm.mode = 04;
	CHECK(msgctl(id, IPC_SET, &ds) == 0 && status().msg_perm.uid == 65534);
	CHECK((status().msg_perm.mode & 07777) == 04);
	CHECK(well_as_nobody(try_without_mode));
	ds.msg_perm.mode = 0600;
	CHECK(msgctl(id, IPC_SET, &ds) == 0);
	CHECK(well_as_nobody(try_as_owner));
}

/* Many at once, whose numbers must all arrive. */
static void send_many(void)
{
	for (int i = 1; i <= 500; i++) {
		message.type = 1 + i % 3;
		memcpy(message.text, &i, sizeof(i));
		CHECK(msgsnd(id, &message, (size_t)(4 + i * 3), 0) == 0);
	}
}

static void crowd(void)
{
	pid_t senders[4];
	long sum = 0;
	int n;

	id = msgget(IPC_PRIVATE, 0600);
	for (int i = 0; i < 4; i++)
		senders[i] = child(send_many);
	for (int i = 0; i < 2000; i++) {
		CHECK(receive(LONGEST, i % 2 ? -3 : 0, 0) > 0);
		memcpy(&n, message.text, sizeof(n));
		sum += n;
	}
	CHECK(sum == 4 * 500 * 501 / 2);
	for (int i = 0; i < 4; i++)
		CHECK(ended_well(senders[i]));
	CHECK(status().msg_qnum == 0 && remove_queue() == 0);
}

int main(void)
{
	msgctl(msgget(KEY, 0), IPC_RMID, NULL);
	making();
	choosing();
	copying();
	arguments();
	telling();
	waiting();
	changing();
	interrupted();
	rights();
	crowd();
	return conclude("msg");
}
