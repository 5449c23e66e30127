/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include <lib/types.h>

/*
 * A broken invariant: record reason, registers and backtrace in the state page,
 * tell the host and halt for good.  Never for anything a program or the host
 * can cause.
 */
NORETURN void panic(const char *format, ...) PRINTF(1, 2);

#define ASSERT(condition) \
	((condition) ? (void)0 : \
	 panic("%s:%d: %s", __FILE__, __LINE__, #condition))

#endif
