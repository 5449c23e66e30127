/* SPDX-License-Identifier: GPL-2.0-only */
/* noise: what tables, plots and files need to know of the results. */
#include <math.h>

#include "cmd/noise.h"

const char *noise_side(const struct noise *noise, const struct noise_cpu *cpu)
{
	return cpu->host ? "linux" : noise->node.name;
}

bool noise_has(const struct noise *noise, bool host)
{
	for (int i = 0; i < noise->count; i++)
		if (noise->cpus[i].host == host)
			return true;
	return false;
}

double noise_ns(const struct noise_cpu *cpu, uint64_t ticks)
{
	return (double)ticks * 1e9 / (double)cpu->report.ticks_per_s;
}

double noise_longest_loop(const struct noise *noise, enum noise_loop loop)
{
	double longest = 0;

	for (int i = 0; i < noise->count; i++) {
		const struct noise_cpu *cpu = &noise->cpus[i];

		longest = fmax(longest,
			       noise_ns(cpu, cpu->report.series[loop].time));
	}
	return longest;
}

bool noise_range(const struct noise *noise, enum noise_loop loop, double *low,
		 double *high)
{
	*low = INFINITY;
	*high = 0;
	for (int i = 0; i < noise->count; i++) {
		const struct noise_cpu *cpu = &noise->cpus[i];
		const struct noise_series *series = &cpu->report.series[loop];

		if (!series->count)
			continue;
		*low = fmin(*low, noise_ns(cpu, series->shortest));
		*high = fmax(*high, noise_ns(cpu, series->longest));
	}
	return *high > 0;
}
