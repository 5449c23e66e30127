/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For a test of the host: a co-kernel that has lost its mind.  No pisces that is
 * used carries it: it is built with EDU=1 alone (Makefile).
 */
#ifndef HOST_SCRIBBLE_H
#define HOST_SCRIBBLE_H

/*
 * With scribble=SEED in COMMAND_LINE: write whatever comes over all that is
 * shared with the host, and ring it now and then, for ever.  Else nothing.  An
 * odd SEED spares the phase, so that the enclave seems to run.
 */
#ifdef HOST_SCRIBBLE
void scribble_run(const char *command_line);
#else
static inline void scribble_run(const char *command_line)
{
	(void)command_line;
}
#endif

#endif
