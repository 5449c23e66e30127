/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers for getrandom(2), /dev/urandom and AT_RANDOM.
 *
 * ChaCha20 (RFC 8439) as a generator with fast key erasure: each call makes a
 * key stream, replaces its own key by the first 32 bytes and gives out the
 * rest, so that what was given cannot be found from what is left.  Every call
 * mixes in RDSEED or RDRAND, where CPUID has one, and the TSC.  Without either
 * instruction the seed is the TSC's jitter alone: unique, but not secret from
 * who can measure it.
 *
 * One state for all CPUs: it needs a lock when there are several.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <lib/types.h>

void random_bytes(void *to, size_t n);

#endif
