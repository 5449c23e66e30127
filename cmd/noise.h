/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `noise`: the command line is noise.c's, the measuring processes noise-run.c's;
 * noise-text.c, noise-plot.c and noise-files.c show the results, of which
 * noise-data.c knows what they all need.
 */
#ifndef CMD_NOISE_H
#define CMD_NOISE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/node.h"
#include "lib/noise.h"

/* One of the CPUs that are measured, and its measuring process. */
struct noise_cpu {
	bool host;		/* it is Linux's, else the enclave's */
	unsigned int cpu;
	pid_t pid;		/* 0: none */
	int to, from;		/* its standard input and output */
	uint64_t interrupts;	/* that the CPU took from begin to end */
	uint64_t stolen;	/* ns that a hypervisor says it took */
	struct noise_report report;
};

struct noise {
	struct noise_settings settings;
	struct node node;	/* fd < 0: only Linux's CPUs */
	struct noise_cpu *cpus;	/* the enclave's, then Linux's */
	int count;
};

/*
 * Measure, on all CPUs at once, and fill in what came of it.  An exit status;
 * prints an error.
 */
int noise_run(struct noise *noise);

/* Of the CPU: its side's name, and a time of it in nanoseconds. */
const char *noise_side(const struct noise *noise, const struct noise_cpu *cpu);
double noise_ns(const struct noise_cpu *cpu, uint64_t ticks);
/* Was a CPU of Linux measured, or (HOST false) one of the enclave? */
bool noise_has(const struct noise *noise, bool host);
/* The longest loop of all CPUs, in nanoseconds. */
double noise_longest_loop(const struct noise *noise, enum noise_loop loop);
/*
 * The shortest and the longest detour, or turn, of all CPUs, in nanoseconds;
 * false if there are none.
 */
bool noise_range(const struct noise *noise, enum noise_loop loop, double *low,
		 double *high);

void noise_print(const struct noise *noise);
void noise_print_json(const struct noise *noise);
void noise_print_plots(const struct noise *noise);
void noise_write_csv(const struct noise *noise, FILE *file);
void noise_write_svg(const struct noise *noise, FILE *file);

#endif
