/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jobs: job control. Says "ok" of each thing that is as signal(7), wait(2) and
 * setpgid(2) have it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS	4

static int wrong;

static void check(bool good, const char *what)
{
	printf("%s %s\n", good ? "ok" : "WRONG", what);
	fflush(stdout);
	wrong += !good;
}

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time))
		;
}

/* Shared with children. */
static struct shared {
	volatile unsigned long count[THREADS];
	volatile int slept, been_read, woken, signalled[65];
} *shared;

static void note(int signal)
{
	shared->signalled[signal]++;
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void mask(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(how, &set, NULL);
}

static bool is_pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal);
}

/* In a group of its own, whose parent is in ours: no orphan. */
static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		wrong = 0;
		setpgid(0, 0);
		run();
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

/* What wait(2) says of PID: the signal that stopped it, else its negative. */
static int stopped_by(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		return -status;
	return WSTOPSIG(status);
}

static bool continued(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, WCONTINUED) == pid &&
		WIFCONTINUED(status);
}

/* The signal that ended PID; 0: it exited with 0. */
static int ended_by(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -status;
}

static char state_of(pid_t pid)
{
	char path[64], line[512], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file && fgets(line, sizeof(line), file))
		state = strrchr(line, ')')[2];
	if (file)
		fclose(file);
	return state;
}

/* All threads of a process stop. */

static int pipes[2];

static void *count_up(void *number)
{
	for (;;)
		shared->count[(intptr_t)number]++;
	return NULL;
}

static void *sleep_long(void *arg)
{
	struct timespec time = { 2, 0 };

	shared->slept = nanosleep(&time, NULL) ? -errno : 1;
	return arg;
}

static void *read_some(void *arg)
{
	char c;

	shared->been_read = read(pipes[0], &c, 1) == 1 ? c : -errno;
	return arg;
}

static void threads(void)
{
	pthread_t thread;

	for (intptr_t i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, count_up, (void *)i);
	pthread_create(&thread, NULL, sleep_long, NULL);
	pthread_create(&thread, NULL, read_some, NULL);
	count_up(0);
}

/* Do all threads count, or none? */
static bool counting(bool all)
{
	unsigned long before[THREADS];
	int moved = 0;

	for (int tries = 0; tries < 200 && moved < THREADS; tries++) {
		for (int i = 0; i < THREADS; i++)
			before[i] = shared->count[i];
		pause_ms(50);
		moved = 0;
		for (int i = 0; i < THREADS; i++)
			moved += shared->count[i] != before[i];
		if (!all)
			return moved == 0;
	}
	return moved == THREADS;
}

static bool soon(volatile int *what, int wanted)
{
	for (int i = 0; i < 1000 && *what != wanted; i++)
		pause_ms(10);
	return *what == wanted;
}

static void stop_threads(int signal)
{
	int slept;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	if (pipe(pipes))
		return;
	pid = start(threads);
	check(counting(true), "its threads count");
	kill(pid, signal);
	check(stopped_by(pid) == signal, "it is stopped");
	check(counting(false), "with all its threads");
	check(state_of(pid) == 'T', "as /proc shows");
	slept = shared->slept;		/* on a busy machine it may have */
	check(waitpid(pid, NULL, WUNTRACED | WCONTINUED | WNOHANG) == 0,
	      "told once");
	if (write(pipes[1], "x", 1) < 0)
		return;
	pause_ms(300);
	check(shared->slept == slept && !shared->been_read,
	      "calls wait as well");
	kill(pid, SIGCONT);
	check(continued(pid), "it is continued");
	check(counting(true), "with all its threads");
	check(soon(&shared->been_read, 'x'), "a read goes on");
	check(soon(&shared->slept, 1), "a sleep goes on");
	check(waitpid(pid, NULL, WUNTRACED | WCONTINUED | WNOHANG) == 0,
	      "that is told once, too");
	kill(pid, SIGSTOP);
	stopped_by(pid);
	kill(pid, SIGTERM);
	pause_ms(50);
	check(state_of(pid) == 'T', "SIGTERM waits");
	kill(pid, SIGKILL);
	check(ended_by(pid) == SIGKILL, "SIGKILL does not");
	close(pipes[0]);
	close(pipes[1]);
}

/* A thread whose vfork(2) child goes on cannot stop yet. */
static void vfork_long(void)
{
	char c;

	if (vfork() == 0) {
		shared->woken = 1;
		if (read(pipes[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	for (;;)
		pause();
}

static void stop_in_vfork(void)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	if (pipe(pipes))
		return;
	pid = start(vfork_long);
	check(soon(&shared->woken, 1), "vfork");
	kill(pid, SIGSTOP);
	pause_ms(100);
	check(waitpid(pid, NULL, WUNTRACED | WNOHANG) == 0,
	      "its parent has not stopped");
	if (write(pipes[1], "x", 1) < 0)
		return;
	check(stopped_by(pid) == SIGSTOP, "but does when the child ends");
	kill(pid, SIGKILL);
	check(ended_by(pid) == SIGKILL, "and ends");
	close(pipes[0]);
	close(pipes[1]);
}

/* One thread takes the signal for all. */
static void *stop_itself(void *arg)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP);
	shared->woken = 1;
	return arg;
}

static void stop_by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, stop_itself, NULL);
	pthread_join(thread, NULL);
}

static void thread_stops_all(void)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = start(stop_by_thread);
	check(stopped_by(pid) == SIGSTOP && !shared->woken,
	      "a thread stops its process");
	kill(pid, SIGCONT);
	check(ended_by(pid) == 0 && shared->woken, "which goes on");
}

/* Signals and each other. */

static void cancel(void)
{
	mask(SIG_BLOCK, SIGCONT);
	mask(SIG_BLOCK, SIGTSTP);
	raise(SIGCONT);
	check(is_pending(SIGCONT), "SIGCONT is pending");
	raise(SIGTSTP);
	check(!is_pending(SIGCONT) && is_pending(SIGTSTP),
	      "a stop signal drops it");
	raise(SIGCONT);
	check(is_pending(SIGCONT) && !is_pending(SIGTSTP), "and it that");
	_exit(wrong);
}

static void with_handlers(void)
{
	handle(SIGCONT, note, 0);
	handle(SIGTSTP, note, 0);
	raise(SIGTSTP);
	check(shared->signalled[SIGTSTP] == 1, "a handler instead of a stop");
	handle(SIGTTIN, SIG_IGN, 0);
	raise(SIGTTIN);
	check(shared->signalled[SIGCONT] == 0, "and an ignored one");
	raise(SIGSTOP);
	check(shared->signalled[SIGCONT] == 1, "SIGCONT's handler has run");
	_exit(wrong);
}

static void wait_for_term(void)
{
	handle(SIGTERM, note, 0);
	raise(SIGSTOP);
	_exit(shared->signalled[SIGTERM] ? 0 : 1);
}

static void raise_others(void)
{
	raise(SIGTSTP);
	raise(SIGTTIN);
	raise(SIGTTOU);
}

static void signals(void)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	check(ended_by(start(cancel)) == 0, "stop and continue");
	pid = start(with_handlers);
	check(stopped_by(pid) == SIGSTOP, "SIGSTOP has none");
	kill(pid, SIGCONT);
	check(ended_by(pid) == 0, "handlers");
	pid = start(wait_for_term);
	check(stopped_by(pid) == SIGSTOP, "stopped");
	kill(pid, SIGTERM);
	kill(pid, SIGCONT);
	check(ended_by(pid) == 0, "what came meanwhile is handled");
	pid = start(raise_others);
	check(stopped_by(pid) == SIGTSTP, "SIGTSTP stops");
	kill(pid, SIGCONT);
	check(stopped_by(pid) == SIGTTIN, "SIGTTIN stops");
	kill(-pid, SIGCONT);
	check(stopped_by(pid) == SIGTTOU, "SIGTTOU stops");
	kill(pid, SIGCONT);
	check(ended_by(pid) == 0, "and the end");
}

/* waitid(2) and SIGCHLD. */

/* The second time when its parent has seen that it went on. */
static void stop_twice(void)
{
	raise(SIGSTOP);
	soon(&shared->woken, 1);
	raise(SIGTSTP);
}

static volatile siginfo_t told;
static volatile sig_atomic_t tellings;

static void on_child(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	told = *info;
	tellings++;
}

static bool says(siginfo_t *info, pid_t pid, int code, int status)
{
	return info->si_signo == SIGCHLD && info->si_pid == pid &&
		info->si_code == code && info->si_status == status;
}

static void waits(void)
{
	siginfo_t info;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = start(stop_twice);

	check(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT) == 0 &&
	      says(&info, pid, CLD_STOPPED, SIGSTOP), "WNOWAIT");
	check(waitid(P_PID, pid, &info, WSTOPPED) == 0 &&
	      says(&info, pid, CLD_STOPPED, SIGSTOP), "leaves it");
	info.si_pid = 1;
	check(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG) == 0 &&
	      info.si_pid == 0, "this takes it");
	kill(pid, SIGCONT);
	check(waitid(P_PID, pid, &info, WCONTINUED | WNOWAIT) == 0 &&
	      says(&info, pid, CLD_CONTINUED, SIGCONT), "continued");
	shared->woken = 1;
	/* Then it stops again, which takes the place of that. */
	check(waitid(P_PID, pid, &info, WSTOPPED) == 0 &&
	      says(&info, pid, CLD_STOPPED, SIGTSTP), "and stopped again");
	check(waitid(P_PID, pid, &info, WEXITED | WNOHANG) == 0 &&
	      info.si_pid == 0, "it has not exited");
	kill(pid, SIGKILL);
	check(waitid(P_PID, pid, &info, WEXITED | WSTOPPED) == 0 &&
	      says(&info, pid, CLD_KILLED, SIGKILL), "now it has");
}

static void tells(int flags, int expected, const char *what)
{
	struct sigaction action = {
		.sa_sigaction = on_child,
		.sa_flags = SA_SIGINFO | SA_RESTART | flags,
	};
	pid_t pid;

	tellings = 0;
	sigaction(SIGCHLD, &action, NULL);
	pid = start(stop_twice);
	check(stopped_by(pid) == SIGSTOP, what);
	check(tellings == expected, "SIGCHLD when it stops");
	check(!expected || (told.si_code == CLD_STOPPED &&
			    told.si_status == SIGSTOP && told.si_pid == pid),
	      "what it says");
	kill(pid, SIGCONT);
	check(stopped_by(pid) == SIGTSTP, "stopped again");
	kill(pid, SIGKILL);
	check(ended_by(pid) == SIGKILL && told.si_code == CLD_KILLED,
	      "SIGCHLD when it ends");
	signal(SIGCHLD, SIG_DFL);
}

/* Orphaned groups. */

static void say(const char *text)
{
	if (write(pipes[1], text, strlen(text)) < 0)
		_exit(1);
}

/* All that is written until every end has been closed. */
static const char *heard(void)
{
	static char text[256];
	size_t n = 0;
	ssize_t more;

	close(pipes[1]);
	while ((more = read(pipes[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += more;
	text[n] = '\0';
	close(pipes[0]);
	return text;
}

/* Wait until our parent has ended. */
static void be_orphaned(pid_t parent)
{
	while (getppid() == parent)
		pause_ms(5);
}

static void orphan(void)
{
	pid_t parent = getpid();

	if (fork() == 0) {
		be_orphaned(parent);
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		say("not stopped ");
		_exit(0);
	}
}

static void on_hup(int signal)
{
	(void)signal;
	say("SIGHUP ");
}

static void on_cont(int signal)
{
	(void)signal;
	say("SIGCONT ");
}

static void leave_stopped(void)
{
	pid_t pid;

	setsid();
	pid = start(stop_twice);
	stopped_by(pid);
	kill(pid, SIGKILL);
	ended_by(pid);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		handle(SIGHUP, on_hup, 0);
		handle(SIGCONT, on_cont, 0);
		raise(SIGTSTP);
		_exit(0);
	}
	say(stopped_by(pid) == SIGTSTP ? "stopped " : "not stopped ");
}

static void orphans(void)
{
	pid_t pid;

	if (pipe(pipes))
		return;
	pid = start(orphan);
	check(ended_by(pid) == 0, "its parent ends");
	check(!strcmp(heard(), "not stopped "), "an orphan does not stop");
	if (pipe(pipes))
		return;
	pid = fork();
	if (pid == 0) {
		leave_stopped();
		_exit(0);
	}
	check(ended_by(pid) == 0, "its parent ends");
	pid = strcmp(heard(), "stopped SIGCONT SIGHUP ");
	check(pid == 0, "stopped orphans are told and go on");
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	stop_threads(SIGSTOP);
	stop_threads(SIGTSTP);
	stop_in_vfork();
	thread_stops_all();
	signals();
	waits();
	tells(0, 1, "with SIGCHLD");
	tells(SA_NOCLDSTOP, 0, "SA_NOCLDSTOP");
	orphans();
	printf("%d wrong\n", wrong);
	return wrong != 0;
}
