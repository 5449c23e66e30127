/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * operations: does each of them often, between two marks for the emulator
 * (count.c).  Prints a line "MARK TIMES NAME" for each.  Needs two CPUs for some.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define WARM		4	/* times before it is measured */
#define MIB		(1ul << 20)

static char buffer[4096];
static int zero, there[2];
static int first_cpu, second_cpu;
static const char *self;
static char *touched;
static volatile int turn;

/* A thread on one of our CPUs. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		exit(1);
	}
}

static void get_pid(void)
{
	syscall(SYS_getpid);
}

static void get_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
}

static void get_time_by_call(void)
{
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
}

static void read_zero(void)
{
	if (read(zero, buffer, sizeof(buffer)) != sizeof(buffer))
		exit(1);
}

static void pipe_there_and_back(void)
{
	if (write(there[1], buffer, 1) != 1 || read(there[0], buffer, 1) != 1)
		exit(1);
}

static void map(size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < size; i += 4096)
		at[i] = 1;
	munmap(at, size);
}

static void map_2m(void)
{
	map(2 * MIB);
}

static void map_64m(void)
{
	map(64 * MIB);
}

static void map_to_touch(void)
{
	touched = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (touched == MAP_FAILED)
		exit(1);
}

static void touch_64m(void)
{
	for (size_t i = 0; i < 64 * MIB; i += 4096)
		touched[i] = 1;
}

static void unmap_touched(void)
{
	munmap(touched, 64 * MIB);
}

static void await(int value)
{
	while (turn != value)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - value, NULL,
			NULL, 0);
}

static void pass(int value)
{
	turn = value;
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static volatile int partner_ends;
static pthread_t partner;

static void *partner_run(void *argument)
{
	stay_on(second_cpu);
	for (;;) {
		await(1);
		if (partner_ends)
			return argument;
		pass(0);
	}
}

static void partner_begin(void)
{
	turn = 0;
	if (pthread_create(&partner, NULL, partner_run, NULL))
		exit(1);
}

static void partner_end(void)
{
	partner_ends = 1;
	pass(1);
	pthread_join(partner, NULL);
}

static void ping_pong(void)
{
	pass(1);
	await(0);
}

static void *nothing(void *argument)
{
	return argument;
}

static void create_and_join(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL))
		exit(1);
	pthread_join(thread, NULL);
}

static void sleep_50us(void)
{
	struct timespec time = { 0, 50000 };

	nanosleep(&time, NULL);
}

static void handle(int signal)
{
	(void)signal;
}

static void signal_begin(void)
{
	signal(SIGUSR1, handle);
}

static void signal_self(void)
{
	raise(SIGUSR1);
}

static void fork_and_wait(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (waitpid(pid, NULL, 0) != pid)
		exit(1);
}

static void fork_and_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "nothing", NULL);
		_exit(1);
	}
	if (waitpid(pid, NULL, 0) != pid)
		exit(1);
}

static const struct operation {
	const char *name;
	int times;
	void (*run)(void);
	void (*before)(void), (*after)(void);	/* not measured; or NULL */
} operations[] = {
	{ "getpid", 1000, get_pid, NULL, NULL },
	{ "clock_gettime", 1000, get_time, NULL, NULL },
	{ "clock_gettime by system call", 1000, get_time_by_call, NULL, NULL },
	{ "read of 4 KiB of /dev/zero", 1000, read_zero, NULL, NULL },
	{ "byte through a pipe", 1000, pipe_there_and_back, NULL, NULL },
	{ "mmap, touch, munmap of 2 MiB", 50, map_2m, NULL, NULL },
	{ "mmap, touch, munmap of 64 MiB", 5, map_64m, NULL, NULL },
	{ "touching 64 MiB", 1, touch_64m, map_to_touch, unmap_touched },
	{ "futex there and back", 500, ping_pong, partner_begin, partner_end },
	{ "pthread create and join", 200, create_and_join, NULL, NULL },
	{ "sched_yield", 1000, (void (*)(void))sched_yield, NULL, NULL },
	{ "nanosleep of 50 us", 200, sleep_50us, NULL, NULL },
	{ "signal to oneself", 500, signal_self, signal_begin, NULL },
	{ "fork, exit, wait", 50, fork_and_wait, NULL, NULL },
	{ "fork, exec, exit, wait", 50, fork_and_exec, NULL, NULL },
};

#define COUNT	((int)(sizeof(operations) / sizeof(operations[0])))

static void measure(int number)
{
	const struct operation *operation = &operations[number];

	if (operation->before)
		operation->before();
	/* What comes on first use; memory's is what is measured. */
	if (operation->run != touch_64m)
		for (int i = 0; i < WARM; i++)
			operation->run();
	mark(number);
	for (int i = 0; i < operation->times; i++)
		operation->run();
	mark(number);
	if (operation->after)
		operation->after();
	printf("%d %d %s\n", number, operation->times, operation->name);
}

/* The first two CPUs that we may run on. */
static void find_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 2) {
		fprintf(stderr, "operations: needs two CPUs\n");
		exit(1);
	}
	while (!CPU_ISSET(first_cpu, &set))
		first_cpu++;
	second_cpu = first_cpu + 1;
	while (!CPU_ISSET(second_cpu, &set))
		second_cpu++;
	stay_on(first_cpu);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 0;	/* it is what was executed */
	self = argv[0];
	find_cpus();
	zero = open("/dev/zero", O_RDONLY);
	if (zero < 0 || pipe(there))
		return 1;
	for (int i = 0; i < COUNT; i++)
		measure(i);
	return 0;
}
