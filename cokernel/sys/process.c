/* SPDX-License-Identifier: GPL-2.0-only */
/* clone, fork, exit, wait and pidfd_open, over task/process.h. */
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <fs/file.h>
#include <fs/files.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/usage.h>
#include <task/identity.h>
#include <task/pidfd.h>
#include <task/process.h>
#include <task/signal.h>

/* Making processes. */

int64_t sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid,
		  uint64_t child_tid, uint64_t tls, uint64_t f)
{
	struct clone_request request = {
		.flags = flags & 0xffffffff & ~(uint64_t)(CSIGNAL |
							CLONE_DETACHED),
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
		.child_tid = child_tid,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
	};

	(void)f;
	if (request.exit_signal > SIGNAL_MAX)
		return -EINVAL;
	if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID)
		return -EINVAL;
	return process_clone(&request);
}

static int clone_args_get(struct clone_args *args, uint64_t user,
			  uint64_t size)
{
	const uint64_t known = 0xffffffff | CLONE_CLEAR_SIGHAND |
		CLONE_INTO_CGROUP;
	int error;

	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	error = copy_growing_from_user(args, sizeof(*args), user, size);
	if (error)
		return error;
	if (args->flags & ~known ||
	    args->flags & (CSIGNAL | CLONE_DETACHED) ||
	    args->exit_signal > SIGNAL_MAX ||
	    (args->exit_signal && args->flags & (CLONE_THREAD | CLONE_PARENT)) ||
	    !args->stack != !args->stack_size || args->set_tid_size)
		return -EINVAL;
	return 0;
}

int64_t sys_clone3(uint64_t user, uint64_t size, uint64_t c, uint64_t d,
		   uint64_t e, uint64_t f)
{
	struct clone_args args;
	struct clone_request request;
	int error = clone_args_get(&args, user, size);

	(void)c, (void)d, (void)e, (void)f;
	if (error)
		return error;
	request = (struct clone_request){
		.flags = args.flags,
		.exit_signal = (int)args.exit_signal,
		.stack = args.stack ? args.stack + args.stack_size : 0,
		.tls = args.tls,
		.child_tid = args.child_tid,
		.parent_tid = args.parent_tid,
		.pidfd = args.pidfd,
	};
	return process_clone(&request);
}

int64_t sys_fork(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		 uint64_t f)
{
	struct clone_request request = { .exit_signal = SIGCHLD };

	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	return process_clone(&request);
}

int64_t sys_vfork(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		  uint64_t f)
{
	struct clone_request request = {
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};

	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
	return process_clone(&request);
}

/* Ending them. */

int64_t sys_exit(uint64_t status, uint64_t b, uint64_t c, uint64_t d,
		 uint64_t e, uint64_t f)
{
	(void)b, (void)c, (void)d, (void)e, (void)f;
	/* Of several the last task's status counts. */
	if (current()->process->own->live == 1)
		process_exit((int)(status & 0xff) << 8);
	task_end();
}

int64_t sys_exit_group(uint64_t status, uint64_t b, uint64_t c, uint64_t d,
		       uint64_t e, uint64_t f)
{
	(void)b, (void)c, (void)d, (void)e, (void)f;
	process_exit((int)(status & 0xff) << 8);
}

/* Waiting for them. */

int64_t sys_wait4(uint64_t pid, uint64_t status, uint64_t options,
		  uint64_t user_usage, uint64_t e, uint64_t f)
{
	const uint32_t known = WNOHANG | WUNTRACED | WCONTINUED |
		__WNOTHREAD | __WCLONE | __WALL;
	struct wait_result result;
	struct rusage usage;
	int found;

	(void)e, (void)f;
	if ((uint32_t)options & ~known)
		return -EINVAL;
	if ((int)pid == INT32_MIN)
		return -ESRCH;
	found = process_wait((int)pid, (int)options | WEXITED, &result);
	if (found <= 0)
		return found;
	if (status && put_user(result.status, status))
		return -EFAULT;
	usage_fill(&usage, &result.usage, result.resident_most);
	if (user_usage && put_user(usage, user_usage))
		return -EFAULT;
	return result.pid;
}

static void child_info(const struct wait_result *result, siginfo_t *info)
{
	int status = result->status;

	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = result->pid;
	info->si_uid = result->uid;
	if (status == 0xffff) {
		info->si_code = CLD_CONTINUED;
		info->si_status = SIGCONT;
	} else if ((status & 0x7f) == 0x7f) {
		info->si_code = CLD_STOPPED;
		info->si_status = status >> 8;
	} else if (status & 0x7f) {
		info->si_code = CLD_KILLED;
		info->si_status = status & 0x7f;
	} else {
		info->si_code = CLD_EXITED;
		info->si_status = status >> 8;
	}
}

/* A pidfd's process; a non-blocking one adds WNOHANG to *OPTIONS. */
static int wait_pidfd(int fd, int *options)
{
	struct process *process = NULL;
	struct file *file = fd_get(fd);
	int result;

	if (!file)
		return -EBADF;
	result = pidfd_process(file, &process);
	if (result == -ESRCH)
		result = -ECHILD;
	if (file->flags & O_NONBLOCK)
		*options |= WNOHANG;
	file_put(file);
	return result ? result : process->pid;
}

/* What waitid(2) names, in the terms of process_wait(). */
static int wait_target(int type, int id, int *options)
{
	switch (type) {
	case P_ALL:
		return -1;
	case P_PID:
		return id > 0 ? id : -EINVAL;
	case P_PGID:
		return id >= 0 ? -id : -EINVAL;
	case P_PIDFD:
		return id >= 0 ? wait_pidfd(id, options) : -EINVAL;
	}
	return -EINVAL;
}

int64_t sys_waitid(uint64_t type, uint64_t id, uint64_t user_info,
		   uint64_t user_options, uint64_t user_usage, uint64_t f)
{
	const uint32_t known = WNOHANG | WEXITED | WSTOPPED | WCONTINUED |
		WNOWAIT | __WNOTHREAD | __WCLONE | __WALL;
	int options = (int)user_options, pid, found;
	struct wait_result result;
	struct rusage usage;
	siginfo_t info;

	(void)f;
	if ((uint32_t)options & ~known ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	pid = wait_target((int)type, (int)id, &options);
	if (pid < 0 && type != P_ALL && type != P_PGID)
		return pid;
	if (type == P_PGID && (int)id < 0)
		return -EINVAL;
	found = process_wait(pid, options, &result);
	if (found < 0)
		return found;
	memset(&info, 0, sizeof(info));
	if (found)
		child_info(&result, &info);
	else if (type == P_PIDFD && !(user_options & WNOHANG))
		return -EAGAIN;
	if (user_info && put_user(info, user_info))
		return -EFAULT;
	if (found && user_usage) {
		usage_fill(&usage, &result.usage, result.resident_most);
		if (put_user(usage, user_usage))
			return -EFAULT;
	}
	return 0;
}

int64_t sys_pidfd_open(uint64_t pid, uint64_t flags, uint64_t c, uint64_t d,
		       uint64_t e, uint64_t f)
{
	struct process *process;

	(void)c, (void)d, (void)e, (void)f;
	if ((uint32_t)flags & ~(uint32_t)O_NONBLOCK || (int)pid <= 0)
		return -EINVAL;
	process = process_find((int)pid);
	if (!process)
		return -ESRCH;
	return pidfd_install(process, (int)flags);
}

/* What PROCESS has open as FD becomes ours, too. */
static int64_t take_descriptor(const struct process *process, unsigned fd)
{
	struct file *file;
	int status;

	if (!identity_may_trace(process))
		return -EPERM;
	file = process->files ? files_file(process->files, fd) : NULL;
	if (!file)
		return -EBADF;
	status = fd_install(file_get(file), 0, true);
	if (status < 0)
		file_put(file);
	return status;
}

SYSCALL_DEFINE(pidfd_getfd)
{
	struct process *process;
	struct file *file;
	int64_t status;

	if ((uint32_t)c)
		return -EINVAL;
	file = fd_get((int)a);
	if (!file)
		return -EBADF;
	status = pidfd_process(file, &process);
	file_put(file);
	return status ? status : take_descriptor(process, (unsigned)b);
}
