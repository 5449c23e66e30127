// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting a session's program: vfork(2), so that nothing is copied and an
 * error of execve(2) comes back through memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "job.h"

int launch_find_cpus(struct job *job)
{
	for (uint32_t i = 0; i < job->start.cpuc; i++) {
		uint32_t number;
		int index;

		memcpy(&number, job->strings + i * sizeof(number),
		       sizeof(number));
		index = ioctl(control, CONTROL_CPU, number);
		if (index < 0)
			return -errno;
		job->cpus[index / 64] |= 1ull << index % 64;
	}
	return 0;
}

/* The program leads a session, and has this terminal. */
static int set_terminal(const struct job *job)
{
	if (ioctl(job->terminal, TIOCSCTTY, 0) ||
	    dup2(job->terminal, 0) < 0 || dup2(job->terminal, 1) < 0 ||
	    dup2(job->terminal, 2) < 0)
		return -errno;
	return 0;
}

static int set_streams(const struct job *job)
{
	bool one = job->session.error < 0 ||
		job->start.flags & PISCES_START_ONE_OUTPUT;
	int error = one ? job->session.out : job->session.error;

	if (dup2(job->session.in, 0) < 0 || dup2(job->session.out, 1) < 0 ||
	    dup2(error, 2) < 0)
		return -errno;
	return 0;
}

static void set_signals(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * In the child, which shares our memory: the bare system calls, because the C
 * library's setuid() would talk to threads.
 */
static int become(const struct job *job)
{
	int status;

	setsid();
	status = job->terminal >= 0 ? set_terminal(job) : set_streams(job);
	if (status)
		return status;
	if (job->start.cpuc && syscall(SYS_sched_setaffinity, 0,
				       sizeof(job->cpus), job->cpus))
		return -errno;
	if (job->start.flags & PISCES_START_LAZY &&
	    ioctl(control, CONTROL_LAZY, 0))
		return -errno;
	if (ioctl(control, CONTROL_SESSION_JOIN, job->session.session))
		return -errno;
	if (fchdir(job->root) || chroot(".") || chdir(job->folder))
		return -errno;
	umask(job->start.umask & 0777);
	set_signals();
	if (syscall(SYS_setgid, job->start.gid) ||
	    syscall(SYS_setuid, job->start.uid))
		return -errno;
	execve(job->path, job->arguments, job->environment);
	return -errno;
}

int launch(struct job *job)
{
	int flags = fcntl(job->session.in, F_GETFL);
	volatile int status = 0;
	pid_t pid;

	fcntl(job->session.in, F_SETFL, flags & ~O_NONBLOCK);
	pid = vfork();
	if (pid == 0) {
		status = become(job);
		_exit(127);
	}
	if (pid < 0)
		return -errno;
	/* A child that failed is reaped with the others. */
	job->pid = pid;
	return status;
}
