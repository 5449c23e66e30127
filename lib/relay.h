/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a session to its end: ships the bundle, moves the three standard streams
 * and the results, passes signals on.  One thread, one poll(2).
 */
#ifndef LIB_RELAY_H
#define LIB_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/collect.h"
#include "lib/input.h"
#include "lib/limit.h"
#include "lib/output.h"
#include "lib/session.h"
#include "lib/terminal.h"

struct relay {
	struct session *session;
	struct input input;
	struct output out, error_out;
	struct collect *collect;
	const struct terminal *terminal; /* ours, in raw mode; or NULL */
	int signals;		/* a signalfd, or -1 */
	int last_signal;	/* the last that was passed on, or 0 */
	struct limit limit;	/* of the time from the program's start */
	bool timed_out;		/* it was reached */
	bool files_done;
	int64_t progress_ns;	/* when something last moved */
};

/*
 * The signals that are passed on, blocked from here on, with TERMINAL also what
 * says that ours has changed.  A signalfd.
 */
int relay_catch_signals(bool terminal);

/*
 * Until the program has ended and all its output is written (or, DETACHED,
 * until it runs).  0: the session's page says how it ended; -errno with an
 * error text: the enclave is not there any more, or broke the rules.
 */
int relay_run(struct relay *relay);

#endif
