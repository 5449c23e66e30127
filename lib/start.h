/* SPDX-License-Identifier: GPL-2.0-only */
/* The start record of a session (struct pisces_session_start), with strings. */
#ifndef LIB_START_H
#define LIB_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/collect.h"

struct start {
	char *const *arguments;		/* NULL-terminated */
	char *const *environment;	/* NULL-terminated */
	const char *folder;		/* the working folder */
	const char *path;		/* the file to execute */
	const unsigned int *cpus;	/* to run on, Linux's numbers */
	int cpu_count;			/* 0: any */
	const struct collect *collect;
	uint64_t archive_bytes;
	bool terminal;			/* it gets one of its own */
	bool lazy;			/* memory only when it is touched */
};

/*
 * The record as it goes into the ring, with this process' ids, umask and
 * terminals; the caller frees it.  NULL with an error text.
 */
void *start_build(const struct start *start, size_t *size);

#endif
