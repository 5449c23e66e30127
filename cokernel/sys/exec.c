/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * execve(2) and execveat(2): strings into the kernel, `#!` lines, and the
 * change of a process into another program.  A file that cannot be loaded leaves
 * the process as it was; then its other threads end, and after commit() nothing
 * can fail.
 */
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <cpu/fpu.h>
#include <fs/file.h>
#include <fs/files.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/exec_strings.h>
#include <task/exec.h>
#include <task/identity.h>
#include <task/posix_timer.h>
#include <task/process.h>
#include <task/signal.h>

#define PATH_SIZE	4096
#define SCRIPT_LINE	256
#define SCRIPT_DEPTH	4
#define FD_PATH		"/dev/fd/"	/* of what has none but a descriptor */

/* Opening. */

/* What is open as FD, perhaps not for reading. */
static int open_again(int fd, struct file **result)
{
	struct file *file = fd_get(fd);
	int error;

	if (!file)
		return -EBADF;
	error = file_may_execute(file);
	if (!error)
		error = file_reopen(file, O_RDONLY, result);
	file_put(file);
	return error;
}

static int open_executable(int dirfd, const char *path, int flags,
			   struct file **result)
{
	struct file *file;
	int error;

	if (!*path)
		return flags & AT_EMPTY_PATH ? open_again(dirfd, result) :
			-ENOENT;
	error = file_open(dirfd, path, O_RDONLY | O_NONBLOCK |
			  (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0,
			  0, &file);
	if (error)
		return error;
	error = file_may_execute(file);
	if (error)
		file_put(file);
	else
		*result = file;
	return error;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * If FILE begins with #!, put interpreter, its argument and PATH in front of
 * the arguments, and the interpreter's path into TO.  1 if so, 0 if not.
 */
static int read_script(struct file *file, const char *path, char *to,
		       struct strings *strings)
{
	char line[SCRIPT_LINE + 1], *name, *argument, *end;
	char *first;
	size_t size = 0;
	unsigned count = 2;
	int64_t n = file_read_kernel(file, line, SCRIPT_LINE, 0);
	int error;

	if (n < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[n] = '\0';
	end = strchr(line, '\n');
	if (!end && n == SCRIPT_LINE)
		return -ENOEXEC;
	if (!end)
		end = line + strlen(line);
	while (end > line + 2 && is_blank(end[-1]))
		end--;
	*end = '\0';
	for (name = line + 2; is_blank(*name); name++)
		;
	if (!*name)
		return -ENOEXEC;
	for (argument = name; *argument && !is_blank(*argument); argument++)
		;
	while (is_blank(*argument))
		*argument++ = '\0';
	first = object_alloc(2 * SCRIPT_LINE + PATH_SIZE);
	if (!first)
		return -ENOMEM;
	size = strlcpy(first, name, SCRIPT_LINE) + 1;
	if (*argument) {
		size += strlcpy(first + size, argument, SCRIPT_LINE) + 1;
		count++;
	}
	size += strlcpy(first + size, path, PATH_SIZE) + 1;
	error = strings_replace_first(strings, first, size, count);
	object_free(first);
	strlcpy(to, name, PATH_SIZE);
	return error ? error : 1;
}

/* Will the path by which an interpreter opens a script be gone by then? */
static bool is_hidden(const char *execfn, int dirfd)
{
	const struct slot *slot = files_slot(dirfd);

	return !strncmp(execfn, FD_PATH, strlen(FD_PATH)) && slot &&
		slot->cloexec;
}

/*
 * Follow #! lines until *FILE is something else.  PATH is overwritten.  HIDDEN:
 * no interpreter could open it.
 */
static int follow_scripts(struct file **file, char *path, bool hidden,
			  struct strings *strings)
{
	for (int depth = 0;; depth++) {
		char *next = object_alloc(PATH_SIZE);
		int error = next ? read_script(*file, path, next, strings) :
			-ENOMEM;

		if (error > 0)
			strlcpy(path, next, PATH_SIZE);
		object_free(next);
		if (error <= 0)
			return error;
		if (hidden)
			return -ENOENT;
		if (depth == SCRIPT_DEPTH)
			return -ELOOP;
		file_put(*file);
		*file = NULL;
		error = open_executable(AT_FDCWD, path, 0, file);
		if (error)
			return error;
	}
}

/* The change. */

/* What clone(2) made common with another process becomes its own. */
static int unshare(struct process *process)
{
	struct process_own *own = process->own;

	if (files_unshare())
		return -ENOMEM;
	if (own->shares_actions) {
		struct actions *actions = actions_copy(process->actions);

		if (!actions)
			return -ENOMEM;
		actions_put(process->actions);
		process->actions = actions;
		own->shares_actions = false;
	}
	return 0;
}

static void reset_task(struct task *task)
{
	fpu_reset(task->fpu);
	fpu_restore(task->fpu);
	task->fs_base = task->gs_base = 0;
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	task->alternate_stack = task->alternate_size = 0;
	task->alternate_flags = 0;
	task->fault_address = task->fault_vector = task->fault_error = 0;
	task->frame->vector = 0;
}

static void commit(struct aspace *aspace, const struct trap_frame *frame,
		   const char *name, char *executable)
{
	struct task *task = current();
	struct process *process = task->process;
	struct aspace *old = process->aspace;
	const char *base = strrchr(name, '/');

	task_leave_memory(task);
	process->aspace = aspace;
	paging_switch(aspace->root);
	aspace_put(old);
	*task->frame = *frame;
	reset_task(task);
	files_close_on_exec(process->files);
	actions_reset(process->actions);
	posix_timers_forget(process);
	object_free(process->executable);
	process->executable = executable;
	task_set_name(task, base ? base + 1 : name);
	identity_commit(process);
	process->own->executed = true;
	process->own->keep_capabilities = false;
	process->own->dumpable = process->uid == process->user.real &&
		process->gid == process->group.real;
	process->control = false;
	/* One among others: whoever waits for this CPU gets a turn now. */
	task->urgent = false;
	this_cpu()->pending = 1;
}

/* The path of what runs, for /proc/self/exe. */
static char *executable_path(struct file *file, const char *otherwise)
{
	char *path = object_alloc(PATH_SIZE), *copy = NULL;

	if (!path)
		return NULL;
	if (file_path(file, path, PATH_SIZE) < 0)
		strlcpy(path, otherwise, PATH_SIZE);
	copy = object_alloc(strlen(path) + 1);
	if (copy)
		memcpy(copy, path, strlen(path) + 1);
	object_free(path);
	return copy;
}

/* EXECFN is what the program was called by; PATH is scratch from here on. */
static int load(struct file **file, char *path, const char *execfn,
		bool hidden, struct strings *strings)
{
	struct trap_frame frame = *current()->frame;
	struct process *process = current()->process;
	const uint32_t uid = process->uid, gid = process->gid;
	struct aspace *aspace;
	struct stat status;
	char *executable;
	int error = follow_scripts(file, path, hidden, strings);

	if (error)
		return error;
	executable = executable_path(*file, path);
	if (!executable)
		return -ENOMEM;
	/* The new stack tells of the rights that come with commit(). */
	file_stat(*file, &status);
	identity_execute(process, &status);
	error = exec_load(*file, &strings->made, execfn, &frame, &aspace);
	process->uid = uid;
	process->gid = gid;
	if (error)
		goto no_aspace;
	error = process_become_single();
	if (!error)
		error = unshare(process);
	if (error)
		goto not_alone;
	identity_execute(process, &status);
	commit(aspace, &frame, execfn, executable);
	return 0;

not_alone:
	aspace_put(aspace);
no_aspace:
	object_free(executable);
	return error;
}

static int64_t exec(int dirfd, uint64_t user_path, uint64_t argv,
		    uint64_t envp, int flags)
{
	struct strings strings = { .room = 0 };
	char *path = object_alloc(2 * PATH_SIZE), *execfn = path + PATH_SIZE;
	struct file *file = NULL;
	ssize_t length;
	int64_t result;

	if (!path)
		return -ENOMEM;
	length = copy_string_from_user(path, user_path, PATH_SIZE);
	result = length < 0 ? (int)length :
		open_executable(dirfd, path, flags, &file);
	if (result)
		goto out;
	if (!*path)
		snprintf(path, PATH_SIZE, FD_PATH "%d", dirfd);
	else if (*path != '/' && dirfd != AT_FDCWD)
		snprintf(execfn, PATH_SIZE, FD_PATH "%d/%s", dirfd, path);
	if (!*execfn)
		strlcpy(execfn, path, PATH_SIZE);
	result = strings_copy(&strings, argv, envp);
	if (!result)
		result = load(&file, path, execfn, is_hidden(execfn, dirfd),
			      &strings);
out:
	if (file)
		file_put(file);
	object_free(strings.made.text);
	object_free(path);
	return result;
}

int64_t sys_execve(uint64_t path, uint64_t argv, uint64_t envp, uint64_t d,
		   uint64_t e, uint64_t f)
{
	(void)d, (void)e, (void)f;
	return exec(AT_FDCWD, path, argv, envp, 0);
}

int64_t sys_execveat(uint64_t dirfd, uint64_t path, uint64_t argv,
		     uint64_t envp, uint64_t flags, uint64_t f)
{
	(void)f;
	if ((uint32_t)flags & ~(uint32_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec((int)dirfd, path, argv, envp, (int)flags);
}
