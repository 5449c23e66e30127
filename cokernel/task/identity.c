/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/identity.h. */
#include <asm/stat.h>
#include <linux/stat.h>
#include <mm/object.h>
#include <task/identity.h>
#include <task/process.h>

void identity_copy(struct process *child, const struct process *parent)
{
	child->uid = parent->uid;
	child->gid = parent->gid;
	child->user = parent->user;
	child->group = parent->group;
	child->groups = parent->groups;
	if (child->groups)
		child->groups->users++;
}

void identity_drop(struct process *process)
{
	if (process->groups && --process->groups->users == 0)
		object_free(process->groups);
	process->groups = NULL;
}

uint64_t identity_effective(const struct process *process)
{
	return process->uid == 0 ? CAPABILITIES : 0;
}

uint64_t identity_permitted(const struct process *process)
{
	return process->user.real == 0 || process->uid == 0 ||
		process->user.saved == 0 ? CAPABILITIES : 0;
}

bool identity_has_group(const struct process *process, uint32_t gid)
{
	const struct groups *groups = process->groups;

	if (process->group.file == gid)
		return true;
	for (unsigned i = 0; groups && i < groups->count; i++)
		if (groups->id[i] == gid)
			return true;
	return false;
}

bool identity_may_trace(const struct process *other)
{
	const struct process *self = current()->process;
	uint32_t uid = self->user.real, gid = self->group.real;

	if (other->session != self->session)
		return false;
	if (other == self || self->uid == 0)
		return true;
	return other->own->dumpable && other->uid == uid &&
		other->user.real == uid && other->user.saved == uid &&
		other->gid == gid && other->group.real == gid &&
		other->group.saved == gid;
}

bool identity_is_guarded(const struct process *other)
{
	return other->control && !current()->process->control;
}

void identity_execute(struct process *process, const struct stat *status)
{
	if (process->own->no_new_privileges)
		return;
	if (status->st_mode & S_ISUID)
		process->uid = status->st_uid;
	if ((status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		process->gid = status->st_gid;
}

void identity_commit(struct process *process)
{
	process->user.saved = process->user.file = process->uid;
	process->group.saved = process->group.file = process->gid;
}
