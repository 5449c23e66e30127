/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This terminal: in raw mode while a program in an enclave has one of its own
 * (ours only carries bytes, the line discipline is the enclave's), or with keys
 * one by one for a command that is at work on it.
 */
#ifndef LIB_TERMINAL_H
#define LIB_TERMINAL_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal {
	struct termios before;
	bool changed;
	bool raw;
};

/* Are standard input and output terminals?  0, or -ENOTTY with an error text. */
int terminal_check(void);
/* Put standard input into raw mode, and back; back is fine twice. */
int terminal_raw(struct terminal *terminal);
/* Have keys come one by one, unseen; Ctrl-C does what it always does. */
int terminal_keys(struct terminal *terminal);
void terminal_restore(struct terminal *terminal);
/* It was stopped, and others had the terminal: its mode once more. */
void terminal_again(const struct terminal *terminal);
/* Its size; all 0: unknown. */
struct winsize terminal_size(void);

#endif
