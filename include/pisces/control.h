/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control channel: requests from the host's tools to an enclave's control
 * task, and its answers, in two rings of fixed-size messages.
 *
 * One tool at a time: it holds an exclusive flock(2) on the enclave's node from
 * before the request until it has the answer (and, for SESSION_OPEN, has mapped
 * the window).  A tool that dies in between loses the lock; the next one drops
 * answers whose sequence number is not its own, and the control task closes any
 * session that was opened and never mapped when the next request arrives.
 *
 * The control task answers each request exactly once, with the request's type
 * and sequence number.
 *
 * Whoever may open the node may write here, so a user's id is what the tool says
 * it is: it keeps users of one enclave from mistakes, not from each other.
 */
#ifndef PISCES_CONTROL_H
#define PISCES_CONTROL_H

#include <pisces/layout.h>
#include <pisces/ring.h>
#include <pisces/types.h>

enum pisces_request {
	/* No arguments; answers with argument[0] = PISCES_ABI_VERSION. */
	PISCES_REQUEST_PING = 1,
	/*
	 * Open a session: argument[0] = flags (PISCES_SESSION_DETACHED),
	 * argument[1] = bytes of the output ring (a power of two, 4096 to
	 * 64 MiB; 0 = default), argument[2] = the host user's id.
	 * Answers with argument[0] = the session's window (index), argument[1]
	 * = the session's number.  -ENOMEM, -EMFILE (too many sessions).
	 */
	PISCES_REQUEST_SESSION_OPEN = 2,
	/*
	 * Send a signal to a session's program: argument[0] = session number,
	 * argument[1] = signal.  -ESRCH, -EINVAL.  Before the program has
	 * started, SIGKILL, SIGINT, SIGTERM and SIGHUP abandon the session.
	 */
	PISCES_REQUEST_SESSION_SIGNAL = 3,
	/* Say that the tool is done with a finished session: argument[0]. */
	PISCES_REQUEST_SESSION_CLOSE = 4,
	/*
	 * The terminal of a session that has its own (PISCES_START_TERMINAL)
	 * has a new size: argument[0] = session number, [1] rows, [2] columns,
	 * [3] and [4] the same in pixels or 0.  -ESRCH, -ENOTTY, -EINVAL.
	 */
	PISCES_REQUEST_SESSION_RESIZE = 9,
	/* End all programs, then halt for good.  Answered before the halt. */
	PISCES_REQUEST_SHUTDOWN = 5,
	/*
	 * List processes by ascending pid, one page of the list: argument[0] =
	 * the first pid wanted, argument[1] = the first byte wanted of its
	 * arguments (0 unless the page before ended within them).  The page, of
	 * argument[0] bytes, is in the channel's LIST (<pisces/process.h>) until
	 * the lock is let go; argument[1] and argument[2] = what the next page
	 * begins with, argument[1] = 0: there is none.
	 */
	PISCES_REQUEST_PROCESSES = 6,
	/*
	 * Send a signal to a process: argument[0] = pid, argument[1] = signal
	 * (0: only ask), argument[2] = the host user's id, which is 0 or the
	 * process's.  -ESRCH, -EPERM, -EINVAL.
	 */
	PISCES_REQUEST_PROCESS_SIGNAL = 7,
	/*
	 * How is the program of a detached session?  argument[0] = its pid,
	 * argument[1] = the session's number (0: the newest with this pid),
	 * argument[2] = the host user's id, as above.  Answers with argument[0]
	 * = PISCES_SESSION_RUNNING, argument[1] = the session's window, whose
	 * page will say when it ends, argument[2] = its number; or with
	 * PISCES_SESSION_EXITED, argument[1] = the status as from wait4(2), which
	 * is forgotten now.  -ESRCH there is none, or it was forgotten; -EPERM.
	 */
	PISCES_REQUEST_SESSION_WAIT = 8,
	/*
	 * Before anything is sent in session argument[0]: a file that its user
	 * wants kept, whose key is argument[1] to argument[4] and stands for
	 * its contents and all its attributes.  Answers with argument[0] = a
	 * number by which the archive may name it (PISCES_KEPT_MARK) and
	 * argument[1] = 1 if it is there already, else 0.  -ESRCH; -EBUSY it is
	 * too late; -EMFILE, -ENOMEM.
	 */
	PISCES_REQUEST_SESSION_KEEP = 10,
	/*
	 * Keep no files any more of the host user argument[0], or if that is 0
	 * of anybody.  Answers with how many argument[0] files and argument[1]
	 * bytes there were.
	 */
	PISCES_REQUEST_DROP_KEPT = 11,
};

struct pisces_message {
	uint32_t type;		/* enum pisces_request */
	uint32_t sequence;	/* the requester's choice */
	int32_t status;		/* answers: 0 or -errno; requests: 0 */
	uint32_t reserved;	/* 0 */
	uint64_t argument[6];
};

_Static_assert(sizeof(struct pisces_message) == 64, "message layout");

#define PISCES_CHANNEL_DATA	16384	/* bytes of each ring */
#define PISCES_CHANNEL_LIST	24576	/* bytes of LIST */

struct pisces_channel {
	struct pisces_ring_shared request;	/* produced by the host */
	struct pisces_ring_shared answer;	/* produced by the enclave */
	uint8_t reserved[4096 - 256];
	uint8_t request_data[PISCES_CHANNEL_DATA];
	uint8_t answer_data[PISCES_CHANNEL_DATA];
	uint8_t list[PISCES_CHANNEL_LIST];	/* written by the enclave */
};

_Static_assert(sizeof(struct pisces_channel) <= PISCES_CHANNEL_SIZE,
	       "channel layout");

#endif
