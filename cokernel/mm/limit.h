/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What who calls may have of memory (setrlimit(2)), and whether a change keeps
 * within that.  The layer that knows processes registers where to ask; before,
 * there are no limits.
 */
#ifndef MM_LIMIT_H
#define MM_LIMIT_H

#include <mm/region.h>

#define LIMIT_NONE	(~0ull)

struct limits {			/* bytes, or LIMIT_NONE */
	uint64_t total;		/* RLIMIT_AS */
	uint64_t data;		/* RLIMIT_DATA, of what mmap(2) makes */
	uint64_t heap;		/* the same of what brk(2) makes */
	uint64_t stack;		/* RLIMIT_STACK */
	uint64_t locked;	/* RLIMIT_MEMLOCK */
};

void limits_register(void (*ask)(struct limits *limits));
struct limits limits_now(void);

/* Does it count as data: is it private and writable, and no stack? */
bool limit_is_data(int prot, int flags);
/* Bytes in MAP_LOCKED regions. */
uint64_t limit_locked(struct aspace *aspace);

/* May BYTES more be data?  -ENOMEM. */
int limit_data(struct aspace *aspace, uint64_t bytes);
/* May BYTES more be mapped, as PROT and FLAGS (MAP_*) say?  -ENOMEM. */
int limit_map(struct aspace *aspace, int prot, int flags, uint64_t bytes);
/* May BYTES more be locked?  -EPERM: none at all, -EAGAIN. */
int limit_lock(struct aspace *aspace, uint64_t bytes);

#endif
