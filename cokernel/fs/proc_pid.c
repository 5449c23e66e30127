// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID: made up at each look-up.  A process sees those of its own session;
 * the control task sees all.  KEY of each inode is the pid.
 */
#include <errno.h>
#include <fs/path.h>
#include <fs/proc.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/uaccess.h>
#include <task/identity.h>
#include <task/process.h>
#include <task/signal.h>

#define FIRST_POSITION	2
#define PIDS_FROM	(1ull << 32)	/* positions of /proc's folders */
#define TICK		10000000ul	/* ns */

struct process *proc_process(uint64_t pid)
{
	struct process *me = current()->process;
	struct process *process = process_find((int)pid);

	if (!process || (!me->control && process->session != me->session))
		return NULL;
	return process;
}

bool proc_number(const char *name, uint64_t *number)
{
	*number = 0;
	if (*name == '\0' || (*name == '0' && name[1]))
		return false;
	for (; *name >= '0' && *name <= '9' && *number < 1u << 30; name++)
		*number = *number * 10 + (uint64_t)(*name - '0');
	return *name == '\0';
}

static void maps(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);
	size_t size = 16384;
	size_t n;

	if (!process || !process->aspace)
		return;
	for (;;) {
		char *to = text_room(text, size);

		if (!to)
			return;
		n = aspace_describe(process->aspace, to, size);
		if (n + 256 < size || size >= 4u << 20)
			break;
		size *= 2;
	}
	text->length += MIN(n, size);
}

static unsigned threads(const struct process *process)
{
	struct task *task;
	unsigned n = 0;

	list_for_each(task, &process->tasks, member)
		n++;
	return n;
}

static char state_of(const struct process *process)
{
	struct task *task;

	if (process->zombie)
		return 'Z';
	if (process->own->stopped)
		return 'T';
	list_for_each(task, &process->tasks, member) {
		if (task->state == TASK_RUNNABLE)
			return 'R';
	}
	return 'S';
}

static const char *state_name(char state)
{
	switch (state) {
	case 'Z':
		return "zombie";
	case 'T':
		return "stopped";
	case 'R':
		return "running";
	default:
		return "sleeping";
	}
}

static int parent_of(const struct process *process)
{
	return process->parent && process->session == process->parent->session
		? process->parent->pid : process->parent ? 1 : 0;
}

static void print_memory(struct text *text, struct aspace *aspace)
{
	text_print(text, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\n",
		   aspace->mapped_bytes >> 10, aspace->mapped_bytes >> 10);
	text_print(text, "VmLck:\t%8lu kB\n", limit_locked(aspace) >> 10);
	text_print(text, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n",
		   aspace->resident_bytes >> 10,
		   aspace->resident_bytes >> 10);
	text_print(text, "VmSwap:\t%8u kB\n", 0);
}

/* Its first task stands for it; once it has ended there is none. */
static void print_signals(struct text *text, const struct process *process)
{
	const struct task *task = list_empty(&process->tasks) ? NULL :
		list_entry(process->tasks.next, struct task, member);
	uint64_t ignored = 0, caught = 0;

	for (unsigned i = 0; i < SIGNAL_MAX; i++) {
		const struct sigaction *action = &process->actions->action[i];

		if (action->sa_handler == SIG_IGN)
			ignored |= 1ull << i;
		else if (action->sa_handler != SIG_DFL)
			caught |= 1ull << i;
	}
	text_print(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
		   task ? task->pending.set : 0, process->pending.set,
		   task ? task->blocked : 0);
	text_print(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", ignored,
		   caught);
}

static void print_capabilities(struct text *text, const struct process *process)
{
	text_print(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		   0ul, identity_permitted(process),
		   identity_effective(process));
	text_print(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\n", CAPABILITIES,
		   0ul);
}

static void status(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);
	struct usage usage;
	uint64_t mask;
	char state;

	if (!process)
		return;
	state = state_of(process);
	usage = process_usage(process);
	text_print(text, "Name:\t%s\n", process->name);
	if (process->folders)
		text_print(text, "Umask:\t%04o\n", process->folders->umask);
	text_print(text, "State:\t%c (%s)\n", state, state_name(state));
	text_print(text, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
		   process->pid, process->pid, parent_of(process));
	text_print(text, "TracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\n",
		   process->user.real, process->uid, process->user.saved,
		   process->user.file);
	text_print(text, "Gid:\t%u\t%u\t%u\t%u\n",
		   process->group.real, process->gid, process->group.saved,
		   process->group.file);
	if (process->aspace)
		print_memory(text, process->aspace);
	text_print(text, "Threads:\t%u\n", threads(process));
	print_signals(text, process);
	print_capabilities(text, process);
	mask = cpus_online() >= 64 ? ~0ull : (1ull << cpus_online()) - 1;
	text_print(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", mask);
	text_cpus(text, inode);
	text_print(text, "Mems_allowed:\t%lx\nMems_allowed_list:\t",
		   frame_nodes());
	text_memory_nodes(text, inode);
	text_print(text, "voluntary_ctxt_switches:\t%lu\n"
		   "nonvoluntary_ctxt_switches:\t%lu\n",
		   usage.sleeps, usage.preemptions);
}

static void stat(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);
	const struct usage *children;
	struct usage usage;
	struct aspace *aspace;

	if (!process)
		return;
	aspace = process->aspace;
	usage = process_usage(process);
	children = &process->own->children_usage;
	text_print(text, "%d (%s) %c %d %d %d 0 -1 0 %lu %lu 0 0 ",
		   process->pid, process->name, state_of(process),
		   parent_of(process), process->pgid, process->sid,
		   usage.faults, children->faults);
	text_print(text, "%lu %lu %lu %lu ", usage_user(&usage) / TICK,
		   usage_system(&usage) / TICK, usage_user(children) / TICK,
		   usage_system(children) / TICK);
	text_print(text, "%d %d %u 0 %lu %lu %lu ", 20 + process->own->nice,
		   process->own->nice, threads(process),
		   process->start_time / TICK,
		   aspace ? aspace->mapped_bytes : 0,
		   aspace ? aspace->resident_bytes >> PAGE_SHIFT : 0);
	text_print(text, "18446744073709551615 0 0 %lu 0 0 0 0 0 0 0 0 0 "
		   "17 0 0 0 0 0 0 0 0 0 %lu %lu %lu %lu 0\n",
		   aspace ? aspace->stack_top : 0,
		   aspace ? aspace->arg_start : 0,
		   aspace ? aspace->arg_end : 0,
		   aspace ? aspace->env_start : 0,
		   aspace ? aspace->env_end : 0);
}

static void statm(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);

	if (process && process->aspace)
		text_print(text, "%lu %lu 0 0 0 0 0\n",
			   process->aspace->mapped_bytes >> PAGE_SHIFT,
			   process->aspace->resident_bytes >> PAGE_SHIFT);
}

/* A piece of the process' own memory; of another's we show nothing. */
static void own_memory(struct text *text, uint64_t start, uint64_t end)
{
	char *to;

	if (end <= start || end - start > 8u << 20)
		return;
	to = text_room(text, end - start);
	if (to && copy_from_user(to, start, end - start) == 0)
		text->length += end - start;
}

static void cmdline(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);

	if (process == current()->process)
		own_memory(text, process->aspace->arg_start,
			   process->aspace->arg_end);
	else if (process && !process->zombie)
		text_print(text, "%s%c", process->name, '\0');
}

static void environ(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);

	if (process == current()->process)
		own_memory(text, process->aspace->env_start,
			   process->aspace->env_end);
}

static void comm(struct text *text, struct inode *inode)
{
	struct process *process = proc_process(inode->key);

	if (process)
		text_print(text, "%s\n", process->name);
}

void proc_mounts(struct text *text, struct inode *inode)
{
	(void)inode;
	text_print(text, "root / tmpfs rw 0 0\nproc /proc proc rw 0 0\n"
		   "sys /sys sysfs ro 0 0\ndev /dev tmpfs rw 0 0\n");
}

static const struct text_source files[] = {
	{ "maps", maps },
	{ "status", status },
	{ "stat", stat },
	{ "statm", statm },
	{ "cmdline", cmdline },
	{ "environ", environ },
	{ "comm", comm },
	{ "mounts", proc_mounts },
};

static ssize_t exe_read(struct inode *link, char *to, size_t size)
{
	struct process *process = proc_process(link->key);
	size_t n;

	if (!process || !process->executable)
		return -ENOENT;
	n = MIN(size, strlen(process->executable));
	memcpy(to, process->executable, n);
	return (ssize_t)n;
}

static struct inode *folder_of(struct inode *link)
{
	struct process *process = proc_process(link->key);

	if (!process || !process->folders)
		return NULL;
	return link->private ? process->folders->root :
		process->folders->working;
}

static ssize_t folder_read(struct inode *link, char *to, size_t size)
{
	struct inode *folder = folder_of(link);

	return folder ? inode_path(folder, current()->process->folders->root,
				   to, size) : -ENOENT;
}

static struct inode *folder_follow(struct inode *link)
{
	struct inode *folder = folder_of(link);

	return folder ? inode_get(folder) : NULL;
}

static const struct inode_operations exe_inode = {
	.read_link = exe_read,
	.magic = true,
};
static const struct inode_operations working_inode = {
	.read_link = folder_read,
	.follow = folder_follow,
	.magic = true,
};

/* What is no text; PRIVATE of "root" is not NULL. */
static const struct {
	const char *name;
	const struct inode_operations *operations;
	uint32_t mode;
	void *private;
} others[] = {
	{ "exe", &exe_inode, S_IFLNK | 0777, NULL },
	{ "cwd", &working_inode, S_IFLNK | 0777, NULL },
	{ "root", &working_inode, S_IFLNK | 0777, (void *)1 },
	{ "fd", &proc_fd_inode, S_IFDIR | 0500, NULL },
};

/* The inode of what is called NAME in the FOLDER of a process. */
static int pid_find(struct inode *folder, const char *name,
		    struct inode **result)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (strcmp(others[i].name, name) != 0)
			continue;
		*result = inode_made(folder, others[i].operations,
				     others[i].mode, folder->key,
				     others[i].private);
		return *result ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i].name, name) != 0)
			continue;
		*result = inode_made(folder, &text_inode, S_IFREG | 0444,
				     folder->key, (void *)&files[i]);
		return *result ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

/* Root's, if others of the user are to be kept off (PR_SET_DUMPABLE). */
static int pid_lookup(struct inode *folder, const char *name,
		      struct inode **result)
{
	const struct process *process = proc_process(folder->key);
	int status = process ? pid_find(folder, name, result) : -ENOENT;

	if (status)
		return status;
	if (process->own->dumpable || process == current()->process) {
		(*result)->uid = process->uid;
		(*result)->gid = process->gid;
	}
	return 0;
}

static int pid_list(struct inode *folder, uint64_t position,
		    struct listing *listing)
{
	uint64_t i = position - FIRST_POSITION;

	if (i >= ARRAY_SIZE(files) + ARRAY_SIZE(others))
		return -ENOENT;
	listing->mode = S_IFREG;
	if (i < ARRAY_SIZE(files)) {
		strlcpy(listing->name, files[i].name, sizeof(listing->name));
	} else {
		strlcpy(listing->name, others[i - ARRAY_SIZE(files)].name,
			sizeof(listing->name));
		listing->mode = others[i - ARRAY_SIZE(files)].mode;
	}
	listing->number = folder->number + i + 1;
	listing->position = position + 1;
	return 0;
}

static const struct inode_operations pid_inode = {
	.file = &folder_file,
	.lookup = pid_lookup,
	.list = pid_list,
};

int proc_pid(const struct inode *inode)
{
	return inode->operations == &pid_inode ? (int)inode->key : 0;
}

static int proc_lookup(struct inode *folder, const char *name,
		       struct inode **result)
{
	struct process *process;
	uint64_t pid;

	if (!proc_number(name, &pid))
		return -ENOENT;
	process = proc_process(pid);
	if (!process)
		return -ENOENT;
	*result = inode_made(folder, &pid_inode, S_IFDIR | 0555, pid, NULL);
	if (!*result)
		return -ENOMEM;
	(*result)->uid = process->uid;
	(*result)->gid = process->gid;
	return 0;
}

/* In the order of pids, so that a position means a pid. */
static int proc_list(struct inode *folder, uint64_t position,
		     struct listing *listing)
{
	uint64_t from = position > PIDS_FROM ? position - PIDS_FROM : 0;
	uint64_t next = UINT64_MAX;
	struct process *process;

	list_for_each(process, &process_list, all)
		if ((uint64_t)process->pid >= from &&
		    (uint64_t)process->pid < next &&
		    proc_process((uint64_t)process->pid))
			next = (uint64_t)process->pid;
	if (next == UINT64_MAX)
		return -ENOENT;
	snprintf(listing->name, sizeof(listing->name), "%lu", next);
	listing->number = folder->number + next;
	listing->mode = S_IFDIR;
	listing->position = PIDS_FROM + next + 1;
	return 0;
}

const struct inode_operations proc_folder_inode = {
	.file = &folder_file,
	.lookup = proc_lookup,
	.list = proc_list,
};
