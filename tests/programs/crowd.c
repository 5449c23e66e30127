/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd N: N children that sleep, in N processes; says so when all are there.
 * crowd threads N: N threads that sleep beside the first.
 * crowd bomb: children that make children that end at once, for ever.
 * crowd title: one whose arguments are no longer there.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOMBERS	6

static void say(const char *text)
{
	puts(text);
	fflush(stdout);
}

static int sleep_on(void)
{
	for (;;)
		pause();
	return 0;
}

static int sleepers(int n)
{
	int ends[2];
	char here;

	if (pipe(ends))
		return 1;
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {
			if (write(ends[1], "x", 1) != 1)
				return 1;
			return sleep_on();
		}
	}
	for (int i = 0; i < n; i++)
		if (read(ends[0], &here, 1) != 1)
			return 1;
	say("all are there");
	return sleep_on();
}

static void *idle(void *unused)
{
	sleep_on();
	return unused;
}

static int idlers(int n)
{
	for (int i = 0; i < n; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, idle, NULL)) {
			perror("pthread_create");
			return 1;
		}
	}
	return sleep_on();
}

static void bomb(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static int bombs(void)
{
	for (int i = 0; i < BOMBERS; i++)
		if (fork() == 0)
			bomb();
	say("bombing");
	return sleep_on();
}

/*
 * The page of the arguments goes, on which the stack may lie: so this has one of
 * its own, and main() is never woken.
 */
static int lose(void *argument)
{
	char *page = (char *)((unsigned long)argument & ~4095ul);

	if (munmap(page, 4096))
		return 1;
	return sleep_on();
}

static int untitled(char *argument)
{
	static char stack[65536];

	return clone(lose, stack + sizeof(stack),
		     CLONE_VM | CLONE_VFORK | SIGCHLD, argument) < 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "1";

	if (!strcmp(what, "bomb"))
		return bombs();
	if (!strcmp(what, "title"))
		return untitled(argv[1]);
	if (!strcmp(what, "threads"))
		return idlers(argc > 2 ? atoi(argv[2]) : 1);
	return sleepers(atoi(what));
}
