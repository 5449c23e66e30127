/* SPDX-License-Identifier: GPL-2.0-only */
/* noise: files of what came of it, as numbers (CSV) and as a drawing (SVG). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cmd/noise.h"
#include "lib/text.h"

static const char *const loop_names[] = { "detour", "work" };

void noise_write_csv(const struct noise *noise, FILE *file)
{
	fputs("side,cpu,loop,start_ns,duration_ns\n", file);
	for (int i = 0; i < noise->count; i++) {
		const struct noise_cpu *cpu = &noise->cpus[i];

		for (int loop = 0; loop < NOISE_LOOPS; loop++) {
			const struct noise_sample *sample =
				cpu->report.samples[loop];
			uint64_t kept = cpu->report.series[loop].kept;

			for (; kept; kept--, sample++)
				fprintf(file, "%s,%u,%s,%.0f,%.0f\n",
					noise_side(noise, cpu), cpu->cpu,
					loop_names[loop],
					noise_ns(cpu, sample->at),
					noise_ns(cpu, sample->ticks));
		}
	}
}

/* The drawing: two panels, one above the other, in pixels. */
#define WIDTH		800
#define LEFT		80
#define RIGHT		40
#define TOP		60
#define PANEL		240	/* height of the axes */
#define PITCH		340	/* from one panel to the next */
#define AXIS		(WIDTH - LEFT - RIGHT)

struct panel {
	const struct noise *noise;
	enum noise_loop loop;
	FILE *file;
	int top;
	double time;		/* ns */
	int low, high;		/* powers of ten of ns */
};

static void set_range(struct panel *panel)
{
	double low, high;

	/* An empty panel has axes, too. */
	if (!noise_range(panel->noise, panel->loop, &low, &high)) {
		low = (double)panel->noise->settings.threshold_ns;
		high = low * 1000;
	}
	panel->low = (int)floor(log10(fmax(low, 1)));
	panel->high = (int)ceil(log10(fmax(high, 10)));
	if (panel->high <= panel->low)
		panel->high = panel->low + 1;
}

static double y_of(const struct panel *panel, double ns)
{
	double part = (log10(fmax(ns, 1)) - panel->low) /
		(panel->high - panel->low);

	return panel->top + PANEL * (1 - fmin(fmax(part, 0), 1));
}

static void draw_text(const struct panel *panel, double x, double y,
		      const char *anchor, const char *text)
{
	fprintf(panel->file, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">"
		"%s</text>\n", x, y, anchor, text);
}

/* A round step of time with which there are 4 to 10 of them. */
static double tick_step(double time)
{
	double step = pow(10, floor(log10(time / 4)));

	return time / step >= 20 ? step * 5 : time / step >= 10 ? step * 2
								: step;
}

static void draw_axes(const struct panel *panel)
{
	double step = tick_step(panel->time);

	for (int power = panel->low; power <= panel->high; power++) {
		double y = y_of(panel, pow(10, power));

		fprintf(panel->file, "<path class=\"grid\" d=\"M%d %.1fh%d\"/>"
			"\n", LEFT, y, AXIS);
		draw_text(panel, LEFT - 8, y + 4, "end",
			  text_time(pow(10, power)));
	}
	for (int i = 0; i * step <= panel->time; i++) {
		double x = LEFT + AXIS * i * step / panel->time;

		fprintf(panel->file, "<path class=\"grid\" d=\"M%.1f %dv%d\"/>"
			"\n", x, panel->top, PANEL);
		draw_text(panel, x, panel->top + PANEL + 18, "middle",
			  i ? text_time(i * step) : "0 s");
	}
	fprintf(panel->file, "<path class=\"axes\" d=\"M%d %dv%dh%d\"/>\n",
		LEFT, panel->top, PANEL, AXIS);
	draw_text(panel, LEFT + AXIS / 2.0, panel->top + PANEL + 36, "middle",
		  "time since the loop began");
	fprintf(panel->file, "<text transform=\"translate(16 %d) rotate(-90)\" "
		"text-anchor=\"middle\">how long it took</text>\n",
		panel->top + PANEL / 2);
}

/* Enclave: a ring; Linux: a cross.  They differ without colours, too. */
static void draw_mark(FILE *file, bool host, double x, double y)
{
	if (host)
		fprintf(file, "M%.0f %.0fl4 4m0 -4l-4 4", x - 2, y - 2);
	else
		fprintf(file, "M%.0f %.0fa2 2 0 1 0 4 0a2 2 0 1 0 -4 0", x - 2,
			y);
}

/* What falls on the same pixels is drawn once. */
static void draw_points(const struct panel *panel, bool host)
{
	static bool drawn[AXIS / 2 + 1][PANEL / 2 + 1];

	memset(drawn, 0, sizeof(drawn));
	fprintf(panel->file, "<path class=\"%s\" d=\"",
		host ? "linux" : "enclave");
	for (int i = 0; i < panel->noise->count; i++) {
		const struct noise_cpu *cpu = &panel->noise->cpus[i];
		const struct noise_sample *sample =
			cpu->report.samples[panel->loop];
		uint64_t kept = cpu->report.series[panel->loop].kept;

		if (cpu->host != host)
			continue;
		for (; kept; kept--, sample++) {
			double part = noise_ns(cpu, sample->at) / panel->time;
			double x = AXIS * fmin(part, 1);
			double y = y_of(panel, noise_ns(cpu, sample->ticks));
			bool *once = &drawn[(int)x / 2]
					   [((int)y - panel->top) / 2];

			if (!*once)
				draw_mark(panel->file, host, LEFT + x, y);
			*once = true;
		}
	}
	fputs("\"/>\n", panel->file);
}

static void draw_legend(const struct panel *panel)
{
	double x = WIDTH - RIGHT - 240, y = panel->top - 14;

	for (int side = 0; side < 2; side++) {
		bool host = side;

		if (!noise_has(panel->noise, host))
			continue;
		fprintf(panel->file, "<path class=\"%s\" d=\"",
			host ? "linux" : "enclave");
		draw_mark(panel->file, host, x, y - 4);
		fputs("\"/>\n", panel->file);
		draw_text(panel, x + 8, y, "start",
			  host ? "Linux" : panel->noise->node.name);
		x += 160;
	}
}

static void draw_panel(const struct panel *panel)
{
	const struct noise_settings *settings = &panel->noise->settings;
	char title[128];

	if (panel->loop == NOISE_DETOURS)
		snprintf(title, sizeof(title), "Detours above %s",
			 text_time((double)settings->threshold_ns));
	else
		snprintf(title, sizeof(title), "Turns of work of about %s",
			 text_time((double)settings->work_ns));
	draw_text(panel, LEFT, panel->top - 14, "start", title);
	draw_legend(panel);
	draw_axes(panel);
	draw_points(panel, false);
	draw_points(panel, true);
}

/* On white, so that it can be read on paper and on a dark screen. */
void noise_write_svg(const struct noise *noise, FILE *file)
{
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\">\n"
		"<style>text{font:13px sans-serif;fill:#222}"
		"path{fill:none;stroke-width:1}.grid{stroke:#ddd}"
		".axes{stroke:#222}.enclave{stroke:#0072b2}"
		".linux{stroke:#d55e00}</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		WIDTH, NOISE_LOOPS * PITCH, WIDTH, NOISE_LOOPS * PITCH);
	for (int loop = 0; loop < NOISE_LOOPS; loop++) {
		struct panel panel = {
			.noise = noise, .loop = (enum noise_loop)loop,
			.file = file, .top = TOP + loop * PITCH,
		};

		panel.time = noise_longest_loop(noise, panel.loop);
		set_range(&panel);
		draw_panel(&panel);
	}
	fputs("</svg>\n", file);
}
