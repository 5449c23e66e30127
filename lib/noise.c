/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of what keeps a CPU from computing: read, and made sense of. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/noise.h"

#define FINE_BITS	4	/* 16 buckets for each power of two */
#define FINE		(1u << FINE_BITS)

unsigned int noise_bucket(uint64_t ticks)
{
	unsigned int power;

	if (ticks < FINE)
		return (unsigned int)ticks;
	power = 63 - (unsigned int)__builtin_clzll(ticks) - FINE_BITS;
	return (power + 1) * FINE + (unsigned int)(ticks >> power) % FINE;
}

uint64_t noise_bucket_begin(unsigned int i)
{
	if (i < FINE)
		return i;
	return (uint64_t)(FINE + i % FINE) << (i / FINE - 1);
}

uint64_t noise_percentile(const struct noise_series *series, double percent)
{
	double wanted = percent / 100 * (double)series->count;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < NOISE_BUCKETS - 1; i++) {
		uint64_t end = noise_bucket_begin(i + 1) - 1;

		seen += series->buckets[i];
		if (seen == 0 || (double)seen < wanted)
			continue;
		return end < series->longest ? end : series->longest;
	}
	return series->longest;
}

double noise_lost(const struct noise_series *series, enum noise_loop loop)
{
	double lost = (double)series->sum;

	if (loop == NOISE_WORK)
		lost -= (double)series->shortest * (double)series->count;
	return series->time ? lost / (double)series->time : 0;
}

static int read_all(int fd, void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)buffer + done, size - done);

		if (n < 0 && errno == EINTR)
			return error_set(-EINTR, "interrupted");
		if (n < 0)
			return error_errno(-errno, "cannot read what was "
					   "measured");
		if (n == 0)
			return error_set(-EPIPE, "the measurement ended early");
		done += (size_t)n;
	}
	return 0;
}

/* More than anybody writes: it is no report. */
#define KEPT_MOST	(64u << 20)

static int read_samples(int fd, struct noise_report *report, int loop)
{
	size_t kept = report->series[loop].kept;

	if (kept > KEPT_MOST)
		return error_set(-EPROTO, "what was measured makes no sense");
	report->samples[loop] = malloc((kept + 1) * sizeof(struct noise_sample));
	if (!report->samples[loop])
		return error_set(-ENOMEM, "out of memory");
	return read_all(fd, report->samples[loop],
			kept * sizeof(struct noise_sample));
}

int noise_read(int fd, struct noise_report *report)
{
	int error;

	*report = (struct noise_report){ 0 };
	error = read_all(fd, report, offsetof(struct noise_report, samples));
	for (int loop = 0; loop < NOISE_LOOPS && !error; loop++)
		error = read_samples(fd, report, loop);
	if (!error && !report->ticks_per_s)
		error = error_set(-EPROTO, "what was measured makes no sense");
	return error;
}

void noise_free(struct noise_report *report)
{
	for (int loop = 0; loop < NOISE_LOOPS; loop++)
		free(report->samples[loop]);
}
