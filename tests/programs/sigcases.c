/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigcases: corner cases of signals: order, waiting for them, what an action's
 * flags change. Says "ok" of each thing that is as signal(7), sigaction(2) and
 * sigwaitinfo(2) have it.
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
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static void mask(int how, int a, int b)
{
	sigset_t set = set_of(a, b);

	sigprocmask(how, &set, NULL);
}

static bool is_pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal);
}

static volatile sig_atomic_t count;
static volatile int order[32], value[32];
static char alternate[65536];
static volatile bool on_alternate;

static void note(int signal, siginfo_t *info, void *context)
{
	char here;

	(void)context;
	order[count & 31] = signal;
	value[count & 31] = info->si_value.sival_int;
	count++;
	on_alternate = &here > alternate &&
		&here < alternate + sizeof(alternate);
}

static void action(int signal, void (*handler)(int, siginfo_t *, void *),
		   int flags)
{
	struct sigaction action = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags,
	};

	sigaction(signal, &action, NULL);
}

static void send(int signal, int number)
{
	sigqueue(getpid(), signal, (union sigval){ .sival_int = number });
}

/* Order. */

static void queueing(void)
{
	int low = SIGRTMIN + 1, high = SIGRTMIN + 2;
	sigset_t both = set_of(low, high);
	siginfo_t info;

	mask(SIG_BLOCK, low, high);
	mask(SIG_BLOCK, SIGUSR1, SIGUSR2);
	send(high, 1);
	send(low, 2);
	send(high, 3);
	send(low, 4);
	check(sigwaitinfo(&both, &info) == low &&
	      info.si_value.sival_int == 2 && info.si_code == SI_QUEUE &&
	      info.si_pid == getpid() && info.si_uid == getuid(),
	      "the lowest number first");
	check(sigwaitinfo(&both, &info) == low &&
	      info.si_value.sival_int == 4, "then the oldest");
	check(sigwaitinfo(&both, &info) == high &&
	      info.si_value.sival_int == 1, "of each");
	check(sigwaitinfo(&both, NULL) == high, "no siginfo wanted");
	check(!is_pending(low) && !is_pending(high), "none is left");
	send(SIGUSR1, 5);
	send(SIGUSR1, 6);
	both = set_of(SIGUSR1, 0);
	check(sigwaitinfo(&both, &info) == SIGUSR1 &&
	      info.si_value.sival_int == 5 && !is_pending(SIGUSR1),
	      "a standard signal is queued once");
	/* Those of the thread come before those of the process. */
	both = set_of(low, high);
	send(low, 7);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), high);
	check(sigwaitinfo(&both, &info) == high && info.si_code != SI_QUEUE,
	      "the thread's own first");
	check(sigwaitinfo(&both, &info) == low, "then the process'");
	mask(SIG_UNBLOCK, SIGUSR1, SIGUSR2);
}

static void handlers_run_in_order(void)
{
	int low = SIGRTMIN + 1, high = SIGRTMIN + 2;

	action(low, note, 0);
	action(high, note, 0);
	mask(SIG_BLOCK, low, high);
	count = 0;
	send(high, 1);
	send(low, 2);
	send(low, 3);
	mask(SIG_UNBLOCK, low, high);
	/* The last that is begun is the first that runs. */
	check(count == 3 && order[0] == high && order[1] == low &&
	      value[1] == 2 && value[2] == 3, "handlers on top of each other");
}

/* Waiting. */

static void send_soon(int signal)
{
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	pid_t parent = getpid();

	if (signal == SIGALRM) {
		setitimer(ITIMER_REAL, &soon, NULL);
	} else if (fork() == 0) {
		pause_ms(50);
		kill(parent, signal);
		_exit(0);
	}
}

static void waiting(void)
{
	sigset_t set = set_of(SIGUSR1, 0), none;
	struct timespec limit = { 0, 30000000 }, bad = { 0, 1000000000 };
	siginfo_t info;

	mask(SIG_BLOCK, SIGUSR1, 0);
	check(sigtimedwait(&set, &info, &limit) == -1 && errno == EAGAIN,
	      "nothing comes in time");
	limit.tv_nsec = 0;
	check(sigtimedwait(&set, &info, &limit) == -1 && errno == EAGAIN,
	      "nothing is there");
	check(sigtimedwait(&set, &info, &bad) == -1 && errno == EINVAL,
	      "no such time");
	check(syscall(SYS_rt_sigtimedwait, 8, 0, 0, 8) == -1 &&
	      errno == EFAULT && syscall(SYS_rt_sigtimedwait, &set, 0, 0, 7) ==
	      -1 && errno == EINVAL, "mistakes");
	action(SIGALRM, note, SA_RESTART);
	limit.tv_sec = 10;
	count = 0;
	send_soon(SIGALRM);
	/* C libraries may try again. */
	check(syscall(SYS_rt_sigtimedwait, &set, 0, &limit, 8) == -1 &&
	      errno == EINTR && count == 1,
	      "a handler interrupts it, SA_RESTART or not");
	action(SIGUSR1, note, 0);
	send_soon(SIGUSR1);
	check(sigtimedwait(&set, &info, &limit) == SIGUSR1 && count == 1 &&
	      info.si_code == SI_USER && info.si_pid > 0, "no handler runs");
	wait(NULL);
	/* Not blocked: it is taken all the same if it comes meanwhile. */
	mask(SIG_UNBLOCK, SIGUSR1, 0);
	send_soon(SIGUSR1);
	check(sigtimedwait(&set, &info, &limit) == SIGUSR1 && count == 1,
	      "not even if it is not blocked");
	wait(NULL);
	sigemptyset(&none);
	send_soon(SIGALRM);
	check(sigsuspend(&none) == -1 && errno == EINTR && count == 2,
	      "sigsuspend");
	mask(SIG_BLOCK, SIGUSR1, 0);
	raise(SIGUSR1);
	check(sigsuspend(&none) == -1 && errno == EINTR && count == 3 &&
	      !is_pending(SIGUSR1), "for one that is pending");
	raise(SIGUSR1);
	check(is_pending(SIGUSR1), "and the mask is back");
	set = set_of(SIGUSR1, 0);
	sigwaitinfo(&set, NULL);
	signal(SIGUSR2, SIG_IGN);
	mask(SIG_BLOCK, SIGUSR2, 0);
	raise(SIGUSR2);
	check(is_pending(SIGUSR2), "an ignored one waits where it is blocked");
	signal(SIGUSR2, SIG_IGN);
	check(!is_pending(SIGUSR2), "until it is ignored again");
	signal(SIGUSR2, SIG_DFL);
	mask(SIG_UNBLOCK, SIGUSR1, SIGUSR2);
}

/* Flags. */

static void restarts(void)
{
	int pipes[2];
	char c = 0;

	if (pipe(pipes))
		return;
	for (int flags = 0; flags <= 1; flags++) {
		action(SIGALRM, note, flags ? SA_RESTART : 0);
		count = 0;
		if (fork() == 0) {
			pause_ms(200);
			_exit(write(pipes[1], "x", 1) != 1);
		}
		send_soon(SIGALRM);
		if (flags) {
			check(read(pipes[0], &c, 1) == 1 && c == 'x' &&
			      count == 1, "SA_RESTART: read goes on");
			while (wait(NULL) > 0)
				;
			continue;
		}
		check(read(pipes[0], &c, 1) == -1 && errno == EINTR &&
		      count == 1, "without it, read is interrupted");
		send_soon(SIGALRM);
		check(wait(NULL) == -1 ? errno == EINTR : count == 1,
		      "so is wait");
		while (wait(NULL) > 0 || errno == EINTR)
			;
		check(read(pipes[0], &c, 1) == 1, "nothing is lost");
	}
	close(pipes[0]);
	close(pipes[1]);
}

static volatile int depth, deepest;
static volatile bool blocked_self, blocked_other;

static void nest(int signal, siginfo_t *info, void *context)
{
	sigset_t now;

	(void)info;
	(void)context;
	sigprocmask(SIG_BLOCK, NULL, &now);
	blocked_self = sigismember(&now, signal);
	blocked_other = sigismember(&now, SIGUSR2);
	if (++depth > deepest)
		deepest = depth;
	if (deepest < 3 && count++ < 5)
		raise(signal);
	depth--;
}

static void flags(void)
{
	struct sigaction old, new = {
		.sa_sigaction = nest, .sa_flags = SA_SIGINFO,
	};
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };

	sigaddset(&new.sa_mask, SIGUSR2);
	sigaddset(&new.sa_mask, SIGKILL);
	sigaction(SIGUSR1, &new, NULL);
	count = deepest = 0;
	raise(SIGUSR1);
	check(deepest == 1 && blocked_self && blocked_other && count == 5 + 1,
	      "a handler does not interrupt itself");
	new.sa_flags |= SA_NODEFER;
	sigaction(SIGUSR1, &new, NULL);
	count = 0;
	raise(SIGUSR1);
	check(deepest == 3 && !blocked_self && blocked_other, "SA_NODEFER");
	sigaction(SIGUSR1, NULL, &old);
	check(old.sa_sigaction == nest && sigismember(&old.sa_mask, SIGUSR2) &&
	      !sigismember(&old.sa_mask, SIGKILL), "what was set");
	action(SIGUSR1, note, SA_RESETHAND);
	count = 0;
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &old);
	check(count == 1 && old.sa_handler == SIG_DFL, "SA_RESETHAND");
	check(sigaltstack(&stack, NULL) == 0, "sigaltstack");
	action(SIGUSR1, note, 0);
	raise(SIGUSR1);
	check(!on_alternate, "the usual stack");
	action(SIGUSR1, note, SA_ONSTACK);
	raise(SIGUSR1);
	check(on_alternate, "SA_ONSTACK");
	check(sigaltstack(NULL, &stack) == 0 && stack.ss_flags == 0 &&
	      stack.ss_size == sizeof(alternate), "not in use now");
	stack.ss_size = 100;
	check(sigaltstack(&stack, NULL) == -1 && errno == ENOMEM, "too small");
	stack.ss_size = sizeof(alternate);
	stack.ss_flags = 77;
	check(sigaltstack(&stack, NULL) == -1 && errno == EINVAL, "bad flags");
	stack.ss_flags = SS_DISABLE;
	check(sigaltstack(&stack, NULL) == 0, "off");
	raise(SIGUSR1);
	check(!on_alternate, "the usual stack again");
}

static void change_stack(int signal, siginfo_t *info, void *context)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	stack_t now;

	(void)signal;
	(void)info;
	(void)context;
	sigaltstack(NULL, &now);
	value[0] = now.ss_flags == SS_ONSTACK;
	value[1] = sigaltstack(&stack, NULL) == -1 && errno == EPERM;
}

static void stack_in_use(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };

	sigaltstack(&stack, NULL);
	action(SIGUSR1, change_stack, SA_ONSTACK);
	raise(SIGUSR1);
	check(value[0] && value[1], "a stack in use is not changed");
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
}

/* Children. */

static void children(void)
{
	siginfo_t info;
	sigset_t set = set_of(SIGCHLD, 0);
	pid_t pid;

	action(SIGCHLD, note, SA_NOCLDWAIT | SA_RESTART);
	count = 0;
	pid = fork();
	if (pid == 0)
		_exit(3);
	check(waitpid(pid, NULL, 0) == -1 && errno == ECHILD,
	      "SA_NOCLDWAIT: nobody to wait for");
	check(count == 1, "but SIGCHLD");
	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0)
		_exit(3);
	check(wait(NULL) == -1 && errno == ECHILD, "SIG_IGN: the same");
	signal(SIGCHLD, SIG_DFL);
	mask(SIG_BLOCK, SIGCHLD, 0);
	pid = fork();
	if (pid == 0)
		_exit(3);
	check(sigwaitinfo(&set, &info) == SIGCHLD &&
	      info.si_code == CLD_EXITED && info.si_status == 3 &&
	      info.si_pid == pid, "what SIGCHLD says");
	check(waitpid(pid, NULL, 0) == pid, "and who it was");
	mask(SIG_UNBLOCK, SIGCHLD, 0);
}

/* Sending. */

static long queue_info(int pid, int signal, int code)
{
	siginfo_t info = { .si_signo = signal, .si_code = code };

	return syscall(SYS_rt_sigqueueinfo, pid, signal, &info) ? -errno : 0;
}

static volatile int other_tid;
static volatile bool done;

static void *other(void *arg)
{
	mask(SIG_BLOCK, SIGUSR1, 0);
	other_tid = (int)syscall(SYS_gettid);
	while (!done)
		pause_ms(5);
	return arg;
}

static void sending(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	pthread_t thread;
	siginfo_t info;
	pid_t pid;

	mask(SIG_BLOCK, SIGUSR1, 0);
	check(queue_info(getpid(), SIGUSR1, SI_USER) == 0 &&
	      sigwaitinfo(&set, &info) == SIGUSR1 && info.si_code == SI_USER,
	      "to itself a process says what it likes");
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	check(queue_info(pid, SIGUSR1, SI_USER) == -EPERM &&
	      queue_info(pid, SIGUSR1, SI_TKILL) == -EPERM &&
	      queue_info(pid, 0, SI_QUEUE) == 0, "to others it does not");
	check(queue_info(pid, 65, SI_QUEUE) == -EINVAL &&
	      queue_info(pid, -1, SI_QUEUE) == -EINVAL &&
	      queue_info(99999999, 1, SI_QUEUE) == -ESRCH, "mistakes");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (pthread_create(&thread, NULL, other, NULL))
		return;
	while (!other_tid)
		pause_ms(5);
	check(kill(other_tid, 0) == 0 && kill(other_tid, SIGUSR1) == 0 &&
	      is_pending(SIGUSR1), "a thread's number means its process");
	sigwaitinfo(&set, NULL);
	done = true;
	pthread_join(thread, NULL);
	check(syscall(SYS_tgkill, getpid(), -1, 0) == -1 && errno == EINVAL &&
	      syscall(SYS_tgkill, getpid(), getppid(), 0) == -1 &&
	      errno == ESRCH, "no such thread");
	check(syscall(SYS_rt_sigaction, 70, 0, 0, 8) == -1 &&
	      errno == EINVAL && syscall(SYS_rt_sigaction, SIGKILL, &set, 0,
					 8) == -1 && errno == EINVAL &&
	      syscall(SYS_rt_sigaction, SIGUSR1, 8, 0, 8) == -1 &&
	      errno == EFAULT && syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4) ==
	      -1 && errno == EINVAL, "actions that are none");
}

int main(void)
{
	queueing();
	handlers_run_in_order();
	waiting();
	restarts();
	flags();
	stack_in_use();
	children();
	sending();
	printf("%d wrong\n", wrong);
	return wrong != 0;
}
