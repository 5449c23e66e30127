/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process as PISCES_REQUEST_PROCESSES (<pisces/control.h>) lists it.
 *
 * A page of the list is records, one behind the other.  It is a picture of one
 * instant, the pages together are not: what starts or ends between them may be
 * listed or not, but whatever lived throughout is listed once.
 */
#ifndef PISCES_PROCESS_H
#define PISCES_PROCESS_H

#include <pisces/types.h>

struct pisces_process {
	uint32_t size;		/* of this record: a multiple of 8 */
	int32_t pid;
	int32_t parent;		/* its pid, 0: none that is listed */
	uint32_t uid, gid;
	uint32_t cpu;		/* where it ran last: Linux's number */
	uint32_t state;		/* a letter: R, S, T or Z, as in ps(1) */
	uint32_t threads;
	uint64_t serial;	/* unlike a pid, never used again */
	uint64_t session;	/* whose program it is, 0: none (any more) */
	uint64_t mapped;	/* bytes of address space */
	uint64_t resident;	/* bytes of memory */
	uint64_t cpu_time;	/* ns, of all its threads */
	uint64_t start_time;	/* CLOCK_MONOTONIC, ns */
	char name[16];		/* NUL-terminated */
	/*
	 * Its arguments, each NUL-terminated, as they stand in its memory: all
	 * of ARGUMENTS_SIZE bytes unless LIST is full or the memory has gone.
	 * From ARGUMENTS_FROM on LENGTH bytes are in this record; a process of
	 * which a part is missing is the last of its page and goes on as the
	 * first of the next.
	 */
	uint64_t arguments_size;
	uint64_t arguments_from;
	uint32_t length;
	uint32_t reserved;
	char arguments[];
};

_Static_assert(sizeof(struct pisces_process) == 120, "process layout");

#endif
