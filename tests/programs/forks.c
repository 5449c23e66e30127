/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * forks: processes that share memory, that do not, and what they leave to each
 * other.  A line for each thing that fork(2) and mmap(2) promise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BIG	(9u << 20)
#define MANY	40

static int global = 1;

/* Run FUNCTION in a child: its exit status, or 1000 and its signal. */
static int in_child(int (*function)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = function();
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
		1000 + WTERMSIG(status);
}

static char *big;

static int change_all(void)
{
	int stack = 5;

	global = 2;
	for (size_t i = 0; i < BIG; i += 4096)
		if (big[i] != 'p')
			return 1;
	memset(big, 'c', BIG);
	*(volatile int *)&stack = 6;
	return big[BIG / 2] == 'c' && global == 2 ? 42 : 2;
}

static void copies(void)
{
	int status, wrong = 0;

	big = malloc(BIG);
	memset(big, 'p', BIG);
	status = in_child(change_all);
	for (size_t i = 0; i < BIG; i++)
		wrong += big[i] != 'p';
	printf("child changed all: %d; parent: global %d, %d bytes wrong\n",
	       status, global, wrong);
	memset(big, 'q', BIG);
	printf("parent writes again: %c\n", big[BIG - 1]);
	free(big);
}

static int die(void)
{
	kill(getpid(), SIGUSR1);
	return 1;
}

static volatile int *nowhere;

static int crash(void)
{
	return *nowhere;
}

static int grandchild(void)
{
	return getppid() == getpid() ? 1 : 11;
}

static int child_of_child(void)
{
	return in_child(grandchild) + 1;
}

static void statuses(void)
{
	printf("statuses: %d %d %d\n", in_child(die), in_child(crash),
	       in_child(child_of_child));
}

static int *board;

static void many(void)
{
	int ended = 0, sum = 0, status;

	board = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < MANY; i++) {
		if (fork() == 0) {
			board[i * 1024] = i + 1;
			__atomic_fetch_add(&board[1], 1, __ATOMIC_SEQ_CST);
			_exit(i & 1);
		}
	}
	while (wait(&status) > 0)
		ended += 1 + 100 * WEXITSTATUS(status);
	for (int i = 0; i < MANY; i++)
		sum += board[i * 1024];
	printf("%d at once: ended %d, sum %d, counted %d, %s\n", MANY, ended,
	       sum, board[1], strerror(errno));
	munmap(board, 4 << 20);
}

static char *view;

static int write_view(void)
{
	memcpy(view + 5000, "from the child", 15);
	return 0;
}

static int beyond_end(void)
{
	return view[2 * 4096];
}

static void files(void)
{
	char path[] = "/tmp/forksXXXXXX", text[16] = "", *own;
	int fd = mkstemp(path);

	unlink(path);
	if (fd < 0 || ftruncate(fd, 3 * 4096))
		printf("no file: %s\n", strerror(errno));
	view = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	in_child(write_view);
	pread(fd, text, sizeof(text) - 1, 5000);
	printf("read: %s\n", text);
	pwrite(fd, "written", 8, 100);
	printf("seen: %s\n", view + 100);
	strcpy(own, "private");
	printf("private stays so: %d %s\n", view[0], own);
	printf("msync: %d\n", msync(view, 3 * 4096, MS_SYNC));
	if (ftruncate(fd, 4096))
		printf("cannot shrink\n");
	printf("beyond the end: %d\n", in_child(beyond_end));
	if (ftruncate(fd, 3 * 4096))
		printf("cannot grow\n");
	printf("grown: %d\n", view[5000]);
	printf("read-only: %d %s\n",
	       mprotect(view, 4096, PROT_READ), view + 100);
	munmap(view, 3 * 4096);
	close(fd);
}

static int fork_offset_fd;

static int move_on(void)
{
	char byte;

	return read(fork_offset_fd, &byte, 1) == 1 ? byte : 1;
}

static void descriptors(void)
{
	char text[8] = "";
	int ends[2];

	if (pipe(ends))
		return;
	fork_offset_fd = open("/proc/self/comm", O_RDONLY);
	printf("read on: %c", in_child(move_on));
	printf("%c\n", move_on());
	fflush(stdout);
	if (fork() == 0) {
		dup2(ends[1], 1);
		execl("/proc/self/exe", "forks", "echo", NULL);
		_exit(1);
	}
	close(ends[1]);
	while (read(ends[0], text + strlen(text), 1) == 1)
		;
	wait(NULL);
	printf("pipe: %s\n", text);
}

static void on_signal(int signal)
{
	(void)signal;
}

static int signals_of_child(void)
{
	struct sigaction action;
	sigset_t pending;

	sigaction(SIGUSR1, NULL, &action);
	sigpending(&pending);
	return (action.sa_handler == on_signal) |
	       sigismember(&pending, SIGUSR2) << 1 | (alarm(0) != 0) << 2;
}

static void signals(void)
{
	sigset_t block;

	signal(SIGUSR1, on_signal);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR2);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR2);
	alarm(100);
	printf("handlers are inherited, nothing else: %d\n",
	       in_child(signals_of_child));
	alarm(0);
	signal(SIGUSR1, SIG_DFL);
}

static void *other(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* Of two threads only the one that forks is there, and can make another. */
static int alone(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, other, NULL))
		return 1;
	return 33;
}

static void threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, other, NULL);
	printf("from a thread: %d\n", in_child(alone));
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static int cloned(void *argument)
{
	*(int *)argument = 77;
	return 5;
}

/* A process that shares all memory and goes on beside us. */
static void together(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile int seen;
	int status = 0;
	pid_t pid = clone(cloned, stack + sizeof(stack), CLONE_VM | SIGCHLD,
			  (void *)&seen);

	if (pid < 0)
		printf("clone: %s\n", strerror(errno));
	waitpid(pid, &status, 0);
	printf("in the same memory: %d, status %d\n", seen,
	       WEXITSTATUS(status));
}

static int sequence(void)
{
	return 0;
}

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc > 1) {
		(void)!write(1, argv[1], strlen(argv[1]));
		return 0;
	}
	copies();
	statuses();
	many();
	files();
	descriptors();
	signals();
	threads();
	together();
	for (int i = 0; i < 200; i++)
		failures += in_child(sequence) != 0;
	printf("200 one by one: %d failures\n", failures);
	return 0;
}
