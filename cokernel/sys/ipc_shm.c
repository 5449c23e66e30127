/* SPDX-License-Identifier: GPL-2.0-only */
/* shmget(2), shmat(2), shmdt(2), shmctl(2), over ipc/shm.h. */
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>
#include <linux/shm.h>
#include <ipc/shm.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/process.h>

SYSCALL_DEFINE(shmget)
{
	struct ipc_request request = {
		.key = (int)a, .size = b, .flags = (int)c,
	};

	return ipc_open(&shm_type, &request);
}

/* What shmat(2) was asked, in mmap(2)'s terms. */
struct attach {
	uint64_t address;
	int prot, flags;
	int mode;		/* O_RDONLY or O_RDWR */
	uint32_t rights;	/* IPC_* */
};

static int attach_address(struct attach *attach, uint64_t address, int flags)
{
	attach->address = address;
	if (!address)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (flags & SHM_RND) {
		attach->address = ALIGN_DOWN(address, PAGE_SIZE);
		if (!attach->address && flags & SHM_REMAP)
			return -EINVAL;
	}
	attach->flags |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	return attach->address % PAGE_SIZE ? -EINVAL : 0;
}

static int attach_parse(struct attach *attach, uint64_t address, int flags)
{
	*attach = (struct attach){
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED | MAP_ANONYMOUS,
		.mode = O_RDWR,
		.rights = IPC_READ | IPC_WRITE,
	};
	if (flags & SHM_RDONLY) {
		attach->prot = PROT_READ;
		attach->mode = O_RDONLY;
		attach->rights = IPC_READ;
	}
	if (flags & SHM_EXEC) {
		attach->prot |= PROT_EXEC;
		attach->rights |= IPC_EXECUTE;
	}
	return attach_address(attach, address, flags);
}

SYSCALL_DEFINE(shmat)
{
	struct ipc_object *object;
	struct attach attach;
	struct file *file;
	int64_t result = attach_parse(&attach, b, (int)c);

	if (!result)
		result = ipc_find(&shm_type, (int)a, &object);
	if (!result)
		result = ipc_may(object, attach.rights);
	if (!result)
		result = shm_open_file(shm_of(object), attach.mode, &file);
	if (result)
		return result;
	if (shm_of(object)->on_touch)
		attach.flags |= MAP_NORESERVE;
	result = aspace_map(current()->process->aspace, attach.address,
			    shm_of(object)->size, attach.prot, attach.flags,
			    file, 0);
	file_put(file);
	return result == -EEXIST ? -EINVAL : result;
}

SYSCALL_DEFINE(shmdt)
{
	if (a % PAGE_SIZE)
		return -EINVAL;
	return aspace_detach(current()->process->aspace, a, &shm_file);
}

/* IPC_INFO and SHM_INFO: what they return. */

static int64_t limits(uint64_t user)
{
	struct shminfo64 info = {
		.shmmax = SHM_BYTES_MAX,
		.shmmin = 1,
		.shmmni = SHM_LIMIT,
		.shmseg = SHM_LIMIT,
		.shmall = SHM_PAGES_MAX,
	};

	return put_user(info, user) ? -EFAULT : ipc_highest(&shm_type);
}

static int64_t totals(uint64_t user)
{
	const struct ipc_object *object;
	struct shm_info info;
	unsigned i = 0;

	memset(&info, 0, sizeof(info));
	info.used_ids = (int)ipc_count(&shm_type);
	while ((object = ipc_next(&shm_type, &i))) {
		const struct shm *shm = container_of(object, const struct shm,
						     object);

		info.shm_tot += shm_pages(shm);
		info.shm_rss += shm_resident(shm);
	}
	return put_user(info, user) ? -EFAULT : ipc_highest(&shm_type);
}

static int64_t status(const struct shm *shm, uint64_t user)
{
	struct shmid64_ds status;

	memset(&status, 0, sizeof(status));
	ipc_describe(&shm->object, &status.shm_perm);
	status.shm_segsz = shm->size;
	status.shm_atime = (long)shm->atime;
	status.shm_dtime = (long)shm->dtime;
	status.shm_ctime = (long)shm->object.ctime;
	status.shm_cpid = shm->creator;
	status.shm_lpid = shm->last;
	status.shm_nattch = shm->attaches;
	return put_user(status, user);
}

static int64_t set(struct shm *shm, const struct shmid64_ds *wanted)
{
	int error = ipc_may_control(&shm->object);

	return error ? error : ipc_change(&shm->object, &wanted->shm_perm);
}

static int64_t remove(struct shm *shm)
{
	int error = ipc_may_control(&shm->object);

	if (!error)
		shm_remove(shm);
	return error;
}

/* Nothing is ever paged out: only the mode tells. */
static int64_t lock(struct shm *shm, bool on)
{
	if (ipc_may_control(&shm->object))
		return -EPERM;
	if (on && current()->process->uid != 0 &&
	    !current()->process->rlimits[RLIMIT_MEMLOCK][0])
		return -EPERM;
	shm->object.mode &= ~SHM_LOCKED;
	shm->object.mode |= on ? SHM_LOCKED : 0;
	return 0;
}

/* SHM_STAT and SHM_STAT_ANY: by index; returns the id. */
static int64_t status_at(int index, uint64_t user, bool any)
{
	struct ipc_object *object;
	int64_t error = ipc_find_index(&shm_type, index, any ? 0 : IPC_READ,
				       &object);

	if (!error)
		error = status(shm_of(object), user);
	return error ? error : object->id;
}

SYSCALL_DEFINE(shmctl)
{
	struct shmid64_ds wanted;
	struct ipc_object *object;
	int id = (int)a, command = (int)b, error;

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
		return limits(c);
	case SHM_INFO:
		return totals(c);
	case SHM_STAT:
	case SHM_STAT_ANY:
		return status_at(id, c, command == SHM_STAT_ANY);
	case IPC_SET:
		if (get_user(wanted, c))
			return -EFAULT;
	}
	error = ipc_find(&shm_type, id, &object);
	if (error)
		return error;
	switch (command) {
	case IPC_STAT:
		error = ipc_may(object, IPC_READ);
		return error ? error : status(shm_of(object), c);
	case IPC_SET:
		return set(shm_of(object), &wanted);
	case IPC_RMID:
		return remove(shm_of(object));
	case SHM_LOCK:
	case SHM_UNLOCK:
		return lock(shm_of(object), command == SHM_LOCK);
	}
	return -EINVAL;
}
