/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of processes, groups and sessions; users.
 *
 * A process has one user and one group: real, effective and saved are the same,
 * and there are no supplementary groups.
 */
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/process.h>

#define NO_CHANGE	0xffffffffu

static struct process *self(void)
{
	return current()->process;
}

/* By pid as calls take it: 0 is the caller. */
static struct process *by_pid(int pid)
{
	return pid == 0 ? self() : process_find(pid);
}

SYSCALL_DEFINE(getpid)
{
	return self()->pid;
}

SYSCALL_DEFINE(gettid)
{
	return current()->tid;
}

SYSCALL_DEFINE(getppid)
{
	return self()->parent ? self()->parent->pid : 0;
}

SYSCALL_DEFINE(getpgrp)
{
	return self()->pgid;
}

SYSCALL_DEFINE(getpgid)
{
	struct process *process = by_pid((int)a);

	return process ? process->pgid : -ESRCH;
}

SYSCALL_DEFINE(getsid)
{
	struct process *process = by_pid((int)a);

	return process ? process->sid : -ESRCH;
}

/* Is there a process of session SID in group PGID? */
static bool group_in_session(int pgid, int sid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		if (process->pgid == pgid && process->sid == sid)
			return true;
	}
	return false;
}

SYSCALL_DEFINE(setpgid)
{
	struct process *process = by_pid((int)a);
	int pgid = (int)b;

	if (pgid < 0)
		return -EINVAL;
	if (!process || (process != self() && process->parent != self()))
		return -ESRCH;
	if (process != self()) {
		if (process->sid != self()->sid)
			return -EPERM;
		if (process->own->executed)
			return -EACCES;
	}
	if (pgid == 0)
		pgid = process->pid;
	if (process->sid == process->pid)
		return -EPERM;
	if (pgid != process->pid && !group_in_session(pgid, process->sid))
		return -EPERM;
	process->pgid = pgid;
	return 0;
}

SYSCALL_DEFINE(setsid)
{
	struct process *process = self();

	if (process_in_group(process->pid))
		return -EPERM;
	process->sid = process->pgid = process->pid;
	return process->pid;
}

/* Users and groups. */

SYSCALL_DEFINE(getuid)
{
	return self()->uid;
}

SYSCALL_DEFINE(geteuid)
{
	return self()->uid;
}

SYSCALL_DEFINE(getgid)
{
	return self()->gid;
}

SYSCALL_DEFINE(getegid)
{
	return self()->gid;
}

static int64_t give_three(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	if (put_user(id, a) || put_user(id, b) || put_user(id, c))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(getresuid)
{
	return give_three(self()->uid, a, b, c);
}

SYSCALL_DEFINE(getresgid)
{
	return give_three(self()->gid, a, b, c);
}

/* Root may become anybody; others only what they are. */
static int64_t change(uint32_t *id, uint32_t to)
{
	if (to == NO_CHANGE)
		return 0;
	if (self()->uid != 0 && to != *id)
		return -EPERM;
	*id = to;
	return 0;
}

/* The one that counts is the effective one. */
static int64_t change_three(uint32_t *id, uint32_t real, uint32_t effective,
			    uint32_t saved)
{
	bool root = self()->uid == 0;

	if (!root && ((real != NO_CHANGE && real != *id) ||
		      (saved != NO_CHANGE && saved != *id)))
		return -EPERM;
	return change(id, effective);
}

SYSCALL_DEFINE(setuid)
{
	return (uint32_t)a == NO_CHANGE ? -EINVAL :
		change(&self()->uid, (uint32_t)a);
}

SYSCALL_DEFINE(setgid)
{
	return (uint32_t)a == NO_CHANGE ? -EINVAL :
		change(&self()->gid, (uint32_t)a);
}

SYSCALL_DEFINE(setreuid)
{
	return change_three(&self()->uid, (uint32_t)a, (uint32_t)b, NO_CHANGE);
}

SYSCALL_DEFINE(setregid)
{
	return change_three(&self()->gid, (uint32_t)a, (uint32_t)b, NO_CHANGE);
}

SYSCALL_DEFINE(setresuid)
{
	return change_three(&self()->uid, (uint32_t)a, (uint32_t)b,
			    (uint32_t)c);
}

SYSCALL_DEFINE(setresgid)
{
	return change_three(&self()->gid, (uint32_t)a, (uint32_t)b,
			    (uint32_t)c);
}

/* They return what was, and change nothing here. */
SYSCALL_DEFINE(setfsuid)
{
	return self()->uid;
}

SYSCALL_DEFINE(setfsgid)
{
	return self()->gid;
}

SYSCALL_DEFINE(getgroups)
{
	return (int)a < 0 ? -EINVAL : 0;
}

SYSCALL_DEFINE(setgroups)
{
	if (self()->uid != 0)
		return -EPERM;
	return a == 0 ? 0 : -EINVAL;
}
