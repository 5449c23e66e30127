/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps CPUs from computing: the buckets, percentiles and shares of
 * lib/noise.c, the loops of lib/noise-loop.c through a pipe, and what is no
 * report.
 * Build: lib/noise.c lib/noise-loop.c lib/clock.c lib/error.c
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/noise.h"

#include "tap.h"

static void buckets_follow_one_another(void)
{
	bool good = true;

	for (unsigned int i = 0; i < NOISE_BUCKETS; i++) {
		uint64_t begin = noise_bucket_begin(i);

		good &= noise_bucket(begin) == i;
		good &= i == 0 || noise_bucket(begin - 1) == i - 1;
		good &= i == 0 || begin > noise_bucket_begin(i - 1);
	}
	CHECK(good);
	CHECK(noise_bucket(0) == 0 && noise_bucket(15) == 15);
	CHECK(noise_bucket(UINT64_MAX) == NOISE_BUCKETS - 1);
}

static void a_bucket_is_at_most_a_sixteenth_wide(void)
{
	bool good = true;

	for (unsigned int i = 16; i < NOISE_BUCKETS - 1; i++)
		good &= noise_bucket_begin(i + 1) - noise_bucket_begin(i) <=
			noise_bucket_begin(i) / 16;
	CHECK(good);
}

static void add(struct noise_series *series, uint64_t ticks)
{
	series->buckets[noise_bucket(ticks)]++;
	series->count++;
	series->sum += ticks;
	if (ticks > series->longest)
		series->longest = ticks;
	if (series->shortest == 0 || ticks < series->shortest)
		series->shortest = ticks;
}

static bool is_near(uint64_t value, uint64_t expected)
{
	return value >= expected && value <= expected + expected / 16;
}

static void percentiles_are_those_of_the_sorted_list(void)
{
	struct noise_series series = { 0 };

	CHECK(noise_percentile(&series, 50) == 0);
	for (uint64_t i = 1; i <= 10000; i++)
		add(&series, i * 1000);
	CHECK(is_near(noise_percentile(&series, 50), 5000000));
	CHECK(is_near(noise_percentile(&series, 99), 9900000));
	CHECK(is_near(noise_percentile(&series, 99.9), 9990000));
	CHECK(noise_percentile(&series, 100) == 10000000);
	CHECK(is_near(noise_percentile(&series, 0), 1000));
}

static void percentiles_of_one_are_this_one(void)
{
	struct noise_series series = { 0 };

	add(&series, 123456789);
	CHECK(noise_percentile(&series, 50) == 123456789);
	CHECK(noise_percentile(&series, 99.9) == 123456789);
}

static void lost_is_what_is_more_than_undisturbed(void)
{
	struct noise_series series = { .time = 100000 };

	CHECK(noise_lost(&series, NOISE_DETOURS) == 0);
	add(&series, 1000);
	add(&series, 1000);
	add(&series, 6000);
	CHECK(fabs(noise_lost(&series, NOISE_DETOURS) - 0.08) < 1e-9);
	CHECK(fabs(noise_lost(&series, NOISE_WORK) - 0.05) < 1e-9);
}

/* Measures in a process of its own.  What noise_read() returns. */
static int measure(const struct noise_settings *settings,
		   struct noise_report *report)
{
	int to[2], from[2], error, status = -1;
	char byte = 1;
	pid_t pid;

	if (pipe(to) || pipe(from))
		exit(1);
	pid = fork();
	if (pid == 0)
		_exit(noise_measure(settings, to[0], from[1]) != 0);
	close(to[0]);
	close(from[1]);
	CHECK(read(from[0], &byte, 1) == 1 && byte == 0);
	CHECK(write(to[1], "", 1) == 1);
	error = noise_read(from[0], report);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(to[1]);
	close(from[0]);
	return error;
}

static bool adds_up(const struct noise_report *report, enum noise_loop loop,
		    uint64_t most)
{
	const struct noise_series *series = &report->series[loop];
	const struct noise_sample *samples = report->samples[loop];
	uint64_t count = 0, before = 0;

	for (int i = 0; i < NOISE_BUCKETS; i++)
		count += series->buckets[i];
	if (count != series->count || series->sum > series->time ||
	    series->kept != (count < most ? count : most))
		return false;
	for (uint64_t i = 0; i < series->kept; i++) {
		if (samples[i].at < before ||
		    samples[i].ticks < series->shortest ||
		    samples[i].ticks > series->longest)
			return false;
		before = samples[i].at + samples[i].ticks;
	}
	return before <= series->time;
}

static void both_loops_take_their_time_and_add_up(void)
{
	const struct noise_settings settings = { 50000000, 1000, 10000 };
	struct noise_report report;
	double time;

	if (!CHECK(measure(&settings, &report) == 0))
		return;
	for (int loop = 0; loop < NOISE_LOOPS; loop++) {
		time = (double)report.series[loop].time /
			(double)report.ticks_per_s;
		CHECK(time > 0.04);
		CHECK(adds_up(&report, (enum noise_loop)loop, UINT64_MAX));
	}
	CHECK(report.series[NOISE_WORK].count > 0);
	CHECK(report.series[NOISE_DETOURS].count == 0 ||
	      report.series[NOISE_DETOURS].shortest > 0);
	noise_free(&report);
}

/* Without a threshold every look is a detour. */
static void more_than_there_is_room_for_is_counted(void)
{
	const struct noise_settings settings = { 50000000, 0, 10000 };
	struct noise_report report;

	if (!CHECK(measure(&settings, &report) == 0))
		return;
	CHECK(report.series[NOISE_DETOURS].count > 1 << 16);
	CHECK(adds_up(&report, NOISE_DETOURS, 1 << 16));
	noise_free(&report);
}

static int read_from(const void *bytes, size_t size)
{
	struct noise_report report;
	int pipes[2], error;

	if (pipe(pipes))
		exit(1);
	if (fork() == 0)
		_exit(write(pipes[1], bytes, size) != (ssize_t)size);
	close(pipes[1]);
	error = noise_read(pipes[0], &report);
	noise_free(&report);
	close(pipes[0]);
	wait(NULL);
	return error;
}

static void what_is_no_report_is_refused(void)
{
	struct noise_report report = { .ticks_per_s = 1 };
	size_t size = offsetof(struct noise_report, samples);

	CHECK(read_from(&report, size) == 0);
	CHECK(read_from(&report, 0) == -EPIPE);
	CHECK(read_from(&report, size - 1) == -EPIPE);
	report.series[NOISE_WORK].kept = 1;
	CHECK(read_from(&report, size) == -EPIPE);
	report.series[NOISE_WORK].kept = UINT64_MAX / 16 + 1;
	CHECK(read_from(&report, size) == -EPROTO);
	report = (struct noise_report){ 0 };
	CHECK(read_from(&report, size) == -EPROTO);
}

int main(void)
{
	RUN(buckets_follow_one_another);
	RUN(a_bucket_is_at_most_a_sixteenth_wide);
	RUN(percentiles_are_those_of_the_sorted_list);
	RUN(percentiles_of_one_are_this_one);
	RUN(lost_is_what_is_more_than_undisturbed);
	RUN(both_loops_take_their_time_and_add_up);
	RUN(more_than_there_is_room_for_is_counted);
	RUN(what_is_no_report_is_refused);
	return tap_end();
}
