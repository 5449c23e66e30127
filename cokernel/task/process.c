/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes: making, finding and freeing them; the control task.
 *
 * Locking: the kernel lock.  process_list and the buried lists are the only
 * state outside an object.
 */
#include <linux/mqueue.h>
#include <linux/resource.h>
#include <fs/file.h>
#include <host/host.h>
#include <host/session.h>
#include <ipc/sem.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/object.h>
#include <task/activity.h>
#include <task/exec.h>
#include <task/identity.h>
#include <task/process.h>
#include <task/signal.h>

#define UNLIMITED	(~0ull)
#define STACK_LIMIT	(8ull << 20)
#define OPEN_FILES	1024
#define OPEN_FILES_MAX	65536
#define SIGNALS_LEAST	1024ull
#define SIGNALS_MEMORY	(256ull << 10)	/* for each that may wait */

struct list process_list = LIST_INIT(process_list);
struct wait_queue process_exits = WAIT_QUEUE_INIT(process_exits);

/* Ended processes that nobody waits for, until their last task is off a CPU. */
static struct list buried = LIST_INIT(buried);
/* The same for tasks of processes that go on, by MEMBER. */
static struct list buried_tasks = LIST_INIT(buried_tasks);
static uint64_t last_serial;
static int last_pid;

/* Finding. */

struct process *process_find(int pid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		if (process->pid == pid)
			return process;
	}
	return NULL;
}

struct task *process_find_task(int tid)
{
	struct process *process;
	struct task *task;

	list_for_each(process, &process_list, all) {
		list_for_each(task, &process->tasks, member) {
			if (task->tid == tid)
				return task;
		}
	}
	return NULL;
}

struct process *process_of_thread(int pid)
{
	struct process *process = process_find(pid);
	struct task *task = process ? NULL : process_find_task(pid);

	return task ? task->process : process;
}

static char *name_of(struct task *task)
{
	return task->tid == task->process->pid ? task->process->name :
		task->name;
}

const char *task_name(const struct task *task)
{
	return name_of((struct task *)task);
}

void task_set_name(struct task *task, const char *name)
{
	strlcpy(name_of(task), name, sizeof(task->name));
	activity_name(task);
}

struct process *process_in_group(int pgid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		if (process->pgid == pgid)
			return process;
	}
	return NULL;
}

bool process_group_is_orphaned(int pgid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		const struct process *parent = process->parent;

		if (process->pgid == pgid && !process->zombie && parent &&
		    parent->pgid != pgid && parent->sid == process->sid)
			return false;
	}
	return true;
}

static bool pid_in_use(int pid)
{
	struct process *process;

	list_for_each(process, &process_list, all) {
		if (process->pid == pid || process->pgid == pid ||
		    process->sid == pid)
			return true;
	}
	return process_find_task(pid);
}

/* 0: all are in use. */
static int pid_allocate(void)
{
	for (int i = 0; i < PID_MAX; i++) {
		last_pid = last_pid < PID_MAX ? last_pid + 1 : 2;
		if (!pid_in_use(last_pid))
			return last_pid;
	}
	return 0;
}

/* Making and freeing. */

static void task_release(struct task *task)
{
	list_remove(&task->member);
	pending_clear(&task->pending);
	task_free(task);
}

void process_free(struct process *process)
{
	struct task *task, *after;

	list_for_each_safe(task, after, &process->tasks, member)
		task_release(task);
	pending_clear(&process->pending);
	itimers_end(process);
	cputime_end(process->own->clocks);
	actions_put(process->actions);
	session_put(process->session);
	identity_drop(process);
	list_remove(&process->all);
	list_remove(&process->sibling);
	wait_remove_all(&process->own->signalled);
	object_free(process->executable);
	object_free(process->own);
	object_free(process);
}

void process_bury(struct process *process)
{
	list_remove(&process->sibling);
	list_remove(&process->all);
	list_add_tail(&buried, &process->all);
}

void task_bury(struct task *task)
{
	list_remove(&task->member);
	list_add_tail(&buried_tasks, &task->member);
}

void process_sweep(void)
{
	struct process *process, *after;
	struct task *task, *next;

	list_for_each_safe(task, next, &buried_tasks, member) {
		if (task->state == TASK_DEAD)
			task_release(task);
	}
	list_for_each_safe(process, after, &buried, all) {
		if (process != current()->process)
			process_free(process);
	}
}

struct process *process_create(void)
{
	struct process *process = object_alloc(sizeof(*process));
	struct process_own *own = object_alloc(sizeof(*own));
	int pid = pid_allocate();

	if (!process || !own || !pid) {
		object_free(process);
		object_free(own);
		return NULL;
	}
	own->process = process;
	own->serial = ++last_serial;
	own->exit_signal = SIGCHLD;
	own->dumpable = 1;
	own->timer_slack = TIMER_SLACK;
	wait_queue_init(&own->child_event);
	wait_queue_init(&own->signalled);
	wait_queue_init(&own->resume);
	wait_queue_init(&own->survived);
	process->own = own;
	process->pid = process->pgid = process->sid = pid;
	process->start_time = clock_monotonic();
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->tasks);
	pending_init(&process->pending);
	list_init(&own->timers);
	cputime_init(own->clocks, process, NULL);
	itimers_init(process);
	list_add_tail(&process_list, &process->all);
	return process;
}

void process_discard(struct process *process)
{
	struct task *task;

	files_put(process->files);
	if (process->folders)
		folders_put(process->folders);
	if (process->aspace)
		aspace_put(process->aspace);
	ipc_put(process->ipc);
	list_for_each(task, &process->tasks, member) {
		sem_undos_leave(task);
		task->state = TASK_DEAD;
	}
	process_free(process);
}

static struct task *add_task(struct process *process, int tid)
{
	struct task *task = tid ? task_create(process) : NULL;

	if (!task)
		return NULL;
	task->tid = tid;
	list_add_tail(&process->tasks, &task->member);
	process->own->live++;
	return task;
}

struct task *process_first_task(struct process *process)
{
	return add_task(process, process->pid);
}

struct task *process_add_task(struct process *process)
{
	return add_task(process, pid_allocate());
}

/* What mm/ asks: the memory policy of who calls. */
static struct policy *process_policy(void)
{
	struct task *task = current();

	return task ? &task->memory : NULL;
}

/* The same: the limits of who calls; root may lock what it likes. */
static void process_limits(struct limits *limits)
{
	const struct task *task = current();
	const struct process *process = task ? task->process : NULL;
	const uint64_t (*own)[2];

	if (!process)
		return;
	own = process->rlimits;
	limits->total = own[RLIMIT_AS][0];
	limits->heap = own[RLIMIT_DATA][0];
	/* Linux, too: 0 is for brk(2) alone. */
	limits->data = own[RLIMIT_DATA][own[RLIMIT_DATA][0] ? 0 : 1];
	limits->stack = own[RLIMIT_STACK][0];
	if (process->uid)
		limits->locked = own[RLIMIT_MEMLOCK][0];
}

/* The control task. */

static void default_limits(struct process *process)
{
	uint64_t signals = MAX(host_stats->memory_total / SIGNALS_MEMORY,
			       SIGNALS_LEAST);

	for (size_t i = 0; i < ARRAY_SIZE(process->rlimits); i++)
		process->rlimits[i][0] = process->rlimits[i][1] = UNLIMITED;
	process->rlimits[RLIMIT_STACK][0] = STACK_LIMIT;
	process->rlimits[RLIMIT_CORE][0] = 0;
	process->rlimits[RLIMIT_NOFILE][0] = OPEN_FILES;
	process->rlimits[RLIMIT_NOFILE][1] = OPEN_FILES_MAX;
	process->rlimits[RLIMIT_SIGPENDING][0] = signals;
	process->rlimits[RLIMIT_SIGPENDING][1] = signals;
	process->rlimits[RLIMIT_MSGQUEUE][0] = MQ_BYTES_MAX;
	process->rlimits[RLIMIT_MSGQUEUE][1] = MQ_BYTES_MAX;
	process->rlimits[RLIMIT_RTPRIO][0] = 99;
	process->rlimits[RLIMIT_RTPRIO][1] = 99;
	process->rlimits[RLIMIT_NICE][0] = 40;
	process->rlimits[RLIMIT_NICE][1] = 40;
}

void process_start_control(void)
{
	static char text[] = "control";
	const struct exec_strings strings = { text, sizeof(text), 1, 0 };
	struct process *process = process_create();
	struct task *task;
	struct file *file;
	int error;

	limits_register(process_limits);
	policy_register(process_policy);
	if (!process)
		panic("no memory for the control task");
	process->control = true;
	strlcpy(process->name, text, sizeof(process->name));
	default_limits(process);
	process->files = files_create();
	process->folders = folders_create();
	process->actions = actions_create();
	process->ipc = ipc_create();
	process->executable = object_alloc(sizeof("/control"));
	task = process_first_task(process);
	file = fs_memory_file(text, frame_address(boot.init_start),
			      boot.init_size);
	if (!process->files || !process->folders || !process->actions ||
	    !process->ipc || !process->executable || !task || !file)
		panic("no memory for the control task");
	strlcpy(process->executable, "/control", sizeof("/control"));
	error = exec_load(file, &strings, text, task->frame, &process->aspace);
	if (error)
		panic("the control task cannot be loaded: error %d", -error);
	file_put(file);
	task->urgent = true;
	task_wake(task);
}
