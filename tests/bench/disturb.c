/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disturb perf|sample|collapse FILE: until FILE is gone, does to all of Linux,
 * again and again,
 *
 *	perf		opens an event on each CPU, and closes it
 *	sample		samples all CPUs, 99 times a second each
 *	collapse	makes a huge page of small ones, in its own memory
 *
 * and prints a line with the time in seconds for each: for each sample if it
 * samples.  Without a counter in hardware the event is the CPU's clock.
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS	64
#define PAGE		4096ul
#define HUGE_PAGE	(2ul << 20)
#define SAMPLE_BYTES	16	/* header and instruction pointer */
#define SAMPLE_PAGES	8

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static const char *file;

static bool going(void)
{
	return !access(file, F_OK);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void did_it(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("%lld.%06ld\n", (long long)now.tv_sec, now.tv_nsec / 1000);
	fflush(stdout);
}

/* Returns an event for a CPU, or -1 if that is offline. */
static int open_event(int cpu, int frequency)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_type = PERF_SAMPLE_IP,
		.sample_freq = (unsigned)frequency,
		.freq = frequency > 0,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
}

static int open_all(int *events, int frequency)
{
	int opened = 0;

	for (int cpu = 0; cpu < get_nprocs_conf() && cpu < MAX_CPUS; cpu++) {
		events[opened] = open_event(cpu, frequency);
		if (events[opened] >= 0)
			opened++;
	}
	if (!opened)
		fail("perf_event_open");
	return opened;
}

static void perf(void)
{
	int events[MAX_CPUS];

	while (going()) {
		int opened = open_all(events, 0);

		while (opened)
			close(events[--opened]);
		did_it();
	}
}

static void sample(void)
{
	struct perf_event_mmap_page *pages[MAX_CPUS];
	uint64_t seen[MAX_CPUS] = { 0 };
	int events[MAX_CPUS];
	int opened = open_all(events, 99);

	/* Read-only: what is old is overwritten, so it never ends. */
	for (int i = 0; i < opened; i++) {
		pages[i] = mmap(NULL, (1 + SAMPLE_PAGES) * PAGE, PROT_READ,
				MAP_SHARED, events[i], 0);
		if (pages[i] == MAP_FAILED)
			fail("mmap of the samples");
	}
	while (going()) {
		usleep(10000);
		for (int i = 0; i < opened; i++)
			for (uint64_t at = pages[i]->data_head; seen[i] < at;
			     seen[i] += SAMPLE_BYTES)
				did_it();
	}
}

static void collapse(void)
{
	char *area = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = (char *)(((uintptr_t)area + HUGE_PAGE - 1) &
			    ~(HUGE_PAGE - 1));

	if (area == MAP_FAILED)
		fail("mmap");
	while (going()) {
		madvise(at, HUGE_PAGE, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < HUGE_PAGE; i += PAGE)
			at[i] = 1;
		madvise(at, HUGE_PAGE, MADV_HUGEPAGE);
		if (madvise(at, HUGE_PAGE, MADV_COLLAPSE))
			fail("madvise(MADV_COLLAPSE)");
		did_it();
		madvise(at, HUGE_PAGE, MADV_DONTNEED);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} loads[] = {
	{ "perf", perf },
	{ "sample", sample },
	{ "collapse", collapse },
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	file = argv[2];
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(argv[1], loads[i].name)) {
			loads[i].run();
			return 0;
		}
	return 2;
}
