/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of processes, groups and sessions; users and groups.  Who is user 0
 * may become anybody, others only whom they have been.
 */
#include <linux/limits.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/identity.h>
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

/* Of the user or the group: its effective number and the others. */
struct identity {
	uint32_t *effective;
	struct ids *ids;
};

static struct identity user(void)
{
	return (struct identity){ &self()->uid, &self()->user };
}

static struct identity group(void)
{
	return (struct identity){ &self()->gid, &self()->group };
}

SYSCALL_DEFINE(getuid)
{
	return self()->user.real;
}

SYSCALL_DEFINE(geteuid)
{
	return self()->uid;
}

SYSCALL_DEFINE(getgid)
{
	return self()->group.real;
}

SYSCALL_DEFINE(getegid)
{
	return self()->gid;
}

static int64_t give_three(struct identity who, uint64_t a, uint64_t b,
			  uint64_t c)
{
	if (put_user(who.ids->real, a) || put_user(*who.effective, b) ||
	    put_user(who.ids->saved, c))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(getresuid)
{
	return give_three(user(), a, b, c);
}

SYSCALL_DEFINE(getresgid)
{
	return give_three(group(), a, b, c);
}

static bool is_root(void)
{
	return self()->uid == 0;
}

/* Is ID one that WHO has been? */
static bool has_been(struct identity who, uint32_t id)
{
	return id == who.ids->real || id == *who.effective ||
		id == who.ids->saved;
}

/* Whoever is somebody else now leaves no core, and does as he likes. */
static void become(struct identity who, uint32_t real, uint32_t effective,
		   uint32_t saved)
{
	if (effective != *who.effective) {
		self()->own->dumpable = 0;
		self()->own->death_signal = 0;
	}
	who.ids->real = real;
	*who.effective = who.ids->file = effective;
	who.ids->saved = saved;
}

static int64_t set_one(struct identity who, uint32_t id)
{
	if (id == NO_CHANGE)
		return -EINVAL;
	if (is_root())
		become(who, id, id, id);
	else if (id == who.ids->real || id == who.ids->saved)
		become(who, who.ids->real, id, who.ids->saved);
	else
		return -EPERM;
	return 0;
}

static int64_t set_two(struct identity who, uint32_t real, uint32_t effective)
{
	const struct ids old = *who.ids;
	uint32_t saved = old.saved;

	if (!is_root() &&
	    ((real != NO_CHANGE && real != old.real &&
	      real != *who.effective) ||
	     (effective != NO_CHANGE && !has_been(who, effective))))
		return -EPERM;
	if (real != NO_CHANGE ||
	    (effective != NO_CHANGE && effective != old.real))
		saved = effective == NO_CHANGE ? *who.effective : effective;
	become(who, real == NO_CHANGE ? old.real : real,
	       effective == NO_CHANGE ? *who.effective : effective, saved);
	return 0;
}

static int64_t set_three(struct identity who, uint32_t real,
			 uint32_t effective, uint32_t saved)
{
	if (!is_root() &&
	    ((real != NO_CHANGE && !has_been(who, real)) ||
	     (effective != NO_CHANGE && !has_been(who, effective)) ||
	     (saved != NO_CHANGE && !has_been(who, saved))))
		return -EPERM;
	become(who, real == NO_CHANGE ? who.ids->real : real,
	       effective == NO_CHANGE ? *who.effective : effective,
	       saved == NO_CHANGE ? who.ids->saved : saved);
	return 0;
}

/* Gives what was; whether it has changed the caller finds out by asking. */
static int64_t set_file(struct identity who, uint32_t id)
{
	uint32_t old = who.ids->file;

	if (id != NO_CHANGE && (is_root() || has_been(who, id)))
		who.ids->file = id;
	return old;
}

SYSCALL_DEFINE(setuid)
{
	return set_one(user(), (uint32_t)a);
}

SYSCALL_DEFINE(setgid)
{
	return set_one(group(), (uint32_t)a);
}

SYSCALL_DEFINE(setreuid)
{
	return set_two(user(), (uint32_t)a, (uint32_t)b);
}

SYSCALL_DEFINE(setregid)
{
	return set_two(group(), (uint32_t)a, (uint32_t)b);
}

SYSCALL_DEFINE(setresuid)
{
	return set_three(user(), (uint32_t)a, (uint32_t)b, (uint32_t)c);
}

SYSCALL_DEFINE(setresgid)
{
	return set_three(group(), (uint32_t)a, (uint32_t)b, (uint32_t)c);
}

SYSCALL_DEFINE(setfsuid)
{
	return set_file(user(), (uint32_t)a);
}

SYSCALL_DEFINE(setfsgid)
{
	return set_file(group(), (uint32_t)a);
}

SYSCALL_DEFINE(getgroups)
{
	const struct groups *groups = self()->groups;
	unsigned count = groups ? groups->count : 0;

	if ((int)a < 0 || ((int)a && (unsigned)a < count))
		return -EINVAL;
	if ((int)a && count &&
	    copy_to_user(b, groups->id, count * sizeof(groups->id[0])))
		return -EFAULT;
	return count;
}

SYSCALL_DEFINE(setgroups)
{
	unsigned count = (unsigned)a;
	struct groups *groups = NULL;

	if (!is_root())
		return -EPERM;
	if (count > NGROUPS_MAX)
		return -EINVAL;
	if (count) {
		groups = object_alloc(sizeof(*groups) +
				      count * sizeof(groups->id[0]));
		if (!groups)
			return -ENOMEM;
		groups->users = 1;
		groups->count = count;
		if (copy_from_user(groups->id, b,
				   count * sizeof(groups->id[0]))) {
			object_free(groups);
			return -EFAULT;
		}
	}
	identity_drop(self());
	self()->groups = groups;
	return 0;
}
