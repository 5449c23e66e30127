/* SPDX-License-Identifier: GPL-2.0-only */
/* See ipc/shm.h. */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/shm.h>
#include <fs/inode.h>
#include <ipc/shm.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>

/* A region of FILE came (1) or went (-1). */
static void shm_mapped(struct file *file, int change)
{
	struct shm *shm = file->inode->private;

	shm->last = current()->process->pid;
	if (change > 0) {
		shm->atime = ipc_now();
		shm->attaches++;
		return;
	}
	shm->dtime = ipc_now();
	if (--shm->attaches == 0 && shm->object.ipc &&
	    (shm->object.mode & SHM_DEST))
		ipc_remove(&shm->object);
}

const struct file_operations shm_file = { .mapped = shm_mapped };

static void shm_inode_release(struct inode *inode)
{
	struct shm *shm = inode->private;

	ipc_object_put(&shm->object);
}

static const struct inode_operations shm_inode = {
	.file = &shm_file,
	.release = shm_inode_release,
};

static int shm_check(const struct ipc_request *request)
{
	if (request->size == 0 || request->size > SHM_BYTES_MAX)
		return -EINVAL;
	/* No page is of the sizes that this asks for. */
	if (request->flags & SHM_HUGETLB)
		return -EINVAL;
	if (!(request->flags & SHM_NORESERVE) && !frame_ensure(request->size))
		return -ENOMEM;
	return request->size > DATA_MAX ? -ENOMEM : 0;
}

static int shm_create(const struct ipc_request *request,
		      struct ipc_object **result)
{
	int error = shm_check(request);
	struct shm *shm;

	if (error)
		return error;
	shm = object_alloc(sizeof(*shm));
	if (!shm)
		return -ENOMEM;
	shm->inode = inode_create(&shm_inode, S_IFREG | 0600);
	if (!shm->inode) {
		object_free(shm);
		return -ENOMEM;
	}
	snprintf(shm->name, sizeof(shm->name), "/SYSV%08x (deleted)",
		 (unsigned)request->key);
	shm->inode->name = shm->name;
	shm->inode->size = request->size;
	shm->inode->private = shm;
	shm->size = request->size;
	shm->on_touch = request->flags & SHM_NORESERVE;
	shm->creator = current()->process->pid;
	shm->object.users = 1;		/* the inode */
	*result = &shm->object;
	return 0;
}

static uint64_t shm_size(const struct ipc_object *object)
{
	return container_of(object, const struct shm, object)->size;
}

static void shm_removed(struct ipc_object *object)
{
	inode_put(shm_of(object)->inode);
}

static void shm_free(struct ipc_object *object)
{
	object_free(shm_of(object));
}

const struct ipc_type shm_type = {
	.kind = IPC_KIND_SHM,
	.limit = SHM_LIMIT,
	.create = shm_create,
	.size = shm_size,
	.removed = shm_removed,
	.free = shm_free,
};

int shm_open_file(struct shm *shm, int flags, struct file **result)
{
	return inode_open(shm->inode, flags, result);
}

void shm_remove(struct shm *shm)
{
	if (shm->attaches == 0) {
		ipc_remove(&shm->object);
		return;
	}
	shm->object.mode |= SHM_DEST;
	shm->object.key = IPC_PRIVATE;
}

uint64_t shm_pages(const struct shm *shm)
{
	return ALIGN_UP(shm->size, PAGE_SIZE) / PAGE_SIZE;
}

uint64_t shm_resident(const struct shm *shm)
{
	return shm->inode->data.frames;
}
