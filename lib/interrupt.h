/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ctrl-C and its like while something has to be undone: the signal sets a flag
 * that is looked at between steps, and ends a blocking system call with EINTR.
 */
#ifndef LIB_INTERRUPT_H
#define LIB_INTERRUPT_H

#include <poll.h>

/* From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT set the flag. */
void interrupt_catch(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

/* -EINTR with an error text if a signal came, else 0. */
int interrupt_check(void);

/*
 * poll(2), with -errno: -EINTR also if a signal came before, since interrupt_
 * catch(), so that none is missed however long it waits.
 */
int interrupt_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/*
 * Hold them back while something is undone that must not be cut short; the
 * calls nest.
 */
void interrupt_hold(void);
void interrupt_release(void);

/*
 * Make a blocking call end with EINTR after SECONDS, and again each second
 * after that; 0 ends this.
 */
void interrupt_alarm(unsigned int seconds);

#endif
