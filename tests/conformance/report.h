/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the runner (conform.c) and what items see (report.c). */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

/* What an item has shown: in memory that it and its children share. */
struct report {
	unsigned long length;
	bool forgiving;		/* no result is a failure */
	bool failed;
	char text[4096];
};

extern struct report *report;

/* Make it, once, and empty it before each item. */
bool report_create(void);
void report_clear(bool forgiving);
/* Add words, after a blank if need be; the second one makes it a failure. */
__attribute__((format(printf, 1, 2)))
void report_add(const char *format, ...);
__attribute__((format(printf, 1, 2)))
void report_failure(const char *format, ...);

#endif
