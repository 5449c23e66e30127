// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process may change of another, and nobody of the control task.  See
 * guard.sh.
 */
#include "fake_kernel.h"
#include <linux/resource.h>
#include <linux/sched.h>
#include <sys/calls.h>
#include <task/place.h>
#include "tap.h"

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

static struct task control_task, other_task;

/* What is around; see fake_kernel.h. */

bool place_allowed(const struct task *task, const struct cpu *cpu)
{
	(void)task, (void)cpu;
	return true;
}

struct task *process_find_task(int tid)
{
	return tid == control_task.tid ? &control_task :
		tid == other_task.tid ? &other_task : NULL;
}

void task_move_away(struct task *task)
{
	(void)task;
}

void task_yield(void)
{
}

void itimer_limit(struct process *process)
{
	(void)process;
}

static int64_t limit(const struct task *task, uint64_t files)
{
	const uint64_t new[2] = { files, files };

	return CALL(prlimit64, task->tid, RLIMIT_NOFILE, new, NULL);
}

static int64_t bind(const struct task *task)
{
	const uint64_t mask = 1;

	return CALL(sched_setaffinity, task->tid, sizeof(mask), &mask);
}

static int64_t policy(const struct task *task)
{
	const int priority = 0;

	return CALL(sched_setscheduler, task->tid, SCHED_BATCH, &priority);
}

static void root_changes_others(void)
{
	CHECK(limit(&other_task, 77) == 0 && bind(&other_task) == 0 &&
	      policy(&other_task) == 0);
	CHECK(other_task.process->rlimits[RLIMIT_NOFILE][0] == 77);
}

static void nobody_changes_the_control_task(void)
{
	uint64_t old[2] = { 0 };

	CHECK(limit(&control_task, 0) == -EPERM &&
	      bind(&control_task) == -EPERM &&
	      policy(&control_task) == -EPERM);
	CHECK(CALL(prlimit64, control_task.tid, RLIMIT_NOFILE, NULL, old) ==
	      0 && old[0] == 1024);
}

static void the_control_task_changes_its_children(void)
{
	fake.task.process = control_task.process;
	other_task.process->control = true;
	CHECK(limit(&other_task, 99) == 0 && bind(&other_task) == 0);
	CHECK(limit(&control_task, 999) == 0);
}

int main(void)
{
	fake_init();
	control_task.process = fake.task.process;
	control_task.tid = control_task.process->pid;
	other_task.process = fake_process(control_task.process);
	other_task.process->control = false;
	other_task.tid = other_task.process->pid;
	fake.task.process = fake_process(other_task.process);
	RUN(root_changes_others);
	RUN(nobody_changes_the_control_task);
	RUN(the_control_task_changes_its_children);
	return tap_end();
}
