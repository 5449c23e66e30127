/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clone(2).  Threads share all that CLONE_THREAD's users share; one with files
 * or folders of its own is -ENOSYS.
 */
#include <errno.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <cpu/fpu.h>
#include <fs/file.h>
#include <fs/files.h>
#include <host/host.h>
#include <host/session.h>
#include <ipc/sem.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/identity.h>
#include <task/pidfd.h>
#include <task/process.h>
#include <task/signal.h>

static int clone_check(const struct clone_request *request)
{
	uint64_t flags = request->flags;

	if (flags & CLONE_SIGHAND && !(flags & CLONE_VM))
		return -EINVAL;
	if (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if (flags & CLONE_SIGHAND && flags & CLONE_CLEAR_SIGHAND)
		return -EINVAL;
	if (flags & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
		     CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
		     CLONE_NEWNET | CLONE_NEWTIME | CLONE_INTO_CGROUP))
		return -EINVAL;
	if (flags & CLONE_THREAD && flags & (CLONE_PIDFD | CLONE_PARENT))
		return -EINVAL;
	if (flags & CLONE_THREAD && (~flags & (CLONE_FILES | CLONE_FS) ||
				     flags & CLONE_VFORK))
		return -ENOSYS;
	/* The MSR that takes it refuses what is not canonical. */
	if (flags & CLONE_SETTLS && request->tls >= USER_TOP)
		return -EPERM;
	return 0;
}

/* What a child has from its parent without a choice. */
static void inherit(struct process *child, const struct process *parent)
{
	struct process_own *own = child->own;

	child->pgid = parent->pgid;
	child->sid = parent->sid;
	child->session = session_get(parent->session);
	child->ipc = ipc_get(parent->ipc);
	child->control = parent->control;
	child->lazy = parent->lazy;
	identity_copy(child, parent);
	memcpy(child->rlimits, parent->rlimits, sizeof(child->rlimits));
	itimer_limit(child);
	own->no_new_privileges = parent->own->no_new_privileges;
	own->dumpable = parent->own->dumpable;
	own->nice = current()->reset_on_fork ? MAX(parent->own->nice, 0) :
		parent->own->nice;
	own->timer_slack = parent->own->timer_slack;
	own->keep_capabilities = parent->own->keep_capabilities;
	own->personality = parent->own->personality;
}

static int share(struct process *child, struct process *parent, uint64_t flags)
{
	child->own->shares_actions = flags & CLONE_SIGHAND;
	child->aspace = flags & CLONE_VM ? aspace_get(parent->aspace) :
		aspace_copy(parent->aspace);
	child->files = flags & CLONE_FILES ? files_get(parent->files) :
		files_copy(parent->files);
	child->folders = flags & CLONE_FS ? folders_get(parent->folders) :
		folders_copy(parent->folders);
	child->actions = flags & CLONE_SIGHAND ? actions_get(parent->actions) :
		actions_copy(parent->actions);
	if (parent->executable) {
		size_t size = strlen(parent->executable) + 1;

		child->executable = object_alloc(size);
		if (!child->executable)
			return -ENOMEM;
		memcpy(child->executable, parent->executable, size);
	}
	if (!child->aspace || !child->files || !child->folders ||
	    !child->actions)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND)
		actions_reset(child->actions);
	return 0;
}

/* The new TASK goes on where the current one called, with a result of 0. */
static void task_copy(struct task *task, const struct clone_request *request)
{
	const struct task *from = current();

	*task->frame = *from->frame;
	task->frame->rax = 0;
	if (request->stack)
		task->frame->rsp = request->stack;
	fpu_save(task->fpu);
	task->fs_base = request->flags & CLONE_SETTLS ? request->tls :
		from->fs_base;
	task->gs_base = from->gs_base;
	task->blocked = from->blocked;
	/* Two tasks that run at once cannot share one. */
	if ((request->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) {
		task->alternate_stack = from->alternate_stack;
		task->alternate_size = from->alternate_size;
		task->alternate_flags = from->alternate_flags;
	}
	/* A copy of the memory has the area where it was registered. */
	if (!(request->flags & CLONE_VM)) {
		task->rseq = from->rseq;
		task->rseq_signature = from->rseq_signature;
		task->rseq_stale = from->rseq != 0;
	}
	task->affinity = from->affinity;
	task->io_priority = from->io_priority;
	if (!from->reset_on_fork) {
		task->policy = from->policy;
		task->priority = from->priority;
	}
	task->memory = from->memory;
	task->urgent = from->urgent;
	task_set_name(task, task_name(current()));
	if (request->flags & CLONE_SYSVSEM)
		task->undos = sem_undos_get(from->undos);
	if (request->flags & CLONE_CHILD_CLEARTID)
		task->clear_child_tid = request->child_tid;
}

/* Only what ends the parent interrupts its sleep. */
static void vfork_sleep(struct process *child, struct vfork_wait *wait)
{
	struct task *task = current();
	uint64_t blocked = task->blocked;

	task->blocked |= ~signal_fatal_mask(task);
	wait_event(&wait->queue, wait->done, 0);
	task->blocked = blocked;
	if (!wait->done)
		child->own->vfork = NULL;
}

/* Numbers that the parent or the child asked to find in memory. */
static int clone_tell(struct process *child, int id,
		      const struct clone_request *request)
{
	int fd;

	if (request->flags & CLONE_PIDFD) {
		fd = pidfd_install(child, 0);
		if (fd < 0)
			return fd;
		if (put_user(fd, request->pidfd)) {
			fd_close(fd);
			return -EFAULT;
		}
	}
	if (request->flags & CLONE_PARENT_SETTID)
		put_user(id, request->parent_tid);
	if (request->flags & CLONE_CHILD_SETTID)
		aspace_write_as_user(child->aspace, request->child_tid, &id,
				     sizeof(id));
	return 0;
}

static int64_t clone_thread(const struct clone_request *request)
{
	struct task *task;

	task = process_add_task(current()->process);
	if (!task)
		return -EAGAIN;
	task_copy(task, request);
	cputime_hasten(task->process);
	clone_tell(task->process, task->tid, request);
	task_wake(task);
	return task->tid;
}

/* RLIMIT_NPROC, which counts threads as well and does not bind root. */
static bool is_one_too_many(const struct process *parent)
{
	uint64_t limit = parent->rlimits[RLIMIT_NPROC][0], n = 0;
	const struct process *process;

	if (parent->uid == 0 || parent->user.real == 0)
		return false;
	list_for_each(process, &process_list, all)
		if (process->user.real == parent->user.real)
			n += MAX(process->own->live, 1u);
	return n >= limit;
}

/* Kernel stacks that programs leave: to idle CPUs and to the control task. */
#define STACKS_LEFT	(PISCES_MAX_CPUS + 256u)

/*
 * Linux's threads-max: kernel stacks take at most an eighth of memory.  The
 * control task can always start a program.
 */
static bool are_too_many(const struct process *parent)
{
	uint64_t most = host_stats->memory_total / (8 * KERNEL_STACK_SIZE);

	most = MIN(MAX(most, 1000u), PAGING_GUARDED_MAX - STACKS_LEFT);
	return !parent->control && host_stats->tasks >= most;
}

int64_t process_clone(const struct clone_request *request)
{
	struct vfork_wait wait = { .done = false };
	struct process *parent = current()->process, *child;
	struct task *task;
	int pid, error = clone_check(request);

	if (!error && (is_one_too_many(parent) || are_too_many(parent)))
		error = -EAGAIN;
	if (error)
		return error;
	process_sweep();
	/* Sent to a group before, they are not missed by a child of it. */
	if (signal_pending(current()))
		return -ERESTARTNOINTR;
	if (request->flags & CLONE_SYSVSEM && sem_undos_prepare())
		return -ENOMEM;
	if (request->flags & CLONE_THREAD)
		return clone_thread(request);
	child = process_create();
	if (!child)
		return -EAGAIN;
	inherit(child, parent);
	error = share(child, parent, request->flags);
	if (error)
		goto discard;
	error = -ENOMEM;
	task = process_first_task(child);
	if (!task)
		goto discard;
	task_copy(task, request);
	error = clone_tell(child, child->pid, request);
	if (error)
		goto discard;
	child->own->exit_signal = request->exit_signal;
	if (request->flags & CLONE_PARENT && parent->parent) {
		child->own->exit_signal = parent->own->exit_signal;
		parent = parent->parent;
	}
	child->parent = parent;
	list_add_tail(&parent->children, &child->sibling);
	pid = child->pid;
	if (request->flags & CLONE_VFORK) {
		wait_queue_init(&wait.queue);
		child->own->vfork = &wait;
	}
	task_wake(task);
	if (request->flags & CLONE_VFORK)
		vfork_sleep(child, &wait);
	return pid;
discard:
	process_discard(child);
	return error;
}
