/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users and groups of a process (credentials(7)).  Rights are the effective
 * user's (process->uid), and user 0 has all; files go by the "file" ones, which
 * are the same but for setfsuid(2).
 */
#ifndef TASK_IDENTITY_H
#define TASK_IDENTITY_H

#include <linux/capability.h>
#include <task/task.h>

/* Supplementary groups, which processes share until one sets others. */
struct groups {
	unsigned users;
	unsigned count;
	uint32_t id[];
};

/* CHILD has what PARENT has; and a process has none any more. */
void identity_copy(struct process *child, const struct process *parent);
void identity_drop(struct process *process);

/*
 * capabilities(7) of a process: of all or none, as its users are, 1 << CAP_*.
 * It could get PERMITTED by becoming one that it has been; INHERITABLE there is
 * none.
 */
#define CAPABILITIES	((2ul << CAP_LAST_CAP) - 1)
uint64_t identity_effective(const struct process *process);
uint64_t identity_permitted(const struct process *process);

/* As to files: is GID the process' group, or one of the others? */
bool identity_has_group(const struct process *process, uint32_t gid);

/*
 * May the current process do with OTHER as it likes, as with ptrace(2): reach
 * its memory, take its descriptors?  Not across sessions, whoever it is.
 */
bool identity_may_trace(const struct process *other);

/*
 * Is OTHER the control task, or a child of it that runs no program yet, and not
 * the current process' to change, even if that is root's?
 */
bool identity_is_guarded(const struct process *other);

/*
 * execve(2) of a file with that status: the effective ones change by its
 * set-user and set-group bits; and with them (COMMIT) all that follows.
 */
struct stat;
void identity_execute(struct process *process, const struct stat *status);
void identity_commit(struct process *process);

#endif
