// SPDX-License-Identifier: GPL-2.0-only
/*
 * What clone(2) refuses, and what a child begins with.  There are no address
 * spaces, and nobody runs the child.  See clone.sh.
 */
#include "fake_kernel.h"
#include <linux/sched.h>
#include <cpu/fpu.h>
#include <mm/paging.h>
#include <task/pidfd.h>
#include "tap.h"

#define THREAD	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		 CLONE_THREAD)

static struct aspace memory;
static struct trap_frame frames[2];	/* the parent's, and a child's */
static struct task child;

/* What is around; see fake_kernel.h. */

struct aspace *aspace_copy(struct aspace *from)
{
	return from;
}

struct aspace *aspace_get(struct aspace *aspace)
{
	return aspace;
}

int aspace_write_as_user(struct aspace *aspace, uint64_t address,
			 const void *from, size_t n)
{
	(void)aspace;
	return copy_to_user(address, from, n);
}

struct actions *actions_copy(const struct actions *actions)
{
	return (struct actions *)actions;
}

struct actions *actions_get(struct actions *actions)
{
	return actions;
}

void actions_reset(struct actions *actions)
{
	(void)actions;
}

uint64_t signal_fatal_mask(const struct task *task)
{
	(void)task;
	return 0;
}

void fpu_save(void *state)
{
	(void)state;
}

void itimer_limit(struct process *process)
{
	(void)process;
}

void cputime_hasten(const struct process *process)
{
	(void)process;
}

int pidfd_install(struct process *process, int flags)
{
	(void)process, (void)flags;
	return -EMFILE;
}

const char *task_name(const struct task *task)
{
	return task->name;
}

void task_set_name(struct task *task, const char *name)
{
	(void)task, (void)name;
}

/* An empty one: clone fills it. */
struct process *process_create(void)
{
	struct process *process = calloc(1, sizeof(*process));

	process->own = calloc(1, sizeof(*process->own));
	process->pid = ++fake.last_pid;
	list_init(&process->children);
	list_init(&process->sibling);
	list_add_tail(&process_list, &process->all);
	return process;
}

struct task *process_add_task(struct process *process)
{
	child = (struct task){
		.tid = ++fake.last_pid,
		.process = process,
		.frame = &frames[1],
	};
	return &child;
}

struct task *process_first_task(struct process *process)
{
	return process_add_task(process);
}

void process_discard(struct process *process)
{
	fake_process_end(process);
	fake_process_free(process);
}

void process_sweep(void)
{
}

/* The result of clone(2); a process that was made is away again. */
static int64_t clone_of(uint64_t flags, uint64_t tls)
{
	const struct clone_request request = { .flags = flags, .tls = tls };
	struct process *self = current()->process;
	int64_t pid;

	child.process = NULL;
	pid = process_clone(&request);
	if (pid > 0 && child.process != self) {
		list_remove(&child.process->sibling);
		process_discard(child.process);
	}
	return pid;
}

static void the_base_of_its_storage_is_a_users(void)
{
	fake.task.fs_base = 4096;
	CHECK(clone_of(0, 1ull << 63) > 0 && child.fs_base == 4096);
	CHECK(clone_of(CLONE_SETTLS, USER_TOP - 1) > 0 &&
	      child.fs_base == USER_TOP - 1);
	CHECK(clone_of(CLONE_SETTLS, USER_TOP) == -EPERM && !child.process);
	CHECK(clone_of(CLONE_SETTLS, 1ull << 63) == -EPERM);
	CHECK(clone_of(CLONE_SETTLS, ~0ull) == -EPERM);
	CHECK(clone_of(THREAD | CLONE_SETTLS, 1ull << 47) == -EPERM);
	CHECK(clone_of(THREAD | CLONE_SETTLS, 8192) > 0 &&
	      child.fs_base == 8192);
}

/* Is one more refused with that many, and that much memory? */
static bool is_too_much(uint64_t tasks, uint64_t bytes)
{
	int64_t pid;

	host_stats->tasks = tasks;
	host_stats->memory_total = bytes;
	pid = clone_of(0, 0);
	CHECK(pid > 0 || pid == -EAGAIN);
	return pid < 0;
}

static void programs_leave_stacks_to_the_control_task(void)
{
	const uint64_t stacks = PAGING_GUARDED_MAX, gib = 1ull << 30;

	fake.task.process->control = false;
	CHECK(!is_too_much(999, gib / 16) && is_too_much(1000, gib / 16));
	CHECK(!is_too_much(8191, gib) && is_too_much(8192, gib));
	CHECK(is_too_much(stacks - PISCES_MAX_CPUS - 128, 2 * gib));
	CHECK(is_too_much(stacks - PISCES_MAX_CPUS - 128, 64 * gib));
	CHECK(!is_too_much(stacks / 2, 64 * gib));
	fake.task.process->control = true;
	CHECK(!is_too_much(stacks - PISCES_MAX_CPUS - 128, 64 * gib));
}

int main(void)
{
	struct process *self;

	fake_init();
	self = fake.task.process;
	self->aspace = &memory;
	fake.task.frame = &frames[0];
	list_init(&self->children);
	RUN(the_base_of_its_storage_is_a_users);
	RUN(programs_leave_stacks_to_the_control_task);
	return tap_end();
}
