/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/sysvipc, in columns as ipcs(1) reads them, and the limits in
 * /proc/sys/kernel and /proc/sys/fs/mqueue: of the reader's namespace.
 */
#include <errno.h>
#include <fs/text.h>
#include <ipc/mqueue.h>
#include <ipc/msg.h>
#include <ipc/sem.h>
#include <ipc/shm.h>

static void shm_lines(struct text *text, struct inode *inode)
{
	struct ipc_object *o;
	unsigned i = 0;

	(void)inode;
	text_print(text, "       key      shmid perms                  size  "
		   "cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
		   "dtime      ctime                   rss                  "
		   "swap\n");
	while ((o = ipc_next(&shm_type, &i))) {
		const struct shm *shm = shm_of(o);

		text_print(text, "%10d %10d  %4o %21lu %5d %5d  %5lu %5u %5u "
			   "%5u %5u %10lu %10lu %10lu %21llu %21u\n", o->key,
			   o->id, o->mode, shm->size, shm->creator, shm->last,
			   shm->attaches, o->uid, o->gid, o->cuid, o->cgid,
			   shm->atime, shm->dtime, o->ctime,
			   shm_resident(shm) * PAGE_SIZE, 0);
	}
}

static void sem_lines(struct text *text, struct inode *inode)
{
	struct ipc_object *o;
	unsigned i = 0;

	(void)inode;
	text_print(text, "       key      semid perms      nsems   uid   gid  "
		   "cuid  cgid      otime      ctime\n");
	while ((o = ipc_next(&sem_type, &i))) {
		const struct sem_set *set = sem_set_of(o);

		text_print(text, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu "
			   "%10lu\n", o->key, o->id, o->mode, set->count,
			   o->uid, o->gid, o->cuid, o->cgid, set->otime,
			   o->ctime);
	}
}

static void msg_lines(struct text *text, struct inode *inode)
{
	struct ipc_object *o;
	unsigned i = 0;

	(void)inode;
	text_print(text, "       key      msqid perms      cbytes       qnum "
		   "lspid lrpid   uid   gid  cuid  cgid      stime      rtime  "
		   "    ctime\n");
	while ((o = ipc_next(&msg_type, &i))) {
		const struct msg_queue *queue = msg_queue_of(o);

		text_print(text, "%10d %10d  %4o  %10lu %10lu %5d %5d %5u %5u "
			   "%5u %5u %10lu %10lu %10lu\n", o->key, o->id,
			   o->mode, queue->bytes, queue->count, queue->sender,
			   queue->receiver, o->uid, o->gid, o->cuid, o->cgid,
			   queue->stime, queue->rtime, o->ctime);
	}
}

/* A file with a limit, in each of the ways that there are to write one. */
#define LIMIT(name, format, ...)					\
static void name##_line(struct text *text, struct inode *inode)	\
{									\
	(void)inode;							\
	text_print(text, format "\n", __VA_ARGS__);			\
}
#define SOURCE(name)	{ #name, name##_line }

LIMIT(shmmax, "%llu", SHM_BYTES_MAX)
LIMIT(shmall, "%llu", SHM_PAGES_MAX)
LIMIT(shmmni, "%u", SHM_LIMIT)
LIMIT(sem, "%d\t%d\t%d\t%d", SEMMSL, SEMMNS, SEMOPM, SEMMNI)
LIMIT(msgmax, "%d", MSGMAX)
LIMIT(msgmnb, "%d", MSGMNB)
LIMIT(msgmni, "%d", MSGMNI)
LIMIT(msg_default, "%d", MQ_MESSAGES_DEFAULT)
LIMIT(msg_max, "%d", MQ_MESSAGES_MAX)
LIMIT(msgsize_default, "%d", MQ_SIZE_DEFAULT)
LIMIT(msgsize_max, "%d", MQ_SIZE_MAX)
LIMIT(queues_max, "%d", MQ_QUEUES_MAX)

static const struct text_source objects[] = {
	{ "shm", shm_lines }, { "sem", sem_lines }, { "msg", msg_lines },
};

static const struct text_source limits[] = {
	SOURCE(shmmax), SOURCE(shmall), SOURCE(shmmni), SOURCE(sem),
	SOURCE(msgmax), SOURCE(msgmnb), SOURCE(msgmni),
};

static const struct text_source queue_limits[] = {
	SOURCE(msg_default), SOURCE(msg_max), SOURCE(msgsize_default),
	SOURCE(msgsize_max), SOURCE(queues_max),
};

static const struct {
	const char *path[3];		/* below /proc */
	const struct text_source *files;
	size_t count;
} folders[] = {
	{ { "sysvipc" }, objects, ARRAY_SIZE(objects) },
	{ { "sys", "kernel" }, limits, ARRAY_SIZE(limits) },
	{ { "sys", "fs", "mqueue" }, queue_limits, ARRAY_SIZE(queue_limits) },
};

int ipc_populate(struct inode *proc)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct inode *folder = proc;
		int error = 0;

		for (int j = 0; j < 3 && folders[i].path[j] && !error; j++)
			error = text_folder(folder, folders[i].path[j],
					    &folder);
		if (!error)
			error = text_populate(folder, folders[i].files,
					      folders[i].count);
		if (error)
			return error;
	}
	return 0;
}
