/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hook for the tests, which nobody else needs: being killed at each point
 * where something changes hands.
 *
 * A step is a call that changes a grant or an enclave (GRANT, LOAD, START,
 * FINISH, STOP, DESTROY) or a write that takes a CPU or a memory block offline,
 * brings it online or changes the driver of a PCI function.  With
 * PISCES_STOP_AT=N in the environment the process gets SIGKILL just before its
 * step number N, counted from 1.  With PISCES_STOP_AT=count it prints, on
 * standard error at its exit, how many steps it made.  Anything else means
 * nothing.
 */
#ifndef LIB_STEPS_H
#define LIB_STEPS_H

/* Read the environment. */
void steps_begin(void);

/* A step follows. */
void steps_next(void);

#endif
