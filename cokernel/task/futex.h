/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting on a word of memory: futex(2), within one address space. */
#ifndef TASK_FUTEX_H
#define TASK_FUTEX_H

#include <lib/types.h>

struct aspace;

/*
 * Sleep if the word at ADDRESS of the current address space is VALUE, until a
 * wake-up that shares a bit with BITSET, or DEADLINE (CLOCK_MONOTONIC; 0: no
 * end).  0, -EAGAIN (another value), -EFAULT, -ETIMEDOUT, -EINTR.
 */
int futex_wait(uint64_t address, uint32_t value, uint32_t bitset,
	       uint64_t deadline);
/* Wake up to COUNT waiters, in the order they came; returns how many. */
int futex_wake(struct aspace *aspace, uint64_t address, unsigned count,
	       uint32_t bitset);

#endif
