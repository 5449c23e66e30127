/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending signals. */
#include <linux/fcntl.h>
#include <fs/file.h>
#include <fs/inode.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/pidfd.h>
#include <task/process.h>
#include <task/signal.h>

static bool may_signal(const struct process *to, int signal)
{
	const struct process *self = current()->process;

	return self->uid == 0 || self->uid == to->user.real ||
		self->uid == to->user.saved ||
		self->user.real == to->user.real ||
		self->user.real == to->user.saved ||
		(signal == SIGCONT && self->sid == to->sid);
}

static void info_from_self(siginfo_t *info, int signal, int code)
{
	const struct process *self = current()->process;

	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	info->si_code = code;
	info->si_pid = self->pid;
	info->si_uid = self->user.real;
}

/* Signal 0 only asks whether it would be allowed. */
static int send(struct process *process, const siginfo_t *info)
{
	if (!process)
		return -ESRCH;
	if (info->si_signo < 0 || info->si_signo > SIGNAL_MAX)
		return -EINVAL;
	if (!may_signal(process, info->si_signo))
		return -EPERM;
	return info->si_signo ? signal_process(process, info) : 0;
}

/* To all in group PGID, or (0) to all but the caller and the control task. */
static int64_t send_many(int pgid, const siginfo_t *info)
{
	const struct process *self = current()->process;
	struct process *process;
	int64_t result = -ESRCH;

	list_for_each(process, &process_list, all) {
		int error;

		if (pgid ? process->pgid != pgid :
		    process == self || process->pid == 1)
			continue;
		error = send(process, info);
		if (!error || result == -ESRCH)
			result = error;
	}
	return result;
}

SYSCALL_DEFINE(kill)
{
	int pid = (int)a, signal = (int)b;
	siginfo_t info;

	info_from_self(&info, signal, SI_USER);
	if (pid > 0)
		return send(process_of_thread(pid), &info);
	if (pid == -1)
		return send_many(0, &info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return send_many(pid ? -pid : current()->process->pgid, &info);
}

/* To the task TID; of process PID unless that is 0. */
static int64_t send_task(int pid, int tid, const siginfo_t *info)
{
	struct task *task = process_find_task(tid);

	if (!task || (pid && task->process->pid != pid))
		return -ESRCH;
	if (!may_signal(task->process, info->si_signo))
		return -EPERM;
	return info->si_signo ? signal_task(task, info) : 0;
}

SYSCALL_DEFINE(tkill)
{
	siginfo_t info;

	if ((int)a <= 0 || (int)b < 0 || (int)b > SIGNAL_MAX)
		return -EINVAL;
	info_from_self(&info, (int)b, SI_TKILL);
	return send_task(0, (int)a, &info);
}

SYSCALL_DEFINE(tgkill)
{
	siginfo_t info;

	if ((int)a <= 0 || (int)b <= 0 || (int)c < 0 || (int)c > SIGNAL_MAX)
		return -EINVAL;
	info_from_self(&info, (int)c, SI_TKILL);
	return send_task((int)a, (int)b, &info);
}

/* A siginfo of the program's making; only to itself may it look official. */
static int64_t get_info(siginfo_t *info, int signal, uint64_t user, bool self)
{
	if (get_user(*info, user))
		return -EFAULT;
	info->si_signo = signal;
	if (!self && (info->si_code >= 0 || info->si_code == SI_TKILL))
		return -EPERM;
	return signal < 0 || signal > SIGNAL_MAX ? -EINVAL : 0;
}

SYSCALL_DEFINE(rt_sigqueueinfo)
{
	siginfo_t info;
	int64_t error = get_info(&info, (int)b, c, (int)a == current()->tid);

	if (error)
		return error;
	return send((int)a > 0 ? process_of_thread((int)a) : NULL, &info);
}

SYSCALL_DEFINE(rt_tgsigqueueinfo)
{
	siginfo_t info;
	int64_t error;

	if ((int)a <= 0 || (int)b <= 0)
		return -EINVAL;
	error = get_info(&info, (int)c, d, (int)b == current()->tid);
	return error ? error : send_task((int)a, (int)b, &info);
}

/* Of a pidfd, or of an open folder /proc/PID.  0, -EBADF, -ESRCH. */
static int process_of(struct file *file, struct process **process)
{
	int pid = file->flags & O_PATH ? 0 : proc_pid(file->inode);

	if (!pid)
		return pidfd_process(file, process);
	*process = process_find(pid);
	return *process ? 0 : -ESRCH;
}

SYSCALL_DEFINE(pidfd_send_signal)
{
	struct process *process = NULL;
	struct file *file;
	siginfo_t info;
	int64_t error;

	if (d || (int)b < 0 || (int)b > SIGNAL_MAX)
		return -EINVAL;
	file = fd_get((int)a);
	if (!file)
		return -EBADF;
	error = process_of(file, &process);
	file_put(file);
	if (error)
		return error;
	info_from_self(&info, (int)b, SI_USER);
	if (c) {
		if (get_user(info, c))
			return -EFAULT;
		if (info.si_signo != (int)b)
			return -EINVAL;
		error = get_info(&info, (int)b, c,
				 process->pid == current()->tid);
		if (error)
			return error;
	}
	return send(process, &info);
}
