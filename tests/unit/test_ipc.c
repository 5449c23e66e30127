// SPDX-License-Identifier: GPL-2.0-only
/*
 * System V IPC and POSIX message queues, through their system calls: what needs
 * no second CPU, and what a program cannot bring about.  See ipc.sh.
 *
 * A call that waits calls fake.asleep, which may make further calls, of another
 * process or of one more that waits.
 */
#include "fake_kernel.h"
#include <linux/fcntl.h>
#include <linux/shm.h>
#include <ipc/mqueue.h>
#include <ipc/msg.h>
#include <ipc/sem.h>
#include <ipc/shm.h>
#include <sys/calls.h>
#include "tap.h"

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))
#define KEY	77

/* Memory that is attached, by address; there are no address spaces. */
static struct file *attached[8];

int64_t aspace_map(struct aspace *aspace, uint64_t address, uint64_t length,
		   int prot, int flags, struct file *file, uint64_t offset)
{
	uint64_t i = 1;

	(void)aspace, (void)address, (void)length, (void)prot, (void)flags;
	(void)offset;
	while (i < ARRAY_SIZE(attached) && attached[i])
		i++;
	if (i == ARRAY_SIZE(attached))
		return -ENOMEM;
	attached[i] = file_get(file);
	file->operations->mapped(file, 1);
	return (int64_t)(i * PAGE_SIZE);
}

int aspace_detach(struct aspace *aspace, uint64_t address,
		  const struct file_operations *operations)
{
	struct file *file = attached[address / PAGE_SIZE];

	(void)aspace;
	if (!file || file->operations != operations)
		return -EINVAL;
	attached[address / PAGE_SIZE] = NULL;
	file->operations->mapped(file, -1);
	file_put(file);
	return 0;
}

uint64_t timespec_deadline(uint64_t ns, bool realtime);
uint64_t timespec_deadline(uint64_t ns, bool realtime)
{
	(void)realtime;
	return ns + 1;
}

static struct process *first;

/* The calls that follow are of PROCESS, with what it has to undo. */
static void become(struct process *process, struct sem_undos *undos)
{
	fake.task.process = process;
	fake.task.undos = undos;
}

/* A process with a namespace of its own, and its end. */
static struct process *stranger(void)
{
	struct process *process = fake_process(first);

	ipc_put(process->ipc);
	process->ipc = ipc_create();
	return process;
}

static void end(struct process *process)
{
	fake_process_end(process);
	fake_process_free(process);
}

struct message_buffer {
	int64_t type;
	char text[64];
};

static struct {
	int64_t type;
	char text[8192];
} long_message = { .type = 1 };

static int64_t send(int64_t id, int64_t type, const char *text, int flags)
{
	struct message_buffer message = { .type = type };

	strlcpy(message.text, text, sizeof(message.text));
	return CALL(msgsnd, id, &message, strlen(text), flags);
}

static bool receives(int64_t id, int64_t type, int flags, const char *text)
{
	struct message_buffer message = { .type = 0 };
	int64_t n = CALL(msgrcv, id, &message, sizeof(message.text), type,
			 flags);

	return n == (int64_t)strlen(text) && !memcmp(message.text, text, n);
}

static int64_t operate(int64_t id, int number, int operation, int flags)
{
	struct sembuf op = { (unsigned short)number, (short)operation,
			     (short)flags };

	return CALL(semop, id, &op, 1);
}

static int64_t value(int64_t id, int number)
{
	return CALL(semctl, id, number, GETVAL);
}

/* Everything of every kind, some of it in use. */
static void fill_namespace(void)
{
	int64_t id = CALL(shmget, KEY, 8192, IPC_CREAT | 0600), fd;
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 4096 };

	CHECK(id >= 0 && CALL(shmat, id, 0, 0) > 0);
	CHECK(CALL(shmget, IPC_PRIVATE, 100, 0) >= 0);
	id = CALL(semget, KEY, 100, IPC_CREAT | 0600);
	CHECK(id >= 0 && operate(id, 1, 5, SEM_UNDO) == 0);
	id = CALL(msgget, KEY, IPC_CREAT | 0600);
	CHECK(id >= 0 && send(id, 1, "text", IPC_NOWAIT) == 0);
	for (int i = 0; i < 100; i++)
		CHECK(CALL(msgget, IPC_PRIVATE, 0600) >= 0);
	fd = CALL(mq_open, "q", O_CREAT | O_RDWR, 0600, &attr);
	CHECK(fd >= 0 && CALL(mq_timedsend, fd, attached, 64, 1, 0) == 0);
	CHECK(CALL(mq_timedsend, fd, &long_message, 4096, 1, 0) == 0);
}

static void what_is_left_goes_with_the_last_process(void)
{
	uint64_t frames = fake.frames;
	long objects = fake.objects;
	struct process *process = stranger(), *child;

	become(process, NULL);
	fill_namespace();
	child = fake_process(process);
	sem_undos_leave(&fake.task);
	end(process);
	become(child, NULL);
	CHECK(CALL(semget, KEY, 0, 0) >= 0 && CALL(shmget, KEY, 0, 0) >= 0);
	become(first, NULL);
	CHECK(CALL(semget, KEY, 0, 0) == -ENOENT);
	CHECK(CALL(mq_unlink, "q") == -ENOENT);
	/* A queue that is open elsewhere is nobody's then. */
	ipc_put(child->ipc);
	child->ipc = ipc_create();
	end(child);
	/* Memory stays for who still has it. */
	CHECK(fake.objects > objects);
	CHECK(CALL(shmdt, PAGE_SIZE) == 0);
	CHECK(fake.objects == objects && fake.frames == frames);
}

static void ids_are_not_used_again_soon(void)
{
	int64_t ids[3], id;

	for (int i = 0; i < 3; i++)
		ids[i] = CALL(msgget, IPC_PRIVATE, 0600);
	CHECK(ids[0] == 0 && ids[1] == 1 && ids[2] == 2);
	CHECK(CALL(msgctl, 1, IPC_RMID) == 0);
	CHECK(CALL(msgctl, 1, IPC_RMID) == -EINVAL);
	id = CALL(msgget, IPC_PRIVATE, 0600);
	CHECK(id == (1 << 15 | 1));
	CHECK(CALL(msgctl, 1, IPC_RMID) == -EINVAL);
	CHECK(CALL(msgctl, id, IPC_RMID) == 0);
	for (int i = 0; i < 70000; i++) {
		id = CALL(msgget, IPC_PRIVATE, 0600);
		CHECK(id > 0 && (id & 0x7fff) == 1);
		CHECK(CALL(msgctl, id, IPC_RMID) == 0);
	}
	CHECK(CALL(msgctl, 0, IPC_RMID) == 0);
	CHECK(CALL(msgctl, 2, IPC_RMID) == 0);
}

static void there_are_limits(void)
{
	int64_t id = 0;

	for (int i = 0; i < (int)SHM_LIMIT; i++)
		id |= CALL(shmget, IPC_PRIVATE, 1, 0);
	CHECK(id >= 0 && CALL(shmget, IPC_PRIVATE, 1, 0) == -ENOSPC);
	for (int i = 0; i < (int)SHM_LIMIT; i++)
		CHECK(CALL(shmctl, i, IPC_RMID) == 0);
	CHECK(CALL(shmget, IPC_PRIVATE, 1, SHM_HUGETLB) == -EINVAL);
	CHECK(CALL(shmget, IPC_PRIVATE, 1ull << 40, 0) == -ENOMEM);
	id = CALL(shmget, IPC_PRIVATE, 1ull << 40, SHM_NORESERVE);
	CHECK(id >= 0 && CALL(shmctl, id, IPC_RMID) == 0);
}

/* Without memory a call fails, and all is as before. */
static void without_memory(int64_t (*call)(void))
{
	uint64_t frames = fake.frames;
	long objects = fake.objects, allowed = 0;
	int64_t result;

	do {
		fake.fail_at = ++allowed;
		result = call();
		CHECK(result == -ENOMEM || !result);
		CHECK(fake.objects == objects && fake.frames == frames);
	} while (result == -ENOMEM && allowed < 50);
	fake.fail_at = 0;
	CHECK(!result && allowed > 1);
}

static int64_t use_shm(void)
{
	int64_t id = CALL(shmget, KEY, 100, IPC_CREAT), at;

	if (id < 0)
		return id;
	at = CALL(shmat, id, 0, 0);
	CHECK(CALL(shmctl, id, IPC_RMID) == 0);
	return at < 0 ? at : CALL(shmdt, at);
}

static int64_t use_sem(void)
{
	int64_t id = CALL(semget, KEY, 4, IPC_CREAT), result;

	if (id < 0)
		return id;
	result = operate(id, 0, 1, SEM_UNDO);
	CHECK(result || value(id, 0) == 1);
	sem_undos_leave(&fake.task);
	CHECK(value(id, 0) == 0 && CALL(semctl, id, 0, IPC_RMID) == 0);
	return result;
}

static int64_t use_msg(void)
{
	int64_t id = CALL(msgget, KEY, IPC_CREAT), result;

	if (id < 0)
		return id;
	result = send(id, 1, "x", IPC_NOWAIT);
	CHECK(CALL(msgctl, id, IPC_RMID) == 0);
	return result;
}

static int64_t use_mqueue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	int64_t fd = CALL(mq_open, "q", O_CREAT | O_RDWR, 0600, &attr), result;

	if (fd < 0)
		return fd;
	result = CALL(mq_timedsend, fd, "x", 1, 0, 0);
	fake.fail_at = 0;		/* unlinking, too, needs some */
	CHECK(CALL(close, fd) == 0);
	CHECK(CALL(mq_unlink, "q") == 0);
	return result;
}

static void memory_may_run_out(void)
{
	int64_t own = CALL(mq_open, "first", O_CREAT | O_RDWR, 0600, 0);

	/* What the namespace keeps for later is there now. */
	CHECK(!use_shm() && !use_sem() && !use_msg());
	without_memory(use_shm);
	without_memory(use_sem);
	without_memory(use_msg);
	without_memory(use_mqueue);
	CHECK(CALL(close, own) == 0 && CALL(mq_unlink, "first") == 0);
}

/* Who waits, one after the other: each step is one more that falls asleep. */
static int64_t set_id;
static int step;

static void remove_the_set(void)
{
	CHECK(CALL(semctl, set_id, 0, IPC_RMID) == 0);
}

static void wait_twice_then_add(void)
{
	switch (step++) {
	case 0:			/* the first one waits for 2: so does this */
		CHECK(CALL(semctl, set_id, 0, GETNCNT) == 1);
		CHECK(operate(set_id, 0, -2, 0) == 0);
		break;
	case 1:			/* the second one: this can go on */
		CHECK(CALL(semctl, set_id, 0, GETNCNT) == 2);
		CHECK(operate(set_id, 0, 1, 0) == 0);
		CHECK(operate(set_id, 0, -1, 0) == 0);
		CHECK(CALL(semctl, set_id, 0, GETNCNT) == 2);
		CHECK(operate(set_id, 0, 2, 0) == 0);
		CHECK(CALL(semctl, set_id, 0, GETNCNT) == 1);
		CHECK(operate(set_id, 0, 2, 0) == 0);
		CHECK(CALL(semctl, set_id, 0, GETNCNT) == 0);
		CHECK(value(set_id, 0) == 0);
	}
}

static void semaphores_are_waited_for(void)
{
	const struct sembuf two[] = {
		{ 0, 5, SEM_UNDO }, { 1, -1, IPC_NOWAIT },
	};

	set_id = CALL(semget, IPC_PRIVATE, 2, 0600);
	step = 0;
	fake.asleep = NULL;
	CHECK(operate(set_id, 0, -1, 0) == -EINTR);
	CHECK(CALL(semctl, set_id, 0, GETNCNT) == 0);
	/* All of a call's operations, or none. */
	CHECK(CALL(semop, set_id, two, 2) == -EAGAIN);
	CHECK(value(set_id, 0) == 0 && value(set_id, 1) == 0);
	sem_undos_leave(&fake.task);
	CHECK(value(set_id, 0) == 0);
	fake.asleep = wait_twice_then_add;
	CHECK(operate(set_id, 0, -2, 0) == 0 && step == 2);
	fake.asleep = remove_the_set;
	CHECK(operate(set_id, 0, -1, SEM_UNDO) == -EIDRM);
	sem_undos_leave(&fake.task);
}

static void undoing_is_shared_and_waits_for_the_last(void)
{
	struct task other = fake.task;
	int64_t id = CALL(semget, IPC_PRIVATE, 1, 0600);

	CHECK(sem_undos_prepare() == 0 && sem_undos_prepare() == 0);
	other.undos = sem_undos_get(fake.task.undos);
	CHECK(operate(id, 0, 3, SEM_UNDO) == 0);
	sem_undos_leave(&other);
	CHECK(value(id, 0) == 3);
	sem_undos_leave(&fake.task);
	CHECK(value(id, 0) == 0 && !fake.task.undos);
	sem_undos_leave(&fake.task);
	CHECK(CALL(semctl, id, 0, IPC_RMID) == 0);
}

static int64_t queue_id;

static void remove_the_queue(void)
{
	struct process *before = fake.task.process;

	become(first, NULL);
	CHECK(CALL(msgctl, queue_id, IPC_RMID) == 0);
	become(before, NULL);
}

/* Nobody but user 0 may use the queue any more. */
static void forbid(void)
{
	struct process *before = fake.task.process;
	struct msqid64_ds ds;

	become(first, NULL);
	memset(&ds, 0, sizeof(ds));
	ds.msg_qbytes = 100;
	CHECK(CALL(msgctl, queue_id, IPC_SET, &ds) == 0);
	become(before, NULL);
}

static void forbid_and_remove(void)
{
	forbid();
	remove_the_queue();
}

static void receive_also_then_send(void)
{
	switch (step++) {
	case 0:
		CHECK(receives(queue_id, -3, 0, "second"));
		break;
	case 1:
		CHECK(send(queue_id, 4, "for neither", IPC_NOWAIT) == 0);
		CHECK(send(queue_id, 2, "first", IPC_NOWAIT) == 0);
		CHECK(send(queue_id, 2, "second", IPC_NOWAIT) == 0);
		CHECK(send(queue_id, 2, "third", IPC_NOWAIT) == 0);
	}
}

static void messages_are_waited_for(void)
{
	struct msqid64_ds ds;

	queue_id = CALL(msgget, IPC_PRIVATE, 0600);
	step = 0;
	fake.asleep = NULL;
	CHECK(CALL(msgrcv, queue_id, &ds, 1, 0, 0) == -ERESTARTNOHAND);
	fake.asleep = receive_also_then_send;
	CHECK(receives(queue_id, 2, 0, "first") && step == 2);
	CHECK(receives(queue_id, 0, IPC_NOWAIT, "for neither"));
	CHECK(receives(queue_id, 0, IPC_NOWAIT, "third"));
	/* User 0 may have a queue take more. */
	CHECK(CALL(msgctl, queue_id, IPC_STAT, &ds) == 0);
	ds.msg_qbytes = 1 << 20;
	CHECK(CALL(msgctl, queue_id, IPC_SET, &ds) == 0);
	for (int i = 0; i < 128; i++)
		CHECK(CALL(msgsnd, queue_id, &long_message, 8192,
			   IPC_NOWAIT) == 0);
	CHECK(send(queue_id, 1, "x", IPC_NOWAIT) == -EAGAIN);
	CHECK(CALL(msgctl, queue_id, IPC_RMID) == 0);
}

/* What happens to who waits: RECEIVE or send to a queue that is full. */
static int64_t wait_and_see(bool receive, void (*what)(void))
{
	struct process *process = fake_process(first);
	struct msqid64_ds ds;
	int64_t result;

	queue_id = CALL(msgget, IPC_PRIVATE, 0666);
	CHECK(CALL(msgctl, queue_id, IPC_STAT, &ds) == 0);
	ds.msg_qbytes = 0;
	CHECK(CALL(msgctl, queue_id, IPC_SET, &ds) == 0);
	process->uid = process->gid = 5;
	become(process, NULL);
	fake.asleep = what;
	result = receive ? CALL(msgrcv, queue_id, &ds, 8, 9, 0) :
		send(queue_id, 1, "x", 0);
	become(first, NULL);
	end(process);
	CALL(msgctl, queue_id, IPC_RMID);
	return result;
}

static void who_waits_for_messages_learns_of_changes(void)
{
	for (int receive = 0; receive < 2; receive++) {
		CHECK(wait_and_see(receive, NULL) == -ERESTARTNOHAND);
		CHECK(wait_and_see(receive, forbid) == -EACCES);
		CHECK(wait_and_see(receive, remove_the_queue) == -EIDRM);
		CHECK(wait_and_see(receive, forbid_and_remove) == -EIDRM);
	}
}

static int64_t fd;

static int64_t put(const char *text, unsigned priority)
{
	return CALL(mq_timedsend, fd, text, strlen(text), priority, 0);
}

static bool takes(const char *text)
{
	char buffer[16];
	int64_t n = CALL(mq_timedreceive, fd, buffer, sizeof(buffer), 0, 0);

	return n == (int64_t)strlen(text) && !memcmp(buffer, text, n);
}

static void take_also_then_put(void)
{
	switch (step++) {
	case 0:
		CHECK(takes("b"));
		break;
	case 1:
		fake.asleep = NULL;
		CHECK(put("a", 1) == 0 && put("b", 9) == 0 && put("c", 1) == 0);
		CHECK(put("d", 2) == 0 && put("e", 1) == -ERESTARTSYS);
	}
}

static void put_also_then_take(void)
{
	switch (step++) {
	case 0:
		CHECK(put("second", 2) == 0);
		break;
	case 1:
		CHECK(takes("d") && takes("c") && takes("second"));
		CHECK(takes("first"));
	}
}

static int64_t make_queue(int64_t messages, int64_t size)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = size };

	return CALL(mq_open, "q", O_CREAT | O_RDWR, 0600, &attr);
}

static void queues_are_waited_for(void)
{
	fd = make_queue(2, 16);
	step = 0;
	fake.asleep = take_also_then_put;
	CHECK(takes("a") && step == 2);
	step = 0;
	fake.asleep = put_also_then_take;
	CHECK(put("first", 1) == 0 && step == 2);
	fake.asleep = NULL;
	CHECK(!takes(""));
	CHECK(CALL(close, fd) == 0 && CALL(mq_unlink, "q") == 0);
}

static void who_asked_is_told_while_it_lives(void)
{
	struct sigevent event = { .sigev_signo = 44 };
	struct process *process;

	fd = make_queue(2, 16);
	process = fake_process(first);
	become(process, NULL);
	CHECK(CALL(mq_notify, fd, &event) == 0);
	CHECK(CALL(mq_notify, fd, &event) == -EBUSY);
	become(first, NULL);
	fake.signal = 0;
	CHECK(CALL(mq_notify, fd, &event) == -EBUSY);
	CHECK(put("x", 0) == 0 && fake.signal == 44 && takes("x"));
	/* Another with its number is not who asked. */
	become(process, NULL);
	CHECK(CALL(mq_notify, fd, &event) == 0);
	process->own->serial++;
	become(first, NULL);
	fake.signal = 0;
	CHECK(put("x", 0) == 0 && fake.signal == 0 && takes("x"));
	CHECK(CALL(mq_notify, fd, &event) == 0);
	CHECK(CALL(close, fd) == 0 && CALL(mq_unlink, "q") == 0);
	end(process);
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_signo = 99;
	fd = make_queue(2, 16);
	CHECK(CALL(mq_notify, fd, &event) == -EBADF);
	event.sigev_signo = (int)fd;
	CHECK(CALL(mq_notify, fd, &event) == -ENOTSOCK);
	CHECK(CALL(close, fd) == 0 && CALL(mq_unlink, "q") == 0);
}

static void queues_are_on_an_account(void)
{
	uint64_t *limit = first->rlimits[RLIMIT_MSGQUEUE];

	limit[0] = 1000 * (16 + 48 + 48) - 1;
	CHECK(make_queue(1000, 16) == -EMFILE);
	fd = make_queue(999, 16);
	CHECK(fd >= 0 && CALL(mq_unlink, "q") == 0);
	CHECK(make_queue(1, 16) == -EMFILE);
	CHECK(CALL(close, fd) == 0);
	fd = make_queue(999, 16);
	CHECK(fd >= 0 && CALL(close, fd) == 0 && CALL(mq_unlink, "q") == 0);
	CHECK(make_queue(65537, 16) == -EINVAL);
	first->uid = 5;
	CHECK(make_queue(11, 16) == -EINVAL && make_queue(1, 8193) == -EINVAL);
	first->uid = 0;
	/* No name is left of a queue that got no descriptor. */
	limit = first->rlimits[RLIMIT_NOFILE];
	limit[0] = 0;
	CHECK(make_queue(1, 16) == -EMFILE);
	limit[0] = 1024;
	CHECK(CALL(mq_open, "q", O_RDWR) == -ENOENT);
}

/* Random calls of three processes, which make others while they wait. */

#define ACTORS	3

static struct {
	struct process *process;
	struct sem_undos *undos;
} actors[ACTORS];
static unsigned actor, depth;
static uint64_t random_state = 88172645463325252ull;
static int64_t room[4096];

static uint64_t below(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

static void act_as(unsigned i)
{
	actors[actor].undos = fake.task.undos;
	actor = i;
	become(actors[i].process, actors[i].undos);
}

/* Some operations of semop(2), or a message; or a bad address. */
static void *something(void)
{
	struct sembuf *ops = (struct sembuf *)room;

	for (int i = 0; i < 8; i++)
		ops[i] = (struct sembuf){
			(unsigned short)below(4), (short)(below(9) - 4),
			below(2) ? SEM_UNDO : below(4) ? 0 : IPC_NOWAIT,
		};
	if (below(2))
		room[0] = (int64_t)below(4);
	return below(20) ? room : (void *)8;
}

static uint64_t some_id(void)
{
	unsigned kind = (unsigned)below(IPC_KINDS), index = (unsigned)below(4);
	const struct ipc_table *table =
		&fake.task.process->ipc->tables[kind];

	return below(10) && index < table->size && table->slots[index] ?
		(uint64_t)table->slots[index]->id : below(8);
}

static void random_sysv(void)
{
	uint64_t key = below(4), flags = below(4) << 9 | 0600;
	void *p = something();

	switch (below(11)) {
	case 0:
		CALL(shmget, key, below(20000), flags);
		break;
	case 1:
		CALL(shmat, some_id(), 0, below(2) << 12);
		break;
	case 2:
		CALL(shmdt, below(8) * PAGE_SIZE);
		break;
	case 3:
		CALL(shmctl, some_id(), below(16), p);
		break;
	case 4:
		CALL(semget, key, below(5), flags);
		break;
	case 5:
		CALL(semop, some_id(), p, below(6));
		break;
	case 6:
		CALL(semctl, some_id(), below(5), below(21), p);
		break;
	case 7:
		CALL(msgget, key, flags);
		break;
	case 8:
		CALL(msgsnd, some_id(), p, below(9000), below(2) << 11);
		break;
	case 9:
		CALL(msgrcv, some_id(), p, below(9000), below(7) - 3,
		     below(16) << 11);
		break;
	case 10:
		CALL(msgctl, some_id(), below(14), p);
	}
}

static void random_posix(void)
{
	const char *name = (const char *[]){ "a", "b", "c" }[below(3)];
	struct mq_attr attr = {
		.mq_maxmsg = (long)below(4), .mq_msgsize = (long)below(3000),
	};
	struct sigevent event = { .sigev_notify = (int)below(4) };
	uint64_t some = below(6);

	switch (below(7)) {
	case 0:
		CALL(mq_open, name, below(3) | below(4) << 6, 0600, &attr);
		break;
	case 1:
		CALL(mq_unlink, name);
		break;
	case 2:
		CALL(mq_timedsend, some, something(), below(3000), below(4), 0);
		break;
	case 3:
		CALL(mq_timedreceive, some, room, 3000, 0, 0);
		break;
	case 4:
		CALL(mq_notify, some, below(2) ? &event : NULL);
		break;
	case 5:
		CALL(mq_getsetattr, some, 0, room);
		break;
	case 6:
		CALL(close, some);
	}
}

static void random_call(void)
{
	if (below(2))
		random_sysv();
	else
		random_posix();
}

/* The others go on; now and then nobody does, and all calls are interrupted. */
static void others_go_on(void)
{
	unsigned sleeper = actor;

	if (++depth > 4 || below(8) == 0)
		fake.asleep = NULL;
	act_as((unsigned)below(ACTORS));
	random_call();
	act_as(sleeper);
	depth--;
}

static void replace_actor(unsigned i)
{
	struct process *child = fake_process(actors[i].process);

	act_as(i);
	sem_undos_leave(&fake.task);
	end(actors[i].process);
	actors[i].process = child;
	become(child, NULL);
}

static void random_calls_leave_nothing(void)
{
	long objects = fake.objects;
	uint64_t frames = fake.frames;

	for (unsigned i = 0; i < ACTORS; i++)
		actors[i].process = i ? fake_process(actors[0].process) :
			stranger();
	become(actors[0].process, NULL);
	for (int i = 0; i < 200000; i++) {
		act_as((unsigned)below(ACTORS));
		fake.asleep = others_go_on;
		random_call();
		if (below(500) == 0)
			replace_actor((unsigned)below(ACTORS));
	}
	for (uint64_t i = 1; i < ARRAY_SIZE(attached); i++)
		CALL(shmdt, i * PAGE_SIZE);
	for (unsigned i = 0; i < ACTORS; i++) {
		act_as(i);
		sem_undos_leave(&fake.task);
		end(actors[i].process);
	}
	become(first, NULL);
	fake.asleep = NULL;
	CHECK(fake.objects == objects && fake.frames == frames);
}

static long objects_before;
static uint64_t frames_before;

static void all_memory_is_back(void)
{
	end(first);
	CHECK(fake.objects == objects_before);
	CHECK(fake.frames == frames_before);
}

int main(void)
{
	fake_init();
	objects_before = fake.objects;
	frames_before = fake.frames;
	first = fake_process(fake.task.process);
	ipc_put(first->ipc);
	first->ipc = ipc_create();
	become(first, NULL);
	RUN(what_is_left_goes_with_the_last_process);
	RUN(ids_are_not_used_again_soon);
	RUN(there_are_limits);
	RUN(memory_may_run_out);
	RUN(semaphores_are_waited_for);
	RUN(undoing_is_shared_and_waits_for_the_last);
	RUN(messages_are_waited_for);
	RUN(who_waits_for_messages_learns_of_changes);
	RUN(queues_are_waited_for);
	RUN(who_asked_is_told_while_it_lives);
	RUN(queues_are_on_an_account);
	RUN(random_calls_leave_nothing);
	RUN(all_memory_is_back);
	return tap_end();
}
