/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a co-kernel's log (pisces/log.h), while it is written or after. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdint.h>

#include <pisces/log.h>

struct log_reader {
	const struct pisces_log *log;
	uint64_t next;		/* the record to read */
	uint64_t lost;		/* records overwritten before they were read */
};

/* Begin with the oldest record there is. */
void log_open(struct log_reader *reader, const struct pisces_log *log);

/* The next record, its text cleaned: 1 there is one, 0 not (yet). */
int log_next(struct log_reader *reader, struct pisces_log_record *record);

#endif
