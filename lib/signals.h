/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of signals, as kill(1) has them (signal(7), x86-64). */
#ifndef LIB_SIGNALS_H
#define LIB_SIGNALS_H

#define SIGNALS_MAX	64
#define SIGNALS_NAME	16	/* bytes, at most, of a name */

/*
 * The number of a signal: a number from 0 to 64; a name with or without SIG, in
 * letters of either case; RTMIN+N, RTMAX-N.  -EINVAL, without an error text.
 * RTMIN is 34, as for programs with glibc: the two below are its own.
 */
int signals_number(const char *text);

/* The name without SIG of a signal from 1 to 64, in BUFFER; "32" has none. */
const char *signals_name(int number, char buffer[SIGNALS_NAME]);

#endif
