/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More of something than a program has as a rule:
 *
 *	masses threads N    N threads that are all there at once
 *	masses sequence N   N processes, one after the other
 *	masses once N       N processes that are all there at once
 *	masses forks        processes that fork until that fails
 *	masses memory       processes that take memory until there is none
 *
 * The last two say so and stay until they are killed.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define GREEDY	4		/* processes that take memory */
#define PIECE	(1ul << 20)

static pthread_barrier_t barrier;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long sum;

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static void *thread(void *argument)
{
	pthread_barrier_wait(&barrier);
	pthread_mutex_lock(&lock);
	sum += (long)argument;
	pthread_mutex_unlock(&lock);
	return argument;
}

static void threads(long n)
{
	pthread_t *all = calloc((size_t)n, sizeof(*all));
	long joined = 0;
	void *result;

	pthread_barrier_init(&barrier, NULL, (unsigned)n + 1);
	for (long i = 0; i < n; i++) {
		errno = pthread_create(&all[i], NULL, thread, (void *)i);
		if (errno)
			fail("pthread_create");
	}
	pthread_barrier_wait(&barrier);
	for (long i = 0; i < n; i++) {
		pthread_join(all[i], &result);
		joined += (long)result;
	}
	printf("%ld threads: %ld, %ld\n", n, sum, joined);
	free(all);
}

/* Waits for one child; its exit status. */
static int ended(void)
{
	int status;

	if (wait(&status) < 0)
		fail("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1000000;
}

static void sequence(long n)
{
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid == 0)
			_exit((int)(i % 100));
		sum += ended();
	}
	printf("%ld processes: %ld\n", n, sum);
}

static void once(long n)
{
	int up[2], down[2];
	char c;

	if (pipe(up) || pipe(down))
		fail("pipe");
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid == 0) {
			close(down[1]);
			if (write(up[1], "x", 1) != 1 ||
			    read(down[0], &c, 1) != 0)
				_exit(255);
			_exit((int)(i % 100));
		}
	}
	for (long i = 0; i < n; i++)
		if (read(up[0], &c, 1) != 1)
			fail("read");
	close(down[1]);
	for (long i = 0; i < n; i++)
		sum += ended();
	printf("%ld processes at once: %ld\n", n, sum);
}

/* Says it once, whoever is the first. */
static void say_and_stay(int fd, const char *what)
{
	char text[100];

	if (errno != EAGAIN && errno != ENOMEM)
		snprintf(text, sizeof(text), "%s: %s\n", what, strerror(errno));
	else
		snprintf(text, sizeof(text), "%s: no more\n", what);
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void forks(void)
{
	for (;;)
		if (fork() < 0)
			say_and_stay(1, "fork");
}

static void memory(void)
{
	for (int i = 1; i < GREEDY; i++)
		if (fork() == 0)
			break;
	for (;;) {
		char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (piece == MAP_FAILED)
			say_and_stay(1, "mmap");
		memset(piece, 1, PIECE);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0;

	if (!strcmp(what, "threads") && n > 0)
		threads(n);
	else if (!strcmp(what, "sequence") && n > 0)
		sequence(n);
	else if (!strcmp(what, "once") && n > 0)
		once(n);
	else if (!strcmp(what, "forks"))
		forks();
	else if (!strcmp(what, "memory"))
		memory();
	else
		return 2;
	return 0;
}
