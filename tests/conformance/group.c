/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes' numbers, their groups and sessions. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include "conform.h"

static pid_t sleeping(void)
{
	pid_t pid;

	CHILD(pid)
		nap(100000);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	ended(pid);
}

CONFORM(getpid, "of a child what fork gave")
{
	pid_t pid;
	int ends[2], number = 0;

	pipe_ends(ends);
	CHILD(pid) {
		int self = (int)CALL(getpid);

		write(ends[1], &self, sizeof(self));
	}
	GIVES(4, read(ends[0], &number, sizeof(number)));
	HOLDS(number == pid);
	ended(pid);
}

CONFORM(getppid, "who made the child")
{
	pid_t pid, self = getpid();

	CHILD(pid)
		HOLDS(CALL(getppid) == self);
	ended(pid);
}

static void *thread_numbers(void *unused)
{
	HOLDS(CALL(gettid) != CALL(getpid));
	HOLDS(CALL(getpid) == getpid());
	return unused;
}

CONFORM(gettid, "the pid in the first thread, another number in others")
{
	pthread_t thread;

	HOLDS(CALL(gettid) == CALL(getpid));
	pthread_create(&thread, NULL, thread_numbers, NULL);
	pthread_join(thread, NULL);
}

CONFORM(getpgrp, "inherited")
{
	pid_t pid, group = (pid_t)CALL(getpgrp);

	HOLDS(group == getpid());
	CHILD(pid)
		HOLDS(CALL(getpgrp) == group);
	ended(pid);
}

CONFORM(getpgid, "of the caller, of others; ESRCH")
{
	pid_t pid = sleeping();

	HOLDS(CALL(getpgid, 0) == getpid());
	HOLDS(CALL(getpgid, pid) == getpid());
	end(pid);
	GIVES(-ESRCH, CALL(getpgid, pid));
	GIVES(-ESRCH, CALL(getpgid, -1));
	GIVES(-ESRCH, CALL(getpgid, 1 << 30));
}

CONFORM(getsid, "of the caller, of others; ESRCH")
{
	pid_t pid = sleeping();

	HOLDS(CALL(getsid, 0) == CALL(getsid, getpid()));
	HOLDS(CALL(getsid, pid) == CALL(getsid, 0));
	end(pid);
	GIVES(-ESRCH, CALL(getsid, pid));
	GIVES(-ESRCH, CALL(getsid, -1));
}

CONFORM(setpgid, "a group of one's own, one of a child, joining one")
{
	pid_t a = sleeping(), b = sleeping();

	GIVES(0, CALL(setpgid, a, 0));
	HOLDS(CALL(getpgid, a) == a);
	GIVES(0, CALL(setpgid, b, a));
	HOLDS(CALL(getpgid, b) == a);
	GIVES(0, CALL(setpgid, b, getpgrp()));
	HOLDS(CALL(getpgid, b) == getpgrp());
	GIVES(0, CALL(setpgid, 0, 0));
	end(a);
	end(b);
}

CONFORM(setpgid, "EINVAL, ESRCH, EPERM: no such group, a session's leader")
{
	pid_t pid = sleeping(), leader;
	int ends[2];
	char byte;

	pipe_ends(ends);
	CHILD(leader) {
		setsid();
		write(ends[1], "x", 1);
		nap(100000);
	}
	read(ends[0], &byte, 1);
	GIVES(-EINVAL, CALL(setpgid, 0, -1));
	GIVES(-ESRCH, CALL(setpgid, getppid(), 0));
	GIVES(-ESRCH, CALL(setpgid, 1 << 30, 0));
	GIVES(-EPERM, CALL(setpgid, pid, 1 << 30));
	GIVES(-EPERM, CALL(setpgid, leader, 0));
	GIVES(-EPERM, CALL(setpgid, pid, leader));
	end(pid);
	end(leader);
}

CONFORM(setpgid, "EACCES: a child that has executed a program")
{
	char *argv[] = { "conform", NULL };
	char *envp[] = { "CONFORM_EXEC=wait", NULL };
	int ends[2];
	pid_t pid;
	char byte;

	NEEDS(pipe2(ends, O_CLOEXEC) == 0);
	CHILD(pid)
		execve("/proc/self/exe", argv, envp);
	close(ends[1]);
	GIVES(0, read(ends[0], &byte, 1));
	GIVES(-EACCES, CALL(setpgid, pid, 0));
	end(pid);
}

CONFORM(setsid, "a session and a group of one's own")
{
	pid_t pid;

	CHILD(pid) {
		HOLDS(CALL(setsid) == getpid());
		HOLDS(CALL(getsid, 0) == getpid());
		HOLDS(CALL(getpgrp) == getpid());
		GIVES(-EPERM, CALL(setsid));
		GIVES(-EPERM, CALL(setpgid, 0, 0));
	}
	ended(pid);
}

CONFORM(setsid, "EPERM: the leader of a group")
{
	GIVES(-EPERM, CALL(setsid));
}
