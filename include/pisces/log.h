/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's log: slots of fixed size, overwritten in turn, read by anyone
 * who may map them, also after a crash.  Slot N % PISCES_LOG_SLOTS holds record
 * N (from 1).  A line longer than a slot's text goes on in the next record.
 */
#ifndef PISCES_LOG_H
#define PISCES_LOG_H

#include <pisces/types.h>

#define PISCES_LOG_SLOTS	1023
#define PISCES_LOG_TEXT		104

/* Levels as in syslog(2). */
enum pisces_log_level {
	PISCES_LOG_EMERG = 0,
	PISCES_LOG_ERR = 3,
	PISCES_LOG_WARNING = 4,
	PISCES_LOG_INFO = 6,
	PISCES_LOG_DEBUG = 7,
};

#define PISCES_LOG_CONTINUES	1	/* flag: the next record goes on */

struct pisces_log_record {
	uint64_t sequence;	/* 0 while it is written; else its number */
	uint64_t ns;		/* CLOCK_MONOTONIC, nanoseconds */
	uint8_t level;		/* enum pisces_log_level */
	uint8_t flags;
	uint16_t length;	/* bytes of text, no NUL */
	uint32_t cpu;		/* the host's CPU number */
	char text[PISCES_LOG_TEXT];
};

_Static_assert(sizeof(struct pisces_log_record) == 128, "log layout");

/* Written by the co-kernel alone; mapped read-only by the tools. */
struct pisces_log {
	uint64_t next;		/* number the next record will get, from 1 */
	uint8_t reserved[120];
	struct pisces_log_record slot[PISCES_LOG_SLOTS];
};

_Static_assert(sizeof(struct pisces_log) == 128 * 1024, "log layout");

/*
 * Copy record NUMBER.  Returns 1 if it was copied whole, 0 if it is not
 * written yet, -1 if it has been overwritten.
 */
static inline int pisces_log_read(const struct pisces_log *log,
		uint64_t number, struct pisces_log_record *record)
{
	const struct pisces_log_record *slot =
		&log->slot[number % PISCES_LOG_SLOTS];
	uint64_t before = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);

	if (before != number)
		return before > number || (before == 0 &&
			__atomic_load_n(&log->next, __ATOMIC_RELAXED) >
			number + PISCES_LOG_SLOTS - 1) ? -1 : 0;
	*record = *slot;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) != number)
		return -1;
	if (record->length > PISCES_LOG_TEXT)
		record->length = PISCES_LOG_TEXT;
	return 1;
}

#endif
