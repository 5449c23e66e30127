/* SPDX-License-Identifier: GPL-2.0-only */
/* Making and ending processes and threads. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "conform.h"

static volatile int word;
static int fd;
static char stack[65536] __attribute__((aligned(16)));

/* A child with FLAGS that runs FUNCTION on the stack above. */
static pid_t make(int (*function)(void *), int flags)
{
	pid_t pid = clone(function, stack + sizeof(stack), flags, NULL);

	NEEDS(pid > 0);
	return pid;
}

static volatile int signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

/* fork(2) */

CONFORM(fork, "0 in the child, whose parent is the caller; memory is its own")
{
	pid_t self = getpid(), pid;
	int status;

	word = 1;
	pid = CALL(fork);
	if (pid == 0) {
		HOLDS(getppid() == self && getpid() != self);
		GIVES(1, word);
		word = 2;
		_exit(3);
	}
	NEEDS(waitpid(pid, &status, 0) == pid);
	HOLDS(pid > 0 && pid != self);
	GIVES(3, WEXITSTATUS(status));
	GIVES(1, word);
}

CONFORM(fork, "descriptors are copies, their positions are shared")
{
	int file = file_with("file", "0123456789");
	pid_t pid;
	char byte;

	pid = CALL(fork);
	if (pid == 0) {
		read(file, &byte, 1);
		close(file);
		_exit(0);
	}
	ended(pid);
	GIVES(1, read(file, &byte, 1));
	GIVES('1', byte);
}

CONFORM(fork, "inherits folder, umask, mask and handlers, not what is pending")
{
	sigset_t set;
	pid_t pid;

	umask(031);
	signal(SIGUSR1, count);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	alarm(100);
	close(file_with("file", ""));
	pid = CALL(fork);
	if (pid == 0) {
		struct sigaction action;

		GIVES(0, access("file", F_OK));
		GIVES(031, umask(022));
		sigaction(SIGUSR1, NULL, &action);
		HOLDS(action.sa_handler == count);
		sigaction(SIGUSR2, NULL, &action);
		HOLDS(action.sa_handler == SIG_IGN);
		sigprocmask(SIG_BLOCK, NULL, &set);
		GIVES(1, sigismember(&set, SIGUSR1));
		sigpending(&set);
		GIVES(0, sigismember(&set, SIGUSR1));
		GIVES(0, alarm(0));
		_exit(0);
	}
	ended(pid);
	sigpending(&set);
	GIVES(1, sigismember(&set, SIGUSR1));
}

CONFORM(fork, "SIGCHLD when the child ends")
{
	pid_t pid;

	signal(SIGCHLD, count);
	pid = CALL(fork);
	if (pid == 0)
		_exit(0);
	HOLDS(SOON(signals == 1));
	GIVES(0, ended(pid));
}

CONFORM(vfork, "the parent waits until the child ends; its memory is shared")
{
	pid_t pid;

	word = 1;
	pid = vfork();
	if (pid == 0) {
		nap(30);
		word = 2;
		_exit(7);
	}
	GIVES(2, word);
	GIVES(7, ended(pid));
}

/* clone(2) */

static int leave(void *unused)
{
	(void)unused;
	word = 2;
	if (fd)
		close(fd);
	umask(0);
	return 5;
}

CONFORM(clone, "CLONE_VM shares memory, without it it is a copy")
{
	word = 1;
	GIVES(5, ended(make(leave, SIGCHLD)));
	GIVES(1, word);
	GIVES(5, ended(make(leave, CLONE_VM | SIGCHLD)));
	GIVES(2, word);
}

CONFORM(clone, "CLONE_FILES shares descriptors, CLONE_FS folder and umask")
{
	fd = file_with("file", "");
	GIVES(5, ended(make(leave, SIGCHLD)));
	GIVES(0, fcntl(fd, F_GETFD));
	GIVES(022, umask(022));
	GIVES(5, ended(make(leave, CLONE_FILES | SIGCHLD)));
	GIVES(-EBADF, RESULT(fcntl(fd, F_GETFD)));
	GIVES(022, umask(022));
	GIVES(5, ended(make(leave, CLONE_FS | SIGCHLD)));
	GIVES(0, umask(022));
}

static int set_handler(void *unused)
{
	(void)unused;
	signal(SIGUSR1, SIG_IGN);
	return 0;
}

CONFORM(clone, "CLONE_SIGHAND shares handlers")
{
	struct sigaction action;

	signal(SIGUSR1, count);
	GIVES(0, ended(make(set_handler, CLONE_VM | SIGCHLD)));
	sigaction(SIGUSR1, NULL, &action);
	HOLDS(action.sa_handler == count);
	GIVES(0, ended(make(set_handler, CLONE_VM | CLONE_SIGHAND | SIGCHLD)));
	sigaction(SIGUSR1, NULL, &action);
	HOLDS(action.sa_handler == SIG_IGN);
}

CONFORM(clone, "CLONE_PARENT_SETTID, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID")
{
	pid_t parent_tid = 0, pid;
	pid_t *child_tid = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	pid = CALL(clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0,
		   &parent_tid, child_tid, 0);
	if (pid == 0)
		_exit(*child_tid == getpid() ? 0 : 1);
	HOLDS(parent_tid == pid);
	GIVES(0, ended(pid));
	HOLDS(*child_tid == pid);
	pid = clone(leave, stack + sizeof(stack),
		    CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
		    SIGCHLD, NULL, NULL, NULL, child_tid);
	GIVES(5, ended(pid));
	GIVES(0, *child_tid);
}

CONFORM(clone, "the exit signal: another than SIGCHLD, or none")
{
	int status;
	pid_t pid;

	signal(SIGUSR1, count);
	pid = make(leave, SIGUSR1);
	GIVES(-ECHILD, RESULT(waitpid(pid, &status, 0)));
	HOLDS(waitpid(pid, &status, __WCLONE) == pid);
	GIVES(1, signals);
	pid = make(leave, 0);
	HOLDS(waitpid(pid, &status, __WALL) == pid);
	GIVES(1, signals);
}

CONFORM(clone, "CLONE_VFORK waits, CLONE_PARENT makes a sister")
{
	pid_t parent = getpid(), pid;
	int status;

	word = 1;
	pid = make(leave, CLONE_VM | CLONE_VFORK | SIGCHLD);
	GIVES(2, word);
	GIVES(5, ended(pid));
	CHILD(pid) {
		pid_t sister = CALL(clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

		if (sister == 0)
			_exit(getppid() == parent ? 9 : 1);
		GIVES(-ECHILD, RESULT(waitpid(sister, NULL, 0)));
	}
	GIVES(0, ended(pid));
	NEEDS(wait(&status) > 0);
	GIVES(9, WEXITSTATUS(status));
}

CONFORM(clone, "CLONE_PARENT: a sister's exit signal is one's own")
{
	int status;
	pid_t pid;

	signal(SIGUSR1, count);
	CHILD(pid)
		if (CALL(clone, CLONE_PARENT | SIGUSR1, 0, 0, 0, 0) == 0)
			_exit(9);
	GIVES(0, ended(pid));
	NEEDS(wait(&status) > 0);
	GIVES(9, WEXITSTATUS(status));
	GIVES(0, signals);
}

CONFORM(clone, "CLONE_PIDFD: a descriptor of the child; EINVAL, EFAULT")
{
	int pidfd = -1, null = 0;
	pid_t pid;

	pid = CALL(clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
	if (pid == 0)
		_exit(4);
	GIVES(3, pidfd);
	GIVES(FD_CLOEXEC, fcntl(pidfd, F_GETFD));
	GIVES(0, CALL(waitid, P_PIDFD, pidfd, NULL, WEXITED, NULL));
	GIVES(-EINVAL, CALL(clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD,
			    0, &null, 0, 0));
	FAULTS(OUT, p, CALL(clone, CLONE_PIDFD | SIGCHLD, 0, p, 0, 0));
	GIVES(4, open("/dev/null", O_RDONLY));
}

CONFORM(clone, "EINVAL: flags that need or exclude others")
{
	GIVES(-EINVAL, CALL(clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(clone, CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0));
}

static int end_thread(void *unused)
{
	(void)unused;
	for (;;)
		CALL(exit, 0);
	return 0;
}

CONFORM(clone, "EPERM: CLONE_SETTLS beyond user space")
{
	const unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES |
		CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS;

	GIVES(-EPERM, CALL(clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, 1ul << 63));
	GIVES(-EPERM, CALL(clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, -1));
	GIVES(-EPERM, CALL(clone, flags, stack + sizeof(stack), 0, 0,
			   1ul << 63));
	GIVES(-ECHILD, CALL(wait4, -1, NULL, 0, NULL));
}

PARTIAL(clone, "threads with files or folders of their own", "ENOSYS ENOSYS")
{
	const int flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
	char *top = stack + sizeof(stack);
	long tid = RESULT(clone(end_thread, top, flags | CLONE_FS, NULL));

	GIVES(0, tid > 0 ? 0 : tid);
	tid = RESULT(clone(end_thread, top - 32768, flags | CLONE_FILES, NULL));
	GIVES(0, tid > 0 ? 0 : tid);
}

PARTIAL(clone, "name spaces (CLONE_NEW*)", "EINVAL EINVAL")
{
	pid_t pid;

	pid = CALL(clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	GIVES(0, pid > 0 ? ended(pid) : pid);
	pid = CALL(clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	GIVES(0, pid > 0 ? ended(pid) : pid);
}

/* clone3(2) */

static long clone3(struct clone_args args, size_t size)
{
	return CALL(clone3, &args, size);
}

CONFORM(clone3, "a child as by fork; sizes of the arguments")
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	char more[128] = "";
	pid_t pid;

	pid = clone3(args, CLONE_ARGS_SIZE_VER0);
	if (pid == 0)
		_exit(1);
	GIVES(1, ended(pid));
	pid = clone3(args, CLONE_ARGS_SIZE_VER2);
	if (pid == 0)
		_exit(2);
	GIVES(2, ended(pid));
	memcpy(more, &args, sizeof(args));
	pid = CALL(clone3, more, sizeof(more));
	if (pid == 0)
		_exit(3);
	GIVES(3, ended(pid));
	more[sizeof(args) + 1] = 1;
	GIVES(-E2BIG, CALL(clone3, more, sizeof(more)));
	GIVES(-EINVAL, clone3(args, CLONE_ARGS_SIZE_VER0 - 1));
	GIVES(-E2BIG, clone3(args, 4097));
	FAULTS(IN, p, CALL(clone3, p, sizeof(args)));
}

CONFORM(clone3, "CLONE_PIDFD, CLONE_PARENT_SETTID, both at once")
{
	int pidfd = -1, tid = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
		.exit_signal = SIGCHLD,
		.pidfd = (unsigned long)&pidfd,
		.parent_tid = (unsigned long)&tid,
	};
	pid_t pid = clone3(args, sizeof(args));

	if (pid == 0)
		_exit(6);
	GIVES(3, pidfd);
	HOLDS(tid == pid);
	GIVES(6, ended(pid));
}

CONFORM(clone3, "CLONE_CLEAR_SIGHAND: handlers are reset, not what is ignored")
{
	struct clone_args args = {
		.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD,
	};
	struct sigaction action;
	pid_t pid;

	signal(SIGUSR1, count);
	signal(SIGUSR2, SIG_IGN);
	pid = clone3(args, sizeof(args));
	if (pid == 0) {
		sigaction(SIGUSR1, NULL, &action);
		HOLDS(action.sa_handler == SIG_DFL);
		sigaction(SIGUSR2, NULL, &action);
		HOLDS(action.sa_handler == SIG_IGN);
		_exit(0);
	}
	ended(pid);
	args.flags |= CLONE_SIGHAND | CLONE_VM;
	GIVES(-EINVAL, clone3(args, sizeof(args)));
}

CONFORM(clone3, "EINVAL: flags, exit signal, half a stack, set_tid")
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	args.exit_signal = 65;
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .flags = SIGCHLD };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .flags = 1ul << 40 };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .stack = 4096 };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .stack_size = 4096 };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .set_tid_size = 1 };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
	args = (struct clone_args){ .flags = CLONE_THREAD | CLONE_SIGHAND |
		CLONE_VM, .exit_signal = SIGCHLD };
	GIVES(-EINVAL, clone3(args, sizeof(args)));
}
