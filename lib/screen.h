/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal as a screen that is drawn again and again, and the keys and
 * signals that come meanwhile.  What was there before comes back afterwards,
 * and while it is stopped (Ctrl-Z).  Needs interrupt_catch() first.
 */
#ifndef LIB_SCREEN_H
#define LIB_SCREEN_H

#include <stdbool.h>

#include "lib/terminal.h"

struct screen {
	struct terminal terminal;
	bool keys;		/* standard input is a terminal, too */
	int signals;		/* signalfd(2) */
};

enum screen_event {
	SCREEN_TIMEOUT,
	SCREEN_KEY,
	SCREEN_DRAW,		/* another size, or others used the terminal */
	SCREEN_LEAVE,		/* a signal that ends, or nobody is there */
};

/* Is standard output a terminal on which one can draw? */
bool screen_is_there(void);

/* 0 or -errno with an error text. */
int screen_open(struct screen *screen);
void screen_close(struct screen *screen);

/*
 * Show the lines of TEXT, printable ASCII, as far as the terminal is wide and
 * high; the last one then says how many do not fit.  0 or -errno with an error
 * text.
 */
int screen_draw(const char *text);

/* What comes first within TIMEOUT_MS; *KEY is set for SCREEN_KEY. */
enum screen_event screen_wait(struct screen *screen, int timeout_ms,
			      char *key);

#endif
