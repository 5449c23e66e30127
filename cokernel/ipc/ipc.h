/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interprocess communication: what shared memory segments, semaphore sets and
 * message queues (sysvipc(7)) have in common, and the namespaces that hold them
 * and POSIX message queues (mq_overview(7)).
 *
 * The processes of a session share one namespace, and no other process reaches
 * it.  It goes with the last of them and takes along all that is in it, so that
 * a program leaves nothing behind in the enclave; memory that is attached stays
 * until it is detached.
 *
 * Limits are those that Linux starts with.  Whoever is user 0 has all rights.
 *
 * Locking: the kernel lock.  Who sleeps keeps a user of the object, and looks at
 * its IPC afterwards, whether it has been removed.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include <linux/ipc.h>
#include <lib/list.h>
#include <lib/types.h>

struct inode;

enum ipc_kind {
	IPC_KIND_SHM, IPC_KIND_SEM, IPC_KIND_MSG,
	IPC_KINDS,
};

struct ipc_type;

/* What is found by id or key; the first member of the kinds' structures. */
struct ipc_object {
	const struct ipc_type *type;
	unsigned users;
	struct ipc *ipc;		/* NULL: removed */
	int id;
	int key;			/* IPC_PRIVATE: not found by a key */
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint64_t ctime;			/* s since 1970 */
};

/* Arguments of shmget(2), semget(2), msgget(2). */
struct ipc_request {
	int key, flags;
	uint64_t size;			/* bytes; semaphores; 0 */
};

struct ipc_type {
	enum ipc_kind kind;
	unsigned limit;			/* of objects in a namespace */
	/* One for REQUEST, whose common part the caller fills in; -errno. */
	int (*create)(const struct ipc_request *request,
		      struct ipc_object **result);
	/* How much at most REQUEST may say of an existing one. */
	uint64_t (*size)(const struct ipc_object *object);
	void (*removed)(struct ipc_object *object); /* let go of who waits */
	void (*free)(struct ipc_object *object);    /* the last user is gone */
};

/* The objects of one kind, at the places that their ids' lower bits say. */
struct ipc_table {
	struct ipc_object **slots;	/* NULL: free */
	unsigned size, count;
	unsigned lowest;		/* below it no slot is free */
	unsigned next;			/* after the slot taken last */
	unsigned sequence;		/* the ids' upper bits */
};

struct ipc {
	unsigned users;			/* processes */
	struct ipc_table tables[IPC_KINDS];
	struct inode *queues;		/* POSIX ones by name, or NULL */
	struct list all_queues;		/* also those without a name */
};

struct ipc *ipc_create(void);		/* NULL without memory */
struct ipc *ipc_get(struct ipc *ipc);
void ipc_put(struct ipc *ipc);		/* NULL is fine */

/* All below is about the current process and its namespace. */

/* The id of what REQUEST asks for: -ENOENT, -EEXIST, -EACCES, -ENOSPC... */
int64_t ipc_open(const struct ipc_type *type,
		 const struct ipc_request *request);
/* By id; valid until the caller sleeps.  -EINVAL. */
int ipc_find(const struct ipc_type *type, int id, struct ipc_object **result);
/* The first one at *INDEX or above, which becomes the next index; or NULL. */
struct ipc_object *ipc_next(const struct ipc_type *type, unsigned *index);
/* As SHM_STAT counts: the one at INDEX, to do MODE with.  -EINVAL, -EACCES. */
int ipc_find_index(const struct ipc_type *type, int index, uint32_t mode,
		   struct ipc_object **result);
/* How many there are, and the highest index of one, or 0. */
unsigned ipc_count(const struct ipc_type *type);
int ipc_highest(const struct ipc_type *type);

#define IPC_READ	0444u
#define IPC_WRITE	0222u
#define IPC_EXECUTE	0111u

/* May it do MODE with it, as ipc(5) says?  0 or -EACCES. */
int ipc_may(const struct ipc_object *object, uint32_t mode);
/* May it change or remove it?  0 or -EPERM. */
int ipc_may_control(const struct ipc_object *object);

struct ipc_object *ipc_object_get(struct ipc_object *object);
void ipc_object_put(struct ipc_object *object);
/* Its id is no more, and neither is the namespace's use of it. */
void ipc_remove(struct ipc_object *object);

void ipc_describe(const struct ipc_object *object, struct ipc64_perm *to);
/* IPC_SET: owner, group, mode, and ctime is now.  -EINVAL. */
int ipc_change(struct ipc_object *object, const struct ipc64_perm *from);

uint64_t ipc_now(void);			/* s since 1970 */

/* /proc/sysvipc, and what of /proc/sys is about this (ipc/proc.c). */
int ipc_populate(struct inode *proc);	/* -ENOMEM */

#endif
