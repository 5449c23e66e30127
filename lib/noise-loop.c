/* SPDX-License-Identifier: GPL-2.0-only */
/* The loops that measure what keeps a CPU from computing. */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/noise.h"

#define DETOURS_KEPT	(1u << 16)
#define TURNS_KEPT	(1u << 20)
#define CALIBRATION_NS	50000000
#define LOOKS		16

static uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}

/* Takes as long each time as the CPU lets it: a chain without memory. */
static void work(uint64_t turns)
{
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(turns) : : "cc");
}

static void note(struct noise_series *series, struct noise_sample *samples,
		 size_t most, uint64_t at, uint64_t ticks)
{
	if (!series->count || ticks < series->shortest)
		series->shortest = ticks;
	if (ticks > series->longest)
		series->longest = ticks;
	series->count++;
	series->sum += ticks;
	series->buckets[noise_bucket(ticks)]++;
	if (series->kept < most)
		samples[series->kept++] = (struct noise_sample){ at, ticks };
}

/*
 * What noting a detour takes is none: the least that it ever took.  Another one
 * may come while it is noted.
 */
static void find_detours(struct noise_series *series,
			 struct noise_sample *samples, uint64_t time,
			 uint64_t threshold)
{
	uint64_t begin = now(), before = begin, t = begin;
	uint64_t noting = UINT64_MAX;
	bool noted = false;

	while (t - begin < time) {
		uint64_t gap;

		t = now();
		gap = t - before;
		if (noted) {
			if (gap < noting)
				noting = gap;
			gap -= noting;
		}
		noted = gap > threshold;
		if (noted)
			note(series, samples, DETOURS_KEPT, before - begin,
			     gap);
		before = t;
	}
	series->time = t - begin;
}

/* A turn goes from one end to the next, so that no time is left out. */
static void repeat_work(struct noise_series *series,
			struct noise_sample *samples, uint64_t time,
			uint64_t turns)
{
	uint64_t begin = now(), t = begin;

	while (t - begin < time) {
		uint64_t before = t;

		work(turns);
		t = now();
		note(series, samples, TURNS_KEPT, before - begin, t - before);
	}
	series->time = t - begin;
}

/* The TSC and CLOCK_MONOTONIC at one instant. */
struct instant {
	uint64_t ticks;
	int64_t ns;
};

/* Of several looks the one in which least can have come between the two. */
static struct instant instant_now(void)
{
	struct instant best = { 0 };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < LOOKS; i++) {
		uint64_t before = now();
		int64_t ns = clock_ns();
		uint64_t between = now() - before;

		if (between >= least)
			continue;
		least = between;
		best = (struct instant){ before + between / 2, ns };
	}
	return best;
}

static uint64_t ticks_per_s(struct instant begin, struct instant end)
{
	return (uint64_t)((double)(end.ticks - begin.ticks) * 1e9 /
			  (double)(end.ns - begin.ns));
}

static uint64_t calibrate_clock(void)
{
	struct instant begin = instant_now();

	while (clock_ns() - begin.ns < CALIBRATION_NS)
		;
	return ticks_per_s(begin, instant_now());
}

static uint64_t shortest_of(uint64_t turns)
{
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		uint64_t before = now(), ticks;

		work(turns);
		ticks = now() - before;
		if (ticks < shortest)
			shortest = ticks;
	}
	return shortest ? shortest : 1;
}

/* How many turns take TICKS. */
static uint64_t calibrate_work(uint64_t ticks)
{
	uint64_t turns = 16, took;

	while ((took = shortest_of(turns)) < ticks / 2 && turns >> 40 == 0)
		turns *= 2;
	turns = (uint64_t)((double)turns * (double)ticks / (double)took);
	return turns ? turns : 1;
}

struct room {
	struct noise_report report;
	struct noise_sample detours[DETOURS_KEPT], turns[TURNS_KEPT];
};

/* All memory is there from the beginning: no page fault must come of it. */
static struct noise_report *make_room(void)
{
	struct room *room = mmap(NULL, sizeof(*room), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
				 -1, 0);

	if (room == MAP_FAILED) {
		error_set(-ENOMEM, "not enough memory to measure: %zu MiB are "
			  "needed", sizeof(*room) >> 20);
		return NULL;
	}
	room->report.samples[NOISE_DETOURS] = room->detours;
	room->report.samples[NOISE_WORK] = room->turns;
	return &room->report;
}

static int write_all(int fd, const void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)buffer + done, size - done);

		if (n < 0)
			return error_errno(-errno, "cannot write what was "
					   "measured");
		done += (size_t)n;
	}
	return 0;
}

static int wait_for_all(int in, int out)
{
	char byte = 0;
	int error = write_all(out, &byte, 1);

	if (error)
		return error;
	if (read(in, &byte, 1) != 1)
		return error_set(-EPIPE, "nobody waits for what is measured");
	return 0;
}

static int write_report(const struct noise_report *report, int out)
{
	int error = write_all(out, report,
			      offsetof(struct noise_report, samples));

	for (int loop = 0; loop < NOISE_LOOPS && !error; loop++)
		error = write_all(out, report->samples[loop],
				  report->series[loop].kept *
				  sizeof(struct noise_sample));
	return error;
}

static uint64_t in_ticks(int64_t ns, uint64_t ticks_per_s)
{
	return (uint64_t)((double)ns * (double)ticks_per_s / 1e9);
}

int noise_measure(const struct noise_settings *settings, int in, int out)
{
	struct noise_report *report = make_room();
	uint64_t rate = calibrate_clock(), time, turns;
	struct instant begin;
	int error;

	if (!report)
		return -ENOMEM;
	time = in_ticks(settings->time_ns, rate);
	turns = calibrate_work(in_ticks(settings->work_ns, rate));
	error = wait_for_all(in, out);
	if (error)
		return error;
	begin = instant_now();
	find_detours(&report->series[NOISE_DETOURS],
		     report->samples[NOISE_DETOURS], time,
		     in_ticks(settings->threshold_ns, rate));
	repeat_work(&report->series[NOISE_WORK], report->samples[NOISE_WORK],
		    time, turns);
	report->ticks_per_s = ticks_per_s(begin, instant_now());
	return write_report(report, out);
}
