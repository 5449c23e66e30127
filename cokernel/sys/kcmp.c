// SPDX-License-Identifier: GPL-2.0-only
/* kcmp(2): do two processes have the same thing? */
#include <linux/kcmp.h>
#include <fs/epoll.h>
#include <fs/files.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/identity.h>
#include <task/process.h>

static struct file *file_at(const struct process *process, uint32_t fd)
{
	return process->files ? files_file(process->files, fd) : NULL;
}

/* 0: the same; 1: A comes before B in an order that stays, 2: after it. */
static int64_t order(const void *a, const void *b)
{
	return a == b ? 0 : (uint64_t)a < (uint64_t)b ? 1 : 2;
}

static int64_t order_files(const void *a, const void *b)
{
	return a && b ? order(a, b) : -EBADF;
}

/* Undone with its task; one that has ended has none. */
static const void *undos(int tid)
{
	const struct task *task = process_find_task(tid);

	return task ? task->undos : NULL;
}

/* Each task that has a priority has it for itself. */
static const void *io(int tid)
{
	const struct task *task = process_find_task(tid);

	return task && task->io_priority ? task : NULL;
}

/* FILE, and what an epoll of PROCESS, named at USER, watches. */
static int64_t order_watched(const struct file *file,
			     const struct process *process, uint64_t user)
{
	struct kcmp_epoll_slot slot;
	const struct file *epoll, *target;

	if (get_user(slot, user))
		return -EFAULT;
	epoll = file_at(process, slot.efd);
	if (!file || !epoll)
		return -EBADF;
	if (!epoll_is(epoll))
		return -EINVAL;
	target = epoll_target(epoll, (int)slot.tfd, slot.toff);
	return target ? order(file, target) : -ENOENT;
}

SYSCALL_DEFINE(kcmp)
{
	const struct process *one = process_of_thread((int)a);
	const struct process *two = process_of_thread((int)b);

	if (!one || !two)
		return -ESRCH;
	if (!identity_may_trace(one) || !identity_may_trace(two))
		return -EPERM;
	switch ((int)c) {
	case KCMP_FILE:
		return order_files(file_at(one, (uint32_t)d),
				   file_at(two, (uint32_t)e));
	case KCMP_VM:
		return order(one->aspace, two->aspace);
	case KCMP_FILES:
		return order(one->files, two->files);
	case KCMP_FS:
		return order(one->folders, two->folders);
	case KCMP_SIGHAND:
		return order(one->actions, two->actions);
	case KCMP_IO:
		return order(io((int)a), io((int)b));
	case KCMP_SYSVSEM:
		return order(undos((int)a), undos((int)b));
	case KCMP_EPOLL_TFD:
		return order_watched(file_at(one, (uint32_t)d), two, e);
	}
	return -EINVAL;
}
