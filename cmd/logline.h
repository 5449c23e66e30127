/* SPDX-License-Identifier: GPL-2.0-only */
/* How a line of a co-kernel's log looks, for log and console. */
#ifndef CMD_LOGLINE_H
#define CMD_LOGLINE_H

#include <stdbool.h>

#include "lib/log.h"

struct logline {
	struct log_reader reader;
	bool open;		/* a line has begun that goes on */
	uint64_t lost;		/* records whose loss was told */
};

void logline_begin(struct logline *line, const struct pisces_log *log);

/* Print all records there are; returns how many. */
int logline_print(struct logline *line);

#endif
