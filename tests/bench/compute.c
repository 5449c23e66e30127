/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compute MILLIONS THREADS [call|timer|ipi]: so many threads, one on each of
 * the first CPUs that it may run on, execute MILLIONS of instructions each,
 * between marks of their own for the emulator (count.c): thread N between those
 * of number N.  Nothing between the marks enters the kernel, but for what is
 * asked for, which happens once:
 *
 *	call	the first thread calls the kernel
 *	timer	a timer of the first thread's process ends, of which nobody hears
 *	ipi	the second thread, on another CPU, makes the kernel interrupt
 *		the first one's
 *
 * Prints the times at which all of it began and ended, in microseconds.
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define MAX_THREADS	16	/* as many as mark.h has numbers */
#define TURN		100	/* instructions */
#define TURNS		(1000000 / TURN)	/* of a million */
#define TIMER_US	100000

static long millions;
static int threads;
static const char *event = "";
static long long begun, ended;	/* by the first thread */

/* So many turns of exactly TURN instructions, long blocks for the emulator. */
static void compute(long turns)
{
	unsigned long value = 1;

	asm volatile("1:\n\t"
		     ".rept 98\n\t"
		     "lea 1(%1,%1,4), %1\n\t"
		     ".endr\n\t"
		     "dec %0\n\t"
		     "jnz 1b"
		     : "+r" (turns), "+r" (value) : : "cc");
}

/*
 * Nobody is in the kernel where all meet, nor goes there before all have left:
 * what one thread's start or end does to the others' CPUs is not measured.
 */
static void meet(atomic_int *arrived)
{
	atomic_fetch_add(arrived, 1);
	while (atomic_load(arrived) < threads)
		;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

static bool asked_for(const char *what, int number, int which)
{
	return number == which && !strcmp(event, what);
}

/*
 * A timer that is over interrupts the CPU, and nothing else comes of it.  That of a
 * CPU which Linux has been told to leave alone may be another CPU's to watch: see
 * get_nohz_timer_target() in its kernel/sched/core.c.
 */
static void start_timer(void)
{
	struct itimerval timer = { .it_value.tv_usec = TIMER_US };

	signal(SIGALRM, SIG_IGN);
	if (setitimer(ITIMER_REAL, &timer, NULL))
		fail("setitimer");
}

static void check_timer(void)
{
	struct itimerval timer;

	if (getitimer(ITIMER_REAL, &timer) || timer.it_value.tv_sec ||
	    timer.it_value.tv_usec) {
		fprintf(stderr, "compute: the timer was not over\n");
		exit(1);
	}
}

static void measure(int number)
{
	static atomic_int ready, done;
	bool call = asked_for("call", number, 0);
	bool ipi = asked_for("ipi", number, 1);

	if (number == 0)
		begun = now_us();
	if (asked_for("timer", number, 0))
		start_timer();
	meet(&ready);
	mark(number);
	compute(millions * TURNS / 2);
	if (call)
		syscall(SYS_getpid);
	if (ipi)
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	compute(millions * TURNS / 2);
	mark(number);
	meet(&done);
	if (number == 0)
		ended = now_us();
	if (asked_for("timer", number, 0))
		check_timer();
}

struct place {
	int number, cpu;
};

static void *run(void *argument)
{
	const struct place *place = argument;

	stay_on(place->cpu);
	measure(place->number);
	return NULL;
}

static void find_places(struct place *places)
{
	cpu_set_t set;
	int found = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		fail("sched_getaffinity");
	for (int cpu = 0; cpu < CPU_SETSIZE && found < threads; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			places[found] = (struct place){ found, cpu };
			found++;
		}
	if (found < threads) {
		fprintf(stderr, "compute: there are %d CPUs\n", found);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct place places[MAX_THREADS];
	pthread_t others[MAX_THREADS];

	if (argc < 3)
		return 2;
	millions = atol(argv[1]);
	threads = atoi(argv[2]);
	if (argc > 3)
		event = argv[3];
	if (millions < 1 || threads < 1 || threads > MAX_THREADS)
		return 2;
	find_places(places);
	/* What is there already causes no page fault later. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		fail("mlockall");
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		    0, 0))
		fail("membarrier");
	for (int i = 1; i < threads; i++)
		if (pthread_create(&others[i], NULL, run, &places[i]))
			fail("pthread_create");
	run(&places[0]);
	for (int i = 1; i < threads; i++)
		pthread_join(others[i], NULL);
	printf("%lld %lld\n", begun, ended);
	return 0;
}
