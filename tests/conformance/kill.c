/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending signals. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "conform.h"

static volatile siginfo_t seen;
static volatile int signals;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	*(siginfo_t *)&seen = *info;
	signals++;
}

static void on(int signal)
{
	struct sigaction action = {
		.sa_sigaction = note, .sa_flags = SA_SIGINFO,
	};

	sigaction(signal, &action, NULL);
}

static pid_t sleeping(void)
{
	pid_t pid;

	CHILD(pid)
		nap(100000);
	return pid;
}

static long end(pid_t pid)
{
	kill(pid, SIGKILL);
	return ended(pid);
}

static void block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void unblock_all(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* kill(2) */

CONFORM(kill, "oneself: who sent it, before the call returns")
{
	on(SIGUSR1);
	GIVES(0, CALL(kill, getpid(), SIGUSR1));
	GIVES(1, signals);
	GIVES(SIGUSR1, seen.si_signo);
	GIVES(SI_USER, seen.si_code);
	HOLDS(seen.si_pid == getpid());
	GIVES(0, seen.si_uid);
}

CONFORM(kill, "a child, whatever a signal does by default")
{
	const int fatal[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS,
		SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,
		SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF,
		SIGIO, SIGPWR, SIGSYS, 34, 64,
	};

	for (unsigned i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		pid_t pid = sleeping();

		HOLDS(CALL(kill, pid, fatal[i]) == 0 &&
		      ended(pid) == 128 + fatal[i]);
	}
}

CONFORM(kill, "SIGCHLD, SIGURG, SIGWINCH, SIGCONT are ignored by default")
{
	const int ignored[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

	for (unsigned i = 0; i < 4; i++)
		GIVES(0, CALL(kill, getpid(), ignored[i]));
}

CONFORM(kill, "SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU stop, SIGCONT goes on")
{
	const int stop[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	pid_t pid = sleeping();
	int status;

	for (unsigned i = 0; i < 4; i++) {
		GIVES(0, CALL(kill, pid, stop[i]));
		HOLDS(waitpid(pid, &status, WUNTRACED) == pid &&
		      WIFSTOPPED(status) && WSTOPSIG(status) == stop[i]);
		GIVES(0, CALL(kill, pid, SIGCONT));
		HOLDS(waitpid(pid, &status, WCONTINUED) == pid &&
		      WIFCONTINUED(status));
	}
	GIVES(128 + SIGKILL, end(pid));
}

CONFORM(kill, "a stopped process gets nothing but SIGKILL until it goes on")
{
	pid_t pid = sleeping();
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	GIVES(0, CALL(kill, pid, SIGTERM));
	nap(20);
	GIVES(0, waitpid(pid, &status, WNOHANG));
	GIVES(0, CALL(kill, pid, SIGCONT));
	GIVES(128 + SIGTERM, ended(pid));
	pid = sleeping();
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	GIVES(0, CALL(kill, pid, SIGKILL));
	GIVES(128 + SIGKILL, ended(pid));
}

CONFORM(kill, "0: only whether one may; zombies are there")
{
	pid_t pid = sleeping();

	GIVES(0, CALL(kill, pid, 0));
	kill(pid, SIGKILL);
	GIVES(0, waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT));
	GIVES(0, CALL(kill, pid, 0));
	GIVES(0, CALL(kill, pid, SIGKILL));
	GIVES(128 + SIGKILL, ended(pid));
	GIVES(-ESRCH, CALL(kill, pid, 0));
}

CONFORM(kill, "groups: one's own by 0, others by negative numbers")
{
	pid_t a = sleeping(), b = sleeping();
	int status;

	NEEDS(!setpgid(a, a) && !setpgid(b, a));
	GIVES(0, CALL(kill, -a, SIGTERM));
	GIVES(128 + SIGTERM, ended(a));
	GIVES(128 + SIGTERM, ended(b));
	GIVES(-ESRCH, CALL(kill, -a, 0));
	signal(SIGUSR1, SIG_IGN);
	CHILD(a) {
		signal(SIGUSR1, SIG_DFL);
		CALL(kill, 0, SIGUSR1);
	}
	HOLDS(waitpid(a, &status, 0) == a);
	GIVES(SIGUSR1, status);
}

CONFORM(kill, "EINVAL: no signal; ESRCH: no process, no group")
{
	GIVES(-EINVAL, CALL(kill, getpid(), -1));
	GIVES(-EINVAL, CALL(kill, getpid(), 65));
	GIVES(-ESRCH, CALL(kill, 1 << 30, 0));
	GIVES(-ESRCH, CALL(kill, -(1 << 30), 0));
	GIVES(-ESRCH, CALL(kill, 1 << 31, SIGTERM));
	SHOWS(CALL(kill, 1 << 30, 65));
}

CONFORM(kill, "EPERM: processes of others; the saved user counts")
{
	pid_t pid;

	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(kill, getppid(), 0));
		GIVES(-EPERM, CALL(kill, getppid(), SIGTERM));
		GIVES(0, CALL(kill, getpid(), 0));
	}
	ended(pid);
	NEEDS(CALL(setresuid, 0, 0, NOBODY) == 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(0, CALL(kill, getppid(), 0));
	}
	ended(pid);
}

/* tkill(2), tgkill(2) */

static void *take_signal(void *tid)
{
	*(int *)tid = (int)syscall(SYS_gettid);
	while (!signals)
		nap(5);
	return NULL;
}

CONFORM(tkill, "one thread")
{
	volatile int tid = 0;
	pthread_t thread;

	on(SIGUSR1);
	pthread_create(&thread, NULL, take_signal, (void *)&tid);
	NEEDS(SOON(tid != 0));
	GIVES(0, CALL(tkill, tid, SIGUSR1));
	pthread_join(thread, NULL);
	HOLDS(seen.si_code == SI_TKILL && seen.si_pid == getpid());
	GIVES(1, signals);
	HOLDS(SOON(CALL(tkill, tid, 0) == -ESRCH));
}

CONFORM(tkill, "EINVAL, ESRCH, EPERM")
{
	GIVES(0, CALL(tkill, getpid(), 0));
	GIVES(-EINVAL, CALL(tkill, 0, SIGUSR1));
	GIVES(-EINVAL, CALL(tkill, -1, SIGUSR1));
	GIVES(-EINVAL, CALL(tkill, getpid(), 65));
	GIVES(-ESRCH, CALL(tkill, 1 << 30, SIGUSR1));
	become(NOBODY);
	GIVES(-EPERM, CALL(tkill, getppid(), SIGUSR1));
}

CONFORM(tgkill, "one thread of a process; EINVAL, ESRCH, EPERM")
{
	on(SIGUSR1);
	GIVES(0, CALL(tgkill, getpid(), CALL(gettid), SIGUSR1));
	GIVES(1, signals);
	HOLDS(seen.si_code == SI_TKILL);
	GIVES(0, CALL(tgkill, getpid(), getpid(), 0));
	GIVES(-EINVAL, CALL(tgkill, 0, getpid(), 0));
	GIVES(-EINVAL, CALL(tgkill, getpid(), -1, 0));
	GIVES(-EINVAL, CALL(tgkill, getpid(), getpid(), 65));
	GIVES(-ESRCH, CALL(tgkill, getpid(), getppid(), 0));
	GIVES(-ESRCH, CALL(tgkill, 1 << 30, getpid(), 0));
	become(NOBODY);
	GIVES(-EPERM, CALL(tgkill, getppid(), getppid(), SIGUSR1));
}

/* rt_sigqueueinfo(2), rt_tgsigqueueinfo(2) */

static siginfo_t info_of(int code, int value)
{
	siginfo_t info = { .si_code = code };

	info.si_pid = getpid();
	info.si_value.sival_int = value;
	return info;
}

CONFORM(rt_sigqueueinfo, "a value; real-time signals queue up in order")
{
	siginfo_t info = info_of(SI_QUEUE, 42);

	on(34);
	GIVES(0, CALL(rt_sigqueueinfo, getpid(), 34, &info));
	HOLDS(seen.si_code == SI_QUEUE);
	GIVES(42, seen.si_value.sival_int);
	GIVES(34, seen.si_signo);
	block(34);
	for (int i = 1; i <= 3; i++) {
		info = info_of(SI_QUEUE, i);
		GIVES(0, CALL(rt_sigqueueinfo, getpid(), 34, &info));
	}
	unblock_all();
	GIVES(4, signals);
	GIVES(3, seen.si_value.sival_int);
}

CONFORM(rt_sigqueueinfo, "EPERM: what looks like the kernel's, to others")
{
	siginfo_t info = info_of(SI_USER, 0);
	pid_t pid = sleeping();

	GIVES(-EPERM, CALL(rt_sigqueueinfo, pid, SIGUSR1, &info));
	info = info_of(SI_TKILL, 0);
	GIVES(-EPERM, CALL(rt_sigqueueinfo, pid, SIGUSR1, &info));
	info = info_of(1, 0);
	GIVES(-EPERM, CALL(rt_sigqueueinfo, pid, SIGUSR1, &info));
	on(SIGUSR1);
	GIVES(0, CALL(rt_sigqueueinfo, getpid(), SIGUSR1, &info));
	GIVES(1, seen.si_code);
	GIVES(128 + SIGKILL, end(pid));
}

CONFORM(rt_sigqueueinfo, "EINVAL, ESRCH, EPERM, EFAULT")
{
	siginfo_t info = info_of(SI_QUEUE, 1);

	GIVES(-EINVAL, CALL(rt_sigqueueinfo, getpid(), 65, &info));
	GIVES(-EINVAL, CALL(rt_sigqueueinfo, getpid(), -1, &info));
	GIVES(-ESRCH, CALL(rt_sigqueueinfo, 1 << 30, SIGUSR1, &info));
	GIVES(-ESRCH, CALL(rt_sigqueueinfo, -getpid(), SIGUSR1, &info));
	GIVES(0, CALL(rt_sigqueueinfo, getpid(), 0, &info));
	FAULTS(IN, p, CALL(rt_sigqueueinfo, getpid(), SIGUSR1, p));
	become(NOBODY);
	GIVES(-EPERM, CALL(rt_sigqueueinfo, getppid(), SIGUSR1, &info));
}

CONFORM(rt_tgsigqueueinfo, "to one thread; EINVAL, ESRCH, EPERM, EFAULT")
{
	siginfo_t info = info_of(SI_QUEUE, 7);

	on(SIGUSR1);
	GIVES(0, CALL(rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
	GIVES(7, seen.si_value.sival_int);
	GIVES(-EINVAL, CALL(rt_tgsigqueueinfo, 0, getpid(), SIGUSR1, &info));
	GIVES(-EINVAL, CALL(rt_tgsigqueueinfo, getpid(), -1, SIGUSR1, &info));
	GIVES(-EINVAL, CALL(rt_tgsigqueueinfo, getpid(), getpid(), 65, &info));
	GIVES(-ESRCH, CALL(rt_tgsigqueueinfo, getpid(), 1 << 30, SIGUSR1,
			   &info));
	FAULTS(IN, p,
	       CALL(rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, p));
	info = info_of(SI_USER, 7);
	GIVES(-EPERM, CALL(rt_tgsigqueueinfo, getppid(), getppid(), SIGUSR1,
			   &info));
}

/* pidfd_send_signal(2) */

CONFORM(pidfd_send_signal, "as kill, or with a siginfo; ESRCH: it has ended")
{
	siginfo_t info = info_of(SI_QUEUE, 9);
	pid_t pid = sleeping();
	int fd = (int)CALL(pidfd_open, pid, 0);

	GIVES(0, CALL(pidfd_send_signal, fd, 0, NULL, 0));
	GIVES(0, CALL(pidfd_send_signal, fd, SIGTERM, NULL, 0));
	GIVES(128 + SIGTERM, ended(pid));
	GIVES(-ESRCH, CALL(pidfd_send_signal, fd, SIGTERM, NULL, 0));
	on(SIGUSR1);
	info.si_signo = SIGUSR1;
	fd = (int)CALL(pidfd_open, getpid(), 0);
	GIVES(0, CALL(pidfd_send_signal, fd, SIGUSR1, &info, 0));
	GIVES(9, seen.si_value.sival_int);
}

CONFORM(pidfd_send_signal, "an open folder /proc/PID will do")
{
	pid_t pid = sleeping();
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = (int)CALL(open, path, O_RDONLY | O_DIRECTORY);
	GIVES(0, CALL(pidfd_send_signal, fd, SIGTERM, NULL, 0));
	GIVES(128 + SIGTERM, ended(pid));
	GIVES(-ESRCH, CALL(pidfd_send_signal, fd, SIGTERM, NULL, 0));
	GIVES(0, CALL(close, fd));
	fd = (int)CALL(open, "/proc/self", O_PATH | O_DIRECTORY);
	GIVES(-EBADF, CALL(pidfd_send_signal, fd, 0, NULL, 0));
	GIVES(0, CALL(close, fd));
	fd = (int)CALL(open, "/proc", O_RDONLY | O_DIRECTORY);
	GIVES(-EBADF, CALL(pidfd_send_signal, fd, 0, NULL, 0));
	GIVES(0, CALL(close, fd));
}

CONFORM(pidfd_send_signal, "EBADF, EINVAL, EPERM, EFAULT")
{
	siginfo_t info = info_of(SI_QUEUE, 9);
	int fd = (int)CALL(pidfd_open, getpid(), 0), parent;

	parent = (int)CALL(pidfd_open, getppid(), 0);
	GIVES(-EBADF, CALL(pidfd_send_signal, 99, SIGUSR1, NULL, 0));
	GIVES(-EBADF, CALL(pidfd_send_signal, 0, SIGUSR1, NULL, 0));
	GIVES(-EINVAL, CALL(pidfd_send_signal, fd, 65, NULL, 0));
	GIVES(-EINVAL, CALL(pidfd_send_signal, fd, SIGUSR1, NULL, 1 << 20));
	info.si_signo = SIGUSR2;
	GIVES(-EINVAL, CALL(pidfd_send_signal, fd, SIGUSR1, &info, 0));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(pidfd_send_signal, fd, SIGUSR1, p, 0));
	become(NOBODY);
	GIVES(-EPERM, CALL(pidfd_send_signal, parent, SIGUSR1, NULL, 0));
}
