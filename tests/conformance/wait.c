/* SPDX-License-Identifier: GPL-2.0-only */
/* Ending, and waiting for those that end. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "conform.h"

static volatile int signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static pid_t ending_with(int status)
{
	pid_t pid;

	CHILD(pid)
		_exit(status);
	return pid;
}

static pid_t sleeping(void)
{
	pid_t pid;

	CHILD(pid)
		nap(100000);
	return pid;
}

/* exit(2), exit_group(2) */

CONFORM(exit_group, "its lowest eight bits are the status")
{
	pid_t pid;

	CHILD(pid)
		CALL(exit_group, 7);
	GIVES(7, ended(pid));
	CHILD(pid)
		CALL(exit_group, 0x1234);
	GIVES(0x34, ended(pid));
	CHILD(pid)
		CALL(exit_group, -1);
	GIVES(255, ended(pid));
}

static void *end_all(void *unused)
{
	CALL(exit_group, 9);
	return unused;
}

static void *end_one(void *unused)
{
	CALL(exit, 9);
	return unused;
}

CONFORM(exit_group, "ends all threads, whatever they do")
{
	pthread_t thread;
	pid_t pid;

	CHILD(pid) {
		pthread_create(&thread, NULL, end_all, NULL);
		for (;;)
			pause();
	}
	GIVES(9, ended(pid));
}

CONFORM(exit, "of one of several threads: the others go on")
{
	pthread_t thread;
	pid_t pid;

	CHILD(pid) {
		pthread_create(&thread, NULL, end_one, NULL);
		pthread_join(thread, NULL);
		CALL(exit, 3);
	}
	GIVES(3, ended(pid));
}

static void *end_later(void *unused)
{
	nap(30);
	CALL(exit, 5);
	return unused;
}

CONFORM(exit, "of the first thread: the last one's status is the process'")
{
	pthread_t thread;
	pid_t pid;

	CHILD(pid) {
		pthread_create(&thread, NULL, end_later, NULL);
		CALL(exit, 4);
	}
	GIVES(0, CALL(wait4, pid, NULL, WNOHANG, NULL));
	GIVES(5, ended(pid));
}

CONFORM(exit, "children get another parent")
{
	int *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid, inner;

	CHILD(pid) {
		pid_t parent = getpid();

		CHILD(inner) {
			*seen = SOON(getppid() != parent) ? 1 : -1;
		}
	}
	GIVES(0, ended(pid));
	HOLDS(SOON(*(volatile int *)seen == 1));
}

/* wait4(2) */

CONFORM(wait4, "the child's pid and status: ended, or killed")
{
	int status;
	pid_t pid = ending_with(42);

	HOLDS(CALL(wait4, pid, &status, 0, NULL) == pid);
	GIVES(42 << 8, status);
	pid = sleeping();
	kill(pid, SIGTERM);
	HOLDS(CALL(wait4, pid, &status, 0, NULL) == pid);
	GIVES(SIGTERM, status);
	GIVES(-ECHILD, CALL(wait4, pid, &status, 0, NULL));
}

CONFORM(wait4, "-1: any, 0: of one's group, below: of that group")
{
	pid_t pid, other;

	pid = ending_with(0);
	HOLDS(CALL(wait4, -1, NULL, 0, NULL) == pid);
	pid = ending_with(0);
	HOLDS(CALL(wait4, 0, NULL, 0, NULL) == pid);
	other = sleeping();
	NEEDS(setpgid(other, other) == 0);
	GIVES(-ECHILD, CALL(wait4, 0, NULL, WNOHANG, NULL));
	GIVES(0, CALL(wait4, -other, NULL, WNOHANG, NULL));
	kill(other, SIGKILL);
	HOLDS(CALL(wait4, -other, NULL, 0, NULL) == other);
}

CONFORM(wait4, "WNOHANG: 0 while none has ended")
{
	pid_t pid = sleeping();

	GIVES(0, CALL(wait4, pid, NULL, WNOHANG, NULL));
	GIVES(0, CALL(wait4, -1, NULL, WNOHANG, NULL));
	kill(pid, SIGKILL);
	HOLDS(CALL(wait4, pid, NULL, 0, NULL) == pid);
	GIVES(-ECHILD, CALL(wait4, -1, NULL, WNOHANG, NULL));
}

CONFORM(wait4, "WUNTRACED, WCONTINUED")
{
	pid_t pid = sleeping();
	int status;

	kill(pid, SIGSTOP);
	HOLDS(CALL(wait4, pid, &status, WUNTRACED, NULL) == pid);
	GIVES(SIGSTOP << 8 | 0x7f, status);
	GIVES(0, CALL(wait4, pid, &status, WUNTRACED | WNOHANG, NULL));
	kill(pid, SIGCONT);
	HOLDS(CALL(wait4, pid, &status, WCONTINUED, NULL) == pid);
	GIVES(0xffff, status);
	kill(pid, SIGKILL);
	HOLDS(CALL(wait4, pid, &status, 0, NULL) == pid);
	GIVES(SIGKILL, status);
}

CONFORM(wait4, "what the child used")
{
	struct rusage usage = { .ru_maxrss = -1 };
	pid_t pid = ending_with(0);

	HOLDS(CALL(wait4, pid, NULL, 0, &usage) == pid);
	HOLDS(usage.ru_maxrss > 0);
	HOLDS(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_usec < 1000000);
}

CONFORM(wait4, "EINTR, or on again with SA_RESTART")
{
	struct sigaction action = { .sa_handler = count };
	pid_t pid, self = getpid(), killer;
	int status;

	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	pid = sleeping();
	CHILD(killer) {
		nap(50);
		kill(self, SIGUSR1);
		nap(50);
		kill(self, SIGUSR2);
		nap(50);
		kill(pid, SIGKILL);
	}
	GIVES(-EINTR, CALL(wait4, pid, &status, 0, NULL));
	HOLDS(CALL(wait4, pid, &status, 0, NULL) == pid);
	GIVES(2, signals);
	GIVES(0, ended(killer));
}

CONFORM(wait4, "ECHILD at once where SIGCHLD is ignored or SA_NOCLDWAIT")
{
	struct sigaction action = {
		.sa_handler = count, .sa_flags = SA_NOCLDWAIT | SA_RESTART,
	};
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = ending_with(0);
	GIVES(-ECHILD, CALL(wait4, pid, NULL, 0, NULL));
	sigaction(SIGCHLD, &action, NULL);
	pid = ending_with(0);
	GIVES(-ECHILD, CALL(wait4, pid, NULL, __WALL, NULL));
	GIVES(1, signals);
}

CONFORM(wait4, "ECHILD, EINVAL, ESRCH, EFAULT")
{
	pid_t pid;

	GIVES(-ECHILD, CALL(wait4, -1, NULL, 0, NULL));
	GIVES(-ECHILD, CALL(wait4, 1, NULL, 0, NULL));
	GIVES(-ECHILD, CALL(wait4, getpid(), NULL, 0, NULL));
	GIVES(-EINVAL, CALL(wait4, -1, NULL, 4 << 20, NULL));
	GIVES(-EINVAL, CALL(wait4, -1, NULL, WEXITED, NULL));
	GIVES(-ESRCH, CALL(wait4, 1 << 31, NULL, 0, NULL));
	pid = ending_with(0);
	GIVES(-EFAULT, CALL(wait4, pid, 8, 0, NULL));
	GIVES(-ECHILD, CALL(wait4, pid, NULL, 0, NULL));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(wait4, ending_with(0), p, 0, NULL));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(wait4, ending_with(0), NULL, 0, p));
}

/* waitid(2) */

CONFORM(waitid, "P_PID, P_ALL, P_PGID: what a siginfo says of the child")
{
	pid_t pid = ending_with(42);
	siginfo_t info = { 0 };

	GIVES(0, CALL(waitid, P_PID, pid, &info, WEXITED, NULL));
	GIVES(SIGCHLD, info.si_signo);
	GIVES(CLD_EXITED, info.si_code);
	GIVES(42, info.si_status);
	HOLDS(info.si_pid == pid);
	GIVES(0, info.si_uid);
	pid = sleeping();
	kill(pid, SIGTERM);
	GIVES(0, CALL(waitid, P_ALL, 0, &info, WEXITED, NULL));
	GIVES(CLD_KILLED, info.si_code);
	GIVES(SIGTERM, info.si_status);
	ending_with(1);
	GIVES(0, CALL(waitid, P_PGID, getpgrp(), &info, WEXITED, NULL));
	GIVES(1, info.si_status);
	ending_with(2);
	GIVES(0, CALL(waitid, P_PGID, 0, &info, WEXITED, NULL));
	GIVES(2, info.si_status);
}

CONFORM(waitid, "WNOWAIT leaves it; WNOHANG: 0 and no pid")
{
	pid_t pid = ending_with(3);
	siginfo_t info = { 0 };

	GIVES(0, CALL(waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL));
	GIVES(3, info.si_status);
	GIVES(0, CALL(waitid, P_PID, pid, &info, WEXITED, NULL));
	GIVES(-ECHILD, CALL(waitid, P_PID, pid, &info, WEXITED, NULL));
	pid = sleeping();
	info.si_pid = info.si_signo = 1;
	GIVES(0, CALL(waitid, P_PID, pid, &info, WEXITED | WNOHANG, NULL));
	GIVES(0, info.si_pid);
	GIVES(0, info.si_signo);
}

CONFORM(waitid, "WSTOPPED, WCONTINUED")
{
	pid_t pid = sleeping();
	siginfo_t info = { 0 };

	kill(pid, SIGSTOP);
	GIVES(0, CALL(waitid, P_PID, pid, &info, WSTOPPED, NULL));
	GIVES(CLD_STOPPED, info.si_code);
	GIVES(SIGSTOP, info.si_status);
	kill(pid, SIGCONT);
	GIVES(0, CALL(waitid, P_PID, pid, &info, WCONTINUED, NULL));
	GIVES(CLD_CONTINUED, info.si_code);
	GIVES(SIGCONT, info.si_status);
}

CONFORM(waitid, "P_PIDFD; EBADF, EAGAIN with PIDFD_NONBLOCK")
{
	pid_t pid = sleeping();
	int fd = CALL(pidfd_open, pid, 0);
	int nonblocking = CALL(pidfd_open, pid, O_NONBLOCK);
	siginfo_t info = { 0 };

	GIVES(-EAGAIN, CALL(waitid, P_PIDFD, nonblocking, &info, WEXITED,
			    NULL));
	GIVES(0, CALL(waitid, P_PIDFD, fd, &info, WEXITED | WNOHANG, NULL));
	kill(pid, SIGKILL);
	GIVES(0, CALL(waitid, P_PIDFD, fd, &info, WEXITED, NULL));
	HOLDS(info.si_pid == pid);
	GIVES(-ECHILD, CALL(waitid, P_PIDFD, fd, &info, WEXITED, NULL));
	GIVES(-EBADF, CALL(waitid, P_PIDFD, 99, &info, WEXITED, NULL));
	GIVES(-EBADF, CALL(waitid, P_PIDFD, 0, &info, WEXITED, NULL));
	GIVES(-EINVAL, CALL(waitid, P_PIDFD, -1, &info, WEXITED, NULL));
}

CONFORM(waitid, "EINVAL, ECHILD, EFAULT")
{
	siginfo_t info;

	GIVES(-EINVAL, CALL(waitid, P_ALL, 0, &info, 0, NULL));
	GIVES(-EINVAL, CALL(waitid, P_ALL, 0, &info, WEXITED | 1 << 20, NULL));
	GIVES(-EINVAL, CALL(waitid, 77, 0, &info, WEXITED, NULL));
	GIVES(-EINVAL, CALL(waitid, P_PID, 0, &info, WEXITED, NULL));
	GIVES(-EINVAL, CALL(waitid, P_PID, -1, &info, WEXITED, NULL));
	GIVES(-EINVAL, CALL(waitid, P_PGID, -1, &info, WEXITED, NULL));
	GIVES(-ECHILD, CALL(waitid, P_ALL, 0, &info, WEXITED, NULL));
	GIVES(-ECHILD, CALL(waitid, P_PID, 1, &info, WEXITED, NULL));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(waitid, P_PID, ending_with(0), p, WEXITED, NULL));
	GIVES(0, CALL(waitid, P_PID, ending_with(0), NULL, WEXITED, NULL));
}

/* pidfd_open(2) */

CONFORM(pidfd_open, "readable once the process has ended")
{
	pid_t pid = sleeping();
	int fd = CALL(pidfd_open, pid, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	GIVES(3, fd);
	GIVES(FD_CLOEXEC, fcntl(fd, F_GETFD));
	GIVES(0, poll(&poll_fd, 1, 0));
	kill(pid, SIGKILL);
	GIVES(1, poll(&poll_fd, 1, -1));
	GIVES(POLLIN, poll_fd.revents);
	HOLDS(fcntl(CALL(pidfd_open, getpid(), O_NONBLOCK), F_GETFL) &
	      O_NONBLOCK);
}

CONFORM(pidfd_open, "EINVAL, ESRCH; it can be neither read nor written")
{
	pid_t pid = ending_with(0);
	char byte;

	ended(pid);
	GIVES(-EINVAL, CALL(pidfd_open, getpid(), 1));
	GIVES(-EINVAL, CALL(pidfd_open, 0, 0));
	GIVES(-EINVAL, CALL(pidfd_open, -1, 0));
	GIVES(-ESRCH, CALL(pidfd_open, pid, 0));
	GIVES(-EINVAL, CALL(read, CALL(pidfd_open, getpid(), 0), &byte, 1));
	GIVES(-EINVAL, CALL(write, 3, &byte, 1));
}
