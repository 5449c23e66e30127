// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between enclaves' memory and users'.
 *
 * They take a way round, through memory of Linux's own: where it is hardened it
 * looks at the struct pages of what is copied from or to, and those of memory
 * that is offline hold anything.
 *
 * Locking: none; the caller keeps the enclave's memory.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "copy.h"

#define PIECE		(64u << 10)

static int piece_in(u64 user, u8 *memory, size_t bytes, void *between)
{
	if (copy_from_user(between, u64_to_user_ptr(user), bytes))
		return -EFAULT;
	memcpy(memory, between, bytes);
	return 0;
}

static int piece_out(u64 user, u8 *memory, size_t bytes, void *between)
{
	memcpy(between, memory, bytes);
	return copy_to_user(u64_to_user_ptr(user), between, bytes) ?
		       -EFAULT : 0;
}

static int in_pieces(u64 user, u8 *memory, u64 bytes,
		     int (*copy)(u64 user, u8 *memory, size_t bytes,
				 void *between))
{
	void *between = kvmalloc(PIECE, GFP_KERNEL);
	int error = between ? 0 : -ENOMEM;

	while (!error && bytes) {
		size_t piece = min_t(u64, bytes, PIECE);

		error = copy(user, memory, piece, between);
		if (!error && fatal_signal_pending(current))
			error = -EINTR;
		user += piece;
		memory += piece;
		bytes -= piece;
		cond_resched();
	}
	kvfree(between);
	return error;
}

int copy_in(u8 *to, u64 from, u64 bytes)
{
	return in_pieces(from, to, bytes, piece_in);
}

int copy_out(u64 to, u8 *from, u64 bytes)
{
	return in_pieces(to, from, bytes, piece_out);
}
