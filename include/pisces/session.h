/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session is one program run for a tool: a window of enclave memory with this
 * page and four byte rings.
 *
 *   in	    tool -> enclave: struct pisces_session_start, its strings, a cpio
 *	    archive ("newc") up to and including its trailer, padded to 512
 *	    bytes; from there on the program's standard input.  Closed by the
 *	    producer: end of file.
 *   out    the program's standard output.
 *   error  its standard error.  A detached session has none (size 0): both
 *	    go to OUT, which then overwrites (pisces_tail_write()).
 *   files  a cpio archive of what was asked for with collect, after the program
 *	    has ended; then closed by the producer.
 *
 * An attached session whose tool has gone (its window was mapped and is no
 * longer) has its program killed with SIGKILL and goes away.
 */
#ifndef PISCES_SESSION_H
#define PISCES_SESSION_H

#include <pisces/ring.h>
#include <pisces/types.h>

#define PISCES_SESSION_MAGIC	0x5353455349435350ull	/* "PSCISESS" */

/* Flags of PISCES_REQUEST_SESSION_OPEN and struct pisces_session. */
#define PISCES_SESSION_DETACHED	1

enum pisces_session_state {
	PISCES_SESSION_LOADING = 1,	/* reads the start record and files */
	PISCES_SESSION_RUNNING = 2,
	PISCES_SESSION_EXITED = 3,	/* WAIT_STATUS is valid */
	PISCES_SESSION_FAILED = 4,	/* never started; see FAILURE, ERROR */
};

/* What went wrong when a program could not be started. */
enum pisces_session_failure {
	PISCES_FAILURE_NONE = 0,
	PISCES_FAILURE_PROTOCOL = 1,	/* malformed start record or archive */
	PISCES_FAILURE_FILES = 2,	/* unpacking: ERROR says why */
	PISCES_FAILURE_EXEC = 3,	/* execve: ERROR says why */
	PISCES_FAILURE_ABANDONED = 4,	/* killed before it started */
	PISCES_FAILURE_CPUS = 5,	/* the enclave lacks one of its CPUs */
};

struct pisces_session_ring {
	uint32_t shared;	/* offset of struct pisces_ring_shared */
	uint32_t data;		/* offset of the data */
	uint64_t size;		/* bytes of data; 0: no such ring */
};

/* Offset 0 of the window; written by the co-kernel alone. */
struct pisces_session {
	uint64_t magic;
	uint32_t version;
	uint32_t flags;		/* PISCES_SESSION_DETACHED */
	uint64_t number;	/* unique since the enclave booted, from 1 */
	uint32_t state;		/* enum pisces_session_state */
	uint32_t wait_status;	/* as from wait4(2) */
	uint32_t failure;	/* enum pisces_session_failure */
	int32_t error;		/* errno, positive */
	uint32_t pid;
	uint32_t reserved;
	struct pisces_session_ring in, out, error_out, files;
	char name[64];		/* the program's, NUL-terminated */
};

/*
 * The head of the IN stream.  After it, without padding: CPUC numbers of CPUs,
 * as Linux has them (uint32_t); ARGC strings, ENVC strings, the working folder,
 * the path to execute, COLLECTC paths, each NUL-terminated; STRING_BYTES in
 * all; then the archive.
 */
/*
 * In the archive a plain file with this major number of a device (rdevmajor)
 * is the one that PISCES_REQUEST_SESSION_KEEP gave the minor number: if it is
 * there it has no contents here, else it has, and is kept once all files are
 * unpacked.
 */
#define PISCES_KEPT_MARK	0x5450454bu	/* "KEPT" */
#define PISCES_KEPT_MOST	256		/* for a session */

#define PISCES_START_MAGIC	0x5452415449435350ull	/* "PSCITART" */
#define PISCES_START_STRINGS	(6u << 20)	/* most bytes of strings */

#define PISCES_START_TTY(fd)	(1u << (fd))	/* stream FD is a terminal */
/* The program gets a terminal of its own, between it and IN and OUT. */
#define PISCES_START_TERMINAL	(1u << 4)
/* Standard error goes where the output goes: both to OUT, in their order. */
#define PISCES_START_ONE_OUTPUT	(1u << 3)
/* Memory is given to the program, and to its children, when it is touched. */
#define PISCES_START_LAZY	(1u << 5)
#define PISCES_START_FLAGS	0x3f		/* all of them */

struct pisces_session_start {
	uint64_t magic;
	uint32_t version;
	uint32_t flags;		/* PISCES_START_* */
	uint32_t argc;
	uint32_t envc;
	uint32_t collectc;
	uint32_t umask;
	uint64_t string_bytes;
	uint32_t uid, gid;	/* the host user's */
	uint16_t rows, columns;	/* of the terminal; 0: unknown */
	uint32_t cpuc;		/* 0: it may run on any */
	uint64_t archive_bytes;	/* with trailer and padding; 0: unknown */
	uint64_t reserved1[2];
};

_Static_assert(sizeof(struct pisces_session_start) == 80, "start layout");

#endif
