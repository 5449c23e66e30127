/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What top shows: one look at the enclaves (top-look.c), as tables
 * (top-table.c) or JSON (top-json.c).
 */
#ifndef CMD_TOP_H
#define CMD_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pisces/ioctl.h>

#include "lib/activity.h"

struct top_cpu {
	uint32_t slot;
	struct activity now;
	bool known;			/* CHANGE is */
	struct activity_change change;
};

struct top_enclave {
	struct pisces_ioctl_status status;
	bool counted;			/* the rest is known */
	uint64_t memory_total, memory_free, tasks, sessions;
	uint64_t ready, now;		/* TSC */
	struct top_cpu *cpus;		/* by slot */
	size_t cpu_count;
};

struct top_look {
	struct top_enclave *enclaves;
	size_t count;
	int64_t at;			/* clock_ns() */
	int64_t interval;		/* ns since the last one; 0: none */
	bool total;			/* changes are those since the start */
};

/* Which enclaves: all, or the one with this id. */
#define TOP_ALL		0

/*
 * Look at the enclave ID.  What changed is counted from BEFORE, which may be
 * NULL, or if TOTAL from the start.  0 or -errno with an error text; free it in
 * any case.
 */
int top_look(struct top_look *look, uint32_t id, const struct top_look *before,
	     bool total);
void top_look_free(struct top_look *look);

/* LEGEND: say which keys there are. */
void top_print_tables(FILE *to, const struct top_look *look, bool legend);
void top_print_json(FILE *to, const struct top_look *look);

#endif
