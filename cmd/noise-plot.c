/* SPDX-License-Identifier: GPL-2.0-only */
/* noise: scatter plots and histograms of characters. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/noise.h"
#include "lib/terminal.h"
#include "lib/text.h"

#define ROWS		12
#define COLUMNS_MOST	200
#define LABEL		10	/* columns that a label takes */

enum { ENCLAVE = 1, HOST = 2 };

struct plot {
	const struct noise *noise;
	enum noise_loop loop;
	int columns;
	double time;			/* ns from left to right */
	double low, high;		/* ns, bottom and top; logarithmic */
	unsigned char cells[ROWS][COLUMNS_MOST];
};

static int side_of(const struct noise_cpu *cpu)
{
	return cpu->host ? HOST : ENCLAVE;
}

/* False if there is nothing to show. */
static bool set_range(struct plot *plot)
{
	if (!noise_range(plot->noise, plot->loop, &plot->low, &plot->high))
		return false;
	plot->low = fmax(plot->low, 1);
	plot->high = fmax(plot->high, plot->low * 2);
	return true;
}

static int scale(double part, int most)
{
	return (int)fmin(fmax(part * most, 0), most - 1);
}

static void set_point(struct plot *plot, const struct noise_cpu *cpu,
		      const struct noise_sample *sample)
{
	double height = log(noise_ns(cpu, sample->ticks) / plot->low) /
		log(plot->high / plot->low);
	int column = scale(noise_ns(cpu, sample->at) / plot->time,
			   plot->columns);

	plot->cells[ROWS - 1 - scale(height, ROWS)][column] |=
		(unsigned char)side_of(cpu);
}

static void set_points(struct plot *plot)
{
	memset(plot->cells, 0, sizeof(plot->cells));
	for (int i = 0; i < plot->noise->count; i++) {
		const struct noise_cpu *cpu = &plot->noise->cpus[i];

		for (uint64_t k = 0; k < cpu->report.series[plot->loop].kept;
		     k++)
			set_point(plot, cpu,
				  &cpu->report.samples[plot->loop][k]);
	}
}

static void print_cells(const struct plot *plot)
{
	for (int row = 0; row < ROWS; row++) {
		double value = plot->low * pow(plot->high / plot->low,
					       (ROWS - 1 - row) /
					       (double)(ROWS - 1));

		printf("%*s |", LABEL - 2, text_time(value));
		for (int column = 0; column < plot->columns; column++)
			putchar(" o+#"[plot->cells[row][column]]);
		putchar('\n');
	}
	printf("%*s +", LABEL - 2, "");
	for (int column = 0; column < plot->columns; column++)
		putchar('-');
	printf("\n%*s0%*s\n", LABEL, "", plot->columns - 1,
	       text_time(plot->time));
}

/* Steps of a histogram: 1, 2, 5, 10, 20, 50 and so on, up from STEP_LEAST. */
#define STEPS		40
#define STEP_LEAST	-2

static double step_begin(int step)
{
	static const double in_decade[] = { 1, 2, 5 };

	return in_decade[step % 3] * pow(10, step / 3 + STEP_LEAST);
}

static int step_of(double value)
{
	int step = 0;

	while (step + 1 < STEPS && value >= step_begin(step + 1))
		step++;
	return step;
}

struct histogram {
	uint64_t count[3][STEPS];	/* by side */
	uint64_t most;
	int first, last;		/* that are not empty */
};

/* Detours by their length in us, work by what it took longer in percent. */
static double histogram_value(const struct noise_cpu *cpu,
			      enum noise_loop loop, uint64_t ticks)
{
	uint64_t shortest = cpu->report.series[loop].shortest;

	if (loop == NOISE_DETOURS)
		return noise_ns(cpu, ticks) / 1000;
	return 100.0 * (double)(ticks - shortest) / (double)shortest;
}

static void fill_histogram(struct histogram *histogram,
			   const struct plot *plot)
{
	*histogram = (struct histogram){ .first = STEPS };
	for (int i = 0; i < plot->noise->count; i++) {
		const struct noise_cpu *cpu = &plot->noise->cpus[i];
		uint64_t kept = cpu->report.series[plot->loop].kept;

		for (uint64_t k = 0; k < kept; k++) {
			uint64_t ticks =
				cpu->report.samples[plot->loop][k].ticks;
			int step = step_of(histogram_value(cpu, plot->loop,
							   ticks));
			uint64_t *count =
				&histogram->count[side_of(cpu)][step];

			if (++*count > histogram->most)
				histogram->most = *count;
			if (step < histogram->first)
				histogram->first = step;
			if (step > histogram->last)
				histogram->last = step;
		}
	}
}

/* A bar grows by as much for twice as many, wherever it is. */
static void print_bar(uint64_t count, uint64_t most, int width)
{
	int length = 0;

	if (count)
		length = 1 + (int)((width - 1) * log((double)count) /
				   log(fmax((double)most, 2)));
	printf(" %8" PRIu64 " ", count);
	for (int i = 0; i < width; i++)
		putchar(i < length ? '=' : ' ');
}

static void print_step(const struct histogram *histogram,
		       const struct plot *plot, int step)
{
	double begin = step_begin(step);
	bool both = noise_has(plot->noise, false) &&
		noise_has(plot->noise, true);
	int width = (plot->columns + 1) / (both ? 2 : 1) - 10;

	if (plot->loop == NOISE_DETOURS)
		printf("%*s", LABEL - 1, text_time(begin * 1000));
	else
		printf("%*g %%", LABEL - 3, step ? begin : 0);
	for (int side = ENCLAVE; side <= HOST; side++)
		if (noise_has(plot->noise, side == HOST))
			print_bar(histogram->count[side][step],
				  histogram->most, width);
	putchar('\n');
}

static void print_histogram(const struct plot *plot)
{
	struct histogram histogram;

	fill_histogram(&histogram, plot);
	puts(plot->loop == NOISE_DETOURS
	     ? "how many were as long as this, or longer (logarithmic bars)"
	     : "how many took so much longer than the shortest (logarithmic "
	       "bars)");
	for (int step = histogram.first; step <= histogram.last; step++)
		print_step(&histogram, plot, step);
}

static void print_plot(struct plot *plot)
{
	const char *const name = plot->loop == NOISE_DETOURS ? "detours"
							      : "turns of work";

	putchar('\n');
	if (!set_range(plot)) {
		printf("no %s to plot\n", name);
		return;
	}
	printf("%s by when they were:", name);
	if (noise_has(plot->noise, false))
		printf(" o %s", plot->noise->node.name);
	if (noise_has(plot->noise, true))
		printf(" + linux");
	puts(noise_has(plot->noise, false) && noise_has(plot->noise, true)
	     ? " # both" : "");
	set_points(plot);
	print_cells(plot);
	print_histogram(plot);
}

void noise_print_plots(const struct noise *noise)
{
	struct winsize size = terminal_size();
	struct plot plot = { .noise = noise };
	int width = size.ws_col ? size.ws_col : 80;

	plot.columns = width - LABEL - 1;
	if (plot.columns > COLUMNS_MOST)
		plot.columns = COLUMNS_MOST;
	if (plot.columns < 40)
		plot.columns = 40;
	for (int loop = 0; loop < NOISE_LOOPS; loop++) {
		plot.loop = (enum noise_loop)loop;
		plot.time = noise_longest_loop(noise, plot.loop);
		print_plot(&plot);
	}
}
