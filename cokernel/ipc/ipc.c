/* SPDX-License-Identifier: GPL-2.0-only */
/* See ipc/ipc.h. */
#include <errno.h>
#include <cpu/clock.h>
#include <fs/inode.h>
#include <ipc/ipc.h>
#include <ipc/mqueue.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/task.h>

#define INDEX_BITS	15		/* of an id */
#define SEQUENCE_MAX	(INT32_MAX >> INDEX_BITS)
#define FIRST_SIZE	16u
#define NSEC_PER_SEC	1000000000ull

uint64_t ipc_now(void)
{
	return clock_realtime() / NSEC_PER_SEC;
}

/* Namespaces. */

struct ipc *ipc_create(void)
{
	struct ipc *ipc = object_alloc(sizeof(*ipc));

	if (!ipc)
		return NULL;
	ipc->users = 1;
	list_init(&ipc->all_queues);
	return ipc;
}

struct ipc *ipc_get(struct ipc *ipc)
{
	ipc->users++;
	return ipc;
}

void ipc_put(struct ipc *ipc)
{
	if (!ipc)
		return;
	ASSERT(ipc->users > 0);
	if (--ipc->users)
		return;
	for (int kind = 0; kind < IPC_KINDS; kind++) {
		struct ipc_table *table = &ipc->tables[kind];

		for (unsigned i = 0; i < table->size; i++)
			if (table->slots[i])
				ipc_remove(table->slots[i]);
		object_free(table->slots);
	}
	mqueue_forget_all(ipc);
	inode_put(ipc->queues);
	object_free(ipc);
}

static struct ipc_table *table_of(const struct ipc_type *type)
{
	return &current()->process->ipc->tables[type->kind];
}

/* Objects. */

struct ipc_object *ipc_object_get(struct ipc_object *object)
{
	object->users++;
	return object;
}

void ipc_object_put(struct ipc_object *object)
{
	ASSERT(object->users > 0);
	if (--object->users == 0)
		object->type->free(object);
}

static int table_grow(struct ipc_table *table)
{
	unsigned size = table->size ? 2 * table->size : FIRST_SIZE;
	struct ipc_object **slots = object_alloc(size * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	if (table->size)
		memcpy(slots, table->slots, table->size * sizeof(*slots));
	object_free(table->slots);
	table->slots = slots;
	table->size = size;
	return 0;
}

/* OBJECT gets the lowest free place, and an id that is not used again soon. */
static int table_add(struct ipc_table *table, struct ipc_object *object)
{
	unsigned index = table->lowest;

	if (table->count >= object->type->limit)
		return -ENOSPC;
	while (index < table->size && table->slots[index])
		index++;
	if (index == table->size && table_grow(table))
		return -ENOMEM;
	table->slots[index] = object;
	table->count++;
	table->lowest = index + 1;
	if (index < table->next && table->sequence++ == SEQUENCE_MAX)
		table->sequence = 0;
	table->next = index + 1;
	object->id = (int)(table->sequence << INDEX_BITS | index);
	return 0;
}

void ipc_remove(struct ipc_object *object)
{
	struct ipc_table *table = &object->ipc->tables[object->type->kind];
	unsigned index = (unsigned)object->id & ((1u << INDEX_BITS) - 1);

	table->slots[index] = NULL;
	table->lowest = MIN(table->lowest, index);
	table->count--;
	object->ipc = NULL;
	object->type->removed(object);
	ipc_object_put(object);
}

static int64_t create(const struct ipc_type *type,
		      const struct ipc_request *request)
{
	const struct process *process = current()->process;
	struct ipc_object *object;
	int error = type->create(request, &object);

	if (error)
		return error;
	object->type = type;
	object->users++;
	object->key = request->key;
	object->uid = object->cuid = process->uid;
	object->gid = object->cgid = process->gid;
	object->mode = (uint32_t)request->flags & 0777;
	object->ctime = ipc_now();
	error = table_add(table_of(type), object);
	if (error) {
		type->removed(object);
		ipc_object_put(object);
		return error;
	}
	object->ipc = process->ipc;
	return object->id;
}

int64_t ipc_open(const struct ipc_type *type,
		 const struct ipc_request *request)
{
	struct ipc_object *object = NULL;
	unsigned i = 0;
	int error;

	if (request->key != IPC_PRIVATE)
		while ((object = ipc_next(type, &i)) &&
		       object->key != request->key)
			;
	if (!object) {
		if (request->key != IPC_PRIVATE &&
		    !(request->flags & IPC_CREAT))
			return -ENOENT;
		return create(type, request);
	}
	if ((request->flags & IPC_CREAT) && (request->flags & IPC_EXCL))
		return -EEXIST;
	if (request->size > type->size(object))
		return -EINVAL;
	error = ipc_may(object, (uint32_t)request->flags & 0777);
	return error ? error : object->id;
}

static struct ipc_object *at(const struct ipc_type *type, int index)
{
	const struct ipc_table *table = table_of(type);

	return index >= 0 && (unsigned)index < table->size ?
		table->slots[index] : NULL;
}

int ipc_find(const struct ipc_type *type, int id, struct ipc_object **result)
{
	struct ipc_object *object = at(type, id & ((1 << INDEX_BITS) - 1));

	if (!object || object->id != id)
		return -EINVAL;
	*result = object;
	return 0;
}

int ipc_find_index(const struct ipc_type *type, int index, uint32_t mode,
		   struct ipc_object **result)
{
	struct ipc_object *object = at(type, index);

	if (!object)
		return -EINVAL;
	*result = object;
	return ipc_may(object, mode);
}

struct ipc_object *ipc_next(const struct ipc_type *type, unsigned *index)
{
	const struct ipc_table *table = table_of(type);

	while (*index < table->size)
		if (table->slots[(*index)++])
			return table->slots[*index - 1];
	return NULL;
}

unsigned ipc_count(const struct ipc_type *type)
{
	return table_of(type)->count;
}

int ipc_highest(const struct ipc_type *type)
{
	const struct ipc_table *table = table_of(type);
	unsigned highest = table->size;

	while (highest > 0 && !table->slots[highest - 1])
		highest--;
	return highest ? (int)highest - 1 : 0;
}

/* Rights. */

int ipc_may(const struct ipc_object *object, uint32_t mode)
{
	const struct process *process = current()->process;
	uint32_t wanted = (mode >> 6 | mode >> 3 | mode) & 7;
	uint32_t granted = object->mode;

	if (process->uid == object->cuid || process->uid == object->uid)
		granted >>= 6;
	else if (process->gid == object->cgid || process->gid == object->gid)
		granted >>= 3;
	return wanted & ~granted && process->uid != 0 ? -EACCES : 0;
}

int ipc_may_control(const struct ipc_object *object)
{
	uint32_t uid = current()->process->uid;

	return uid == 0 || uid == object->cuid || uid == object->uid ? 0 :
		-EPERM;
}

void ipc_describe(const struct ipc_object *object, struct ipc64_perm *to)
{
	to->key = object->key;
	to->uid = object->uid;
	to->gid = object->gid;
	to->cuid = object->cuid;
	to->cgid = object->cgid;
	to->mode = object->mode;
	to->seq = (unsigned short)(object->id >> INDEX_BITS);
}

int ipc_change(struct ipc_object *object, const struct ipc64_perm *from)
{
	if (from->uid == ~0u || from->gid == ~0u)
		return -EINVAL;
	object->uid = from->uid;
	object->gid = from->gid;
	object->mode = (object->mode & ~0777u) | (from->mode & 0777);
	object->ctime = ipc_now();
	return 0;
}
