/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps a CPU from computing, as a program that runs on it sees it.  Two
 * loops, one after the other:
 *
 *  - detours: a loop that does nothing but read the TSC; where two looks are
 *    further apart than a threshold, the CPU did something else meanwhile (the
 *    "selfish detour" of Beckman et al., The Influence of Operating Systems on
 *    the Performance of Collective Operations at Extreme Scale, 2006);
 *  - work: the same work over and over, each turn timed ("fixed work quanta").
 *
 * While they run nothing is called and no memory is touched for the first time.
 * Times are in ticks of the TSC.
 */
#ifndef LIB_NOISE_H
#define LIB_NOISE_H

#include <stddef.h>
#include <stdint.h>

enum noise_loop {
	NOISE_DETOURS,
	NOISE_WORK,
	NOISE_LOOPS,
};

struct noise_settings {
	int64_t time_ns;	/* how long each loop runs */
	int64_t threshold_ns;	/* what is longer is a detour */
	int64_t work_ns;	/* what a turn is to take, undisturbed */
};

struct noise_sample {
	uint64_t at;		/* since the loop began */
	uint64_t ticks;		/* how long it took */
};

/*
 * Buckets of durations: below 16 one for each, above 16 for each power of two,
 * so that a bucket is at most 1/16 wider than its beginning.
 */
#define NOISE_BUCKETS	976
/* In which bucket it is, and the shortest one of bucket I. */
unsigned int noise_bucket(uint64_t ticks);
uint64_t noise_bucket_begin(unsigned int i);

/* Of one loop: the detours, or the turns of work. */
struct noise_series {
	uint64_t time;		/* the whole loop */
	uint64_t count;
	uint64_t shortest, longest;	/* 0 if there are none */
	uint64_t sum;		/* of all of them */
	uint64_t kept;		/* how many samples there are: the first ones */
	uint64_t buckets[NOISE_BUCKETS];
};

struct noise_report {
	uint64_t ticks_per_s;
	struct noise_series series[NOISE_LOOPS];
	/* KEPT samples of each series; not in what is written to a pipe. */
	struct noise_sample *samples[NOISE_LOOPS];
};

/*
 * Ticks below which PERCENT of the series' durations are, up to the width of a
 * bucket; 0 if there are none.
 */
uint64_t noise_percentile(const struct noise_series *series, double percent);
/* The share of the loop's time that was lost to something else, 0 to 1. */
double noise_lost(const struct noise_series *series, enum noise_loop loop);

/*
 * The measuring process, on the CPU where it is: writes one byte to OUT when it
 * is ready, waits for one from IN, runs both loops, and writes the report.  0
 * or -errno with an error text.
 */
int noise_measure(const struct noise_settings *settings, int in, int out);

/*
 * Its other side: read a report.  0 or -errno with an error text; -EPIPE if it
 * ended early.  Free it in any case.
 */
int noise_read(int fd, struct noise_report *report);
void noise_free(struct noise_report *report);

#endif
